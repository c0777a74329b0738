//! The rules of sign-in, devices and app passwords, on both engines.

mod keys;

use jiff::civil::date;
use konvent_core::testing::twins;
use konvent_core::{Db, Millis, Random};

use super::*;
use crate::people::{Details, Leaving, MembershipKind, NewMembership, Status};
use crate::tests::WITH_NOTES;
use crate::units::{NewUnit, UnitKind, found};

const KEY: ServerKey = ServerKey::new([7; 32]);

pub(super) fn member(tx: &mut Tx<'_>, number: &str, given: &str, family: &str) -> Answer<PersonId> {
    let unit = match crate::units::by_key(tx, "1")? {
        Some(unit) => unit,
        None => found(
            tx,
            NewUnit {
                key: "1",
                parent: None,
                name: "Ortsverband Verona",
                level: "Ortsverband",
                kind: UnitKind::Territorial,
            },
        )?,
    };
    let details = Details {
        given: given.to_owned().into(),
        family: family.to_owned().into(),
        born_on: Some(date(1950, 2, 1)).into(),
        ..Details::default()
    };
    let person = people::enrol(tx, number, &details)?;
    let kind = MembershipKind::Home;
    people::join(
        tx,
        &NewMembership { person, unit: unit.id, kind, status: Status::Active, joined_on: None },
    )?;
    Ok(person)
}

fn letter(tx: &mut Tx<'_>, person: PersonId) -> Answer<Code> {
    issue_code(
        tx,
        &KEY,
        &Random::seeded(person.0.cast_unsigned()),
        Actor::Operator,
        person,
        Purpose::Letter { valid_days: 30 },
    )
}

fn try_code(db: &Db, code: &str, birth_year: Option<i32>, source: &str) -> Outcome {
    let (code, source) = (code.to_owned(), source.to_owned());
    db.write_blocking(move |tx| {
        let attempt =
            Attempt { code: &code, birth_year, source: &source, device_name: "Firefox\n" };
        sign_in(tx, &KEY, &attempt)
    })
    .unwrap()
}

#[test]
fn a_letter_signs_in_once() {
    twins(WITH_NOTES, |db, _| {
        let code = db
            .write_blocking(|tx| {
                let juergen = member(tx, "4711", "Jürgen", "Groß")?;
                letter(tx, juergen)
            })
            .unwrap()
            .to_string();
        assert_eq!(code.len(), 14);
        // The year is asked for, and asking does not use the code up.
        assert_eq!(try_code(db, &code, None, "a"), Outcome::Refused(BIRTH_YEAR_NEEDED));
        let typed = code.to_lowercase().replace('-', " ");
        let Outcome::SignedIn(done) = try_code(db, &typed, Some(1950), "a") else {
            panic!("refused")
        };
        assert!(done.first_time);
        assert_eq!(done.account.localpart, "juergen.gross");
        assert_eq!(done.account.name, "Jürgen Groß");
        assert_eq!(done.device.name, "Firefox");
        assert_eq!(try_code(db, &code, Some(1950), "a"), Outcome::Refused(WRONG_CODE));
    });
}

#[test]
fn fifty_at_once_and_one_wins() {
    twins(WITH_NOTES, |db, _| {
        let code = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                letter(tx, person)
            })
            .unwrap()
            .to_string();
        let wins: usize = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..50)
                .map(|at| {
                    let code = &code;
                    scope.spawn(move || try_code(db, code, Some(1950), &format!("source {at}")))
                })
                .collect();
            tries
                .into_iter()
                .map(|one| one.join().unwrap())
                .filter(|outcome| matches!(outcome, Outcome::SignedIn(_)))
                .count()
        });
        assert_eq!(wins, 1);
    });
}

#[test]
fn a_new_letter_voids_the_old_one() {
    twins(WITH_NOTES, |db, _| {
        let (old, new) = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                let old = letter(tx, person)?;
                let again = Purpose::Letter { valid_days: 14 };
                let new =
                    issue_code(tx, &KEY, &Random::seeded(99), Actor::Operator, person, again)?;
                Ok((old.to_string(), new.to_string()))
            })
            .unwrap();
        assert_eq!(try_code(db, &old, Some(1950), "a"), Outcome::Refused(WRONG_CODE));
        assert!(matches!(try_code(db, &new, Some(1950), "a"), Outcome::SignedIn(_)));
    });
}

