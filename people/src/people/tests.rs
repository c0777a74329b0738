//! The rules of people and memberships, on both engines.

use jiff::civil::date;
use konvent_core::testing::twins;

use super::*;
use crate::tests::WITH_NOTES;
use crate::units::{NewUnit, UnitKind, found};

/// A Land with two Orte, by number.
fn tree(tx: &mut Tx<'_>) -> Answer<[UnitId; 3]> {
    let unit =
        |key, parent, name| NewUnit { key, parent, name, level: "", kind: UnitKind::Territorial };
    let land = found(tx, unit("03", None, "Landesverband Nord"))?.id;
    let here = found(tx, unit("03-01", Some(land), "Ortsverband Hier"))?.id;
    let there = found(tx, unit("03-02", Some(land), "Ortsverband Dort"))?.id;
    Ok([land, here, there])
}

fn helga() -> Details {
    Details {
        title: "Dr.".to_owned(),
        given: "Helga".to_owned().into(),
        family: "Sommer".to_owned().into(),
        born_on: Some(date(1950, 2, 1)).into(),
        ..Details::default()
    }
}

fn home(person: PersonId, unit: UnitId, status: Status) -> NewMembership {
    let joined_on = Some(date(1990, 5, 4));
    NewMembership { person, unit, kind: MembershipKind::Home, status, joined_on }
}

#[test]
fn a_member_belongs_to_the_unit_and_to_all_above() {
    twins(WITH_NOTES, |db, _| {
        let (id, [land, here, there]) = db
            .write_blocking(|tx| {
                let units = tree(tx)?;
                let id = enrol(tx, "0815", &helga())?;
                join(tx, &home(id, units[1], Status::Active))?;
                Ok((id, units))
            })
            .unwrap();
        db.read_blocking(|reader| {
            assert_eq!(super::home(reader, id)?, Some(here));
            assert_eq!(members_of(reader, here)?, [id]);
            assert_eq!(members_of(reader, land)?, []);
            assert_eq!(members_under(reader, land)?, [id]);
            assert_eq!((count_of(reader, here)?, count_under(reader, land)?), (1, 1));
            assert!(is_member_under(reader, id, land)? && !is_member_under(reader, id, there)?);
            let known = by_number(reader, "0815")?.unwrap();
            assert_eq!(known.details, helga());
            assert_eq!(known.display_name(), "Dr. Helga Sommer");
            assert_eq!(display_name(reader, id)?.as_deref(), Some("Dr. Helga Sommer"));
            assert!(!format!("{known:?}").contains("Sommer"), "names stay out of logs");
            Ok(())
        })
        .unwrap();
    });
}

#[test]
fn nobody_has_two_homes() {
    twins(WITH_NOTES, |db, _| {
        let (id, [_, here, there]) = db
            .write_blocking(|tx| {
                let units = tree(tx)?;
                let id = enrol(tx, "1", &helga())?;
                join(tx, &home(id, units[1], Status::Active))?;
                Ok((id, units))
            })
            .unwrap();
        let second = db.write_blocking(move |tx| join(tx, &home(id, there, Status::Active)));
        assert_eq!(second, Err(ALREADY_MEMBER));
        let guest =
            NewMembership { kind: MembershipKind::Guest, ..home(id, there, Status::Active) };
        db.write_blocking(move |tx| join(tx, &guest)).unwrap();
        assert_eq!(db.write_blocking(move |tx| join(tx, &guest)), Err(ALREADY_MEMBER));
        let units = db.read_blocking(|reader| units_of(reader, id)).unwrap();
        assert_eq!(units, [(here, MembershipKind::Home), (there, MembershipKind::Guest)]);
        let taken = db.write_blocking(|tx| enrol(tx, "1", &helga()));
        assert_eq!(taken, Err(NUMBER_TAKEN));
    });
}

#[test]
fn a_transfer_takes_status_and_day_along_and_keeps_history() {
    twins(WITH_NOTES, |db, _| {
        let (id, [_, here, there]) = db
            .write_blocking(|tx| {
                let units = tree(tx)?;
                let id = enrol(tx, "1", &helga())?;
                join(tx, &home(id, units[1], Status::Suspended))?;
                Ok((id, units))
            })
            .unwrap();
        let from =
            db.write_blocking(move |tx| transfer(tx, id, there, date(2026, 11, 21))).unwrap();
        assert_eq!(from, here);
        let all = db.read_blocking(|reader| memberships(reader, id)).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(
            (all[0].left_on, all[0].reason.as_str()),
            (Some(date(2026, 11, 21)), "transfer")
        );
        assert_eq!((all[1].unit, all[1].status), (there, Status::Suspended));
        assert_eq!(all[1].joined_on, Some(date(1990, 5, 4)));
    });
}

#[test]
fn applicants_and_those_who_left_stand_in_no_group() {
    twins(WITH_NOTES, |db, _| {
        let (id, [land, here, _]) = db
            .write_blocking(|tx| {
                let units = tree(tx)?;
                let id = enrol(tx, "1", &helga())?;
                join(tx, &home(id, units[1], Status::Applicant))?;
                Ok((id, units))
            })
            .unwrap();
        assert_eq!(db.read_blocking(|reader| units_of(reader, id)).unwrap(), []);
        db.write_blocking(move |tx| set_standing(tx, id, Status::Active, None)).unwrap();
        assert_eq!(db.read_blocking(|reader| members_under(reader, land)).unwrap(), [id]);
        let leaving =
            Leaving { on: date(2026, 12, 31), status: Status::Left, reason: "Umzug".to_owned() };
        db.write_blocking(move |tx| leave(tx, id, &leaving)).unwrap();
        assert_eq!(db.read_blocking(|reader| members_of(reader, here)).unwrap(), []);
        db.write_blocking(move |tx| join(tx, &home(id, here, Status::Active))).unwrap();
        assert_eq!(db.read_blocking(|reader| members_of(reader, here)).unwrap(), [id]);
    });
}

#[test]
fn a_person_takes_everything_along_and_can_be_erased() {
    twins(WITH_NOTES, |db, _| {
        let id = db
            .write_blocking(|tx| {
                let units = tree(tx)?;
                let id = enrol(tx, "1", &helga())?;
                join(tx, &home(id, units[1], Status::Active))?;
                Ok(id)
            })
            .unwrap();
        let taken = db.read_blocking(|reader| export(reader, id)).unwrap();
        assert_eq!(taken["family"], "Sommer");
        assert_eq!(taken["memberships"][0]["joined_on"], "1990-05-04");
        assert_eq!(taken["memberships"][0]["unit"], "Ortsverband Hier");
        db.write_blocking(move |tx| erase(tx, id)).unwrap();
        assert_eq!(db.read_blocking(|reader| get(reader, id)).unwrap(), None);
    });
}
