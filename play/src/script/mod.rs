//! A play as it is written: title, organisation, cast, acts, sentences.
//!
//! ```text
//! # The chair speaks, the members listen
//!
//! LV Veneto > KV Verona > OV Verona, OV Mantua
//!
//! [Romeo Montague]  member of OV Verona
//! [Escalus Fürst]   member of OV Mantua, Vorsitz of LV Veneto until 2026-12-31
//!
//! ## Act 1: an announcement
//! Romeo connects
//! Escalus says in LV Veneto: Order!     // a sentence; see `verbs` for all of them
//! Romeo receives:
//!     <message type="groupchat"/>
//! ```
//!
//! A member is called by his first name, and his devices `Romeo's laptop`. Indented lines belong to the sentence
//! above them. `//` at the beginning of a line or after two spaces begins a comment.

mod cast;
mod read;
#[cfg(test)]
mod tests;

pub use cast::{Duty, Role, Unit};

/// A play.
#[derive(Debug, Clone, Default)]
pub struct Script {
    /// The file it came from.
    pub name: String,
    /// The first line.
    pub title: String,
    /// The organisation, parents before children.
    pub units: Vec<Unit>,
    /// Who takes part.
    pub cast: Vec<Role>,
    /// What happens.
    pub lines: Vec<Line>,
}

/// One sentence and the indented lines below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: usize,
    /// The sentence.
    pub text: String,
    /// The indented lines, without the first four spaces of each.
    pub block: String,
}

impl Script {
    /// Who is called so: `Romeo` or, of one of his devices, `Romeo's laptop`.
    pub fn role(&self, called: &str) -> Option<(usize, &Role)> {
        let name = called.split_once("'s ").map_or(called, |(name, _)| name);
        self.cast.iter().enumerate().find(|(_, role)| role.name == name)
    }

    /// Whether there is a unit with this name.
    pub fn has_unit(&self, name: &str) -> bool {
        self.units.iter().any(|unit| unit.name == name)
    }
}
