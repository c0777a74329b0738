//! Any bytes as a file: read or refused, never a panic; a known header in front lets the fuzzer reach the rows.

use konvent_people::import::{File, count_rows};

const HEADER: &[u8] = b"mitgliedsnummer;vorname;nachname;gliederungsschluessel;status\n";

/// One input.
pub fn run(bytes: &[u8]) {
    let file = |bytes: Vec<u8>| File { name: String::new(), bytes };
    let _ = count_rows(&file(bytes.to_vec()));
    if let Err(conflict) = count_rows(&file([HEADER, bytes].concat())) {
        assert!(conflict.code.starts_with("import."));
        let lines = bytes.split(|byte| *byte == b'\n').count() + 1;
        assert!(conflict.line as usize <= lines, "a conflict beyond the last line");
    }
}
