//! Coming in: who is let in, under which name, and what he is shown.

use super::*;

#[test]
fn joining_tells_who_is_there_then_yourself_then_history_then_the_subject() {
    play(|scene| {
        let mut occupants = occupants();
        let juliet = scene.session("Juliet");
        join(scene, &mut occupants, &juliet, "ov-capulet");
        speak(
            scene,
            &mut occupants,
            &juliet,
            "ov-capulet",
            "<message type='groupchat' id='a'><body>O</body></message>",
        )
        .unwrap();
        let nurse = scene.session("Nurse");
        let out = join(scene, &mut occupants, &nurse, "ov-capulet");
        let seen = for_session(out, nurse.id);
        let [other, own, history, subject] = seen.as_slice() else { panic!("{seen:?}") };
        assert_eq!(
            other.from.as_ref().unwrap().as_str(),
            "ov-capulet@gruppen.verona.example/Juliet Capulet"
        );
        assert_eq!(item(other).attr("jid"), Some("juliet.capulet@verona.example"));
        assert_eq!(other.text_of("show", ns::CLIENT).as_deref(), Some("away"));
        assert!(!other.has("x", ns::MUC), "what the client wrote for the room stays with the room");
        assert_eq!(statuses(own), ["100", "110"]);
        assert_eq!(item(own).attr("role"), Some("participant"));
        let hats = own.child("hats", ns::HATS).unwrap().element().unwrap();
        assert_eq!(hats.children().next().unwrap().attr("title"), Some("Vorsitz"));
        assert!(other.has("occupant-id", ns::OCCUPANT_ID));
        assert_eq!(history.text_of("body", ns::CLIENT).as_deref(), Some("O"));
        assert!(history.has("delay", ns::DELAY) && history.has("stanza-id", ns::STANZA_ID));
        assert_eq!(subject.text_of("subject", ns::CLIENT).as_deref(), Some(""));
        assert!(!subject.has("body", ns::CLIENT));
        assert!(seen.iter().all(|stanza| stanza.to.as_ref() == Some(&nurse.address)));
    });
}

#[test]
fn the_directory_chooses_the_nickname_and_says_so() {
    play(|scene| {
        let mut occupants = occupants();
        let mut romeo = scene.session("Romeo");
        romeo.name = "Paris".into(); // what he asks for …
        let presence = stanza("<presence to='ov-montague@gruppen.verona.example/Chair'/>");
        let ask = |occupants: &Occupants, session: &Session| {
            ask_in(scene, occupants, &Caller::from(session), &presence).unwrap()
        };
        let joining = ask(&occupants, &romeo);
        let out = occupants.enter(&joining).unwrap();
        let own = for_session(out, romeo.id).remove(0);
        assert_eq!(own.from.as_ref().unwrap().resource().unwrap().as_str(), "Paris");
        assert_eq!(statuses(&own), ["100", "110", "210"]);
        // Somebody else of the same name gets his localpart behind it.
        let mut benvolio = scene.session("Benvolio");
        benvolio.name = "Paris".into();
        let joining = ask(&occupants, &benvolio);
        let out = occupants.enter(&joining).unwrap();
        let own = for_session(out, benvolio.id).remove(1);
        assert_eq!(
            own.from.as_ref().unwrap().resource().unwrap().as_str(),
            "Paris (benvolio.montague)"
        );
    });
}

#[test]
fn strangers_and_fools_are_refused_as_the_standard_says() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let refusal = join_with(scene, &mut occupants, &romeo, "ov-capulet", "").unwrap_err();
        assert_eq!(refusal, NOT_A_MEMBER);
        assert_eq!(
            conditions::of_code(refusal.code).unwrap().condition,
            Condition::RegistrationRequired
        );
        assert_eq!(
            join_with(scene, &mut occupants, &romeo, "ov-mantua", "").unwrap_err(),
            NO_SUCH_ROOM
        );
        let bare = stanza("<presence to='ov-montague@gruppen.verona.example'/>");
        let refused = ask_in(scene, &occupants, &Caller::from(&romeo), &bare);
        assert_eq!(refused.unwrap_err(), NO_NICK);
        assert!(!occupants.is_inside(scene.room("ov-capulet").id, &at(&romeo)));
    });
}

#[test]
fn devices_share_a_nickname_and_the_last_one_takes_it_away() {
    play(|scene| {
        let mut occupants = occupants();
        let (desk, phone) = (scene.session("Romeo"), scene.session("Romeo"));
        let benvolio = scene.session("Benvolio");
        join(scene, &mut occupants, &benvolio, "ov-montague");
        let out = join(scene, &mut occupants, &desk, "ov-montague");
        assert_eq!(for_session(out, benvolio.id).len(), 1);
        let out = join(scene, &mut occupants, &phone, "ov-montague");
        assert_eq!(for_session(out, benvolio.id).len(), 0, "he is there already");
        let room = scene.room("ov-montague").id;
        assert_eq!(occupants.count(room), 2);
        assert_eq!(occupants.sessions(room).count(), 3);
        let out = occupants.leave(&at(&desk), room, None).unwrap();
        assert_eq!(for_session(out, benvolio.id).len(), 0, "he is still there");
        let out = occupants.leave_all(&at(&phone)).unwrap();
        let seen = for_session(out, benvolio.id);
        assert!(seen[0].is_kind("unavailable"));
        assert_eq!(item(&seen[0]).attr("role"), Some("none"));
        assert_eq!(occupants.count(room), 1);
        assert!(occupants.leave_all(&at(&phone)).unwrap().is_empty(), "twice is once");
    });
}

#[test]
fn joining_again_shows_everything_again_and_a_newcomer_asks_for_less() {
    play(|scene| {
        let mut occupants = occupants();
        let (romeo, benvolio) = (scene.session("Romeo"), scene.session("Benvolio"));
        join(scene, &mut occupants, &romeo, "ov-montague");
        for n in 0..30 {
            let xml =
                format!("<message type='groupchat' id='n{n}'><body>line {n}</body></message>");
            speak(scene, &mut occupants, &romeo, "ov-montague", &xml).unwrap();
        }
        let count = |out: Outbox, session: &Session| {
            for_session(out, session.id)
                .iter()
                .filter(|stanza| stanza.has("body", ns::CLIENT))
                .count()
        };
        let out = join(scene, &mut occupants, &romeo, "ov-montague");
        assert_eq!(count(out, &romeo), 20);
        for (wish, expected) in [
            ("<history maxstanzas='3'/>", 3),
            ("<history maxstanzas='0'/>", 0),
            ("<history maxchars='0'/>", 0),
            ("<history maxchars='900'/>", 2),
            ("<history since='2999-01-01T00:00:00Z'/>", 0),
            ("<history seconds='60' maxstanzas='200'/>", 30),
            ("<history maxstanzas='nonsense'/><password>x</password>", 20),
        ] {
            let out = join_with(scene, &mut occupants, &benvolio, "ov-montague", wish).unwrap();
            let found = count(out, &benvolio);
            assert!(
                found == expected || (wish.contains("900") && found > 0 && found < 5),
                "{wish}: {found}"
            );
        }
    });
}
