//! Who hears of whom, without a server.

use super::*;
use crate::contacts::{Peer, Sharing, Tie};
use crate::scene::{for_session, stanza};
use konvent_core::{PersonId, Post};
use konvent_wire::jid::BareJid;

fn session(account: i64, number: i64, resource: &str) -> Session {
    Session {
        id: SessionId(number),
        account: AccountId(account),
        person: PersonId(account + 100),
        address: Jid::new(&format!("m{account}@verona.example/{resource}")).unwrap(),
        name: format!("M{account}"),
    }
}

fn anna() -> Peer {
    Peer::Abroad(BareJid::new("anna@elsewhere.example").unwrap())
}

/// Romeo (1) and Juliet (2) share presence, Tybalt (3) shares with nobody.
fn announce(presences: &mut Presences, session: &Session, xml: &str) -> Outbox {
    if !presences.knows(session.account) {
        let mut circle = Circle::default();
        match session.account.0 {
            1 => circle.set(&Peer::Here(AccountId(2)), Sharing::BOTH),
            2 => circle.set(&Peer::Here(AccountId(1)), Sharing::BOTH),
            _ => {}
        }
        presences.begin(session.account, circle, Blocklist::default());
    }
    presences.announce(session, &stanza(xml))
}

fn heard(out: Outbox) -> Vec<(i64, String, Option<String>)> {
    out.into_posts()
        .into_iter()
        .map(|post| match post {
            Post::Session { session, stanza } => {
                let from = stanza.from.as_ref().unwrap().as_str().to_owned();
                (session.0, from, stanza.kind.map(|kind| kind.to_string()))
            }
            Post::Abroad { stanza, .. } => {
                let from = stanza.from.as_ref().unwrap().as_str().to_owned();
                (0, from, stanza.kind.map(|kind| kind.to_string()))
            }
            other => panic!("{other:?}"),
        })
        .collect()
}

fn line(session: i64, from: &str, kind: &str) -> (i64, String, Option<String>) {
    let kind = (!kind.is_empty()).then(|| kind.to_owned());
    (session, from.to_owned(), kind)
}

#[test]
fn who_comes_is_seen_and_sees_who_is_there() {
    let mut presences = Presences::default();
    let (romeo, juliet, tybalt) =
        (session(1, 10, "orchard"), session(2, 20, "balcony"), session(3, 30, "street"));
    announce(&mut presences, &tybalt, "<presence/>");
    assert_eq!(
        heard(announce(&mut presences, &romeo, "<presence/>")).len(),
        1,
        "only his own device"
    );
    let out = announce(&mut presences, &juliet, "<presence><show>chat</show></presence>");
    assert_eq!(
        heard(out),
        [
            line(20, "m2@verona.example/balcony", ""),
            line(10, "m2@verona.example/balcony", ""),
            line(20, "m1@verona.example/orchard", ""),
        ]
    );
    // Saying how one is now shows nothing of the others again.
    let out = announce(&mut presences, &juliet, "<presence><show>dnd</show></presence>");
    assert_eq!(heard(out).len(), 2);
    let second = session(2, 21, "phone");
    let out = announce(&mut presences, &second, "<presence><priority>-1</priority></presence>");
    let to_second = for_session(out, second.id);
    assert_eq!(to_second.len(), 3, "itself, the other own device, Romeo");
    assert_eq!(to_second[1].text_of("show", crate::ns::CLIENT).as_deref(), Some("dnd"));
    assert_eq!(presences.priority(AccountId(2), SessionId(21)), Some(-1));
    assert_eq!(presences.priority(AccountId(2), SessionId(99)), None);
}

#[test]
fn who_goes_is_told_once() {
    let mut presences = Presences::default();
    let (romeo, juliet) = (session(1, 10, "orchard"), session(2, 20, "balcony"));
    announce(&mut presences, &romeo, "<presence/>");
    announce(&mut presences, &juliet, "<presence/>");
    let bye = stanza("<presence type='unavailable'><status>adieu</status></presence>");
    let out = presences.leave(&juliet, Some(&bye));
    // RFC 6121 §4.5.2: and whoever says so.
    assert_eq!(
        heard(out),
        [
            line(20, "m2@verona.example/balcony", "unavailable"),
            line(10, "m2@verona.example/balcony", "unavailable"),
        ]
    );
    assert!(presences.leave(&juliet, None).is_empty());
    assert!(presences.online(AccountId(2)).is_empty());
    let out = announce(&mut presences, &juliet, "<presence/>");
    assert_eq!(heard(out).len(), 3, "coming back is coming");
}

