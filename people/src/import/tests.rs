//! Files, plans and what becomes of them, on both engines.

mod bad_input;
mod property;

use konvent_core::audit::Actor;
use konvent_core::testing::{START, twins};
use konvent_core::{Db, PersonId};

use super::*;
use crate::offices::{self, Turn};
use crate::people::{self, MembershipKind};
use crate::tests::WITH_NOTES;
use crate::units;

const UNITS: &str = "schluessel;uebergeordnet;name;ebene;art
03;;Landesverband Nord;Landesverband;gebiet
03-01;03;Kreisverband West;Kreisverband;gebiet
03-01-001;03-01;Ortsverband Verona;Ortsverband;gebiet
03-01-002;03-01;Ortsverband Mantua;Ortsverband;gebiet
V1;;Junge Bürger;Vereinigung;vereinigung
";

const HEADER: &str = "mitgliedsnummer;vorname;nachname;geburtsdatum;plz;email;gliederungsschluessel;status;eintritt;austritt;vereinigungen";

/// Rows below the header of a small member file.
fn members(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

const ROMEO: &str = "1;Romeo;Montague;1.2.1990;1067;r@verona.example;03-01-001;aktiv;1.3.2010;;";
const JULIET: &str = "2;Julia;Capulet;24.12.1995;10115;;03-01-001;aktiv;;;Junge Bürger";
const NURSE: &str = "3;Angelica;Ämme;5.6.1950;10115;;03-01-002;aktiv;;;";

fn file(name: &str, text: impl Into<Vec<u8>>) -> File {
    File { name: name.to_owned(), bytes: text.into() }
}

fn verona() -> Vec<File> {
    vec![file("units.csv", UNITS), file("members.csv", members(&[ROMEO, JULIET, NURSE]))]
}

fn options() -> Options {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    Options { zone, leaving_permille_max: 400, contents_kept_days: 30, now: START }
}

fn planned(db: &Db, files: &[File]) -> Plan {
    db.read_blocking(|reader| plan(reader, files, &options())).unwrap()
}

fn applied(db: &Db, files: &[File]) -> Applied {
    let plan = planned(db, files);
    assert_eq!(plan.conflicts().kept(), []);
    db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, false)).unwrap()
}

fn person(db: &Db, number: &str) -> PersonId {
    let number = number.to_owned();
    db.read_blocking(|reader| people::by_number(reader, &number)).unwrap().unwrap().id
}

/// What any write would change: notes, runs, the directory's version.
fn traces(db: &Db) -> (i64, i64, i64) {
    db.read_blocking(|reader| {
        let notes = reader.one("select count(*) from audit_note", &[], |row| row.get(0))?;
        let runs = reader.one("select count(*) from import_run", &[], |row| row.get(0))?;
        Ok((notes.unwrap(), runs.unwrap(), units::directory_version(reader)?))
    })
    .unwrap()
}

/// Conflicts as file, line and code.
fn conflicts(plan: &Plan) -> Vec<(&str, u32, &str)> {
    let kept = plan.conflicts().kept();
    kept.iter().map(|conflict| (conflict.file.as_str(), conflict.line, conflict.code)).collect()
}

#[test]
fn an_organisation_comes_in_and_the_same_file_again_writes_nothing() {
    twins(WITH_NOTES, |db, _| {
        let done = applied(db, &verona());
        assert_eq!((done.joined.len(), done.units_changed.len()), (3, 5));
        assert_eq!(done.notes, 3 + 5 + 1);
        db.read_blocking(|reader| {
            let romeo = people::by_number(reader, "1")?.unwrap();
            assert_eq!(romeo.details.postal_code.open(), "01067");
            let juliet = people::by_number(reader, "2")?.unwrap().id;
            let kinds: Vec<MembershipKind> =
                people::units_of(reader, juliet)?.into_iter().map(|(_, kind)| kind).collect();
            assert_eq!(kinds, [MembershipKind::Home, MembershipKind::Affiliate]);
            let land = units::by_key(reader, "03")?.unwrap().id;
            assert_eq!(people::count_under(reader, land)?, 3);
            Ok(())
        })
        .unwrap();
        let before = traces(db);
        let again = planned(db, &verona());
        assert!(again.is_empty());
        assert_eq!(again.summary().unchanged, 3);
        let done = db.write_blocking(move |tx| apply(tx, &again, Actor::Operator, false)).unwrap();
        assert_eq!(done, Applied::default());
        assert_eq!(traces(db), before);
    });
}

