//! Who hears of whom, without a server.

use super::*;
use crate::scene::{for_session, stanza};
use konvent_core::{PersonId, Post};

fn session(account: i64, number: i64, resource: &str) -> Session {
    Session {
        id: SessionId(number),
        account: AccountId(account),
        person: PersonId(account + 100),
        address: Jid::new(&format!("m{account}@verona.example/{resource}")).unwrap(),
        name: format!("M{account}"),
    }
}

/// Romeo (1) and Juliet (2) share presence, Tybalt (3) shares with nobody.
fn announce(presences: &mut Presences, session: &Session, xml: &str) -> Outbox {
    let circle = match session.account.0 {
        1 => vec![AccountId(2)],
        2 => vec![AccountId(1)],
        _ => vec![],
    };
    presences.announce(session, &stanza(xml), circle)
}

fn heard(out: Outbox) -> Vec<(i64, String, Option<String>)> {
    out.into_posts()
        .into_iter()
        .map(|post| match post {
            Post::Session { session, stanza } => {
                let from = stanza.from.as_ref().unwrap().as_str().to_owned();
                (session.0, from, stanza.kind.map(|kind| kind.to_string()))
            }
            other => panic!("{other:?}"),
        })
        .collect()
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
            (20, "m2@verona.example/balcony".to_owned(), None),
            (10, "m2@verona.example/balcony".to_owned(), None),
            (20, "m1@verona.example/orchard".to_owned(), None),
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
    assert_eq!(
        heard(out),
        [(10, "m2@verona.example/balcony".to_owned(), Some("unavailable".to_owned()))]
    );
    assert!(presences.leave(&juliet, None).is_empty());
    assert!(presences.online(AccountId(2)).is_empty());
    let out = announce(&mut presences, &juliet, "<presence/>");
    assert_eq!(heard(out).len(), 3, "coming back is coming");
}

#[test]
fn subscriptions_are_answered_by_the_directory() {
    let mut presences = Presences::default();
    let (romeo, juliet) = (session(1, 10, "orchard"), session(2, 20, "balcony"));
    announce(&mut presences, &romeo, "<presence/>");
    announce(&mut presences, &juliet, "<presence/>");
    let ask = |kind: &str, to: Option<i64>| {
        let presence = stanza(&format!("<presence type='{kind}' to='m2@verona.example' id='s'/>"));
        answer_subscription(&presences, &romeo, to.map(AccountId), &presence).map(heard)
    };
    let reply =
        |kind: &str| Some(vec![(10, "m2@verona.example".to_owned(), Some(kind.to_owned()))]);
    assert_eq!(ask("subscribe", Some(2)), reply("subscribed"));
    assert_eq!(ask("subscribe", Some(3)), reply("unsubscribed"));
    assert_eq!(ask("subscribe", None), reply("unsubscribed"));
    assert_eq!(ask("subscribed", Some(2)), Some(vec![]));
    assert_eq!(
        ask("probe", Some(2)),
        Some(vec![(10, "m2@verona.example/balcony".to_owned(), None)])
    );
    assert_eq!(ask("probe", Some(3)), Some(vec![]));
    assert_eq!(ask("unavailable", Some(2)), None);
}

#[test]
fn a_changed_circle_shows_the_new_and_hides_the_old() {
    let mut presences = Presences::default();
    let (romeo, juliet, tybalt) =
        (session(1, 10, "orchard"), session(2, 20, "balcony"), session(3, 30, "street"));
    for one in [&romeo, &juliet, &tybalt] {
        announce(&mut presences, one, "<presence/>");
    }
    let change = |account, added: &[i64], removed: &[i64]| Change {
        account: AccountId(account),
        added: added.iter().copied().map(AccountId).collect(),
        removed: removed.iter().copied().map(AccountId).collect(),
    };
    let changes = [change(1, &[3], &[2]), change(2, &[], &[1]), change(3, &[1], &[])];
    let out = presences.follow_directory(&changes);
    assert_eq!(
        heard(out),
        [
            (10, "m2@verona.example/balcony".to_owned(), Some("unavailable".to_owned())),
            (10, "m3@verona.example/street".to_owned(), None),
            (20, "m1@verona.example/orchard".to_owned(), Some("unavailable".to_owned())),
            (30, "m1@verona.example/orchard".to_owned(), None),
        ]
    );
    assert!(presences.shares_with(AccountId(1), AccountId(3)));
    assert!(!presences.shares_with(AccountId(2), AccountId(1)));
}

#[test]
fn a_directed_presence_reaches_the_one_it_names() {
    let mut presences = Presences::default();
    let (romeo, juliet) = (session(1, 10, "orchard"), session(2, 20, "balcony"));
    announce(&mut presences, &juliet, "<presence/>");
    let to = |address: &str| {
        heard(presences.direct(
            &romeo,
            AccountId(2),
            &stanza(&format!("<presence to='{address}'/>")),
        ))
        .len()
    };
    assert_eq!(to("m2@verona.example"), 1);
    assert_eq!(to("m2@verona.example/balcony"), 1);
    assert_eq!(to("m2@verona.example/cellar"), 0);
}
