//! Pages of an archive.

use super::*;

#[test]
fn pages_go_forwards_and_backwards_and_end() {
    play(|scene| {
        dialogue(scene);
        let with = Some(scene.session("Juliet").bare());
        let all = Query { with: with.clone(), ..Query::default() };
        let whole = look(scene, "Romeo", &all);
        assert!(whole.complete);
        assert_eq!(bodies(&whole).concat(), "0123456789");
        assert_eq!(look(scene, "Romeo", &Query::default()).entries.len(), 11);

        let (mut from, mut seen) = (From::Oldest, String::new());
        loop {
            let part = look(scene, "Romeo", &Query { max: 3, from, ..all.clone() });
            seen.push_str(&bodies(&part).concat());
            if part.complete {
                break;
            }
            from = From::After(part.entries.last().unwrap().id);
        }
        assert_eq!(seen, "0123456789");

        let (mut from, mut seen) = (From::Newest, Vec::new());
        loop {
            let part = look(scene, "Romeo", &Query { max: 4, from, ..all.clone() });
            seen.insert(0, bodies(&part).concat());
            if part.complete {
                break;
            }
            from = From::Before(part.entries.first().unwrap().id);
        }
        assert_eq!(seen, ["01", "2345", "6789"]);

        let flipped =
            look(scene, "Romeo", &Query { max: 3, from: From::Newest, flip: true, ..all.clone() });
        assert_eq!(bodies(&flipped).concat(), "987");
        let flipped = look(scene, "Romeo", &Query { max: 3, flip: true, ..all.clone() });
        assert_eq!(bodies(&flipped).concat(), "210");
        let counted = look(scene, "Romeo", &Query { max: 0, ..all });
        assert_eq!((counted.count, counted.entries.len()), (Some(10), 0));
    });
}

#[test]
fn time_ids_and_single_messages_narrow_the_view() {
    play(|scene| {
        let begin = scene.clock.now();
        dialogue(scene);
        let all = look(
            scene,
            "Romeo",
            &Query { with: Some(scene.session("Juliet").bare()), ..Query::default() },
        );
        let (third, sixth) = (&all.entries[2], &all.entries[5]);
        let between = Query { with: Some(scene.session("Juliet").bare()), ..Query::default() };
        let by_time = Query { start: Some(third.at), end: Some(sixth.at), ..between.clone() };
        assert_eq!(bodies(&look(scene, "Romeo", &by_time)).concat(), "2345");
        let backwards = Query { from: From::Newest, max: 2, ..by_time };
        assert_eq!(bodies(&look(scene, "Romeo", &backwards)).concat(), "45");
        let by_id =
            Query { after_id: Some(third.id), before_id: Some(sixth.id), ..between.clone() };
        assert_eq!(bodies(&look(scene, "Romeo", &by_id)).concat(), "34");
        let early = Query { end: Some(begin), ..between.clone() };
        assert!(look(scene, "Romeo", &early).entries.is_empty());
        let late = Query { start: Some(begin.plus_days(1)), ..between };
        assert!(look(scene, "Romeo", &late).entries.is_empty());
        let picked = Query { ids: vec![sixth.id, third.id, third.id], ..Query::default() };
        assert_eq!(bodies(&look(scene, "Romeo", &picked)).concat(), "25");
    });
}

#[test]
fn an_unknown_id_is_said_to_be_unknown_whoever_has_it() {
    play(|scene| {
        dialogue(scene);
        let theirs = look(scene, "Juliet", &Query::default()).entries[0].id;
        for query in [
            Query { from: From::After(theirs), ..Query::default() },
            Query { from: From::Before(-1), ..Query::default() },
            Query { after_id: Some(12), ..Query::default() },
            Query { ids: vec![theirs], ..Query::default() },
        ] {
            let owner = owner(scene, "Romeo");
            let refused = scene.db.read_blocking(|reader| page(reader, owner, &query));
            assert_eq!(refused.unwrap_err(), NO_SUCH_ENTRY, "{query:?}");
        }
    });
}

#[test]
fn a_damaged_row_is_not_shown() {
    play(|scene| {
        dialogue(scene);
        let victim = look(scene, "Romeo", &Query::default()).entries[3].id;
        scene.write(move |tx| {
            tx.run(
                "update archive_entry set stanza = $1 where id = $2",
                &[
                    (&b"<message xmlns=\"jabber:client\"><body>I hate you</body></message>"[..])
                        .into(),
                    victim.into(),
                ],
            )
        });
        let page = look(scene, "Romeo", &Query::default());
        assert_eq!(page.entries.len(), 10);
        assert!(page.entries.iter().all(|entry| entry.id != victim));
        assert!(page.complete);
    });
}

#[test]
fn a_row_with_another_time_is_damaged_too() {
    play(|scene| {
        dialogue(scene);
        let victim = look(scene, "Romeo", &Query::default()).entries[3].id;
        scene.write(move |tx| {
            tx.run("update archive_entry set at = at + 1 where id = $1", &[victim.into()])
        });
        let page = look(scene, "Romeo", &Query::default());
        assert!(page.entries.iter().all(|entry| entry.id != victim));
        assert_eq!(page.entries.len(), 10);
    });
}