#[test]
fn joins_exits_transfers_and_changes_are_told_apart() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let romeo = ROMEO.replace("03-01-001", "03-01-002");
        let nurse = NURSE.replace(";;03", ";nurse@verona.example;03");
        let paris = "4;Paris;Escalus;1.1.1988;;;03-01-001;aktiv;;;";
        let files = [file("members.csv", members(&[&romeo, &nurse, paris]))];
        let plan = planned(db, &files);
        let summary = plan.summary();
        let figures = (summary.joins, summary.exits, summary.transfers, summary.changes);
        assert_eq!(figures, (1, 1, 1, 1));
        let mut shown = Vec::new();
        plan.print(&mut shown).unwrap();
        let shown = String::from_utf8(shown).unwrap();
        assert!(
            shown.contains("3: email") && shown.contains("1 wechselt nach 03-01-002"),
            "{shown}"
        );
        assert!(!shown.contains("nurse@"), "a plan exposes nobody");
        assert_eq!(plan.to_json(1)["people"].as_array().unwrap().len(), 1);

        let juliet = person(db, "2");
        let done = db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, false)).unwrap();
        assert_eq!(done.left, [juliet]);
        assert_eq!(done.joined, [person(db, "4")]);
        let (moved, from, to) = done.transferred[0];
        assert_eq!(moved, person(db, "1"));
        assert_ne!(from, to);
        assert_eq!(done.changed, 1);
        assert!(planned(db, &files).is_empty());
        assert_eq!(db.read_blocking(konvent_core::audit::verify).unwrap(), None);
    });
}

#[test]
fn whoever_left_comes_back_as_the_same_person() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let juliet = person(db, "2");
        let gone = JULIET.replace(";aktiv;;;", ";aktiv;;20.11.2026;");
        let without = [file("m.csv", members(&[ROMEO, &gone, NURSE]))];
        let done = applied(db, &without);
        assert_eq!(done.left, [juliet]);
        assert!(planned(db, &without).is_empty(), "who has left is no news");
        assert_eq!(applied(db, &verona()).joined, [juliet]);
    });
}

#[test]
fn the_last_day_of_a_membership_still_counts() {
    twins(WITH_NOTES, |db, _| {
        let today = JULIET.replace(";aktiv;;;", ";aktiv;;21.11.2026;");
        applied(db, &[file("u.csv", UNITS), file("m.csv", members(&[ROMEO, &today, NURSE]))]);
        let files = [file("m.csv", members(&[ROMEO, &today, NURSE]))];
        assert!(planned(db, &files).is_empty());
        let tomorrow = Options { now: START.plus_days(1), ..options() };
        let plan = db.read_blocking(|reader| plan(reader, &files, &tomorrow)).unwrap();
        assert_eq!(plan.summary().exits, 1);
    });
}

#[test]
fn an_applicant_is_admitted_by_the_file_and_by_nothing_else() {
    twins(WITH_NOTES, |db, _| {
        let applicant = NURSE.replace("aktiv", "Antrag");
        applied(db, &[file("u.csv", UNITS), file("m.csv", members(&[ROMEO, JULIET, &applicant]))]);
        let nurse = person(db, "3");
        assert_eq!(db.read_blocking(|reader| people::home(reader, nurse)).unwrap(), None);
        let done = applied(db, &verona());
        assert_eq!((done.changed, done.elsewhere.as_slice()), (1, [nurse].as_slice()));
        assert!(db.read_blocking(|reader| people::home(reader, nurse)).unwrap().is_some());
    });
}

#[test]
fn a_guest_is_a_second_row() {
    twins(WITH_NOTES, |db, _| {
        let guest = "1;Romeo;Montague;;;;03-01-002;Gast;;;";
        let mere = "9;Tybalt;Capulet;;;;03-01-002;gast;;;";
        let rows = [ROMEO, JULIET, NURSE, guest, mere];
        let files = [file("u.csv", UNITS), file("m.csv", members(&rows))];
        applied(db, &files);
        assert!(planned(db, &files).is_empty());
        let kinds = |number: &str| -> Vec<MembershipKind> {
            let id = person(db, number);
            let all = db.read_blocking(|reader| people::units_of(reader, id)).unwrap();
            all.into_iter().map(|(_, kind)| kind).collect()
        };
        assert_eq!(kinds("1"), [MembershipKind::Home, MembershipKind::Guest]);
        assert_eq!(kinds("9"), [MembershipKind::Guest]);
        let renamed =
            [file("m.csv", members(&[ROMEO, JULIET, NURSE, &mere.replace("Capulet", "Paris")]))];
        let summary = planned(db, &renamed).summary();
        assert_eq!((summary.changes, summary.extras), (1, 1));
    });
}

