//! One request shows what is new everywhere.

use super::*;
use crate::archive::{Kept, Party, keep_between, keep_in_room};
use crate::scene::{Scene, for_session, play, stanza};
use konvent_wire::Stanza;

fn write(scene: &Scene<'_>, from: &str, to: &str, xml: &str) -> i64 {
    let (sender, receiver) = (scene.session(from), scene.session(to));
    let message = stanza(xml).addressed(Some(sender.address.clone()), Some(receiver.bare().into()));
    let kept = scene.write(move |tx| {
        let (own, theirs) = (sender.bare(), receiver.bare());
        let from = Party { account: sender.account, address: &own };
        keep_between(tx, from, Party { account: receiver.account, address: &theirs }, &message)
    });
    let Kept::New { theirs, .. } = kept else { panic!("{kept:?}") };
    theirs
}

fn say(scene: &Scene<'_>, who: &str, room: &str, text: &str) {
    let (sender, room) = (scene.session(who), scene.room(room).id);
    let said = stanza(&format!("<message type='groupchat'><body>{text}</body></message>"));
    scene.write(move |tx| {
        let own = sender.bare();
        keep_in_room(tx, room, Some(sender.account), &own, &said, &said)
    });
}

fn seen(scene: &Scene<'_>, who: &Session) -> Vec<(String, i64)> {
    let all = scene.read(|reader| conversations(reader, &scene.domain, who, scene.clock.now()));
    all.into_iter().map(|one| (one.with.node().unwrap().as_str().to_owned(), one.unread)).collect()
}

#[test]
fn conversations_come_newest_first_with_what_others_said_since() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        assert_eq!(seen(scene, &romeo), []);
        write(scene, "Benvolio", "Romeo", "<message type='chat'><body>cousin</body></message>");
        let read =
            write(scene, "Juliet", "Romeo", "<message type='chat'><body>one</body></message>");
        write(scene, "Juliet", "Romeo", "<message type='chat'><body>two</body></message>");
        write(scene, "Romeo", "Juliet", "<message type='chat'><body>own</body></message>");
        write(
            scene,
            "Juliet",
            "Romeo",
            "<message type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>",
        );
        say(scene, "Benvolio", "ov-montague", "all");
        say(scene, "Romeo", "ov-montague", "mine");
        say(scene, "Escalus", "lv-verona", "hear");
        say(scene, "Juliet", "ov-capulet", "not his");
        let all =
            [("lv-verona", 1), ("ov-montague", 1), ("juliet.capulet", 2), ("benvolio.montague", 1)];
        assert_eq!(seen(scene, &romeo), all.map(|(with, unread)| (with.to_owned(), unread)));

        let iq = stanza(&format!(
            "<iq type='set' id='d'><pubsub xmlns='{}'><publish node='{}'><item id='juliet.capulet@verona.example'><displayed xmlns='{}'><stanza-id xmlns='{}' by='romeo.montague@verona.example' id='{read}'/></displayed></item></publish></pubsub></iq>",
            ns::PUBSUB,
            ns::DISPLAYED,
            ns::DISPLAYED,
            ns::STANZA_ID,
        ));
        let request = crate::pubsub::request::read(&iq).unwrap().unwrap();
        let (domain, session) = (scene.domain.clone(), romeo.clone());
        scene.write(move |tx| {
            let here = &crate::pubsub::Nobody;
            let ctx = crate::pubsub::Ctx { domain: &domain, now: tx.now(), here };
            reading::change(tx, ctx, &session, &request, &iq)
        });
        assert_eq!(seen(scene, &romeo)[2], ("juliet.capulet".to_owned(), 1));
    });
}

#[test]
fn what_was_said_before_the_account_does_not_count_and_counting_ends() {
    play(|scene| {
        // The account is younger than the word: its number is greater.
        let mut newcomer = scene.session("Benvolio");
        say(scene, "Romeo", "ov-montague", "before");
        newcomer.account = konvent_core::AccountId(scene.write(|tx| Ok(tx.fresh_id())));
        assert_eq!(seen(scene, &newcomer), [("ov-montague".to_owned(), 0)]);
        for n in 0..120 {
            say(scene, "Romeo", "ov-montague", &format!("line {n}"));
        }
        assert_eq!(seen(scene, &newcomer), [("ov-montague".to_owned(), UNREAD_MAX)]);
    });
}

#[test]
fn the_answer_holds_entries_results_and_sums() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        write(scene, "Juliet", "Romeo", "<message type='chat'><body>one</body></message>");
        say(scene, "Benvolio", "ov-montague", "all");
        say(scene, "Romeo", "ov-montague", "mine");
        let ask = |attrs: &str| {
            let iq = stanza(&format!(
                "<iq type='get' id='i'><inbox xmlns='{}' {attrs}/></iq>",
                ns::INBOX
            ));
            let out =
                scene.read(|reader| answer(reader, &scene.domain, &romeo, &iq, scene.clock.now()));
            for_session(out, romeo.id)
        };
        let all = ask("");
        let [first, second, end] = all.as_slice() else { panic!("{all:?}") };
        let entry = first.child("entry", ns::INBOX).unwrap().element().unwrap();
        assert_eq!(entry.attr("jid"), Some("ov-montague@gruppen.verona.example"));
        let result = first.child("result", ns::MAM).unwrap().element().unwrap();
        assert_eq!(result.attr("id"), entry.attr("id"));
        let said = result
            .get_child("forwarded", ns::FORWARD)
            .unwrap()
            .get_child("message", ns::CLIENT)
            .unwrap();
        assert_eq!(said.get_child("body", ns::CLIENT).unwrap().text(), "mine");
        assert!(second.has("result", ns::MAM));
        let fin = end.payload().unwrap();
        assert_eq!(
            (fin.attr("total"), fin.attr("unread"), fin.attr("all-unread")),
            (Some("2"), Some("2"), Some("2"))
        );
        let bare: Vec<Stanza> = ask("messages='false'");
        assert!(!bare[0].has("result", ns::MAM) && bare[0].has("entry", ns::INBOX));
        assert_eq!(ask("unread-only='true'").len(), 3);
    });
}