#[test]
fn one_way_sharing_goes_one_way() {
    let mut presences = Presences::default();
    let (romeo, tybalt) = (session(1, 10, "orchard"), session(3, 30, "street"));
    announce(&mut presences, &romeo, "<presence/>");
    announce(&mut presences, &tybalt, "<presence/>");
    // Romeo may see Tybalt, and not the other way round.
    let one_way = Sharing { sees: true, is_seen: false };
    let other_way = Sharing { sees: false, is_seen: true };
    let tie = |account, peer, after| Tie {
        account: AccountId(account),
        peer: Peer::Here(AccountId(peer)),
        before: Sharing::NONE,
        after,
    };
    let out = presences.turn(&[tie(1, 3, one_way), tie(3, 1, other_way)]);
    assert_eq!(heard(out), [line(10, "m3@verona.example/street", "")]);
    assert!(presences.sees(AccountId(1), AccountId(3)));
    assert!(presences.shares_with(AccountId(3), AccountId(1)));
    assert!(!presences.shares_with(AccountId(1), AccountId(3)));
    let out = announce(&mut presences, &tybalt, "<presence><show>away</show></presence>");
    assert_eq!(heard(out).len(), 2, "himself and Romeo");
    let out = announce(&mut presences, &romeo, "<presence><show>away</show></presence>");
    assert_eq!(heard(out).len(), 1, "himself");
    let tie = |account, peer, before| Tie {
        account: AccountId(account),
        peer: Peer::Here(AccountId(peer)),
        before,
        after: Sharing::NONE,
    };
    let out = presences.turn(&[tie(3, 1, other_way), tie(1, 3, one_way)]);
    assert_eq!(heard(out), [line(10, "m3@verona.example/street", "unavailable")]);
}

#[test]
fn somebody_elsewhere_is_probed_told_and_left() {
    let mut presences = Presences::default();
    let romeo = session(1, 10, "orchard");
    let mut circle = Circle::default();
    circle.set(&anna(), Sharing::BOTH);
    presences.begin(romeo.account, circle, Blocklist::default());
    let out = presences.announce(&romeo, &stanza("<presence/>"));
    assert_eq!(
        heard(out),
        [
            line(10, "m1@verona.example/orchard", ""),
            line(0, "m1@verona.example/orchard", ""),
            line(0, "m1@verona.example", "probe"),
        ]
    );
    let before = Sharing::BOTH;
    let tie = Tie { account: romeo.account, peer: anna(), before, after: Sharing::NONE };
    assert_eq!(
        heard(presences.turn(std::slice::from_ref(&tie))),
        [line(0, "m1@verona.example/orchard", "unavailable")]
    );
    let back = Tie { before: Sharing::NONE, after: Sharing::BOTH, ..tie };
    assert_eq!(heard(presences.turn(&[back])), [line(0, "m1@verona.example/orchard", "")]);
    assert_eq!(
        heard(presences.leave(&romeo, None)),
        [line(0, "m1@verona.example/orchard", "unavailable")]
    );
}

#[test]
fn a_changed_circle_shows_the_new_and_hides_the_old() {
    let mut presences = Presences::default();
    let (romeo, juliet, tybalt) =
        (session(1, 10, "orchard"), session(2, 20, "balcony"), session(3, 30, "street"));
    for one in [&romeo, &juliet, &tybalt] {
        announce(&mut presences, one, "<presence/>");
    }
    let tie = |account, peer, begins| {
        let (before, after) =
            if begins { (Sharing::NONE, Sharing::BOTH) } else { (Sharing::BOTH, Sharing::NONE) };
        Tie { account: AccountId(account), peer: Peer::Here(AccountId(peer)), before, after }
    };
    let ties = [tie(1, 2, false), tie(1, 3, true), tie(2, 1, false), tie(3, 1, true)];
    assert_eq!(
        heard(presences.turn(&ties)),
        [
            line(10, "m2@verona.example/balcony", "unavailable"),
            line(10, "m3@verona.example/street", ""),
            line(20, "m1@verona.example/orchard", "unavailable"),
            line(30, "m1@verona.example/orchard", ""),
        ]
    );
    assert!(presences.shares_with(AccountId(1), AccountId(3)));
    assert!(!presences.shares_with(AccountId(2), AccountId(1)));
}

