//! Who is told of what, how often, and who is not.

mod deciding;

use super::due::{CLAIM_SECS, FAILURES_MAX, claim, delivered, due, failed, is_valid, pause_secs};
use super::level::means;
use super::*;
use crate::Session;
use crate::archive::{Kept, Party, keep_between, keep_in_room};
use crate::scene::{Scene, play, stanza};
use konvent_people::accounts::{DeviceKind, new_device, revoke_device};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

fn phone(scene: &Scene<'_>, name: &str) -> (Session, i64) {
    let session = scene.session(name);
    let account = session.account;
    let device = scene.write(move |tx| {
        let device = new_device(tx, account, "Telefon", DeviceKind::Xmpp, None)?;
        let by = By::Device(device.id);
        let new = New {
            through: Through::App,
            service: "push.app.example",
            node: "n1",
            secret: b"<x xmlns='jabber:x:data' type='submit'><field var='secret'><value>s</value></field></x>",
            by,
        };
        enable(tx, account, new)?;
        Ok(device.id)
    });
    (session, device)
}

fn due_now(scene: &Scene<'_>) -> Vec<due::Due> {
    let now = scene.clock.now();
    scene.read(|reader| due(reader, now, 100))
}

fn write_to(scene: &Scene<'_>, from: &Session, to: &Session, words: &str) {
    let said = Stanza::message("chat").with_from(from.address.clone()).with_body(words);
    let (sender, receiver) = (from.account, to.account);
    let (own, theirs) = (from.bare(), to.bare());
    scene.write(move |tx| {
        let from = Party { account: sender, address: &own };
        let to = Party { account: receiver, address: &theirs };
        let Kept::New { theirs, .. } = keep_between(tx, from, to, &said)? else {
            panic!("not kept")
        };
        owe(tx, receiver, theirs, wakes(&said).unwrap())
    });
}

fn say_in(scene: &Scene<'_>, room: &str, from: &Session, said: Stanza) {
    let room = scene.room(room).id;
    let (account, address) = (from.account, from.bare());
    scene.write(move |tx| {
        let kept = keep_in_room(tx, room, Some(account), &address, &said, &said)?;
        let Kept::New { mine, .. } = kept else { panic!("not kept") };
        owe_in_room(tx, room, mine)
    });
}

/// Decides what is owed in rooms; nobody looks.
fn decide_all(scene: &Scene<'_>) -> usize {
    let now = scene.clock.now();
    let all = scene.read(owed);
    for one in &all {
        let told = scene.read(|reader| concerned(reader, &scene.domain, one, now, |_| false));
        let one = one.clone();
        scene.write(move |tx| settle(tx, &one, &told));
    }
    assert!(scene.read(owed).is_empty());
    all.len()
}

#[test]
fn one_notification_waits_whatever_is_said_and_none_after_a_look() {
    play(|scene| {
        let ((romeo, _), juliet) = (phone(scene, "Romeo"), scene.session("Juliet"));
        assert!(due_now(scene).is_empty());
        write_to(scene, &juliet, &romeo, "Ay me!");
        write_to(scene, &juliet, &romeo, "O Romeo, Romeo!");
        let waiting = due_now(scene);
        assert_eq!((waiting.len(), waiting[0].waiting), (1, 2), "{waiting:?}");
        // Two nodes: one gets it.
        let mut one = waiting[0].clone();
        let other = one.clone();
        assert!(scene.write(move |tx| claim(tx, &other)));
        let again = one.clone();
        assert!(!scene.write(move |tx| claim(tx, &again)));
        assert!(due_now(scene).is_empty(), "it is on its way");
        write_to(scene, &juliet, &romeo, "wherefore art thou Romeo?");
        let sent = one.clone();
        scene.write(move |tx| delivered(tx, &sent));
        assert!(due_now(scene).is_empty(), "not so soon");
        scene.clock.advance(pause_secs(0) * 1000);
        one = due_now(scene).remove(0);
        assert_eq!(one.waiting, 3, "what came in between");
        let account = romeo.account;
        assert!(scene.read(|reader| has_waiting(reader, account)));
        scene.write(move |tx| looked(tx, account));
        assert!(due_now(scene).is_empty() && !scene.read(|reader| has_waiting(reader, account)));
        // One that comes late, after the look, makes nothing due.
        scene.write(move |tx| delivered(tx, &one));
        scene.clock.advance(3_600_000);
        assert!(due_now(scene).is_empty());
    });
}

#[test]
fn a_node_that_died_is_followed_by_another() {
    play(|scene| {
        let ((romeo, _), juliet) = (phone(scene, "Romeo"), scene.session("Juliet"));
        write_to(scene, &juliet, &romeo, "Ay me!");
        let one = due_now(scene).remove(0);
        assert!(scene.write(move |tx| claim(tx, &one)));
        scene.clock.advance(CLAIM_SECS * 1000);
        assert_eq!(due_now(scene).len(), 1, "nobody said that it went out");
    });
}

#[test]
fn a_service_that_always_fails_is_given_up_more_and_more_slowly() {
    play(|scene| {
        let ((romeo, _), juliet) = (phone(scene, "Romeo"), scene.session("Juliet"));
        write_to(scene, &juliet, &romeo, "Ay me!");
        let mut waits = Vec::new();
        for attempt in 1..=FAILURES_MAX {
            let before = scene.clock.now();
            while due_now(scene).is_empty() {
                scene.clock.advance(1_000);
            }
            waits.push((scene.clock.now().0 - before.0) / 1000);
            let one = due_now(scene).remove(0);
            let is_given_up = scene.write(move |tx| failed(tx, &one, None));
            assert_eq!(is_given_up, attempt == FAILURES_MAX);
        }
        assert_eq!(waits, [0, 30, 60, 120, 240, 480, 960, 1920]);
        scene.clock.advance(86_400_000);
        assert!(due_now(scene).is_empty(), "XEP-0357 §7.1");
    });
}

