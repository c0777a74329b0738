//! What waits is handed over once, in order, as far as it may still be said, on both engines.

use super::*;
use crate::archive::{Kept, Party, keep_between};
use crate::scene::{Scene, for_session, play, stanza};
use konvent_core::Millis;

/// Romeo writes to Juliet, whom nobody reaches.
fn say(scene: &Scene<'_>, xml: &str) -> i64 {
    say_as(scene, "Romeo", xml)
}

fn say_as(scene: &Scene<'_>, who: &str, xml: &str) -> i64 {
    scene.clock.advance(1000);
    let (sender, receiver) = (scene.session(who), scene.session("Juliet"));
    let message = stanza(xml).addressed(Some(sender.address.clone()), Some(receiver.bare().into()));
    scene.write(move |tx| {
        let (own, theirs) = (sender.bare(), receiver.bare());
        let from = Party { account: sender.account, address: &own };
        let to = Party { account: receiver.account, address: &theirs };
        let Kept::New { theirs, .. } = keep_between(tx, from, to, &message)? else {
            panic!("not kept")
        };
        wait(tx, receiver.account, theirs)?;
        Ok(theirs)
    })
}

fn words(id: &str, words: &str) -> String {
    format!("<message type='chat' id='{id}'><body>{words}</body></message>")
}

/// What Juliet's next device gets.
fn handed(scene: &Scene<'_>) -> Vec<Stanza> {
    let (session, domain) = (scene.session("Juliet"), scene.domain.clone());
    let id = session.id;
    for_session(scene.write(move |tx| hand_over(tx, &domain, &session)), id)
}

fn bodies(messages: &[Stanza]) -> Vec<String> {
    messages.iter().filter_map(|message| message.text_of("body", ns::CLIENT)).collect()
}

#[test]
fn what_waits_is_handed_over_once_in_order_with_its_time_and_its_number() {
    play(|scene| {
        let first = say(scene, &words("a", "Bist du da?"));
        let said_at = scene.clock.now();
        say(scene, &words("b", "Dann später."));
        scene.clock.advance(86_400_000);
        let got = handed(scene);
        assert_eq!(bodies(&got), ["Bist du da?", "Dann später."]);
        let own = scene.session("Juliet").bare();
        assert_eq!(number(&got[0], &own), Some(first));
        let delay = got[0].child("delay", ns::DELAY).unwrap();
        assert_eq!(delay.attr("from").as_deref(), Some("verona.example"));
        assert_eq!(delay.attr("stamp").unwrap(), said_at.to_xep_0082());
        assert_eq!(got[0].to, Some(own.into()));
        assert!(handed(scene).is_empty(), "handed over twice");
    });
}

#[test]
fn a_message_to_a_device_that_is_gone_is_for_the_one_that_comes() {
    play(|scene| {
        let id = say(scene, &words("a", "x"));
        let (gone, here) = (scene.session("Juliet"), scene.session("Juliet"));
        let at = Millis(0);
        let stanza = Vec::new();
        let entry = Entry { id, at, peer: String::new(), outgoing: false, stanza };
        let said = Stanza::message("chat").with_to(gone.address.clone());
        let by = scene.domain.server().unwrap().into();
        let got = delayed(&said, &entry, &by, &here, &here.bare());
        assert_eq!(got.to, Some(here.address.clone()));
        assert_ne!(got.to, Some(gone.address));
    });
}

#[test]
fn too_much_leaves_the_newest() {
    play(|scene| {
        let account = scene.account("Juliet").id;
        scene.write(move |tx| {
            (1..=MESSAGES_MAX + 20).try_for_each(|entry| wait(tx, account, entry))
        });
        scene.write(move |tx| wait(tx, account, 30)); // it waits already
        let all = scene.read(|reader| store::newest(reader, account, i64::MAX));
        assert_eq!(all.len(), usize::try_from(MESSAGES_MAX).unwrap());
        assert_eq!((all.first(), all.last()), (Some(&(MESSAGES_MAX + 20)), Some(&21)));
    });
}

#[test]
fn more_than_a_connection_takes_leaves_the_newest() {
    play(|scene| {
        let much = "x".repeat(BYTES_MAX / 4);
        for n in 0..6 {
            say(scene, &words(&format!("m{n}"), &format!("{n}{much}")));
        }
        let got = handed(scene);
        let firsts: Vec<_> = bodies(&got).iter().map(|body| body[..1].to_owned()).collect();
        assert_eq!(firsts, ["3", "4", "5"]);
    });
}

