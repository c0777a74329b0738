//! Whom words concern, and how that is decided once.

use super::*;

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
