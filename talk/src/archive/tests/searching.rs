//! Words in an archive, with and without blocks, in both directions.

use super::*;
use crate::archive::search;

fn needle(words: &str) -> Needle {
    Needle::new(words).unwrap()
}

/// Divides an archive, and says how many blocks that made.
fn divide(scene: &Scene<'_>, who: &str) -> usize {
    let owner = owner(scene, who);
    let mut made = 0;
    while let Some(blocks) = scene.read(|reader| search::divide(reader, owner)) {
        made += 1;
        scene.write(move |tx| search::keep(tx, &blocks));
    }
    made
}

/// 700 messages; every hundredth has a rare word, every second a common one.
fn long_talk(scene: &Scene<'_>) {
    let (romeo, juliet) = (scene.session("Romeo"), scene.session("Juliet"));
    let (own, theirs) = (romeo.bare(), juliet.bare());
    scene.write(move |tx| {
        for n in 0..700 {
            let rare = if n % 100 == 50 { "Kreisvorstandssitzung" } else { "Nachtigall" };
            let common = if n % 2 == 0 { "gerade" } else { "krumm" };
            let xml = format!(
                "<message type='chat' id='s{n}'><body>{n} {rare} {common}</body></message>"
            );
            let said =
                stanza(&xml).addressed(Some(romeo.address.clone()), Some(theirs.clone().into()));
            keep_between(
                tx,
                Party { account: romeo.account, address: &own },
                Party { account: juliet.account, address: &theirs },
                &said,
            )?;
        }
        Ok(())
    });
}

#[test]
fn rare_words_are_found_with_and_without_blocks_page_by_page() {
    play(|scene| {
        long_talk(scene);
        let found = |max, from| {
            let query =
                Query { text: Some(needle("VORSTAND sitzung")), max, from, ..Query::default() };
            look(scene, "Romeo", &query)
        };
        let before = found(100, From::Oldest);
        assert_eq!((before.entries.len(), before.complete), (7, true));
        assert_eq!(divide(scene, "Romeo"), 1, "two blocks in one go");
        assert_eq!(divide(scene, "Romeo"), 0);
        assert_eq!(found(100, From::Oldest), before);
        let first = found(3, From::Oldest);
        assert_eq!((first.entries.as_slice(), first.complete), (&before.entries[..3], false));
        let rest = found(10, From::After(first.entries[2].id));
        assert_eq!((rest.entries.as_slice(), rest.complete), (&before.entries[3..], true));
        let last = found(2, From::Newest);
        assert_eq!((last.entries.as_slice(), last.complete), (&before.entries[5..], false));
        let middle = found(2, From::Before(last.entries[0].id));
        assert_eq!((middle.entries.as_slice(), middle.complete), (&before.entries[3..5], false));
    });
}

#[test]
fn a_search_keeps_to_its_archive_its_conversation_and_its_time() {
    play(|scene| {
        long_talk(scene);
        divide(scene, "Romeo");
        let common = |with: Option<&str>| Query {
            text: Some(needle("gerade")),
            with: with.map(|who| scene.session(who).bare()),
            ..Query::default()
        };
        assert_eq!(look(scene, "Romeo", &common(Some("Juliet"))).entries.len(), 50);
        assert!(look(scene, "Romeo", &common(Some("Benvolio"))).entries.is_empty());
        assert!(look(scene, "Benvolio", &common(None)).entries.is_empty(), "not his archive");
        let early = Query { end: Some(konvent_core::testing::START), ..common(None) };
        let late = Query { start: Some(scene.clock.now().plus_days(1)), ..common(None) };
        assert_eq!(look(scene, "Romeo", &early).entries.len(), 50);
        assert!(look(scene, "Romeo", &late).entries.is_empty());
    });
}

#[test]
fn what_is_said_after_the_blocks_is_found_and_erasing_forgets_them() {
    play(|scene| {
        long_talk(scene);
        divide(scene, "Romeo");
        keep(
            scene,
            "Juliet",
            "Romeo",
            "<message type='chat' id='z'><body>Es war die Lerche</body></message>",
        );
        let lark = Query { text: Some(needle("lerche")), ..Query::default() };
        assert_eq!(bodies(&look(scene, "Romeo", &lark)), ["Es war die Lerche"]);
        let account = scene.account("Romeo").id;
        scene.write(move |tx| privacy::erase(tx, account));
        assert!(look(scene, "Romeo", &lark).entries.is_empty());
        assert_eq!(bodies(&look(scene, "Juliet", &lark)), ["Es war die Lerche"]);
        assert_eq!(divide(scene, "Romeo"), 0);
    });
}
