//! The rules of terms, on both engines.

mod levels;

use jiff::civil::date;
use konvent_core::testing::{START, twins};

use super::*;
use crate::people::{Details, enrol};
use crate::tests::WITH_NOTES;
use crate::units::{NewUnit, UnitKind, found};

struct Scene {
    unit: UnitId,
    board: BodyId,
    chair: OfficeId,
    nurse: PersonId,
}

fn set(tx: &mut Tx<'_>) -> Answer<Scene> {
    let new = NewUnit {
        key: "1",
        parent: None,
        name: "Ortsverband Verona",
        level: "Ortsverband",
        kind: UnitKind::Territorial,
    };
    let unit = found(tx, new)?.id;
    let board = establish(tx, unit, "board", "Vorstand")?;
    let chair = office(tx, board, "Vorsitzende")?;
    let nurse = enrol(tx, "1", &Details::default())?;
    Ok(Scene { unit, board, chair, nurse })
}

#[test]
fn a_term_gives_rights_until_the_moment_it_ends() {
    twins(WITH_NOTES, |db, _| {
        let end = START.plus_days(30);
        let Scene { unit, board, nurse, .. } = db
            .write_blocking(move |tx| {
                let scene = set(tx)?;
                begin(tx, scene.nurse, scene.chair, START, Some(end), "elected")?;
                Ok(scene)
            })
            .unwrap();
        db.read_blocking(|reader| {
            assert_eq!(held(reader, nurse, Millis(START.0 - 1))?, []);
            let term = &held(reader, nurse, START)?[0];
            assert_eq!((term.body, term.unit, term.title.as_str()), (board, unit, "Vorsitzende"));
            assert!(may(reader, nurse, ROOMS_ANNOUNCE, unit, Millis(end.0 - 1))?);
            assert!(!may(reader, nurse, ROOMS_ANNOUNCE, unit, end)?);
            assert!(!may(reader, nurse, DIRECTORY_IMPORT, unit, START)?);
            assert_eq!(holders(reader, board, START)?, [(nurse, "Vorsitzende".to_owned())]);
            assert_eq!(holders_in_unit(reader, unit, end)?, []);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn the_clock_learns_of_every_turn_exactly_once() {
    twins(WITH_NOTES, |db, _| {
        let end = START.plus_days(30);
        let Scene { unit, board, nurse, .. } = db
            .write_blocking(move |tx| {
                let scene = set(tx)?;
                begin(tx, scene.nurse, scene.chair, START, Some(end), "elected")?;
                begin(tx, scene.nurse, scene.chair, end, None, "elected")?;
                Ok(scene)
            })
            .unwrap();
        db.read_blocking(|reader| {
            let before = Millis(START.0 - 1);
            assert_eq!(next_change(reader, before)?, Some(START));
            assert_eq!(next_change(reader, START)?, Some(end));
            assert_eq!(next_change(reader, end)?, None);
            assert_eq!(
                changes_between(reader, before, START)?,
                [(nurse, board, unit, Turn::Began)]
            );
            assert_eq!(changes_between(reader, START, Millis(end.0 - 1))?, []);
            // Re-elected: the old term ends before the new one begins, at the same moment.
            let turns: Vec<Turn> =
                changes_between(reader, START, end)?.into_iter().map(|change| change.3).collect();
            assert_eq!(turns, [Turn::Ended, Turn::Began]);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn whoever_leaves_holds_nothing_any_more() {
    twins(WITH_NOTES, |db, _| {
        let Scene { unit, board, nurse, .. } = db
            .write_blocking(|tx| {
                let scene = set(tx)?;
                begin(tx, scene.nurse, scene.chair, Millis(START.0 - 5), None, "elected")?;
                begin(tx, scene.nurse, scene.chair, START.plus_days(9), None, "elected")?;
                Ok(scene)
            })
            .unwrap();
        let bodies = db.write_blocking(move |tx| end_all_of(tx, nurse, START)).unwrap();
        assert_eq!(bodies, [(board, unit)]);
        db.read_blocking(|reader| {
            assert_eq!(held(reader, nurse, START)?, []);
            // The coming term never counts, so nobody is told that it began.
            assert_eq!(changes_between(reader, START, START.plus_days(10))?, []);
            Ok(())
        })
        .unwrap();
        assert_eq!(db.write_blocking(move |tx| end_all_of(tx, nurse, START)).unwrap(), []);
    });
}

#[test]
fn a_body_has_one_address_for_good() {
    twins(WITH_NOTES, |db, _| {
        let Scene { unit, board, .. } = db.write_blocking(set).unwrap();
        let again = db.write_blocking(move |tx| establish(tx, unit, "board", "Vorstand")).unwrap();
        assert_eq!(again, board);
        let found =
            db.read_blocking(|reader| body_by_address(reader, "ov-verona-vorstand")).unwrap();
        assert_eq!(found.unwrap().id, board);
    });
}

#[test]
fn a_term_cannot_end_before_it_begins() {
    twins(WITH_NOTES, |db, _| {
        let wrong = db.write_blocking(|tx| {
            let scene = set(tx)?;
            begin(tx, scene.nurse, scene.chair, START, Some(Millis(START.0 - 1)), "elected")
        });
        assert_eq!(wrong, Err(ENDS_BEFORE_IT_BEGINS));
    });
}

#[test]
fn the_last_day_of_a_term_still_counts() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let (starts_at, ends_at) = span(date(2026, 3, 29), Some(date(2026, 3, 29)), &berlin);
    assert_eq!(starts_at.to_xep_0082(), "2026-03-28T23:00:00.000Z");
    assert_eq!(ends_at.unwrap().to_xep_0082(), "2026-03-29T22:00:00.000Z");
}

#[test]
fn a_person_takes_the_terms_along_by_their_names() {
    twins(WITH_NOTES, |db, _| {
        let taken = db
            .write_blocking(|tx| {
                let scene = set(tx)?;
                begin(tx, scene.nurse, scene.chair, START, Some(START.plus_days(1)), "elected")?;
                Ok(scene.nurse)
            })
            .and_then(|nurse| db.read_blocking(|reader| export(reader, nurse)))
            .unwrap();
        let term = &taken["terms"][0];
        assert_eq!(
            (&term["title"], &term["body"], &term["unit"]),
            (&"Vorsitzende".into(), &"Vorstand".into(), &"Ortsverband Verona".into())
        );
        assert_eq!(term["ends_at"], START.plus_days(1).to_xep_0082());
    });
}