#[test]
fn a_directed_presence_reaches_the_one_it_names_and_is_taken_back() {
    let mut presences = Presences::default();
    let (romeo, tybalt) = (session(1, 10, "orchard"), session(3, 30, "street"));
    announce(&mut presences, &tybalt, "<presence/>");
    let mut to = |address: &str, kind: &str| {
        let said = stanza(&format!("<presence to='{address}' {kind}/>"));
        heard(presences.direct(&romeo, Some(AccountId(3)), &said).unwrap()).len()
    };
    assert_eq!(to("m3@verona.example", ""), 1);
    assert_eq!(to("m3@verona.example/street", ""), 1);
    assert_eq!(to("m3@verona.example/cellar", ""), 0);
    assert_eq!(to("m3@verona.example/street", "type='unavailable'"), 1);
    let room = stanza("<presence to='room@rooms.elsewhere.example/Romeo'/>");
    assert_eq!(heard(presences.direct(&romeo, None, &room).unwrap()).len(), 1);
    assert!(presences.has_shown(romeo.id, AccountId(3)));
    assert!(presences.has_shown_abroad(romeo.id, room.to.as_ref().unwrap()));
    let other = Jid::new("room@rooms.elsewhere.example/Paris").unwrap();
    assert!(presences.has_shown_abroad(romeo.id, &other), "the others in that room");
    presences.forget_who_left(romeo.id, &other);
    assert!(presences.has_shown_abroad(romeo.id, &other), "he left, not the room");
    // RFC 6121 §4.6.3: also when the connection was never available otherwise.
    let told = heard(presences.leave(&romeo, None));
    assert_eq!(
        told,
        [
            line(30, "m1@verona.example/orchard", "unavailable"),
            line(0, "m1@verona.example/orchard", "unavailable"),
        ]
    );
    assert!(presences.leave(&romeo, None).is_empty());
    assert!(!presences.has_shown(romeo.id, AccountId(3)));
}

#[test]
fn whoever_is_told_by_the_circle_is_not_told_twice() {
    let mut presences = Presences::default();
    let (romeo, juliet) = (session(1, 10, "orchard"), session(2, 20, "balcony"));
    announce(&mut presences, &romeo, "<presence/>");
    announce(&mut presences, &juliet, "<presence/>");
    let said = stanza("<presence to='m2@verona.example'/>");
    presences.direct(&romeo, Some(AccountId(2)), &said).unwrap();
    assert_eq!(heard(presences.leave(&romeo, None)).len(), 1);
}

#[test]
fn a_connection_cannot_show_itself_to_everybody() {
    let mut presences = Presences::default();
    let romeo = session(1, 10, "orchard");
    for number in 0..DIRECTED_MAX {
        let said = stanza(&format!("<presence to='a{number}@elsewhere.example'/>"));
        presences.direct(&romeo, None, &said).unwrap();
    }
    let said = stanza("<presence to='one.more@elsewhere.example'/>");
    assert_eq!(presences.direct(&romeo, None, &said).unwrap_err(), TOO_MANY_DIRECTED);
    assert_eq!(heard(presences.leave(&romeo, None)).len(), DIRECTED_MAX);
}

