//! Subscriptions between members and with the world outside.

use super::*;
use crate::blocking;
use crate::roster::DIRECTORY_OWNS_IT;
use crate::scene::{play, stanza};

const ROMEO: &str = "romeo.montague@verona.example";
const JULIET: &str = "juliet.capulet@verona.example";
const ANNA: &str = "anna@elsewhere.example";

#[test]
fn two_members_of_different_units_befriend_each_other() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let sequel = say(scene, &romeo, "subscribe", JULIET).unwrap();
        assert_eq!(stands(scene, "Romeo", JULIET), Some(("none".to_owned(), true, false)));
        // RFC 6121 §3.1.3: a request puts nobody into a list.
        assert_eq!(stands(scene, "Juliet", ROMEO), None);
        assert_eq!(
            posts(sequel.out),
            [format!("Present of {}: subscribe from {ROMEO}", juliet.account.0)]
        );
        let waiting = scene.read(|reader| requests(reader, juliet.account));
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0].from.as_ref().unwrap().as_str(), ROMEO);
        // Asked again, it is not shown again, and waits still.
        let again = say(scene, &romeo, "subscribe", JULIET).unwrap();
        assert!(again.out.is_empty() && again.pushes.is_empty());

        let sequel = say(scene, &juliet, "subscribed", ROMEO).unwrap();
        assert_eq!(stands(scene, "Romeo", JULIET), is("to"));
        assert_eq!(stands(scene, "Juliet", ROMEO), is("from"));
        assert!(scene.read(|reader| requests(reader, juliet.account)).is_empty());
        assert_eq!(sequel.pushes.len(), 2);
        let ties: Vec<_> = sequel.ties.iter().map(|tie| (tie.account, tie.after.sees)).collect();
        assert_eq!(ties, [(juliet.account, false), (romeo.account, true)]);
        assert_eq!(
            posts(sequel.out),
            [format!("Interested of {}: subscribed from {JULIET}", romeo.account.0)]
        );

        say(scene, &juliet, "subscribe", ROMEO).unwrap();
        say(scene, &romeo, "subscribed", JULIET).unwrap();
        assert_eq!(stands(scene, "Romeo", JULIET), is("both"));
        assert_eq!(stands(scene, "Juliet", ROMEO), is("both"));

        say(scene, &romeo, "unsubscribe", JULIET).unwrap();
        assert_eq!(stands(scene, "Romeo", JULIET), is("from"));
        assert_eq!(stands(scene, "Juliet", ROMEO), is("to"));
        say(scene, &romeo, "unsubscribed", JULIET).unwrap();
        assert_eq!(stands(scene, "Romeo", JULIET), is("none"));
        assert_eq!(stands(scene, "Juliet", ROMEO), is("none"));
    });
}

#[test]
fn what_the_directory_has_made_is_granted_and_cannot_be_ended() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let benvolio = "benvolio.montague@verona.example";
        let sequel = say(scene, &romeo, "subscribe", benvolio).unwrap();
        assert_eq!(posts(sequel.out), [format!("session: subscribed from {benvolio}")]);
        assert!(say(scene, &romeo, "subscribed", benvolio).unwrap().out.is_empty());
        for act in ["unsubscribe", "unsubscribed"] {
            assert_eq!(say(scene, &romeo, act, benvolio).unwrap_err(), DIRECTORY_OWNS_IT);
        }
        assert_eq!(stands(scene, "Romeo", benvolio), is("both"));
        // A request to an office above is the office holder's to decide, like any other.
        say(scene, &romeo, "subscribe", "escalus.fuerst@verona.example").unwrap();
        let asked = stands(scene, "Romeo", "escalus.fuerst@verona.example");
        assert_eq!(asked, Some(("none".to_owned(), true, false)));
    });
}

#[test]
fn granted_ahead_the_request_is_answered_by_the_server() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let sequel = say(scene, &juliet, "subscribed", ROMEO).unwrap();
        assert!(sequel.out.is_empty(), "a pre-approval never leaves the server");
        assert_eq!(stands(scene, "Juliet", ROMEO), Some(("none".to_owned(), false, true)));
        let sequel = say(scene, &romeo, "subscribe", JULIET).unwrap();
        assert_eq!(
            posts(sequel.out),
            [format!("Interested of {}: subscribed from {JULIET}", romeo.account.0)]
        );
        assert_eq!(stands(scene, "Romeo", JULIET), is("to"));
        assert_eq!(stands(scene, "Juliet", ROMEO), Some(("from".to_owned(), false, true)));
        say(scene, &juliet, "unsubscribed", ROMEO).unwrap();
        assert_eq!(stands(scene, "Juliet", ROMEO), is("none"));
    });
}

