//! The terms: what the file of offices says against those that run.
//!
//! Without that file, the column `funktionen` of the member file counts: offices in the board of the member's own unit,
//! from today until the file no longer names them. Without either, terms end only with the membership.

use std::collections::{HashMap, HashSet};

use konvent_core::{Answer, BodyId, Millis, PersonId, Reader};

use super::next_row;
use super::people::Members;
use super::units::Tree;
use crate::import::Options;
use crate::import::columns::OfficeColumn;
use crate::import::model::{Plan, TermStep, Who};
use crate::import::read::Rows;
use crate::import::values;
use crate::offices::{self, KnownTerm};

/// The body in which offices of the member file lie.
const BOARD: &str = "Vorstand";

/// A term as a file names it.
struct Said {
    who: Who,
    unit: usize,
    body: Box<str>,
    title: Box<str>,
    /// Unknown in the member file.
    starts_at: Option<Millis>,
    ends_at: Option<Millis>,
}

/// Who, unit, body, title and beginning: what a file may say twice.
type Named = (Who, usize, Box<str>, Box<str>, Option<Millis>);

/// Terms in the directory, found by who, body and title.
type Running = HashMap<(PersonId, BodyId, Box<str>), Vec<KnownTerm>>;

/// Plans the steps of bodies, offices and terms.
pub(super) fn plan(
    reader: &mut Reader<'_>,
    file: Option<Rows<'_>>,
    tree: &Tree,
    members: &Members,
    options: &Options,
    plan: &mut Plan,
) -> Answer<()> {
    let mut read =
        Read { tree, members, options, said: Vec::new(), protected: HashSet::new(), hidden: 0 };
    match file {
        Some(mut rows) => read.offices_file(&mut rows, plan),
        // An empty column says nothing: exports have it also where offices are kept in a file of their own.
        None if !members.offices.is_empty() => read.member_file(),
        None => return Ok(()),
    }
    let bodies: HashMap<(usize, String), BodyId> = offices::all_bodies(reader)?
        .into_iter()
        .filter_map(|body| Some(((*tree.by_id.get(&body.unit)?, body.name), body.id)))
        .collect();
    let mut running = Running::new();
    offices::each_running(reader, options.now, |term| {
        let key = (term.person, term.body, term.title.clone().into_boxed_str());
        running.entry(key).or_default().push(term);
        Ok(())
    })?;
    let (said, protected, hidden) = (read.said, read.protected, read.hidden);
    for said in said {
        compare(said, &bodies, &mut running, options.now, plan);
    }
    if hidden == 0 {
        end_the_rest(running, &protected, members, options.now, plan);
    }
    Ok(())
}

struct Read<'p> {
    tree: &'p Tree,
    members: &'p Members,
    options: &'p Options,
    said: Vec<Said>,
    /// People with a row in conflict: their terms stay.
    protected: HashSet<PersonId>,
    hidden: usize,
}

