//! What an office gives follows from where it stands, and so does who is beyond whom.

use super::*;
use crate::people::{MembershipKind, NewMembership, Status, join};

/// Land > Kreis > Ort, an affiliate beside them.
#[derive(Clone, Copy)]
struct Tree {
    land: UnitId,
    kreis: UnitId,
    ort: UnitId,
    youth: UnitId,
}

fn grow(tx: &mut Tx<'_>) -> Answer<Tree> {
    let (own, beside) = (UnitKind::Territorial, UnitKind::Affiliate);
    let new = |key, parent, name, kind| NewUnit { key, parent, name, level: "", kind };
    let land = found(tx, new("1", None, "Veneto", own))?.id;
    let kreis = found(tx, new("1-1", Some(land), "Verona", own))?.id;
    let ort = found(tx, new("1-1-1", Some(kreis), "San Zeno", own))?.id;
    let youth = found(tx, new("J", None, "Junge Liste", beside))?.id;
    Ok(Tree { land, kreis, ort, youth })
}

/// A member of the Ort, with these offices: unit, kind of body, title.
fn member(tx: &mut Tx<'_>, home: UnitId, offices: &[(UnitId, &str, &str)]) -> Answer<PersonId> {
    let number = tx.fresh_id().to_string();
    let person = enrol(tx, &number, &Details::default())?;
    let (kind, status) = (MembershipKind::Home, Status::Active);
    join(tx, &NewMembership { person, unit: home, kind, status, joined_on: None })?;
    for (unit, kind, title) in offices {
        let body = establish(tx, *unit, kind, kind)?;
        let office = office(tx, body, title)?;
        begin(tx, person, office, START, None, "elected")?;
    }
    Ok(person)
}

#[test]
fn rights_of_the_whole_are_given_at_the_root_alone() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let tree = grow(tx)?;
            for (unit, is_whole) in
                [(tree.land, true), (tree.kreis, false), (tree.ort, false), (tree.youth, false)]
            {
                let keeper = member(tx, tree.ort, &[(unit, "board", "Geschäftsführerin")])?;
                let held = &held(tx, keeper, START)?[0];
                assert!(held.capabilities.contains(&ACCOUNTS_LETTERS));
                assert_eq!(held.capabilities.contains(&DIRECTORY_IMPORT), is_whole);
                assert_eq!(held.capabilities.contains(&REPORTS_DEAL), is_whole);
                assert_eq!(may(tx, keeper, DIRECTORY_IMPORT, unit, START)?, is_whole);
                let looking = holders_of(tx, unit, REPORTS_DEAL, START)?;
                assert_eq!(looking.contains(&keeper), is_whole);
            }
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn a_unit_whose_upper_one_is_missing_in_the_file_is_no_root() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let tree = grow(tx)?;
            let kind = UnitKind::Territorial;
            let new = NewUnit { key: "X", parent: None, name: "Verirrt", level: "", kind };
            let stray = found(tx, new)?.id;
            let keeper = member(tx, stray, &[(stray, "board", "Geschäftsführer")])?;
            assert!(!may(tx, keeper, DIRECTORY_IMPORT, stray, START)?);
            let keeper = member(tx, tree.ort, &[(tree.land, "board", "Geschäftsführer")])?;
            assert!(may(tx, keeper, DIRECTORY_IMPORT, tree.land, START)?);
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn in_a_commission_a_title_leads_the_commission() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let tree = grow(tx)?;
            let offices = [(tree.land, "commission", "Vorsitzende")];
            let person = member(tx, tree.ort, &offices)?;
            for right in [ACCOUNTS_LETTERS, MEMBERS_READ, ROOMS_ANNOUNCE, REPORTS_DEAL] {
                assert!(!may(tx, person, right, tree.land, START)?, "{right}");
            }
            assert!(may(tx, person, BODY_ANNOUNCE, tree.land, START)?);
            Ok(())
        })
        .unwrap();
    });
}

/// Who chairs the Kreis, and whose letters he may not print.
#[test]
fn nobody_prints_a_letter_for_those_who_stand_higher_or_may_do_more() {
    twins(WITH_NOTES, |db, _| {
        db.write_blocking(|tx| {
            let tree = grow(tx)?;
            let Tree { land, kreis, ort, youth } = tree;
            let chair = member(tx, ort, &[(kreis, "board", "Vorsitzender")])?;
            let rights = rights_in(tx, chair, kreis, START)?;
            for (offices, is_beyond_him) in [
                (vec![], false),
                (vec![(kreis, "board", "Beisitzerin")], false),
                (vec![(kreis, "board", "Geschäftsführerin")], false),
                (vec![(ort, "board", "Vorsitzende")], false),
                (vec![(ort, "commission", "Vorsitzende")], false),
                (vec![(land, "board", "Beisitzerin")], true),
                (vec![(land, "commission", "Mitglied")], true),
                (vec![(youth, "board", "Vorsitzende")], true),
                (vec![(kreis, "court", "Mitglied")], true),
                (vec![(ort, "board", "Vorsitzende"), (land, "board", "Vorsitzende")], true),
            ] {
                let person = member(tx, ort, &offices)?;
                let found = is_beyond(tx, person, kreis, &rights, START)?;
                assert_eq!(found, is_beyond_him, "{offices:?}");
            }
            // The chair of the Land has not the right of its manager, who keeps the file.
            let chair = member(tx, ort, &[(land, "board", "Vorsitzender")])?;
            let manager = member(tx, ort, &[(land, "board", "Geschäftsführerin")])?;
            let rights = rights_in(tx, chair, land, START)?;
            assert!(is_beyond(tx, manager, land, &rights, START)?);
            let rights = rights_in(tx, manager, land, START)?;
            assert!(!is_beyond(tx, chair, land, &rights, START)?);
            // An office that begins tomorrow counts; one that is over does not.
            let person = member(tx, ort, &[])?;
            let board = establish(tx, land, "board", "board")?;
            let seat = office(tx, board, "Beisitzerin")?;
            let (yesterday, tomorrow) = (START.plus_days(-1), START.plus_days(1));
            begin(tx, person, seat, START.plus_days(-9), Some(yesterday), "elected")?;
            assert!(!is_beyond(tx, person, kreis, &rights, START)?);
            begin(tx, person, seat, tomorrow, None, "elected")?;
            assert!(is_beyond(tx, person, kreis, &rights, START)?);
            Ok(())
        })
        .unwrap();
    });
}