#[test]
fn with_somebody_elsewhere() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let sequel = say(scene, &romeo, "subscribe", "anna@elsewhere.example/phone").unwrap();
        assert_eq!(posts(sequel.out), [format!("abroad: subscribe from {ROMEO} to {ANNA}")]);
        let sequel = from_abroad(scene, "subscribed", ANNA, "Romeo");
        assert_eq!(stands(scene, "Romeo", ANNA), is("to"));
        assert_eq!(sequel.ties.len(), 1);
        let sequel = from_abroad(scene, "subscribe", "anna@elsewhere.example/phone", "Romeo");
        let heard = posts(sequel.out);
        assert_eq!(heard, [format!("Present of {}: subscribe from {ANNA}", romeo.account.0)]);
        let sequel = say(scene, &romeo, "subscribed", ANNA).unwrap();
        assert_eq!(posts(sequel.out), [format!("abroad: subscribed from {ROMEO} to {ANNA}")]);
        assert_eq!(sequel.ties[0].peer, Peer::Abroad(BareJid::new(ANNA).unwrap()));
        // A request from whom is seen already is answered by the server.
        let sequel = from_abroad(scene, "subscribe", ANNA, "Romeo");
        assert_eq!(posts(sequel.out), [format!("abroad: subscribed from {ROMEO} to {ANNA}")]);
        from_abroad(scene, "unsubscribe", ANNA, "Romeo");
        assert_eq!(stands(scene, "Romeo", ANNA), is("to"));
    });
}

#[test]
fn nobody_slips_in_by_forged_grants() {
    play(|scene| {
        for kind in ["subscribed", "unsubscribed", "unsubscribe", "unavailable"] {
            let sequel = from_abroad(scene, kind, ANNA, "Romeo");
            assert!(sequel.out.is_empty() && sequel.pushes.is_empty(), "{kind}");
        }
        assert_eq!(stands(scene, "Romeo", ANNA), None);
        // Nobody outside speaks for a member.
        let sequel = from_abroad(scene, "subscribe", JULIET, "Romeo");
        assert!(sequel.out.is_empty());
        // An own request is no grant for somebody else, and an address that nobody has answers nothing.
        let romeo = scene.session("Romeo");
        let sequel = say(scene, &romeo, "subscribe", "rosaline@verona.example").unwrap();
        assert!(sequel.out.is_empty());
        assert!(say(scene, &romeo, "subscribe", ROMEO).unwrap().pushes.is_empty());
    });
}

#[test]
fn whoever_is_blocked_may_ask_without_being_heard() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
        let block = stanza(&format!(
            "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='{ROMEO}'/></block></iq>"
        ));
        let domain = scene.domain.clone();
        scene.write(move |tx| blocking::change(tx, &domain, &juliet, &block, &|_| None));
        let sequel = say(scene, &romeo, "subscribe", JULIET).unwrap();
        assert!(sequel.out.is_empty());
        let account = scene.account("Juliet").id;
        assert!(scene.read(|reader| requests(reader, account)).is_empty());
    });
}

#[test]
fn strangers_cannot_fill_the_storage_with_requests() {
    play(|scene| {
        for number in 0..REQUESTS_MAX + 3 {
            from_abroad(scene, "subscribe", &format!("s{number}@elsewhere.example"), "Romeo");
        }
        let account = scene.account("Romeo").id;
        let kept = scene.read(|reader| requests(reader, account));
        assert_eq!(kept.len(), usize::try_from(REQUESTS_MAX).unwrap());
        // Somebody of the house still gets through.
        let juliet = scene.session("Juliet");
        say(scene, &juliet, "subscribe", ROMEO).unwrap();
        let kept = scene.read(|reader| requests(reader, account));
        assert_eq!(kept.len(), usize::try_from(REQUESTS_MAX).unwrap() + 1);
        // A long request is kept without its words.
        let words = "x".repeat(REQUEST_BYTES_MAX);
        let long = stanza(&format!(
            "<presence type='subscribe' from='{ANNA}'><status>{words}</status></presence>"
        ));
        let (domain, juliet) = (scene.domain.clone(), member(scene, "Juliet"));
        scene.write(move |tx| receive_from_abroad(tx, &domain, &juliet, &long));
        let account = scene.account("Juliet").id;
        let kept = scene.read(|reader| requests(reader, account));
        assert_eq!((kept.len(), kept[0].children().count()), (1, 0));
        assert!(kept[0].is_kind("subscribe"));
    });
}

