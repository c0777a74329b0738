//! The directory changes while people are inside.

use super::*;

#[test]
fn the_end_of_a_term_takes_the_voice_at_that_moment() {
    play(|scene| {
        let mut occupants = occupants();
        let (escalus, romeo) = (scene.session("Escalus"), scene.session("Romeo"));
        join(scene, &mut occupants, &escalus, "lv-verona");
        join(scene, &mut occupants, &romeo, "lv-verona");
        join(scene, &mut occupants, &escalus, "lv-verona-vorstand");
        let (term, ends) = (scene.term("Escalus"), scene.clock.now().plus_secs(60));
        scene.write(move |tx| offices::end(tx, term, Some(ends)));
        scene.clock.advance(60_000);
        // The word is gone even before anybody has told the rooms.
        let hark = "<message type='groupchat'><body>Hark</body></message>";
        assert_eq!(
            speak(scene, &mut occupants, &escalus, "lv-verona", hark).unwrap_err(),
            ONLY_OFFICES_SPEAK
        );
        let person = [scene.person("Escalus")];
        let out = follow(scene, &mut occupants, Some(&person));
        let posts: Vec<(SessionId, Stanza)> = out
            .into_posts()
            .into_iter()
            .filter_map(|post| match post {
                Post::Session { session, stanza } => Some((session, stanza)),
                _ => None,
            })
            .collect();
        let in_land: Vec<_> = posts
            .iter()
            .filter(|(_, said)| said.from.as_ref().unwrap().as_str().starts_with("lv-verona@"))
            .collect();
        assert_eq!(in_land.len(), 2);
        for (session, said) in &in_land {
            assert_eq!(item(said).attr("role"), Some("visitor"));
            assert!(!said.has("hats", ns::HATS));
            assert_eq!(statuses(said).contains(&"110".to_owned()), *session == escalus.id);
        }
        let board: Vec<_> = posts
            .iter()
            .filter(|(_, said)| {
                said.from.as_ref().unwrap().as_str().starts_with("lv-verona-vorstand@")
            })
            .collect();
        let [(session, gone)] = board.as_slice() else { panic!("{board:?}") };
        assert_eq!(*session, escalus.id);
        assert!(gone.is_kind("unavailable"));
        assert_eq!(statuses(gone), ["321", "110"]);
        assert_eq!(item(gone).attr("affiliation"), Some("none"));
    });
}

#[test]
fn a_transfer_shows_the_member_out_and_the_others_see_it() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        for session in [&romeo, &benvolio] {
            join(scene, &mut occupants, session, "ov-montague");
            join(scene, &mut occupants, session, "kv-nord");
        }
        scene.transfer("Romeo", "Capulet");
        let out = follow(scene, &mut occupants, None);
        let seen = for_session(out, benvolio.id);
        let [gone] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!(
            gone.from.as_ref().unwrap().as_str(),
            "ov-montague@gruppen.verona.example/Romeo Montague"
        );
        assert_eq!(statuses(gone), ["321"]);
        assert!(
            follow(scene, &mut occupants, None).is_empty(),
            "the second look finds nothing to do"
        );
        assert!(
            occupants.is_inside(scene.room("kv-nord").id, &at(&romeo)),
            "what both chains share is untouched"
        );
        assert!(!occupants.is_inside(scene.room("ov-montague").id, &at(&romeo)));
    });
}

#[test]
fn in_a_large_room_only_those_who_speak_are_seen() {
    play(|scene| {
        let nord = scene.unit("Nord");
        scene.write(move |tx| {
            for n in 0..PRESENCE_SHARED_UP_TO {
                let person = people::enrol(tx, &format!("n{n}"), &people::Details::default())?;
                people::join(
                    tx,
                    &people::NewMembership {
                        person,
                        unit: nord,
                        kind: people::MembershipKind::Home,
                        status: people::Status::Active,
                        joined_on: None,
                    },
                )?;
            }
            Ok(())
        });
        let mut occupants = occupants();
        let (romeo, juliet, escalus) =
            (scene.session("Romeo"), scene.session("Juliet"), scene.session("Escalus"));
        join(scene, &mut occupants, &romeo, "lv-verona");
        let out = join(scene, &mut occupants, &juliet, "lv-verona");
        assert_eq!(for_session(out, romeo.id).len(), 0, "a reader comes in unseen");
        let out = join(scene, &mut occupants, &escalus, "lv-verona");
        assert_eq!(for_session(out, romeo.id).len(), 1, "the chair is seen");
        let out = join(scene, &mut occupants, &juliet, "lv-verona");
        let presences = for_session(out, juliet.id);
        let from: Vec<_> = presences
            .iter()
            .filter(|stanza| stanza.has("x", ns::MUC_USER))
            .map(|stanza| stanza.from.as_ref().unwrap().resource().unwrap().as_str().to_owned())
            .collect();
        assert_eq!(from, ["Escalus Fürst", "Juliet Capulet"], "the chair and herself");
        // He loses his voice: all who saw him come see him step back.
        let (term, now) = (scene.term("Escalus"), scene.clock.now());
        scene.write(move |tx| offices::end(tx, term, Some(now)));
        let out = follow(scene, &mut occupants, None);
        let seen = for_session(out, romeo.id);
        assert_eq!(item(&seen[0]).attr("role"), Some("visitor"));
    });
}

#[test]
fn whoever_is_transferred_while_he_comes_in_stays_outside() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let presence = stanza("<presence to='ov-montague@gruppen.verona.example/Romeo'/>");
        let joining = ask_in(scene, &occupants, &Caller::from(&romeo), &presence).unwrap();
        scene.transfer("Romeo", "Capulet");
        follow(scene, &mut occupants, None);
        assert_eq!(occupants.enter(&joining).unwrap_err(), DIRECTORY_CHANGED);
        assert_eq!(occupants.count(scene.room("ov-montague").id), 0);
    });
}
