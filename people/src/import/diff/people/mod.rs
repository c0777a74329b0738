//! The members: one pass over the file against everybody who is known, by member number.

mod beside;
mod fields;

use std::collections::{HashMap, HashSet};

use konvent_core::{Answer, PersonId, Reader, UnitId};
use sha2::{Digest, Sha256};

use fields::differences;

use super::next_row;
use super::units::Tree;
use crate::import::columns::Member;
use crate::import::model::{Mark, PersonStep, Plan};
use crate::import::read::{Row, Rows};
use crate::import::values::{self, Standing, Unusable};
use crate::people::{self, Details, Leaving, MembershipKind, Status};

/// Raised when rows are understood differently than before, so that all of them are compared anew.
const MARK_VERSION: u8 = 1;

/// What later steps need to know of the members.
#[derive(Default)]
pub(super) struct Members {
    pub(super) known: HashMap<Box<str>, Entry>,
    /// Member numbers of those who come.
    pub(super) joining: HashSet<Box<str>>,
    /// Member numbers whose rows are in conflict: nothing about them changes.
    pub(super) in_conflict: HashSet<Box<str>>,
    pub(super) leaving: HashSet<PersonId>,
    /// How many will be at home in each unit, by place in the plan.
    pub(super) homes: Vec<usize>,
    /// Offices named in the member file: line, number, unit, title.
    pub(super) offices: Vec<(u32, Box<str>, usize, Box<str>)>,
}

/// Somebody in the directory.
pub(super) struct Entry {
    pub(super) id: PersonId,
    mark: Option<Mark>,
    home: Option<(UnitId, Status)>,
    /// The line on which the file names the home; 0 when it does not.
    seen: u32,
}

/// Plans the steps of people and memberships. Without a member file everybody stays as they are.
pub(super) fn plan(
    reader: &mut Reader<'_>,
    file: Option<Rows<'_>>,
    tree: &Tree,
    plan: &mut Plan,
) -> Answer<Members> {
    let mut members = Members { homes: vec![0; plan.units.len()], ..Members::default() };
    people::each_known(reader, |known| {
        plan.members_before += usize::from(known.home.is_some());
        members.known.insert(
            known.number.into(),
            Entry { id: known.id, mark: known.mark.try_into().ok(), home: known.home, seen: 0 },
        );
        Ok(())
    })?;
    let Some(rows) = file else {
        for entry in members.known.values() {
            count_home(&mut members.homes, tree, entry.home);
        }
        plan.unchanged = plan.members_before;
        return Ok(members);
    };
    plan.present = rows.present();
    let mut pass = Pass {
        rows,
        tree,
        plan,
        members,
        lines: HashMap::new(),
        guests: Vec::new(),
        affiliates: HashMap::new(),
        hidden: 0,
    };
    pass.read_all(reader)?;
    pass.finish(reader)
}

fn count_home(homes: &mut [usize], tree: &Tree, home: Option<(UnitId, Status)>) {
    if let Some(place) = home.and_then(|(unit, _)| tree.by_id.get(&unit))
        && let Some(count) = homes.get_mut(*place)
    {
        *count += 1;
    }
}

/// One reading of the member file.
struct Pass<'p, 'f> {
    rows: Rows<'f>,
    tree: &'p Tree,
    plan: &'p mut Plan,
    members: Members,
    /// Line and unit of the home row of everybody who is new.
    lines: HashMap<Box<str>, (u32, usize)>,
    guests: Vec<(Row, usize)>,
    /// Affiliate units named in the file, by member number.
    affiliates: HashMap<Box<str>, Vec<usize>>,
    hidden: usize,
}

impl Pass<'_, '_> {
    fn read_all(&mut self, reader: &mut Reader<'_>) -> Answer<()> {
        while let Some(row) = next_row(&mut self.rows, &mut self.plan.conflicts, &mut self.hidden) {
            let number = row.cell(Member::Number as usize);
            if number.is_empty() {
                self.hidden += 1;
                let conflict =
                    self.rows.conflict(row.line, "import.missing-value", "mitgliedsnummer");
                self.plan.conflicts.add(conflict);
                continue;
            }
            let number: Box<str> = number.into();
            let line = row.line;
            if let Err((code, detail)) = self.compare(reader, &number, row)? {
                let detail = if detail.is_empty() {
                    number.to_string()
                } else {
                    format!("{number}: {detail}")
                };
                self.plan.conflicts.add(self.rows.conflict(line, code, &detail));
                self.members.in_conflict.insert(number);
            }
        }
        Ok(())
    }

