//! What is kept, and that it is kept once.

use super::*;

#[test]
fn a_message_is_in_both_archives_and_a_repetition_in_neither() {
    play(|scene| {
        let xml = "<message type='chat' id='m'><body>hark</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>";
        let Kept::New { mine, theirs } = keep(scene, "Romeo", "Juliet", xml) else { panic!() };
        assert_ne!(mine, theirs);
        assert_eq!(keep(scene, "Romeo", "Juliet", xml), Kept::Again(mine));
        let romeo = look(scene, "Romeo", &Query::default());
        let juliet = look(scene, "Juliet", &Query::default());
        assert_eq!((romeo.entries.len(), juliet.entries.len()), (1, 1));
        assert_eq!((romeo.entries[0].id, juliet.entries[0].id), (mine, theirs));
        assert!(romeo.entries[0].outgoing && !juliet.entries[0].outgoing);
        assert_eq!(romeo.entries[0].peer, "juliet.capulet@verona.example");
        assert_eq!(romeo.entries[0].stanza, juliet.entries[0].stanza);
        // The same mark to somebody else, or from somebody else, is another message.
        assert!(matches!(keep(scene, "Romeo", "Benvolio", xml), Kept::New { .. }));
        assert!(matches!(keep(scene, "Juliet", "Romeo", xml), Kept::New { .. }));
    });
}

#[test]
fn without_an_origin_id_the_stanza_id_counts_for_a_week_and_with_the_words() {
    play(|scene| {
        let said =
            |words: &str| format!("<message type='chat' id='1'><body>{words}</body></message>");
        let Kept::New { mine, .. } = keep(scene, "Romeo", "Juliet", &said("a")) else { panic!() };
        assert_eq!(keep(scene, "Romeo", "Juliet", &said("a")), Kept::Again(mine));
        assert!(matches!(keep(scene, "Romeo", "Juliet", &said("b")), Kept::New { .. }));
        scene.clock.advance(8 * 86_400_000);
        assert!(matches!(keep(scene, "Romeo", "Juliet", &said("a")), Kept::New { .. }));
        let nameless = "<message type='chat'><body>x</body></message>";
        assert!(matches!(keep(scene, "Romeo", "Juliet", nameless), Kept::New { .. }));
        assert!(matches!(keep(scene, "Romeo", "Juliet", nameless), Kept::New { .. }));
    });
}

#[test]
fn fifty_repetitions_in_one_moment_are_one_message() {
    play(|scene| {
        let (sender, receiver) = (scene.session("Romeo"), scene.session("Juliet"));
        let message = stanza(
            "<message type='chat' id='m'><body>x</body><origin-id xmlns='urn:xmpp:sid:0' id='o'/></message>",
        );
        let (heard, results) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            for _ in 0..50 {
                let (db, sender, receiver, message, heard) =
                    (scene.db, sender.clone(), receiver.clone(), message.clone(), heard.clone());
                scope.spawn(move || {
                    let kept = db.write_blocking(move |tx| {
                        let (own, theirs) = (sender.bare(), receiver.bare());
                        let from = Party { account: sender.account, address: &own };
                        keep_between(
                            tx,
                            from,
                            Party { account: receiver.account, address: &theirs },
                            &message,
                        )
                    });
                    heard.send(kept.unwrap()).unwrap();
                });
            }
        });
        drop(heard);
        let kept: Vec<Kept> = results.into_iter().collect();
        assert_eq!(kept.len(), 50);
        assert_eq!(kept.iter().filter(|kept| matches!(kept, Kept::New { .. })).count(), 1);
        assert_eq!(look(scene, "Juliet", &Query::default()).entries.len(), 1);
    });
}

#[test]
fn a_note_to_oneself_is_one_message() {
    play(|scene| {
        let kept = keep(
            scene,
            "Romeo",
            "Romeo",
            "<message type='chat' id='n'><body>milk</body></message>",
        );
        let Kept::New { mine, theirs } = kept else { panic!("{kept:?}") };
        assert_eq!(mine, theirs);
        assert_eq!(look(scene, "Romeo", &Query::default()).entries.len(), 1);
    });
}

#[test]
fn what_is_worth_keeping() {
    for (xml, expected) in [
        ("<message type='chat'><body>x</body></message>", true),
        ("<message><body>x</body></message>", true),
        ("<message type='groupchat'><body>x</body></message>", true),
        ("<message type='headline'><body>x</body></message>", false),
        ("<message type='error'><body>x</body></message>", false),
        (
            "<message type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>",
            false,
        ),
        ("<message type='chat'><received xmlns='urn:xmpp:receipts' id='1'/></message>", true),
        (
            "<message type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='1'/></message>",
            true,
        ),
        ("<message type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='1'/></message>", true),
        (
            "<message type='chat'><encrypted xmlns='eu.siacs.conversations.axolotl'/></message>",
            true,
        ),
        ("<message type='chat'><body>x</body><no-store xmlns='urn:xmpp:hints'/></message>", false),
        (
            "<message type='chat'><body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/></message>",
            false,
        ),
        (
            "<message type='chat'><x xmlns='urn:example'/><store xmlns='urn:xmpp:hints'/></message>",
            true,
        ),
        (
            "<message><invite xmlns='urn:xmpp:call-invites:0'><external uri='https://a.example/b'/><meeting xmlns='urn:xmpp:http:online-meetings:0' type='jitsi'/></invite></message>",
            true,
        ),
        (
            "<message type='groupchat'><left xmlns='urn:xmpp:call-invites:0' id='1'/></message>",
            true,
        ),
        ("<message type='chat'><subject>x</subject></message>", false),
        ("<presence/>", false),
    ] {
        assert_eq!(is_worth_keeping(&stanza(xml)), expected, "{xml}");
    }
}

#[test]
fn a_member_takes_his_words_along_or_has_them_erased() {
    play(|scene| {
        dialogue(scene);
        let romeo = scene.account("Romeo").id;
        let exported = scene.read(|reader| privacy::export(reader, romeo));
        assert_eq!(exported.as_array().unwrap().len(), 11);
        scene.write(move |tx| privacy::erase(tx, romeo));
        assert_eq!(
            scene.read(|reader| privacy::export(reader, romeo)).as_array().unwrap().len(),
            0
        );
        assert_eq!(
            look(scene, "Juliet", &Query::default()).entries.len(),
            10,
            "letters belong to who got them"
        );
    });
}
