//! The rules of the tree, on both engines.

use jiff::civil::date;
use konvent_core::testing::twins;

use super::*;
use crate::tests::WITH_NOTES;

fn new<'a>(key: &'a str, parent: Option<&Unit>, name: &'a str) -> NewUnit<'a> {
    let level = name.split(' ').next().unwrap_or_default();
    NewUnit { key, parent: parent.map(|unit| unit.id), name, level, kind: UnitKind::Territorial }
}

/// Land, two Kreise, two Orte in the first.
fn grow(tx: &mut Tx<'_>) -> Answer<[Unit; 5]> {
    let land = found(tx, new("03", None, "Landesverband Nord"))?;
    let west = found(tx, new("03-01", Some(&land), "Kreisverband West"))?;
    let east = found(tx, new("03-02", Some(&land), "Kreisverband Ost"))?;
    let first = found(tx, new("03-01-001", Some(&west), "Ortsverband Neustadt"))?;
    let second = found(tx, new("03-01-002", Some(&west), "Ortsverband Neustadt"))?;
    Ok([land, west, east, first, second])
}

#[test]
fn everybody_stands_below_the_own_ancestors() {
    twins(WITH_NOTES, |db, _| {
        let [land, west, east, first, second] = db.write_blocking(grow).unwrap();
        db.read_blocking(|reader| {
            let chain: Vec<UnitId> = chain(reader, first.id)?.iter().map(|unit| unit.id).collect();
            assert_eq!(chain, [first.id, west.id, land.id]);
            assert!(is_in_subtree(reader, first.id, land.id)?);
            assert!(is_in_subtree(reader, first.id, first.id)?);
            assert!(!is_in_subtree(reader, first.id, east.id)?);
            assert!(
                is_leaf(reader, first.id)?
                    && is_leaf(reader, east.id)?
                    && !is_leaf(reader, west.id)?
            );
            assert_eq!(children(reader, west.id)?, [first.clone(), second.clone()]);
            assert_eq!(all(reader)?.len(), 5);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn two_towns_of_one_name_get_two_addresses() {
    twins(WITH_NOTES, |db, _| {
        let [_, _, _, first, second] = db.write_blocking(grow).unwrap();
        assert_eq!(first.address, "ov-neustadt");
        assert_eq!(second.address, "ov-neustadt-2");
        let found = db.read_blocking(|reader| by_address(reader, "ov-neustadt-2")).unwrap();
        assert_eq!(found, Some(second));
    });
}

#[test]
fn a_new_name_keeps_the_address() {
    twins(WITH_NOTES, |db, _| {
        let [_, _, _, first, _] = db.write_blocking(grow).unwrap();
        let id = first.id;
        db.write_blocking(move |tx| {
            change(tx, id, "Ortsverband Neustadt am See", "Ortsverband", UnitKind::Territorial)
        })
        .unwrap();
        let renamed = db.read_blocking(|reader| get(reader, id)).unwrap().unwrap();
        assert_eq!(renamed.name, "Ortsverband Neustadt am See");
        assert_eq!(renamed.address, "ov-neustadt");
    });
}

#[test]
fn a_subtree_moves_as_a_whole() {
    twins(WITH_NOTES, |db, _| {
        let [land, west, east, first, _] = db.write_blocking(grow).unwrap();
        let (moved, to) = (west.id, east.id);
        db.write_blocking(move |tx| re_parent(tx, moved, Some(to))).unwrap();
        db.read_blocking(|reader| {
            let chain: Vec<UnitId> = chain(reader, first.id)?.iter().map(|unit| unit.id).collect();
            assert_eq!(chain, [first.id, west.id, east.id, land.id]);
            Ok(())
        })
        .unwrap();
        db.write_blocking(move |tx| re_parent(tx, moved, None)).unwrap();
        db.read_blocking(|reader| {
            assert!(!is_in_subtree(reader, first.id, land.id)?);
            assert!(is_in_subtree(reader, first.id, west.id)?);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn a_loop_is_refused_and_changes_nothing() {
    twins(WITH_NOTES, |db, _| {
        let [land, _, _, first, _] = db.write_blocking(grow).unwrap();
        let before = db.read_blocking(all).unwrap();
        let (top, bottom) = (land.id, first.id);
        assert_eq!(db.write_blocking(move |tx| re_parent(tx, top, Some(bottom))), Err(LOOP));
        assert_eq!(db.write_blocking(move |tx| re_parent(tx, top, Some(top))), Err(LOOP));
        assert_eq!(db.read_blocking(all).unwrap(), before);
    });
}

#[test]
fn a_dissolved_unit_keeps_its_key_and_loses_its_room() {
    twins(WITH_NOTES, |db, _| {
        let [_, _, _, first, _] = db.write_blocking(grow).unwrap();
        let id = first.id;
        db.write_blocking(move |tx| dissolve(tx, id, date(2026, 12, 31))).unwrap();
        db.read_blocking(|reader| {
            assert_eq!(by_address(reader, "ov-neustadt")?, None);
            let kept = by_key(reader, "03-01-001")?.unwrap();
            assert_eq!(kept.dissolved_on, Some(date(2026, 12, 31)));
            assert_eq!(all(reader)?.len(), 4);
            Ok(())
        })
        .unwrap();
        let again = db.write_blocking(|tx| found(tx, new("03-01-001", None, "Ortsverband X")));
        assert_eq!(again, Err(KEY_TAKEN));
    });
}

#[test]
fn every_change_moves_the_version() {
    twins(WITH_NOTES, |db, _| {
        let before = db.read_blocking(directory_version).unwrap();
        db.write_blocking(grow).unwrap();
        assert_ne!(db.read_blocking(directory_version).unwrap(), before);
    });
}
