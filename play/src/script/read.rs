//! Reads the text of a play into a [`Script`], line by line.

use std::path::Path;

use super::{Line, Role, Script, Unit};
use crate::failure::{Failure, Wrong};

/// How far the lines of a block are indented.
const INDENT: &str = "    ";

impl Script {
    /// Reads the play in a file.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::of_the_whole(&name, &error.to_string()))?;
        Self::read(&name, &text)
    }

    /// Reads a play. `name` is where it came from.
    pub fn read(name: &str, text: &str) -> Result<Self, Failure> {
        let mut script = Self { name: name.to_owned(), ..Self::default() };
        for (number, raw) in (1..).zip(text.lines()) {
            if let Some(inner) = raw.strip_prefix(INDENT)
                && let Some(line) = script.lines.last_mut()
            {
                line.block.push_str(inner);
                line.block.push('\n');
                continue;
            }
            let sentence = without_comment(raw);
            if sentence.is_empty() {
                continue;
            }
            script.take(number, sentence).map_err(|expected| {
                let line = Line { number, text: raw.to_owned(), block: String::new() };
                Failure::at(name, &line, Wrong::new(expected, raw))
            })?;
        }
        if script.title.is_empty() {
            return Err(Failure::of_the_whole(name, "there is no title line `# …`"));
        }
        Ok(script)
    }

    fn take(&mut self, number: usize, sentence: &str) -> Result<(), String> {
        if sentence.starts_with("## ") {
            return Ok(()); // acts are for the reader
        }
        if let Some(title) = sentence.strip_prefix("# ") {
            title.clone_into(&mut self.title);
            return Ok(());
        }
        if sentence.starts_with('[') {
            let role = Role::read(sentence)?;
            if self.role(&role.name).is_some() {
                return Err("first names that differ".to_owned());
            }
            let named = role.duties.iter().map(|duty| &duty.unit).chain(&role.home);
            for unit in named {
                if !self.has_unit(unit) {
                    return Err(format!("a unit of the organisation instead of {unit:?}"));
                }
            }
            self.cast.push(role);
            return Ok(());
        }
        if self.cast.is_empty() {
            self.found(sentence);
            return Ok(());
        }
        self.lines.push(Line { number, text: sentence.to_owned(), block: String::new() });
        Ok(())
    }

    /// `LV Veneto > KV Verona > OV Verona, OV Mantua`; units that are already there are only named again.
    fn found(&mut self, chain: &str) {
        let mut parent: Option<String> = None;
        for level in chain.split('>') {
            let mut last = None;
            for name in level.split(',').map(str::trim) {
                if !self.has_unit(name) {
                    self.units.push(Unit { name: name.to_owned(), parent: parent.clone() });
                }
                last = Some(name.to_owned());
            }
            parent = last;
        }
    }
}

fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with("//") {
        return "";
    }
    line.split_once("  //").map_or(line, |(sentence, _)| sentence).trim()
}