#[test]
fn a_member_who_becomes_a_guest_has_not_left() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let guest = NURSE.replace("aktiv", "gast");
        let files = [file("m.csv", members(&[ROMEO, JULIET, &guest, &guest]))];
        let done = applied(db, &files);
        assert_eq!(
            (done.left.as_slice(), done.elsewhere.contains(&person(db, "3"))),
            ([].as_slice(), true)
        );
        assert!(planned(db, &files).is_empty());
    });
}

#[test]
fn terms_begin_end_and_change_with_the_file() {
    twins(WITH_NOTES, |db, _| {
        let header = "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende\n";
        let offices = |rows: &str| file("o.csv", format!("{header}{rows}"));
        let mut files = verona();
        files.push(offices("1;03-01-001;Vorstand;Vorsitzender;1.11.2026;21.11.2026\n2;03-01-001;Vorstand;Schatzmeisterin;1.11.2026;\n3;03-01-002;Vorstand;Vorsitzende;1.1.2020;1.1.2022\n"));
        let done = applied(db, &files);
        assert_eq!(done.terms_changed.len(), 2, "a term long over is no news");
        assert!(planned(db, &files).is_empty());
        let (romeo, juliet) = (person(db, "1"), person(db, "2"));
        db.read_blocking(|reader| {
            let held = offices::held(reader, romeo, START)?;
            // The last day counts to its end: midnight in Berlin.
            assert_eq!(held[0].ends_at.unwrap().to_xep_0082(), "2026-11-21T23:00:00.000Z");
            assert_eq!(offices::held(reader, juliet, START)?[0].body_name, "Vorstand");
            Ok(())
        })
        .unwrap();
        let next = [offices("1;3-1-1;Vorstand;Vorsitzender;1.11.2026;31.12.2027\n")];
        let done = applied(db, &next);
        assert_eq!(done.terms_changed.len(), 1);
        assert_eq!((done.terms_changed[0].0, done.terms_changed[0].2), (juliet, Turn::Ended));
        assert!(planned(db, &next).is_empty());
        assert_eq!(db.read_blocking(|reader| offices::held(reader, juliet, START)).unwrap(), []);
    });
}

#[test]
fn offices_may_stand_in_the_member_file() {
    twins(WITH_NOTES, |db, _| {
        let header = "Mitgliedsnummer,Nachname,Vorname,E-Mail,Gliederung,Funktion,IBAN";
        let text = format!(
            "{header}\n7,Prinz,Escalus,,Ortsverband Verona,\"Vorsitz, Schriftführung\",DE02120300000000202051\n"
        );
        let files = [file("u.csv", UNITS), file("verein.csv", text)];
        let done = applied(db, &files);
        assert_eq!(done.terms_changed.len(), 2);
        assert!(planned(db, &files).is_empty());
    });
}

#[test]
fn an_empty_column_of_offices_ends_no_term() {
    twins(WITH_NOTES, |db, _| {
        let rows = members(&[ROMEO, JULIET, NURSE]);
        let offices = "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende
2;03-01-001;Vorstand;Vorsitz;1.1.2026;
";
        applied(db, &[file("u.csv", UNITS), file("m.csv", rows.as_str()), file("o.csv", offices)]);
        let mut with_column = String::new();
        for (line, row) in rows.lines().enumerate() {
            with_column.push_str(row);
            with_column.push_str(if line == 0 { ";funktionen\n" } else { ";\n" });
        }
        let alone = [file("m.csv", with_column)];
        assert_eq!(planned(db, &alone).summary().terms, 0);
        applied(db, &alone);
        let juliet = person(db, "2");
        let held = db.read_blocking(|reader| offices::held(reader, juliet, START)).unwrap();
        assert_eq!(held.len(), 1);
    });
}

#[test]
fn the_tree_changes_with_its_file() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        // Land and Kreis change places, an Ort gets a new name, the youth is gone.
        let swapped = "schluessel;uebergeordnet;name;ebene;art
