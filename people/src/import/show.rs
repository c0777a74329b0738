//! Shows a plan: in German sentences for the command line, as JSON for the admin page.
//!
//! Both name people by member number only, so that a plan in a log or a ticket exposes nobody.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::columns::Member;
use super::conflict::in_german;
use super::model::{PersonStep, Plan, UnitStep};

/// Lines of each kind that the command line shows; the figures above are always complete.
const SHOWN: usize = 20;

impl Plan {
    /// Writes the plan for people at a terminal.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        let figures = self.summary();
        writeln!(out, "Plan {}", self.id)?;
        for (words, count) in [
            ("Eintritte", figures.joins),
            ("Austritte", figures.exits),
            ("Überweisungen", figures.transfers),
            ("Änderungen", figures.changes),
            ("Gast- und Vereinigungsmitgliedschaften", figures.extras),
            ("Gliederungen", figures.units),
            ("Amtszeiten", figures.terms),
            ("Konflikte", figures.conflicts),
            ("unverändert", figures.unchanged),
        ] {
            writeln!(out, "{count:>8}  {words}")?;
        }
        if figures.exits > 0 {
            let until = self.contents_until;
            writeln!(
                out,
                "Was Austretende hier geschrieben haben, bleibt bis {until} und wird dann gelöscht."
            )?;
        }
        for step in self.people.iter().take(SHOWN) {
            writeln!(out, "  {}", self.line(step))?;
        }
        if self.people.len() > SHOWN {
            writeln!(out, "  … und {} weitere", self.people.len() - SHOWN)?;
        }
        for conflict in self.conflicts.kept().iter().take(SHOWN) {
            let place = match (conflict.file.as_str(), conflict.line) {
                ("", _) => String::new(),
                (file, 0) => format!("{file}: "),
                (file, line) => format!("{file}, Zeile {line}: "),
            };
            let end = if conflict.blocks { " – nichts wird übernommen" } else { "" };
            writeln!(out, "! {place}{}: {}{end}", in_german(conflict.code), conflict.detail)?;
        }
        if self.conflicts.count() > SHOWN {
            writeln!(out, "! … und {} weitere Konflikte", self.conflicts.count() - SHOWN)?;
        }
        if self.braked {
            writeln!(
                out,
                "Bremse: {} von {} Mitgliedern würden austreten. Bitte die Datei prüfen.",
                figures.exits, self.members_before
            )?;
        }
        if self.is_empty() && !figures.blocked {
            writeln!(out, "Nichts zu tun.")?;
        }
        Ok(())
    }

    fn line(&self, step: &PersonStep) -> String {
        let key = |place: usize| self.units.get(place).map_or("?", |unit| unit.key.as_str());
        match step {
            PersonStep::Join { row, unit, known, .. } => {
                let word = if known.is_some() { "kommt zurück" } else { "tritt ein" };
                format!("{} {word} in {}", row.cell(Member::Number as usize), key(*unit))
            }
            PersonStep::Leave { number, leaving, .. } => {
                format!("{number} scheidet aus ({})", leaving.on)
            }
            PersonStep::Alter { row, home: Some((_, to)), .. } => {
                format!("{} wechselt nach {}", row.cell(Member::Number as usize), key(*to))
            }
            PersonStep::Alter { row, fields, .. } => {
                format!("{}: {}", row.cell(Member::Number as usize), fields.join(", "))
            }
        }
    }

    /// The plan for the admin page, with at most `limit` entries of each kind.
    pub fn to_json(&self, limit: usize) -> Value {
        let figures = self.summary();
        let key = |place: usize| self.units.get(place).map_or("", |unit| unit.key.as_str());
        let people: Vec<Value> = self
            .people
            .iter()
            .take(limit)
            .map(|step| match step {
                PersonStep::Join { row, unit, known, .. } => json!({
                    "what": "join", "number": row.cell(Member::Number as usize), "unit": key(*unit),
                    "returns": known.is_some(),
                }),
                PersonStep::Leave { number, leaving, .. } => {
                    json!({ "what": "exit", "number": number, "on": leaving.on.to_string() })
                }
                PersonStep::Alter { row, home: Some((_, to)), fields, .. } => json!({
                    "what": "transfer", "number": row.cell(Member::Number as usize), "unit": key(*to),
                    "fields": fields,
                }),
                PersonStep::Alter { row, fields, .. } => json!({
                    "what": "change", "number": row.cell(Member::Number as usize), "fields": fields,
                }),
            })
            .collect();
        let units: Vec<Value> = self
            .unit_steps
            .iter()
            .take(limit)
            .map(|step| {
                let (what, place) = match step {
                    UnitStep::Found(place) => ("new", place),
                    UnitStep::Change(place) => ("changed", place),
                    UnitStep::Move(place) => ("moved", place),
                    UnitStep::Gone(place) => ("gone", place),
                };
                json!({ "what": what, "key": key(*place) })
            })
            .collect();
        let conflicts: Vec<Value> = self
            .conflicts
            .kept()
            .iter()
            .take(limit)
            .map(|c| {
                json!({ "file": c.file, "line": c.line, "code": c.code, "detail": c.detail, "blocks": c.blocks })
            })
            .collect();
        json!({
            "id": self.id,
            "summary": {
                "joins": figures.joins, "exits": figures.exits, "transfers": figures.transfers,
                "changes": figures.changes, "extras": figures.extras, "units": figures.units,
                "terms": figures.terms, "conflicts": figures.conflicts, "unchanged": figures.unchanged,
                "contents_until": self.contents_until.to_string(),
                "braked": figures.braked, "blocked": figures.blocked, "members": self.members_before,
            },
            "people": people,
            "units": units,
            "conflicts": conflicts,
        })
    }
}