#[test]
fn whoever_is_blocked_sees_the_member_go_and_come_back() {
    let mut presences = Presences::default();
    let (romeo, juliet) = (session(1, 10, "orchard"), session(2, 20, "balcony"));
    announce(&mut presences, &romeo, "<presence/>");
    announce(&mut presences, &juliet, "<presence/>");
    let blocked = Blocklist::new(vec!["m1@verona.example".to_owned()]);
    let out = presences.set_blocklist(juliet.account, blocked);
    assert_eq!(heard(out), [line(10, "m2@verona.example/balcony", "unavailable")]);
    let out = announce(&mut presences, &juliet, "<presence><show>away</show></presence>");
    assert_eq!(heard(out), [line(20, "m2@verona.example/balcony", "")]);
    let out = announce(&mut presences, &romeo, "<presence><show>away</show></presence>");
    assert_eq!(heard(out), [line(10, "m1@verona.example/orchard", "")]);
    let said = stanza("<presence to='m2@verona.example'/>");
    assert!(presences.direct(&romeo, Some(AccountId(2)), &said).unwrap().is_empty());
    // A new connection of the blocked one learns nothing either.
    let phone = session(1, 11, "phone");
    let seen = for_session(announce(&mut presences, &phone, "<presence/>"), phone.id);
    assert_eq!(seen.len(), 2, "itself and the other own device");
    let out = presences.set_blocklist(juliet.account, Blocklist::default());
    assert_eq!(
        heard(out),
        [
            line(10, "m2@verona.example/balcony", ""),
            line(11, "m2@verona.example/balcony", ""),
            line(20, "m1@verona.example/orchard", ""),
            line(20, "m1@verona.example/phone", ""),
        ]
    );
}

#[test]
fn a_server_elsewhere_is_blocked_as_a_whole() {
    let mut presences = Presences::default();
    let romeo = session(1, 10, "orchard");
    let mut circle = Circle::default();
    circle.set(&anna(), Sharing::BOTH);
    presences.begin(romeo.account, circle, Blocklist::default());
    presences.announce(&romeo, &stanza("<presence/>"));
    let blocked = Blocklist::new(vec!["elsewhere.example".to_owned()]);
    let out = presences.set_blocklist(romeo.account, blocked);
    assert_eq!(heard(out), [line(0, "m1@verona.example/orchard", "unavailable")]);
    assert_eq!(heard(presences.announce(&romeo, &stanza("<presence/>"))).len(), 1);
    let out = presences.set_blocklist(romeo.account, Blocklist::default());
    assert_eq!(heard(out), [line(0, "m1@verona.example/orchard", "")]);
}

#[test]
fn a_probe_is_answered_by_what_the_list_says() {
    use Sight::{All, Devices};

    let mut presences = Presences::default();
    let juliet = session(2, 20, "balcony");
    announce(&mut presences, &juliet, "<presence><show>chat</show></presence>");
    let ask = |account: Option<i64>, to: &str, sight: Sight| {
        let probe = stanza(&format!(
            "<presence type='probe' id='p1' from='anna@elsewhere.example/phone' to='{to}'/>"
        ));
        answer_probe(&presences, account.map(AccountId), &probe, &sight)
            .into_iter()
            .map(|answer| {
                assert_eq!(answer.to, probe.from);
                let details = if answer.inner().is_empty() { "" } else { " in detail" };
                let id = answer.id.map(|id| format!(" to {id}")).unwrap_or_default();
                let kind = answer.kind.as_deref().unwrap_or("here").to_owned();
                format!("{} {kind}{details}{id}", answer.from.unwrap())
            })
            .collect::<Vec<_>>()
    };
    let (bare, full) = ("m2@verona.example", "m2@verona.example/balcony");
    let cellar = "m2@verona.example/cellar";
    assert_eq!(ask(Some(2), bare, All), ["m2@verona.example/balcony here in detail"]);
    assert_eq!(ask(Some(2), full, All), ["m2@verona.example/balcony here"], "no details of one");
    assert_eq!(ask(Some(2), cellar, All), ["m2@verona.example/cellar unavailable to p1"]);
    assert_eq!(ask(Some(9), "m9@verona.example", All), ["m9@verona.example unavailable to p1"]);
    // A stranger and an address that nobody has: the same.
    let unsubscribed = ["m2@verona.example unsubscribed to p1"];
    for account in [Some(2), None] {
        for to in [bare, full] {
            assert_eq!(ask(account, to, Devices(Vec::new())), unsubscribed);
        }
    }
    // RFC 6121 §4.6.6: those that have shown themselves, and no more than that they are there.
    for to in [bare, full] {
        let shown = Devices(vec![Jid::new(full).unwrap()]);
        assert_eq!(ask(Some(2), to, shown), ["m2@verona.example/balcony here"]);
    }
}
