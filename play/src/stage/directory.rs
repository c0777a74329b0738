//! The organisation of the play as the three files of the member administration (DOMAIN 6.3), written anew whenever
//! the play changes it: everything goes through the regular import.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::script::{Duty, Script, Unit};

/// Member numbers count up from here in the order of the cast.
const FIRST_NUMBER: usize = 100_001;

/// What the member administration knows.
#[derive(Debug, Clone)]
pub struct Directory {
    units: Vec<Unit>,
    people: Vec<Entry>,
}

/// A row of the member file and its rows of the office file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `mitgliedsnummer`.
    pub number: String,
    given: String,
    family: String,
    born: i16,
    /// Where he is a member; none when he left.
    pub home: Option<String>,
    /// His offices.
    pub duties: Vec<Duty>,
}

/// The three files.
#[derive(Debug, Clone)]
pub struct Files {
    /// `mitglieder.csv`
    pub members: String,
    /// `gliederungen.csv`
    pub units: String,
    /// `aemter.csv`
    pub offices: String,
}

impl Directory {
    /// As the cast describes it. Strangers are not in it.
    pub fn of(script: &Script) -> Self {
        let people = script
            .cast
            .iter()
            .enumerate()
            .map(|(place, role)| Entry {
                number: number_of(place),
                given: role.given.clone(),
                family: role.family.clone(),
                born: role.born,
                home: role
                    .home
                    .clone()
                    .or_else(|| role.duties.first().map(|duty| duty.unit.clone())),
                duties: role.duties.clone(),
            })
            .collect();
        Self { units: script.units.clone(), people }
    }

    /// The entry of somebody of the cast.
    pub fn entry(&mut self, place: usize) -> Option<&mut Entry> {
        self.people.get_mut(place)
    }

    /// The key of a unit in the files.
    pub fn key_of(&self, name: &str) -> Option<String> {
        let place = self.units.iter().position(|unit| unit.name == name);
        place.map(|place| format!("03-{:02}", place + 1))
    }

    /// Another name for a unit; its key stays. False when there is no such unit.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        let Some(unit) = self.units.iter_mut().find(|unit| unit.name == from) else { return false };
        to.clone_into(&mut unit.name);
        for unit in self.units.iter_mut().filter(|unit| unit.parent.as_deref() == Some(from)) {
            unit.parent = Some(to.to_owned());
        }
        for entry in &mut self.people {
            if entry.home.as_deref() == Some(from) {
                entry.home = Some(to.to_owned());
            }
            for duty in entry.duties.iter_mut().filter(|duty| duty.unit == from) {
                to.clone_into(&mut duty.unit);
            }
        }
        true
    }

    /// A new unit below another.
    pub fn found(&mut self, name: &str, below: &str) {
        self.units.push(Unit { name: name.to_owned(), parent: Some(below.to_owned()) });
    }

    /// The three files as they stand now.
    pub fn files(&self) -> Files {
        Files { members: self.members(), units: self.unit_rows(), offices: self.offices() }
    }

    fn members(&self) -> String {
        let mut out = String::from(
            "mitgliedsnummer;anrede;titel;vorname;nachname;geburtsdatum;email;gliederungsschluessel;gliederung;status;eintritt\n",
        );
        for entry in &self.people {
            let Some(home) = &entry.home else { continue };
            let key = self.key_of(home).unwrap_or_default();
            let _ = writeln!(
                out,
                "{};;;{};{};01.02.{};;{key};{home};aktiv;01.03.2020",
                entry.number, entry.given, entry.family, entry.born
            );
        }
        out
    }

    fn unit_rows(&self) -> String {
        let mut out = String::from("schluessel;uebergeordnet;name;ebene;art\n");
        for unit in &self.units {
            let key = self.key_of(&unit.name).unwrap_or_default();
            let parent =
                unit.parent.as_deref().and_then(|name| self.key_of(name)).unwrap_or_default();
            let _ = writeln!(out, "{key};{parent};{};{};", unit.name, level(&unit.name));
        }
        out
    }

    fn offices(&self) -> String {
        let mut out = String::from("mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende\n");
        for entry in self.people.iter().filter(|entry| entry.home.is_some()) {
            for duty in &entry.duties {
                let key = self.key_of(&duty.unit).unwrap_or_default();
                let until = duty.until.map(german).unwrap_or_default();
                let from = german(duty.from);
                let _ =
                    writeln!(out, "{};{key};Vorstand;{};{from};{until}", entry.number, duty.office);
            }
        }
        out
    }
}

/// The member number of somebody of the cast.
pub fn number_of(place: usize) -> String {
    (FIRST_NUMBER + place).to_string()
}

/// `OV Verona` is an Ortsverband.
fn level(name: &str) -> &'static str {
    match name.split(' ').next() {
        Some("BV") => "Bundesverband",
        Some("LV") => "Landesverband",
        Some("KV") => "Kreisverband",
        _ => "Ortsverband",
    }
}

fn german(day: Date) -> String {
    format!("{:02}.{:02}.{}", day.day(), day.month(), day.year())
}
