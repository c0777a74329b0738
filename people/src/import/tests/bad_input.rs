//! What is wrong with files: each fault gets its own answer with file and line, and nothing is half-applied.

use super::*;

/// Plans a broken file on a directory that stands, and makes sure that it stays as it is.
fn refused(files: &[File]) -> Vec<(String, u32, &'static str)> {
    let found = std::cell::RefCell::new(Vec::new());
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let before = traces(db);
        let plan = planned(db, files);
        *found.borrow_mut() = plan
            .conflicts()
            .kept()
            .iter()
            .map(|conflict| (conflict.file.clone(), conflict.line, conflict.code))
            .collect();
        assert!(plan.conflicts().block());
        let outcome = db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, true));
        assert_eq!(outcome, Err(BLOCKED));
        assert_eq!(traces(db), before);
    });
    found.into_inner()
}

/// Plans rows of which some are wrong; nobody leaves because of them.
fn left_out(rows: &[&str]) -> Vec<(u32, &'static str)> {
    let found = std::cell::RefCell::new(Vec::new());
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let plan = planned(db, &[file("m.csv", members(rows))]);
        assert!(!plan.conflicts().block());
        assert_eq!(plan.summary().exits, 0, "nobody leaves because of a conflict");
        *found.borrow_mut() = plan.conflicts().kept().iter().map(|c| (c.line, c.code)).collect();
        db.write_blocking(move |tx| apply(tx, &plan, Actor::Operator, false)).unwrap();
    });
    found.into_inner()
}

fn one(file: &str, line: u32, code: &'static str) -> Vec<(String, u32, &'static str)> {
    vec![(file.to_owned(), line, code)]
}

#[test]
fn a_line_of_50_mb_is_refused_with_its_number() {
    let mut text = members(&[ROMEO, JULIET, "3;"]).trim_end().as_bytes().to_vec();
    text.resize(50_000_000, b'x');
    let files = [file("members.csv", text)];
    assert_eq!(count_rows(&files[0]).unwrap_err().line, 4);
    assert_eq!(refused(&files), one("members.csv", 4, "import.line-too-long"));
}

#[test]
fn a_quote_that_never_closes_is_refused_where_it_opens() {
    let rest = format!("{ROMEO}\n").repeat(2000);
    let text = members(&[ROMEO, "2;\"Julia;Capulet;;;;;;;;", &rest]);
    assert_eq!(refused(&[file("m.csv", text)]), one("m.csv", 3, "import.line-too-long"));
}

#[test]
fn a_damaged_encoding_is_refused() {
    let mut text = members(&[ROMEO, NURSE]).into_bytes();
    text.extend(b"4;J\xfcrgen;Gro\xdf;;;;03-01-001;aktiv;;;\n");
    assert_eq!(refused(&[file("m.csv", text)]), one("m.csv", 4, "import.mixed-encoding"));
    let twice = members(&[ROMEO, "4;JÃ¼rgen;X;;;;03-01-001;aktiv;;;"]);
    assert_eq!(refused(&[file("m.csv", twice)]), one("m.csv", 3, "import.encoded-twice"));
    let wide: Vec<u8> = members(&[ROMEO]).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(refused(&[file("m.csv", wide)]), one("m.csv", 0, "import.not-text"));
}

#[test]
fn a_missing_or_doubled_column_is_named() {
    let text = "mitgliedsnummer;nachname;email\n1;Montague;\n";
    assert_eq!(refused(&[file("m.csv", text)]), one("m.csv", 1, "import.missing-column"));
    let text = "mitgliedsnummer;nachname;vorname;E-Mail;email\n1;Montague;Romeo;;\n";
    assert_eq!(refused(&[file("m.csv", text)]), one("m.csv", 1, "import.duplicate-column"));
    assert_eq!(refused(&[file("x.csv", "a;b\n1;2\n")]), one("x.csv", 1, "import.unknown-file"));
    assert_eq!(refused(&[file("x.csv", "")]), one("x.csv", 0, "import.empty-file"));
    let wide = vec!["x"; 600].join(";");
    assert_eq!(refused(&[file("x.csv", wide)]), one("x.csv", 1, "import.too-many-columns"));
    let twice = [verona().remove(1), verona().remove(1)];
    assert_eq!(refused(&twice), one("members.csv", 0, "import.file-twice"));
}

#[test]
fn a_broken_tree_blocks_everything() {
    let header = "schluessel;uebergeordnet;name;ebene;art\n";
    let tree = |rows: &str| [file("u.csv", format!("{header}{rows}"))];
    let ring = "A;C;Eins;;\nB;A;Zwei;;\nC;B;Drei;;\n";
    assert_eq!(refused(&tree(ring)), one("u.csv", 2, "import.unit-loop"));
    assert_eq!(refused(&tree("A;A;Eins;;\n")), one("u.csv", 2, "import.unit-loop"));
    assert_eq!(refused(&tree("A;;Eins;;\nB;X;Zwei;;\n")), one("u.csv", 3, "import.unknown-parent"));
    assert_eq!(
        refused(&tree("A;;Eins;;\nA;;Zwei;;\n"))[0],
        one("u.csv", 3, "import.duplicate-unit")[0]
    );
}

