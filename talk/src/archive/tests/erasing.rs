//! What is erased, a little at a time, and questions whose price does not grow with the archive.

use konvent_core::testing::plan;
use konvent_core::{RoomId, Tx};

use super::*;
use crate::Session;

const STRANGER: &str = "paris@mantua.example";

fn hears(scene: &Scene<'_>, count: usize) {
    let juliet = scene.session("Juliet").account;
    let from = Jid::new(STRANGER).unwrap().to_bare();
    scene.write(move |tx| {
        for n in 0..count {
            let words = stanza(&format!("<message type='chat'><body>{n}</body></message>"));
            keep_received(tx, &from, juliet, &words)?;
        }
        Ok(())
    });
}

fn answers(scene: &Scene<'_>) {
    let juliet = scene.session("Juliet");
    let to = Jid::new(STRANGER).unwrap().to_bare();
    scene.write(move |tx| {
        let own = juliet.bare();
        let words = stanza("<message type='chat'><body>Good pilgrim</body></message>");
        keep_sent(tx, Party { account: juliet.account, address: &own }, &to, &words)
    });
}

fn knows(scene: &Scene<'_>) -> bool {
    let juliet = scene.session("Juliet").account;
    scene.read(|reader| has_written_to(reader, juliet, STRANGER))
}

#[test]
fn whoever_goes_on_without_an_answer_is_a_stranger_again() {
    play(|scene| {
        assert!(!knows(scene));
        hears(scene, 120);
        assert!(!knows(scene), "nobody has answered");
        answers(scene);
        assert!(knows(scene));
        hears(scene, 99);
        assert!(knows(scene));
        hears(scene, 1);
        assert!(!knows(scene), "an answer among thousands of words is not looked for");
    });
    play(|scene| {
        answers(scene);
        hears(scene, 120);
        assert!(knows(scene), "Juliet has begun");
    });
}

/// What Romeo has said in the room of another.
fn says_in_a_room(tx: &mut Tx<'_>, room: RoomId, scene: &Session) -> Answer<Kept> {
    let words = stanza("<message type='groupchat'><body>a plague</body></message>");
    keep_in_room(tx, room, Some(scene.account), &scene.bare(), &words, &words)
}

#[test]
fn an_archive_is_struck_a_little_at_a_time_until_nothing_is_left() {
    play(|scene| {
        for n in 0..1_200 {
            let xml = format!("<message type='chat'><body>{n}</body></message>");
            keep(scene, "Romeo", "Juliet", &xml);
        }
        let (room, romeo) = (RoomId(4_711), scene.session("Romeo"));
        let (said, account) = (romeo.clone(), romeo.account);
        scene.write(move |tx| says_in_a_room(tx, room, &said));
        let mut steps = Vec::new();
        loop {
            let struck = scene.write(move |tx| privacy::erase_some(tx, account));
            if struck == 0 {
                break;
            }
            steps.push(struck);
        }
        assert_eq!(steps, [500, 500, 200, 1]);
        assert_eq!(scene.read(|reader| privacy::export(reader, account)), serde_json::json!([]));
        let all = Query { max: PAGE_MAX, ..Query::default() };
        assert_eq!(look(scene, "Juliet", &all).entries.len(), PAGE_MAX, "hers stay");
    });
}

#[test]
fn what_somebody_said_in_rooms_is_found_without_reading_what_others_wrote() {
    let said = "archive_entry where sender = $1 and outgoing = 1 and owner <> sender";
    for statement in [format!("select id from {said} order by id"), format!("delete from {said}")] {
        let steps = plan(&[&ABOUT], &statement, &[1.into()]);
        assert!(steps.iter().all(|step| step.contains("archive_entry_said")), "{steps:?}");
    }
}