#[test]
fn an_old_letter_says_that_it_is_old() {
    twins(WITH_NOTES, |db, clock| {
        let code = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                letter(tx, person)
            })
            .unwrap();
        clock.advance(30 * 86_400_000);
        assert_eq!(
            try_code(db, &code.to_string(), Some(1950), "a"),
            Outcome::Refused(CODE_EXPIRED)
        );
    });
}

#[test]
fn five_wrong_years_void_the_letter() {
    twins(WITH_NOTES, |db, _| {
        let code = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                letter(tx, person)
            })
            .unwrap()
            .to_string();
        for year in 1951..1956 {
            let outcome = try_code(db, &code, Some(year), &format!("{year}"));
            assert_eq!(outcome, Outcome::Refused(WRONG_CODE));
        }
        assert_eq!(try_code(db, &code, Some(1950), "other"), Outcome::Refused(WRONG_CODE));
    });
}

#[test]
fn wrong_codes_are_counted_and_a_quarter_of_an_hour_forgives() {
    twins(WITH_NOTES, |db, clock| {
        let code = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                letter(tx, person)
            })
            .unwrap()
            .to_string();
        for _ in 0..10 {
            assert_eq!(
                try_code(db, "AAAA-AAAA-AAAA", Some(1950), "bad"),
                Outcome::Refused(WRONG_CODE)
            );
        }
        assert_eq!(try_code(db, &code, Some(1950), "bad"), Outcome::Refused(TOO_MANY_TRIES));
        clock.advance(15 * 60 * 1000);
        assert!(matches!(try_code(db, &code, Some(1950), "bad"), Outcome::SignedIn(_)));
    });
}

#[test]
fn a_one_click_link_works_again_and_again() {
    twins(WITH_NOTES, |db, clock| {
        let code = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                issue_code(tx, &KEY, &Random::seeded(1), Actor::Operator, person, Purpose::OneClick)
            })
            .unwrap()
            .to_string();
        let Outcome::SignedIn(first) = try_code(db, &code, None, "a") else { panic!("refused") };
        clock.advance(1000);
        let Outcome::SignedIn(second) = try_code(db, &code, None, "a") else { panic!("refused") };
        assert!(first.first_time && !second.first_time);
        assert_eq!(first.account, second.account);
        assert_ne!(first.device.id, second.device.id);
    });
}

#[test]
fn namesakes_get_numbers_and_foreign_letters_a_plain_name() {
    twins(WITH_NOTES, |db, _| {
        let names: Vec<String> = db
            .write_blocking(|tx| {
                let people = [
                    ("Anna", "Müller"),
                    ("Anna", "Müller"),
                    ("Анна", "Мюллер"),
                    ("Anna Maria", ""),
                ];
                let mut names = Vec::new();
                for (at, (given, family)) in people.into_iter().enumerate() {
                    let person = member(tx, &at.to_string(), given, family)?;
                    names.push(open(tx, &KEY, person)?.0.localpart);
                }
                Ok(names)
            })
            .unwrap();
        assert_eq!(names, ["anna.mueller", "anna.mueller.2", "mitglied", "anna-maria"]);
    });
}

#[test]
fn what_somebody_left_behind_is_opened_by_no_new_letter() {
    twins(WITH_NOTES, |db, _| {
        let (person, account) = db
            .write_blocking(|tx| {
                let person = member(tx, "1", "Romeo", "Montague")?;
                assert!(begins_empty(tx, person)?);
                Ok((person, open(tx, &KEY, person)?.0.id))
            })
            .unwrap();
        let begins_empty = || db.read_blocking(|reader| begins_empty(reader, person)).unwrap();
        assert!(!begins_empty());
        db.write_blocking(move |tx| close(tx, person).map(drop)).unwrap();
        assert!(!begins_empty(), "until the contents are gone");
        db.write_blocking(move |tx| contents_erased(tx, account)).unwrap();
        assert!(begins_empty());
    });
}