#[test]
fn invited_friends_see_each_other_at_once_and_a_leaver_lets_go() {
    play(|scene| {
        let (domain, romeo, juliet) =
            (scene.domain.clone(), member(scene, "Romeo"), member(scene, "Juliet"));
        let (one, other, here) = (romeo.clone(), juliet.clone(), domain.clone());
        let sequel = scene.write(move |tx| befriend(tx, &here, &one, &other));
        assert_eq!((sequel.pushes.len(), sequel.ties.len()), (2, 2));
        assert_eq!(stands(scene, "Romeo", JULIET), is("both"));
        assert_eq!(stands(scene, "Juliet", ROMEO), is("both"));
        let session = scene.session("Romeo");
        say(scene, &session, "subscribe", ANNA).unwrap();
        let leaver = romeo.clone();
        let sequel = scene.write(move |tx| part_from_all(tx, &domain, &leaver));
        assert_eq!(stands(scene, "Juliet", ROMEO), is("none"));
        assert_eq!(stands(scene, "Romeo", JULIET), None);
        let told = posts(sequel.out);
        assert!(told.contains(&format!("abroad: unsubscribe from {ROMEO} to {ANNA}")), "{told:?}");
    });
}

#[test]
fn an_invited_stranger_is_granted_at_once_and_asked_back() {
    play(|scene| {
        let (domain, juliet) = (scene.domain.clone(), member(scene, "Juliet"));
        let from = BareJid::new(ANNA).unwrap();
        let request =
            Stanza::presence("subscribe").with_from(Jid::new(ANNA).unwrap()).with_id("s1");
        let sequel =
            scene.write(move |tx| welcome_from_abroad(tx, &domain, &juliet, &from, &request));
        // Juliet is shown no request; Anna hears the answer and is asked in turn.
        assert_eq!(
            posts(sequel.out),
            [
                format!("abroad: subscribed from {JULIET} to {ANNA}"),
                format!("abroad: subscribe from {JULIET} to {ANNA}"),
            ]
        );
        let account = scene.account("Juliet").id;
        assert!(scene.read(|reader| requests(reader, account)).is_empty());
        assert_eq!(stands(scene, "Juliet", ANNA), Some(("from".to_owned(), true, true)));
        from_abroad(scene, "subscribed", ANNA, "Juliet");
        // RFC 6121 §3.4: what is granted ahead stays so until Juliet takes it back.
        assert_eq!(stands(scene, "Juliet", ANNA), Some(("both".to_owned(), false, true)));
    });
}

#[test]
fn a_request_that_nobody_answered_is_sent_again() {
    // RFC 6121 §3.1.2: elsewhere it may have been lost; here nothing is.
    play(|scene| {
        let session = scene.session("Romeo");
        for to in [ANNA, JULIET] {
            say(scene, &session, "subscribe", to).unwrap();
        }
        let (me, now) = (member(scene, "Romeo"), scene.clock.now());
        let again = || {
            let all = scene.read(|reader| list(reader, &scene.domain, &me, now));
            posts(ask_again(&scene.domain, &me.address, &all))
        };
        assert_eq!(again(), [format!("abroad: subscribe from {ROMEO} to {ANNA}")]);
        from_abroad(scene, "subscribed", ANNA, "Romeo");
        assert!(again().is_empty());
    });
}

#[test]
fn a_tie_ends_when_nothing_begins_by_it() {
    let (to, both) = (Sharing { sees: true, is_seen: false }, Sharing::BOTH);
    let tie = |before, after| {
        let address = BareJid::new(ANNA).unwrap();
        Tie { account: AccountId(1), peer: Peer::Abroad(address), before, after }
    };
    assert!(tie(both, to).ends() && tie(to, Sharing::NONE).ends());
    assert!(!tie(to, both).ends() && !tie(to, to).ends());
}