03-01;;Kreisverband West;Kreisverband;gebiet
03;03-01;Landesverband Nord;Landesverband;gebiet
03-01-001;03;Ortsverband Neu-Verona;Ortsverband;gebiet
03-01-002;03-01;Ortsverband Mantua;Ortsverband;gebiet
";
        let files = [
            file("u.csv", swapped),
            file("m.csv", members(&[ROMEO, &JULIET.replace("Junge Bürger", ""), NURSE])),
        ];
        let done = applied(db, &files);
        assert_eq!(done.units_changed.len(), 5);
        db.read_blocking(|reader| {
            let verona = units::by_key(reader, "03-01-001")?.unwrap();
            assert_eq!(
                (verona.name.as_str(), verona.address.as_str()),
                ("Ortsverband Neu-Verona", "ov-verona")
            );
            let chain: Vec<String> =
                units::chain(reader, verona.id)?.into_iter().map(|unit| unit.key).collect();
            assert_eq!(chain, ["03-01-001", "03", "03-01"]);
            assert!(units::by_key(reader, "V1")?.unwrap().dissolved_on.is_some());
            Ok(())
        })
        .unwrap();
        assert!(planned(db, &files).is_empty());
        applied(db, &verona());
        assert!(planned(db, &verona()).is_empty(), "back again, with the youth re-founded");
    });
}

#[test]
fn the_offices_of_a_dissolved_unit_end_with_it() {
    twins(WITH_NOTES, |db, _| {
        let header = "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende";
        let mut files = verona();
        files.push(file("o.csv", format!("{header}\n1;V1;Vorstand;Vorsitz;1.1.2026;\n")));
        applied(db, &files);
        let romeo = person(db, "1");
        assert_eq!(
            db.read_blocking(|reader| offices::held(reader, romeo, START)).unwrap().len(),
            1
        );
        let without = UNITS.lines().filter(|line| !line.starts_with("V1")).collect::<Vec<_>>();
        let juliet = JULIET.replace("Junge Bürger", "");
        let members = members(&[ROMEO, &juliet, NURSE]);
        let done = applied(db, &[file("u.csv", without.join("\n")), file("m.csv", members)]);
        assert_eq!(done.terms_changed.len(), 1);
        assert_eq!(db.read_blocking(|reader| offices::held(reader, romeo, START)).unwrap(), []);
    });
}

#[test]
fn a_unit_with_members_does_not_vanish() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let without =
            UNITS.lines().filter(|line| !line.starts_with("03-01-002")).collect::<Vec<_>>();
        let plan = planned(db, &[file("u.csv", without.join("\n"))]);
        assert_eq!(conflicts(&plan), [("", 0, "import.unit-in-use")]);
        assert!(plan.is_empty());
    });
}

#[test]
fn a_change_by_hand_voids_the_plan() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let files = [file("m.csv", members(&[ROMEO, NURSE]))];
        let plan = planned(db, &files);
        let (romeo, on) = (person(db, "1"), jiff::civil::date(2026, 11, 21));
        db.write_blocking(move |tx| {
            let mantua = units::by_key(tx, "03-01-002")?.unwrap().id;
            people::transfer(tx, romeo, mantua, on).map(drop)
        })
        .unwrap();
        let before = traces(db);
        let late = db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, false));
        assert_eq!(late, Err(PLAN_CHANGED));
        assert_eq!(traces(db), before);
        // The file still says Verona: the next import brings him back.
        assert_eq!(planned(db, &verona()).summary().transfers, 1);
    });
}

#[test]
fn half_an_organisation_does_not_leave_by_mistake() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let files = [file("m.csv", members(&[ROMEO]))];
        let plan = planned(db, &files);
        assert!(plan.summary().braked);
        let before = traces(db);
        let refused = db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, false));
        assert_eq!(refused, Err(BRAKED));
        assert_eq!(traces(db), before);
        let plan = planned(db, &files);
        let done = db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, true)).unwrap();
        assert_eq!(done.left.len(), 2);
    });
}

#[test]
fn a_sample_comes_in_without_a_conflict() {
    let dir = tempfile::tempdir().unwrap();
    crate::sample::write(dir.path(), 400, 3).unwrap();
    let files = ["aemter.csv", "mitglieder.csv", "gliederungen.csv"]
        .map(|name| File::open(&dir.path().join(name)).unwrap());
    twins(WITH_NOTES, |db, _| {
        let done = applied(db, &files);
        assert_eq!(done.joined.len(), 400);
        assert!(!done.terms_changed.is_empty());
        assert!(planned(db, &files).is_empty());
    });
}
