//! Words in a room: kept once, reflected, refused.

use super::*;

#[test]
fn what_is_said_is_kept_once_and_reflected_with_the_rooms_mark() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        join(scene, &mut occupants, &romeo, "ov-montague");
        let xml = "<message type='groupchat' id='m1'><body>Hark</body>\
            <origin-id xmlns='urn:xmpp:sid:0' id='o1'/>\
            <stanza-id xmlns='urn:xmpp:sid:0' id='forged' by='ov-montague@gruppen.verona.example'/>\
            <delay xmlns='urn:xmpp:delay' stamp='1999-01-01T00:00:00Z'/></message>";
        let (kept, out) = speak(scene, &mut occupants, &romeo, "ov-montague", xml).unwrap();
        let Kept::New { mine: id, .. } = kept else { panic!("{kept:?}") };
        let posts = out.into_posts();
        let [Post::Occupants { room, stanza: said }] = posts.as_slice() else {
            panic!("{posts:?}")
        };
        assert_eq!(*room, scene.room("ov-montague").id);
        assert_eq!(
            said.from.as_ref().unwrap().as_str(),
            "ov-montague@gruppen.verona.example/Romeo Montague"
        );
        assert_eq!(said.id.as_deref(), Some("m1"));
        let marks: Vec<_> = said.children().filter(|child| child.name() == "stanza-id").collect();
        let [mark] = marks.as_slice() else { panic!("{} marks", marks.len()) };
        assert_eq!(mark.element().unwrap().attr("id"), Some(id.to_string().as_str()));
        assert!(said.has("origin-id", ns::STANZA_ID) && !said.has("delay", ns::DELAY));

        let (again, out) = speak(scene, &mut occupants, &romeo, "ov-montague", xml).unwrap();
        assert_eq!(again, Kept::Again(id));
        let posts = out.into_posts();
        assert!(
            matches!(posts.as_slice(), [Post::Session { session, .. }] if *session == romeo.id)
        );
        let page = scene.read(|reader| {
            archive::page(reader, Owner::Room(scene.room("ov-montague").id), &Query::default())
        });
        assert_eq!(page.entries.len(), 1);
    });
}

#[test]
fn who_may_not_speak_is_told_why() {
    play(|scene| {
        let mut occupants = occupants();
        let romeo = scene.session("Romeo");
        let hark = "<message type='groupchat'><body>Hark</body></message>";
        assert_eq!(
            speak(scene, &mut occupants, &romeo, "ov-montague", hark).unwrap_err(),
            NOT_INSIDE
        );
        join(scene, &mut occupants, &romeo, "lv-verona");
        let refused = speak(scene, &mut occupants, &romeo, "lv-verona", hark).unwrap_err();
        assert_eq!(refused, ONLY_OFFICES_SPEAK);
        assert_eq!(conditions::of_code(refused.code).unwrap().condition, Condition::Forbidden);
        join(scene, &mut occupants, &romeo, "ov-montague");
        for (xml, expected) in [
            ("<message type='groupchat'><subject>Mine</subject></message>", DIRECTORY_DECIDES),
            (
                "<message><x xmlns='http://jabber.org/protocol/muc#user'><invite to='t@x'/></x></message>",
                DIRECTORY_DECIDES,
            ),
        ] {
            assert_eq!(
                speak(scene, &mut occupants, &romeo, "ov-montague", xml).unwrap_err(),
                expected
            );
        }
        let escalus = scene.session("Escalus");
        join(scene, &mut occupants, &escalus, "lv-verona");
        speak(scene, &mut occupants, &escalus, "lv-verona", hark).unwrap();
    });
}