    /// Compares one row. The inner error is a conflict of this row.
    fn compare(
        &mut self,
        reader: &mut Reader<'_>,
        number: &str,
        row: Row,
    ) -> Answer<Result<(), Unusable>> {
        match values::standing(&row, self.plan.today) {
            Err(unusable) => Ok(Err(unusable)),
            Ok(Standing::Out(status)) => Ok(self.leaves(number, &row, status)),
            Ok(Standing::Guest) => {
                Ok(self.find_unit(&row).map(|unit| self.guests.push((row, unit))))
            }
            Ok(Standing::In(status)) => match self.find_unit(&row) {
                Err(unusable) => Ok(Err(unusable)),
                Ok(unit) => self.stays_or_comes(reader, number, row, unit, status),
            },
        }
    }

    fn find_unit(&self, row: &Row) -> Result<usize, Unusable> {
        let (key, name) = (row.cell(Member::UnitKey as usize), row.cell(Member::UnitName as usize));
        self.tree.find(key, name).map_err(|code| {
            (code, if key.is_empty() { "gliederung".to_owned() } else { key.to_owned() })
        })
    }

    /// A row that says that somebody is gone. Of strangers it says nothing worth keeping.
    fn leaves(&mut self, number: &str, row: &Row, status: Status) -> Result<(), Unusable> {
        let leaving = values::leaving(row, status, self.plan.today)?;
        let Some(entry) = self.members.known.get_mut(number) else { return Ok(()) };
        if entry.seen > 0 {
            return Err(("import.duplicate-number", String::new()));
        }
        entry.seen = row.line;
        if entry.home.is_some() {
            self.members.leaving.insert(entry.id);
            self.plan.people.push(PersonStep::Leave {
                id: entry.id,
                number: number.into(),
                leaving,
            });
        }
        Ok(())
    }

    fn stays_or_comes(
        &mut self,
        reader: &mut Reader<'_>,
        number: &str,
        row: Row,
        unit: usize,
        status: Status,
    ) -> Answer<Result<(), Unusable>> {
        if let Err(unusable) = self.note_second_row(number, &row, unit) {
            return Ok(Err(unusable));
        }
        let affiliates = match self.affiliates_of(&row) {
            Ok(affiliates) => affiliates,
            Err(unusable) => return Ok(Err(unusable)),
        };
        if !affiliates.is_empty() {
            self.affiliates.insert(number.into(), affiliates);
        }
        for title in values::several(row.cell(Member::Offices as usize)) {
            self.members.offices.push((row.line, number.into(), unit, title.into()));
        }
        let mark = self.mark(&row, unit);
        let Some(entry) = self.members.known.get(number) else {
            return Ok(self.comes(number, row, unit, status, None, mark));
        };
        let id = entry.id;
        let Some((home, before)) = entry.home else {
            return Ok(self.comes(number, row, unit, status, Some(id), mark));
        };
        let target = self.plan.units.get(unit).and_then(|unit| unit.id);
        if entry.mark == Some(mark) && target == Some(home) && before == status {
            self.plan.unchanged += 1;
            self.count(unit);
            return Ok(Ok(()));
        }
        self.alter(reader, id, row, mark, (home, unit), (before, status))
    }

    /// Each member has one home row. A second one is a conflict of both.
    fn note_second_row(&mut self, number: &str, row: &Row, unit: usize) -> Result<(), Unusable> {
        let first = match self.members.known.get_mut(number) {
            Some(entry) => {
                let first = entry.seen;
                if first == 0 {
                    entry.seen = row.line;
                    self.lines.insert(number.into(), (row.line, unit));
                }
                (first > 0).then(|| self.lines.get(number).copied().unwrap_or((first, unit)))
            }
            None => self.lines.insert(number.into(), (row.line, unit)),
        };
        let Some((line, other)) = first else { return Ok(()) };
        let code = if other == unit { "import.duplicate-number" } else { "import.two-homes" };
        Err((code, format!("auch Zeile {line}")))
    }

    fn comes(
        &mut self,
        number: &str,
        row: Row,
        unit: usize,
        status: Status,
        known: Option<PersonId>,
        mark: Mark,
    ) -> Result<(), Unusable> {
        values::details(&row, self.plan.present, Details::default())?;
        values::joined_on(&row)?;
        self.count(unit);
        self.members.joining.insert(number.into());
        self.plan.people.push(PersonStep::Join {
            row,
            unit,
            kind: MembershipKind::Home,
            status,
            known,
            mark,
        });
        Ok(())
    }