#[test]
fn who_revokes_a_device_ends_its_notifications() {
    play(|scene| {
        let ((romeo, device), juliet) = (phone(scene, "Romeo"), scene.session("Juliet"));
        let account = romeo.account;
        let by_password = New {
            through: Through::App,
            service: "push.app.example",
            node: "n2",
            secret: b"",
            by: By::AppPassword(4711),
        };
        scene.write(move |tx| enable(tx, account, by_password));
        write_to(scene, &juliet, &romeo, "Ay me!");
        let all = due_now(scene);
        let valid: Vec<bool> =
            all.iter().map(|one| scene.read(|reader| is_valid(reader, one))).collect();
        assert_eq!(valid, [true, false], "there is no such password");
        scene.write(move |tx| forget_app_password(tx, account, 4711));
        scene.write(move |tx| revoke_device(tx, account, device));
        assert!(due_now(scene).is_empty());
    });
}

#[test]
fn the_oldest_device_makes_room_and_the_last_word_counts() {
    play(|scene| {
        let account = scene.session("Romeo").account;
        for number in 0..DEVICES_MAX + 5 {
            scene.clock.advance(1);
            scene.write(move |tx| {
                let node = format!("node{number}");
                let by = By::AppPassword(1);
                let new = New {
                    through: Through::App,
                    service: "p.example",
                    node: &node,
                    secret: b"",
                    by,
                };
                enable(tx, account, new)?;
                enable(tx, account, New { secret: b"<a xmlns='b'/>", ..new })
            });
        }
        let all = scene.read(|reader| store::of_account(reader, account));
        assert_eq!(all.len(), 20);
        assert!(all.iter().all(|one| one.secret == b"<a xmlns='b'/>"), "XEP-0357 §5");
        assert!(
            !all.iter().any(|one| one.node == "node4") && all.iter().any(|one| one.node == "node5")
        );
        scene.write(move |tx| disable(tx, account, Through::App, "p.example", Some("node9")));
        assert_eq!(scene.read(|reader| store::of_account(reader, account)).len(), 19);
        let export = scene.read(|reader| privacy::export(reader, account));
        assert_eq!(export["devices"].as_array().unwrap().len(), 19);
        assert!(!export.to_string().contains("<a"), "secrets stay secret");
        scene.write(move |tx| disable(tx, account, Through::App, "p.example", None));
        assert!(scene.read(|reader| store::of_account(reader, account)).is_empty());
        let long = "x".repeat(NODE_MAX_BYTES + 1);
        let by = By::AppPassword(1);
        let refused = scene.try_write(move |tx| {
            let new =
                New { through: Through::App, service: "p.example", node: &long, secret: b"", by };
            enable(tx, account, new)
        });
        assert_eq!(refused.unwrap_err(), BAD_REQUEST);
    });
}

#[test]
fn a_browser_belongs_to_whoever_signed_in_last() {
    play(|scene| {
        let (romeo, juliet) = (scene.session("Romeo").account, scene.session("Juliet").account);
        for account in [romeo, juliet] {
            scene.write(move |tx| {
                let device = new_device(tx, account, "Browser", DeviceKind::Browser, None)?;
                let by = By::Device(device.id);
                let service = "https://push.example/abc";
                enable(
                    tx,
                    account,
                    New { through: Through::Browser, service, node: "", secret: b"k", by },
                )
            });
        }
        assert!(scene.read(|reader| store::of_account(reader, romeo)).is_empty());
        assert_eq!(scene.read(|reader| store::of_account(reader, juliet)).len(), 1);
    });
}

#[test]
fn requests_are_read_to_the_letter() {
    let of = |inner: &str| wish(&stanza(&format!("<iq type='set' id='1'>{inner}</iq>")));
    assert_eq!(of("<ping xmlns='urn:xmpp:ping'/>").unwrap(), None);
    let Some(Wish::Enable { service, node, options }) =
        of("<enable xmlns='urn:xmpp:push:0' jid='p.example' node='n'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field></x></enable>").unwrap()
    else {
        panic!("no wish")
    };
    assert_eq!((service.to_string().as_str(), node.as_str()), ("p.example", "n"));
    assert!(!options.is_empty());
    for wrong in [
        "<enable xmlns='urn:xmpp:push:0' node='n'/>",
        "<enable xmlns='urn:xmpp:push:0' jid='@' node='n'/>",
        "<disable xmlns='urn:xmpp:push:0'/>",
        "<enable xmlns='urn:xmpp:push:0' jid='p.example'><x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>other</value></field></x></enable>",
    ] {
        assert_eq!(of(wrong).unwrap_err(), BAD_REQUEST, "{wrong}");
    }
    let asked =
        stanza("<iq type='get' id='1'><enable xmlns='urn:xmpp:push:0' jid='p.example'/></iq>");
    assert_eq!(wish(&asked).unwrap_err(), BAD_REQUEST);
    let error = |kind: &str, condition: &str| {
        outcome(&stanza(&format!(
            "<iq type='error' id='1'><error type='{kind}'><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
        )))
    };
    assert_eq!(error("cancel", "item-not-found"), Outcome::Gone);
    assert_eq!(error("wait", "resource-constraint"), Outcome::Failed(None));
    assert_eq!(error("cancel", "remote-server-not-found"), Outcome::Failed(None));
    assert_eq!(outcome(&stanza("<iq type='result' id='1'/>")), Outcome::Delivered);
}

#[test]
fn the_pace_slows_down() {
    assert!(pause_secs(0) < pause_secs(10) && pause_secs(10) < pause_secs(100));
}
