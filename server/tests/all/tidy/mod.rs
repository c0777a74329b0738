//! The house is tidy: the rules of the house that can be read off its files are held here, and nothing needs a server.
//!
//! Left out: style (rustfmt and clippy hold it) and the direction between crates (Cargo holds it).

mod figures;
mod files;
mod order;
mod packages;
mod refusals;
mod rust;
mod standards;
mod tables;
mod text;

use konvent_core::About;

pub use tables::statements_of_all_features;

/// The areas whose `src` holds one folder per feature, in the order of the house.
const AREAS: &[&str] = &["people", "talk", "files"];

/// A feature: its card, and the area in which its folder lies.
struct Feature {
    about: &'static About,
    area: &'static str,
}

impl Feature {
    /// All features that live in an area folder, in the order of the house.
    fn all() -> Vec<Self> {
        let lists = [konvent_people::FEATURES, konvent_talk::FEATURES, konvent_files::FEATURES];
        AREAS
            .iter()
            .zip(lists)
            .flat_map(|(area, list)| list.iter().map(move |about| Self { about, area }))
            .collect()
    }

    /// `people/src/units/`, relative to the top folder.
    fn folder(&self) -> String {
        format!("{}/src/{}/", self.area, self.about.name)
    }

    /// Its source files, without tests.
    fn sources(&self) -> Vec<files::Source> {
        let folder = self.folder();
        files::with_ending(".rs")
            .into_iter()
            .filter(|file| file.path.starts_with(&folder) && !file.is_test())
            .collect()
    }
}

/// Fails with all findings at once, so that one run shows everything there is to mend.
fn none(findings: &[String]) {
    assert!(findings.is_empty(), "\n  {}\n", findings.join("\n  "));
}
