//! Who is told of what, how often, and who is not.

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
fn in_a_room_everybody_who_belongs_is_told_but_not_who_spoke() {
    play(|scene| {
        let ((romeo, _), _benvolio) = (phone(scene, "Romeo"), phone(scene, "Benvolio"));
        phone(scene, "Juliet"); // of another unit
        let said = || {
            stanza(
                "<message type='groupchat' from='montague@gruppen.verona.example/Romeo Montague'><body>Hört!</body></message>",
            )
        };
        let room = scene.read(|reader| {
            let home = crate::rooms::access::home_room(reader, romeo.person)?.unwrap();
            Ok(crate::rooms::access::room(reader, home)?.unwrap().address)
        });
        say_in(scene, &room, &romeo, said());
        say_in(scene, &room, &romeo, said());
        assert_eq!(decide_all(scene), 1, "one decision for both");
        let told = due_now(scene);
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].account, told[0].waiting), (scene.account("Benvolio").id, 2));
        // A slip of the pen wakes nobody.
        let account = told[0].account;
        scene.write(move |tx| looked(tx, account));
        let mended = said().with_child(
            &konvent_wire::xml::el("replace", "urn:xmpp:message-correct:0").attr("id", "1").build(),
        );
        say_in(scene, &room, &romeo, mended);
        decide_all(scene);
        assert!(due_now(scene).is_empty());
    });
}

#[test]
fn without_anybody_to_tell_nothing_is_written_down() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let home =
            scene.read(|reader| crate::rooms::access::home_room(reader, romeo.person)).unwrap();
        scene.write(move |tx| owe_in_room(tx, home, 1));
        assert!(scene.read(owed).is_empty());
    });
}

#[test]
fn the_setting_that_fits_a_phone_best_counts() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        let home =
            scene.read(|reader| crate::rooms::access::home_room(reader, romeo.person)).unwrap();
        let room = scene.read(|reader| crate::rooms::access::room(reader, home)).unwrap();
        let of = |inner: &str| {
            let xml = format!(
                "<message><extensions xmlns='urn:xmpp:bookmarks:1'><notify xmlns='urn:xmpp:notification-settings:1'>{inner}</notify></extensions></message>"
            );
            level(&room, false, stanza(&xml).payload().as_ref())
        };
        assert_eq!(of("<never/>"), Level::Never);
        assert_eq!(
            of("<never identity-category='client' identity-type='pc'/><on-mention/>"),
            Level::OnMention
        );
        assert_eq!(
            of(
                "<always/><never identity-category='client' identity-type='phone'/><on-mention identity-category='client'/>"
            ),
            Level::Never
        );
        assert_eq!(of("<sometimes/>"), Level::Always, "as if there were none: XEP-0492 §3");
        assert_eq!(level(&room, true, None), Level::OnMention, "hundreds who all speak");
    });
}

#[test]
fn a_member_is_meant_by_mention_reply_and_name() {
    let room = BareJid::new("ov@gruppen.verona.example").unwrap();
    let own = BareJid::new("romeo@verona.example").unwrap();
    let means = |inner: &str| {
        means(&stanza(&format!("<message>{inner}</message>")), &room, &own, "Romeo Montague")
    };
    for yes in [
        "<body>Wo bist du, romeo montague?</body>",
        "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:romeo@verona.example'/>",
        "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:ov@gruppen.verona.example/Romeo%20Montague'/>",
        "<reply xmlns='urn:xmpp:reply:0' to='ov@gruppen.verona.example/Romeo Montague' id='x'/>",
        "<reply xmlns='urn:xmpp:reply:0' to='romeo@verona.example/phone' id='x'/>",
    ] {
        assert!(means(yes), "{yes}");
    }
    for no in [
        "<body>Romeo Montagues Vater</body>",
        "<body/>",
        "<reference xmlns='urn:xmpp:reference:0' type='data' uri='xmpp:romeo@verona.example'/>",
        "<reference xmlns='urn:xmpp:reference:0' type='mention' uri='xmpp:%zz'/>",
        "<reply xmlns='urn:xmpp:reply:0' to='romeo@verona.example.org' id='x'/>",
    ] {
        assert!(!means(no), "{no}");
    }
}

