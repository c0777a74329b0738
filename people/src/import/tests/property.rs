//! What holds for any file: the reader never panics, and a plan that is applied leaves nothing to do.

use konvent_core::{Clock, testing};
use proptest::prelude::*;

use super::*;

/// A member file with unique numbers, from small stocks, so that files have much in common.
fn any_members() -> impl Strategy<Value = String> {
    let row = (0..4_usize, 0..3_usize, 0..5_usize, 0..3_usize);
    proptest::collection::btree_map(0..9_u8, row, 0..9).prop_map(|rows| {
        let rows: Vec<String> = rows
            .into_iter()
            .map(|(number, (unit, family, status, affiliate))| {
                let unit = ["03", "03-01", "03-01-001", "3-1-2"][unit];
                let family = ["Montague", "Capulet", "Äscalus"][family];
                let status = ["aktiv", "antrag", "gast", "ausgetreten", "ruhend"][status];
                let affiliate = ["", "V1", "Junge Bürger"][affiliate];
                format!("{number};X;{family};;;;{unit};{status};;;{affiliate}")
            })
            .collect();
        members(&rows.iter().map(String::as_str).collect::<Vec<_>>())
    })
}

#[test]
fn after_any_import_the_same_file_has_nothing_to_say() {
    let scratch = testing::sqlite();
    let db = Db::open(&scratch.0, WITH_NOTES, &Clock::manual(START)).unwrap();
    applied(&db, &verona());
    let config =
        ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    runner
        .run(&any_members(), |text| {
            let files = [file("m.csv", text)];
            let plan = planned(&db, &files);
            prop_assert_eq!(plan.conflicts().kept(), &[]);
            db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, true)).unwrap();
            let again = planned(&db, &files);
            prop_assert!(again.is_empty(), "{:?}", again);
            Ok(())
        })
        .unwrap();
    assert_eq!(db.read_blocking(konvent_core::audit::verify).unwrap(), None);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = count_rows(&file("x", bytes));
    }

    #[test]
    fn any_rows_are_read_or_refused(rows in "([\";,\t\r\n]|[a-zäß0-9.\\-]{0,3}){0,200}") {
        let _ = count_rows(&file("x", format!("{HEADER}\n{rows}")));
        let _ = count_rows(&file("x", format!("\u{feff}{HEADER}\r\n{rows}")));
    }

    #[test]
    fn any_rows_are_planned(rows in proptest::collection::vec("[;\"0-9a-z.\\-]{0,60}", 0..8)) {
        let scratch = testing::sqlite();
        let db = Db::open(&scratch.0, WITH_NOTES, &Clock::manual(START)).unwrap();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let tree = format!("schluessel;uebergeordnet;name;ebene;art\n{}", rows.join("\n"));
        let office = format!("mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende\n{}", rows.join("\n"));
        let files = [file("m", members(&rows)), file("u", tree), file("o", office)];
        let plan = planned(&db, &files);
        let people = || db.read_blocking(|reader| reader.one("select count(*) from people_person", &[], |row| row.get::<i64>(0)));
        let before = people().unwrap();
        // What is refused has changed nothing; what is applied is noted in a chain that holds.
        if db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, true)).is_err() {
            prop_assert_eq!(people().unwrap(), before);
        }
        prop_assert_eq!(db.read_blocking(konvent_core::audit::verify).unwrap(), None);
    }
}