    /// The row differs from the one of last time: what of it, the directory tells.
    fn alter(
        &mut self,
        reader: &mut Reader<'_>,
        id: PersonId,
        row: Row,
        mark: Mark,
        (from, to): (UnitId, usize),
        (before, status): (Status, Status),
    ) -> Answer<Result<(), Unusable>> {
        let Some(person) = people::get(reader, id)? else { return Err(people::UNKNOWN) };
        let details = match values::details(&row, self.plan.present, person.details.clone()) {
            Ok(details) => details,
            Err(unusable) => return Ok(Err(unusable)),
        };
        let mut fields = differences(&person.details, &details);
        let joined_on = match values::joined_on(&row) {
            Ok(day) => day,
            Err(unusable) => return Ok(Err(unusable)),
        };
        let home = people::memberships(reader, id)?
            .into_iter()
            .find(|m| m.kind == MembershipKind::Home && m.left_on.is_none());
        let has_day = self.rows.has(Member::JoinedOn as usize);
        let is_other_day = has_day && home.is_some_and(|home| home.joined_on != joined_on);
        if is_other_day {
            fields.push("eintritt");
        }
        if before != status {
            fields.push("status");
        }
        let moves = self.plan.units.get(to).and_then(|unit| unit.id) != Some(from);
        self.count(to);
        if fields.is_empty() && !moves {
            self.plan.unchanged += 1; // only the mark differs: not worth a write
            return Ok(Ok(()));
        }
        self.plan.people.push(PersonStep::Alter {
            id,
            row,
            mark,
            fields,
            home: moves.then_some((from, to)),
            standing: (before != status || is_other_day).then_some(status),
        });
        Ok(Ok(()))
    }

    fn count(&mut self, unit: usize) {
        if let Some(count) = self.members.homes.get_mut(unit) {
            *count += 1;
        }
    }

    fn mark(&self, row: &Row, unit: usize) -> Mark {
        let mut hash = Sha256::new();
        hash.update([MARK_VERSION]);
        hash.update(self.plan.present.to_be_bytes());
        hash.update(row.text());
        hash.update(self.plan.units.get(unit).map_or("", |unit| unit.key.as_str()));
        let whole: [u8; 32] = hash.finalize().into();
        let mut mark = Mark::default();
        mark.iter_mut().zip(whole).for_each(|(to, from)| *to = from);
        mark
    }

    /// After the last row: who is missing, who is a guest where, and which steps fall to conflicts.
    fn finish(mut self, reader: &mut Reader<'_>) -> Answer<Members> {
        self.strike_conflicts();
        if self.hidden == 0 {
            self.miss();
        } else {
            for entry in self.members.known.values().filter(|entry| entry.seen == 0) {
                count_home(&mut self.members.homes, self.tree, entry.home);
            }
        }
        self.extras(reader)?;
        Ok(self.members)
    }

    /// A conflict is about a number, not about a row: of two rows neither is right.
    fn strike_conflicts(&mut self) {
        let in_conflict = &self.members.in_conflict;
        if in_conflict.is_empty() {
            return;
        }
        let mut struck_homes = Vec::new();
        self.plan.people.retain(|step| {
            let (number, unit) = match step {
                PersonStep::Join { row, unit, .. } => {
                    (row.cell(Member::Number as usize), Some(*unit))
                }
                PersonStep::Alter { row, .. } => (row.cell(Member::Number as usize), None),
                PersonStep::Leave { number, .. } => (&**number, None),
            };
            let keep = !in_conflict.contains(number);
            if !keep {
                struck_homes.extend(unit);
            }
            keep
        });
        for unit in struck_homes {
            if let Some(count) = self.members.homes.get_mut(unit) {
                *count = count.saturating_sub(1);
            }
        }
        for number in in_conflict {
            self.members.joining.remove(number);
            self.affiliates.remove(number);
            if let Some(entry) = self.members.known.get(number) {
                self.members.leaving.remove(&entry.id);
                count_home(&mut self.members.homes, self.tree, entry.home);
            }
        }
    }

    /// Whoever is known as a member and stands nowhere in the file has gone.
    fn miss(&mut self) {
        let mut missing: Vec<(PersonId, Box<str>)> = self
            .members
            .known
            .iter()
            .filter(|(number, entry)| {
                entry.seen == 0
                    && entry.home.is_some()
                    && !self.members.in_conflict.contains(*number)
            })
            .map(|(number, entry)| (entry.id, number.clone()))
            .collect();
        missing.sort_unstable_by_key(|(id, _)| *id);
        for (id, number) in missing {
            self.members.leaving.insert(id);
            let leaving = Leaving {
                on: self.plan.today,
                status: Status::Left,
                reason: "fehlt in der Mitgliederdatei".to_owned(),
            };
            self.plan.people.push(PersonStep::Leave { id, number, leaving });
        }
    }
}