#[test]
fn of_two_rows_with_one_number_neither_is_right() {
    let second = "1;Romeo;Monday;;;;03-01-001;aktiv;;;";
    let elsewhere = "2;Julia;Capulet;;;;03-01-002;aktiv;;;";
    let found = left_out(&[ROMEO, JULIET, NURSE, second, elsewhere]);
    assert_eq!(found, [(5, "import.duplicate-number"), (6, "import.two-homes")]);
}

#[test]
fn newcomers_with_one_number_do_not_come() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let new = "8;Paris;Escalus;;;;03-01-001;aktiv;;;";
        let plan = planned(db, &[file("m.csv", members(&[ROMEO, JULIET, NURSE, new, new]))]);
        assert_eq!(conflicts(&plan), [("m.csv", 6, "import.duplicate-number")]);
        assert!(plan.is_empty());
    });
}

#[test]
fn rows_that_cannot_be_understood_are_left_out() {
    let unknown = ROMEO.replace("03-01-001", "99");
    let dated = JULIET.replace("24.12.1995", "24.13.1995");
    let status = NURSE.replace("aktiv", "weiß nicht");
    let found = left_out(&[&unknown, &dated, &status]);
    assert_eq!(
        found,
        [(2, "import.unknown-unit"), (3, "import.unreadable-date"), (4, "import.unknown-status")]
    );
}

#[test]
fn a_row_with_shifted_cells_hides_nobody() {
    let shifted = format!("{NURSE};zu;viel");
    assert_eq!(left_out(&[ROMEO, &shifted]), [(3, "import.cell-count")]);
    let numberless = NURSE.replacen('3', "", 1);
    assert_eq!(left_out(&[ROMEO, &numberless]), [(3, "import.missing-value")]);
}

#[test]
fn lost_zeros_find_their_unit_unless_two_fit() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let short = ROMEO.replace("03-01-001", "3-1-1");
        let plan = planned(db, &[file("m.csv", members(&[&short, JULIET, NURSE]))]);
        assert!(plan.is_empty(), "the same unit, written without zeros");
        let more = format!("{UNITS}3-1-1;03-01;Ortsverband Padua;Ortsverband;gebiet\n");
        let double = planned(db, &[file("u.csv", more)]);
        assert_eq!(conflicts(&double)[0], ("u.csv", 7, "import.duplicate-unit"));
    });
}

#[test]
fn offices_of_strangers_and_on_wrong_days_are_left_out() {
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        let header = "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende";
        let rows = "77;03;Vorstand;Vorsitz;;\n1;98;Vorstand;Vorsitz;;\n1;03;;Vorsitz;;\n1;03;Vorstand;Vorsitz;morgen;\n1;03;Vorstand;Vorsitz;2.1.2026;1.1.2026";
        let plan = planned(db, &[file("o.csv", format!("{header}\n{rows}\n"))]);
        let codes: Vec<&str> = conflicts(&plan).into_iter().map(|(_, _, code)| code).collect();
        assert_eq!(
            codes,
            [
                "import.unknown-person",
                "import.unknown-unit",
                "import.missing-value",
                "import.unreadable-date",
                "import.ends-before-it-begins",
            ]
        );
        assert!(plan.is_empty());
    });
}

#[test]
fn every_usual_way_of_writing_a_file_is_read() {
    let usual = members(&[ROMEO, JULIET, NURSE]);
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(&usual);
    let ways: [Vec<u8>; 6] = [
        format!("\u{feff}{usual}").into_bytes(),
        windows.into_owned(),
        usual.replace('\n', "\r\n").into_bytes(),
        usual.replace(';', "\t").into_bytes(),
        usual.replace(';', ",").into_bytes(),
        format!("\n{}\n\n", usual.replace("Capulet", "\"Capulet\"")).into_bytes(),
    ];
    twins(WITH_NOTES, |db, _| {
        applied(db, &verona());
        for way in &ways {
            let plan = planned(db, &[file("m.csv", way.clone())]);
            assert_eq!((conflicts(&plan), plan.summary().unchanged), (vec![], 3));
            assert!(plan.is_empty());
        }
    });
}

#[test]
fn a_line_break_inside_quotes_belongs_to_its_row() {
    let text = members(&["1;\"Ro\nmeo\";\"Mon;ta\"\"gue\";;;;03-01-001;aktiv;;;", "2;;;;;;;;;;"]);
    let opened = file("m.csv", text);
    let (_, rows) = read::open(&opened).unwrap();
    let rows: Vec<_> = rows.map(Result::unwrap).collect();
    assert_eq!((rows[0].line, rows[0].cell(3), rows[0].cell(4)), (2, "Ro meo", "Mon;ta\"gue"));
    assert_eq!(rows[1].line, 4);
}

#[test]
fn bank_data_never_leaves_the_reader() {
    let text = "Mitgliedsnummer;Nachname;Vorname;IBAN;BIC;Mandatsreferenz;Kontoinhaber;Notizen\n1;Montague;Romeo;DE02120300000000202051;BYLADEM1001;M-1;Lady Montague;schwierig\n";
    let opened = file("m.csv", text);
    let (_, mut rows) = read::open(&opened).unwrap();
    let row = rows.next().unwrap().unwrap();
    let cells: Vec<&str> = row.text().split('\u{1f}').filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["1", "Romeo", "Montague"]);
}
