//! Made-up organisations of any size, as the three files of the import: for the demo, for plays and for measuring.
//!
//! The same size and seed give the same bytes. Names are German and invented, addresses use `.example` (RFC 2606), phone
//! numbers come from the ranges that the Bundesnetzagentur keeps free for films. Ages, shared households, missing
//! e-mail addresses and the sizes of units are drawn to look like a party's. No tables; not a feature with a card.

mod draw;
mod households;
mod names;
mod offices;
mod tree;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use draw::Draw;
use tree::Tree;

/// The members' file in the folder.
pub const MEMBERS_FILE: &str = "mitglieder.csv";
/// The units' file in the folder.
pub const UNITS_FILE: &str = "gliederungen.csv";
/// The offices' file in the folder.
pub const OFFICES_FILE: &str = "aemter.csv";

const MEMBERS_HEADER: &str = "mitgliedsnummer;anrede;titel;vorname;nachname;geburtsdatum;geschlecht;strasse;hausnr;plz;ort;land;email;telefon;mobil;gliederungsschluessel;gliederung;status;eintritt;austritt;austrittsgrund;beitragsstatus;vereinigungen;funktionen;einwilligung_email;einwilligung_telefon;zustellweg";

/// Writes `mitglieder.csv`, `gliederungen.csv` and `aemter.csv` into `dir`, which is made when it is missing.
pub fn write(dir: &Path, members: usize, seed: u64) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let open = |name: &str| File::create(dir.join(name)).map(BufWriter::new);
    let mut draw = Draw::new(seed);
    let tree = Tree::grow(members, &mut draw);

    let mut file = open(UNITS_FILE)?;
    tree.write(&mut file)?;
    file.flush()?;

    let mut file = open(MEMBERS_FILE)?;
    writeln!(file, "{MEMBERS_HEADER}")?;
    let people = households::write(&mut file, &tree, &mut draw)?;
    file.flush()?;

    let mut file = open(OFFICES_FILE)?;
    offices::write(&mut file, &tree, &people, &mut draw)?;
    file.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(members: usize, seed: u64) -> [Vec<u8>; 3] {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), members, seed).unwrap();
        [MEMBERS_FILE, UNITS_FILE, OFFICES_FILE]
            .map(|name| std::fs::read(dir.path().join(name)).unwrap())
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes() {
        assert_eq!(written(300, 7), written(300, 7));
        assert_ne!(written(300, 7), written(300, 8));
    }

    #[test]
    fn every_size_has_its_members_and_a_tree() {
        for members in [1, 5, 50, 2000] {
            let [people, units, _] = written(members, 1);
            let people = String::from_utf8(people).unwrap();
            let homes = people.lines().skip(1).filter(|line| !line.contains(";gast;")).count();
            assert_eq!(homes, members);
            let units = String::from_utf8(units).unwrap();
            let locals = units.lines().filter(|line| line.contains(";Ortsverband;")).count();
            if members == 2000 {
                assert_eq!(locals, 45);
                assert_eq!(units.lines().filter(|line| line.contains(";Kreisverband;")).count(), 6);
            }
        }
    }
}
