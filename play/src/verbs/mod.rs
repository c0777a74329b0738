//! All sentences that a play may use, each with the function that makes it come true. A small table in each file;
//! the first form that fits a line counts.
//!
//! Where a sentence expects something, everything sent before is settled first: the server has taken it in, and what
//! came of it has arrived. So "hears nothing" needs no waiting.

mod archive;
mod commands;
mod directory;
mod going;
mod kept;
mod nodes;
mod raw;
mod rooms;
mod said;
mod settings;
mod sign_in;
mod time;
mod words;

pub use said::Said;

use crate::failure::{Failure, Wrong};
use crate::script::{Line, Script};
use crate::stage::Stage;

/// What makes a sentence come true.
pub type Act = fn(&mut Stage, &Said) -> Result<(), Wrong>;

/// A form of sentence and its act.
pub type Verb = (&'static str, Act);

/// All tables, in the order in which they are tried.
const TABLES: &[&[Verb]] = &[
    words::VERBS,
    directory::VERBS, // before the rooms: the organisation is not a room that one leaves
    rooms::VERBS,
    archive::VERBS,
    commands::VERBS,
    going::VERBS,
    kept::VERBS,
    nodes::VERBS,
    raw::VERBS,
    settings::VERBS,
    sign_in::VERBS,
    time::VERBS,
];

/// A line that has been understood.
pub struct Scene<'a> {
    /// Where it stands.
    pub line: &'a Line,
    /// Its parts.
    pub said: Said,
    /// What makes it come true.
    pub act: Act,
}

/// Understands all lines of a play before it begins.
pub fn understand(script: &Script) -> Result<Vec<Scene<'_>>, Failure> {
    script.lines.iter().map(|line| understand_line(script, line)).collect()
}

fn understand_line<'a>(script: &Script, line: &'a Line) -> Result<Scene<'a>, Failure> {
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .find_map(|(form, act)| {
            Some(Scene { line, said: said::take_apart(form, line, script)?, act: *act })
        })
        .ok_or_else(|| {
            let forms: Vec<&str> =
                TABLES.iter().flat_map(|table| table.iter()).map(|verb| verb.0).collect();
            Failure::at(
                &script.name,
                line,
                Wrong::new(format!("one of\n{}", forms.join("\n")), &line.text),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_nobody_understands_is_named() {
        let script =
            Script::read("x", "# T\nOV A\n[Romeo] member of OV A\nRomeo climbs the balcony\n")
                .unwrap();
        let Err(failure) = understand(&script) else { panic!("nobody climbs here") };
        assert_eq!(failure.line, 4);
        assert!(failure.wrong.expected.contains("{who} connects"));
    }

    #[test]
    fn no_form_stands_twice() {
        let mut forms: Vec<&str> =
            TABLES.iter().flat_map(|table| table.iter()).map(|verb| verb.0).collect();
        let count = forms.len();
        forms.sort_unstable();
        forms.dedup();
        assert_eq!(forms.len(), count);
    }
}