#[test]
fn what_is_published_says_how_much_and_nothing_else_unless_allowed() {
    play(|scene| {
        let ((romeo, _), juliet) = (phone(scene, "Romeo"), scene.session("Juliet"));
        write_to(scene, &juliet, &romeo, "Ay me!");
        let one = due_now(scene).remove(0);
        for with_content in [false, true] {
            let said = scene.read(|reader| summary(reader, &one, with_content));
            let iq = publication(&scene.domain, &one, &said, "7").unwrap();
            let text = String::from_utf8(iq.to_bytes()).unwrap();
            assert_eq!(iq.from.unwrap().to_string(), "verona.example", "not whose phone it is");
            assert!(
                text.contains("<publish node='n1'>") || text.contains("<publish node=\"n1\">"),
                "{text}"
            );
            assert!(text.contains("message-count") && text.contains("<value>1</value>"), "{text}");
            assert!(
                text.contains("publish-options") && text.contains("<value>s</value>"),
                "{text}"
            );
            assert_eq!(text.contains("Ay me!"), with_content, "{text}");
            assert_eq!(text.contains("last-message-sender"), with_content, "{text}");
        }
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

#[test]
fn of_somebody_one_hears_less_when_one_says_so() {
    play(|scene| {
        let (romeo, domain) = (scene.account("Romeo").id, scene.domain.clone());
        let juliet = Jid::new("juliet.capulet@verona.example").unwrap().to_bare();
        let said = |words: &str| {
            stanza(&format!(
                "<message type='chat' from='juliet.capulet@verona.example/x'><body>{words}</body></message>"
            ))
        };
        let concerns =
            |said: &Stanza| scene.read(|reader| concerns_between(reader, &domain, romeo, said));
        let set = |level| {
            let peer = juliet.clone();
            scene.write(move |tx| set_level(tx, romeo, &peer, level));
        };
        assert!(concerns(&said("Ay me!")));
        set(Level::OnMention);
        assert!(!concerns(&said("Ay me!")));
        assert!(concerns(&said("O Romeo Montague, Romeo Montague!")));
        set(Level::Never);
        assert!(!concerns(&said("O Romeo Montague, Romeo Montague!")));
        let nurse = said("Madam!").with_from(Jid::new("nurse@verona.example").unwrap());
        assert!(concerns(&nurse), "of others he hears as before");
        let kept = scene.read(|reader| levels(reader, romeo));
        assert_eq!(kept, [(juliet.to_string(), Level::Never)]);
        let own = scene.read(|reader| privacy::export(reader, romeo));
        assert_eq!(own["levels"][0]["with"], juliet.as_str());
        set(Level::Always);
        assert!(concerns(&said("Ay me!")) && scene.read(|reader| levels(reader, romeo)).is_empty());

        scene.write(move |tx| {
            for number in 0..LEVELS_MAX {
                let peer = Jid::new(&format!("a{number}@b.example")).unwrap().to_bare();
                set_level(tx, romeo, &peer, Level::Never)?;
            }
            Ok(())
        });
        let peer = juliet.clone();
        let more = scene.try_write(move |tx| set_level(tx, romeo, &peer, Level::Never));
        assert_eq!(more.unwrap_err(), TOO_MANY_LEVELS);
        scene.write(move |tx| privacy::erase(tx, romeo));
        assert!(scene.read(|reader| levels(reader, romeo)).is_empty());
    });
}

#[test]
fn a_decision_looks_at_nobody_outside_the_room() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        for name in ["Benvolio", "Juliet", "Nurse", "Escalus"] {
            phone(scene, name);
        }
        let now = scene.clock.now();
        let said = Stanza::message("groupchat").with_body("Where is everybody?");
        say_in(scene, "ov-montague", &romeo, said.clone());
        let looked_at = || {
            let asked = std::cell::RefCell::new(Vec::new());
            let one = scene.read(owed).remove(0);
            scene.read(|reader| {
                let looks = |account| {
                    asked.borrow_mut().push(account);
                    false
                };
                concerned(reader, &scene.domain, &one, now, looks)
            });
            asked.into_inner()
        };
        // More can be told than belong to the room, which is looked at from the room then.
        assert_eq!(looked_at(), [scene.account("Benvolio").id]);
        // And fewer: from those.
        let gone = ["Juliet", "Nurse", "Escalus"].map(|name| scene.account(name).id);
        scene.write(move |tx| gone.iter().try_for_each(|gone| store::erase(tx, *gone).map(drop)));
        assert_eq!(looked_at(), [scene.account("Benvolio").id]);
        decide_all(scene);
        assert_eq!(due_now(scene)[0].account, scene.account("Benvolio").id);
    });
}

#[test]
fn two_nodes_that_decide_the_same_count_it_once() {
    play(|scene| {
        let romeo = scene.session("Romeo");
        phone(scene, "Benvolio");
        let now = scene.clock.now();
        let said = || Stanza::message("groupchat").with_body("Where is everybody?");
        let decided = || {
            let one = scene.read(owed).remove(0);
            let told = scene.read(|reader| concerned(reader, &scene.domain, &one, now, |_| false));
            (one, told)
        };
        say_in(scene, "ov-montague", &romeo, said());
        let first = decided();
        say_in(scene, "ov-montague", &romeo, said());
        let second = decided(); // it knows of one message more
        assert!(scene.write(move |tx| settle(tx, &first.0, &first.1)));
        assert!(!scene.write(move |tx| settle(tx, &second.0, &second.1)));
        assert_eq!(due_now(scene)[0].waiting, 1);
        decide_all(scene);
        assert_eq!(due_now(scene)[0].waiting, 2, "what it alone knew of is owed on");
    });
}