#[test]
fn what_was_taken_back_is_not_said_and_only_by_its_author() {
    play(|scene| {
        say(scene, &words("a", "Das war nicht so gemeint."));
        say(scene, &words("b", "Das schon."));
        let origin = "<message type='chat' id='c'><body>Auch nicht.</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>";
        say(scene, origin);
        let back = |id: &str| {
            format!(
                "<message type='chat' id='r{id}'><retract xmlns='urn:xmpp:message-retract:1' id='{id}'/></message>"
            )
        };
        say(scene, &back("a"));
        say(scene, &back("o"));
        say_as(scene, "Benvolio", &back("b"));
        let got = handed(scene);
        assert_eq!(bodies(&got), ["Das schon."]);
        assert_eq!(got.iter().filter(|one| one.has("retract", ns::RETRACT)).count(), 3);
    });
}

#[test]
fn whom_the_member_has_blocked_since_is_not_heard() {
    play(|scene| {
        say(scene, &words("a", "x"));
        say_as(scene, "Benvolio", &words("b", "y"));
        let (session, domain) = (scene.session("Juliet"), scene.domain.clone());
        let romeo = scene.session("Romeo").bare();
        let iq = stanza(&format!(
            "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='{romeo}'/></block></iq>"
        ));
        scene.write(move |tx| blocking::change(tx, &domain, &session, &iq, &|_| None).map(drop));
        assert_eq!(bodies(&handed(scene)), ["y"]);
    });
}

#[test]
fn what_the_archive_has_no_more_is_passed_over() {
    play(|scene| {
        say(scene, &words("a", "x"));
        let account = scene.account("Juliet").id;
        scene.write(move |tx| archive::privacy::erase(tx, account));
        assert!(handed(scene).is_empty());
    });
}

#[test]
fn what_was_fetched_does_not_wait_and_the_rest_does() {
    play(|scene| {
        let [a, b, c] = ["a", "b", "c"].map(|id| say(scene, &words(id, id)));
        let account = scene.account("Juliet").id;
        let waiting = scene.read(|reader| among(reader, account, &[a, c, c + 1]));
        assert_eq!(waiting, [a, c]);
        scene.write(move |tx| got(tx, account, &waiting));
        assert_eq!(scene.read(|reader| among(reader, account, &[a, b, c])), [b]);
        assert!(scene.read(|reader| among(reader, account, &[])).is_empty());
        assert_eq!(bodies(&handed(scene)), ["b"]);
    });
}

#[test]
fn a_session_that_goes_on_takes_what_it_was_sent_and_no_more() {
    play(|scene| {
        let before = say(scene, &words("a", "x"));
        say(scene, &words("b", "y"));
        let account = scene.account("Juliet").id;
        scene.write(move |tx| got_since(tx, account, before));
        assert_eq!(bodies(&handed(scene)), ["x"]);
    });
}

#[test]
fn an_account_takes_what_waits_along_and_leaves_nothing() {
    play(|scene| {
        let id = say(scene, &words("a", "x"));
        let account = scene.account("Juliet").id;
        let export = scene.read(|reader| privacy::export(reader, account));
        assert_eq!(export, serde_json::json!([id.to_string()]));
        scene.write(move |tx| privacy::erase(tx, account));
        assert_eq!(scene.read(|reader| privacy::export(reader, account)), serde_json::json!([]));
    });
}

#[test]
fn only_a_mark_of_the_own_archive_on_a_message_between_two_is_a_number() {
    let own = BareJid::new("juliet@verona.example").unwrap();
    let marked = |kind: &str, by: &str, id: &str| {
        stanza(&format!(
            "<message type='{kind}'><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='{by}' id='{id}'/></message>"
        ))
    };
    assert_eq!(number(&marked("chat", "juliet@verona.example", "7"), &own), Some(7));
    assert_eq!(number(&marked("normal", "juliet@verona.example", "7"), &own), Some(7));
    assert_eq!(number(&marked("chat", "room@gruppen.verona.example", "7"), &own), None);
    assert_eq!(number(&marked("groupchat", "juliet@verona.example", "7"), &own), None);
    assert_eq!(number(&marked("headline", "juliet@verona.example", "7"), &own), None);
    assert_eq!(number(&marked("chat", "juliet@verona.example", "x"), &own), None);
    assert_eq!(number(&stanza("<presence/>"), &own), None);
}