impl Read<'_> {
    fn who(&self, number: &str) -> Option<Who> {
        if let Some(entry) = self.members.known.get(number) {
            return Some(Who::Known(entry.id));
        }
        self.members.joining.contains(number).then(|| Who::New(number.into()))
    }

    fn is_leaving(&self, who: &Who) -> bool {
        matches!(who, Who::Known(id) if self.members.leaving.contains(id))
    }

    fn offices_file(&mut self, rows: &mut Rows<'_>, plan: &mut Plan) {
        let mut seen: HashSet<Named> = HashSet::new();
        while let Some(row) = next_row(rows, &mut plan.conflicts, &mut self.hidden) {
            let cell = |column: OfficeColumn| row.cell(column as usize);
            let number = cell(OfficeColumn::Number);
            let Some(who) = self.who(number) else {
                plan.conflicts.add(rows.conflict(row.line, "import.unknown-person", number));
                continue;
            };
            if self.is_leaving(&who) {
                continue; // the membership ends, and every office with it
            }
            let wrong =
                |code, detail: &str| rows.conflict(row.line, code, &format!("{number}: {detail}"));
            let key = cell(OfficeColumn::UnitKey);
            let (body, title) = (cell(OfficeColumn::Body), cell(OfficeColumn::Title));
            let begin = values::day(cell(OfficeColumn::Begin));
            let end = values::day(cell(OfficeColumn::End));
            let conflict = match (self.tree.find(key, ""), begin, end) {
                (Err(code), _, _) => wrong(code, key),
                _ if body.is_empty() || title.is_empty() => {
                    wrong("import.missing-value", "organ, amt")
                }
                (_, Err(()), _) => wrong("import.unreadable-date", "beginn"),
                (_, _, Err(())) => wrong("import.unreadable-date", "ende"),
                (_, Ok(Some(begin)), Ok(Some(end))) if end < begin => {
                    wrong("import.ends-before-it-begins", title)
                }
                (Ok(unit), Ok(begin), Ok(end)) => {
                    let zone = &self.options.zone;
                    let starts_at = begin.map(|day| Millis::start_of(day, zone));
                    let ends_at = end.and_then(|day| offices::span(day, Some(day), zone).1);
                    let said = Said {
                        who,
                        unit,
                        body: body.into(),
                        title: title.into(),
                        starts_at,
                        ends_at,
                    };
                    let key =
                        (said.who.clone(), unit, said.body.clone(), said.title.clone(), starts_at);
                    if seen.insert(key) {
                        self.said.push(said);
                    }
                    continue;
                }
            };
            plan.conflicts.add(conflict);
            if let Who::Known(id) = who {
                self.protected.insert(id);
            }
        }
    }

    fn member_file(&mut self) {
        let members = self.members;
        for (_, number, unit, title) in &members.offices {
            if members.in_conflict.contains(number) {
                continue;
            }
            if let Some(who) = self.who(number)
                && !self.is_leaving(&who)
            {
                let (body, title) = (BOARD.into(), title.clone());
                self.said.push(Said {
                    who,
                    unit: *unit,
                    body,
                    title,
                    starts_at: None,
                    ends_at: None,
                });
            }
        }
    }
}

fn compare(
    said: Said,
    bodies: &HashMap<(usize, String), BodyId>,
    running: &mut Running,
    now: Millis,
    plan: &mut Plan,
) {
    let Said { who, unit, body, title, starts_at, ends_at } = said;
    let known_body = bodies.get(&(unit, body.to_string())).copied();
    if let (Who::Known(person), Some(known_body)) = (&who, known_body) {
        let terms = running.get_mut(&(*person, known_body, title.clone()));
        let found = terms.and_then(|terms| {
            let at =
                terms.iter().position(|term| starts_at.is_none_or(|at| term.starts_at == at))?;
            Some(terms.swap_remove(at))
        });
        if let Some(term) = found {
            if term.ends_at != ends_at {
                plan.terms.push(TermStep::End {
                    id: term.id,
                    person: *person,
                    body: known_body,
                    ends_at,
                });
            }
            return;
        }
    }
    if ends_at.is_some_and(|end| end <= now) {
        return; // over before we ever knew of it
    }
    let starts_at = starts_at.unwrap_or(now);
    plan.terms.push(TermStep::Begin { who, unit, body, title, starts_at, ends_at });
}

/// A term that the file no longer names ends now.
fn end_the_rest(
    running: Running,
    protected: &HashSet<PersonId>,
    members: &Members,
    now: Millis,
    plan: &mut Plan,
) {
    let in_conflict: HashSet<PersonId> = members
        .in_conflict
        .iter()
        .filter_map(|number| members.known.get(number).map(|entry| entry.id))
        .collect();
    let mut rest: Vec<KnownTerm> = running.into_values().flatten().collect();
    rest.sort_unstable_by_key(|term| term.id);
    for term in rest {
        let stays = protected.contains(&term.person)
            || in_conflict.contains(&term.person)
            || members.leaving.contains(&term.person);
        if !stays {
            let (id, person, body) = (term.id, term.person, term.body);
            plan.terms.push(TermStep::End { id, person, body, ends_at: Some(now) });
        }
    }
}
