//! Guests and affiliates: memberships beside the home.
//!
//! Guests stand in rows of their own, affiliates in a cell of the home row. Each kind is compared only when the file
//! knows it: a file without guest rows does not end the guests who were entered by hand.

use std::collections::HashSet;

use konvent_core::{Answer, PersonId, Reader, UnitId};

use super::Pass;
use super::fields::differences;
use crate::import::columns::Member;
use crate::import::model::{ExtraStep, Mark, PersonStep, Who};
use crate::import::read::Row;
use crate::import::values::{self, Unusable};
use crate::people::{self, Details, MembershipKind, Status};
use crate::units::UnitKind;

impl Pass<'_, '_> {
    /// Guests and affiliates: what should run against what runs.
    pub(super) fn extras(&mut self, reader: &mut Reader<'_>) -> Answer<()> {
        let has_affiliates = self.rows.has(Member::Affiliates as usize);
        let has_guests = !self.guests.is_empty();
        let mut wanted: Vec<(Box<str>, usize, MembershipKind)> = Vec::new();
        let mut seen: HashSet<(Box<str>, usize)> = HashSet::new();
        for (row, unit) in std::mem::take(&mut self.guests) {
            let number: Box<str> = row.cell(Member::Number as usize).into();
            let is_again = !seen.insert((number.clone(), unit));
            if is_again || self.members.in_conflict.contains(&number) {
                continue;
            }
            let is_somebody =
                self.members.known.contains_key(&number) || self.members.joining.contains(&number);
            let mark = self.mark(&row, unit);
            if is_somebody {
                self.alter_guest(reader, &number, row, mark)?;
                wanted.push((number, unit, MembershipKind::Guest));
                continue;
            }
            if let Err((code, detail)) =
                values::details(&row, self.plan.present, Details::default())
            {
                self.plan.conflicts.add(self.rows.conflict(
                    row.line,
                    code,
                    &format!("{number}: {detail}"),
                ));
                continue;
            }
            self.members.joining.insert(number);
            self.plan.people.push(PersonStep::Join {
                row,
                unit,
                kind: MembershipKind::Guest,
                status: Status::Active,
                known: None,
                mark,
            });
        }
        let mut affiliates: Vec<_> = std::mem::take(&mut self.affiliates).into_iter().collect();
        affiliates.sort_unstable();
        for (number, units) in affiliates {
            wanted
                .extend(units.into_iter().map(|u| (number.clone(), u, MembershipKind::Affiliate)));
        }
        let mut running: HashSet<(PersonId, UnitId, MembershipKind)> = HashSet::new();
        people::each_membership(reader, |person, unit, kind| {
            running.insert((person, unit, kind));
            Ok(())
        })?;
        for (number, unit, kind) in wanted {
            let known = self.members.known.get(&number).map(|entry| entry.id);
            let place = self.plan.units.get(unit).and_then(|unit| unit.id);
            // Whoever leaves loses every membership first, and takes up anew what the file still names.
            if let Some((person, place)) = known.zip(place)
                && running.remove(&(person, place, kind))
                && !self.members.leaving.contains(&person)
            {
                continue;
            }
            let who = known.map_or(Who::New(number), Who::Known);
            self.plan.extras.push(ExtraStep::Begin { who, unit, kind });
        }
        if self.hidden > 0 {
            return Ok(());
        }
        let in_conflict: HashSet<PersonId> = self
            .members
            .in_conflict
            .iter()
            .filter_map(|number| self.members.known.get(number).map(|entry| entry.id))
            .collect();
        let mut ended: Vec<_> = running
            .into_iter()
            .filter(|(id, _, kind)| {
                let is_ours = match kind {
                    MembershipKind::Affiliate => has_affiliates,
                    _ => has_guests,
                };
                is_ours && !in_conflict.contains(id) && !self.members.leaving.contains(id)
            })
            .collect();
        ended.sort_unstable_by_key(|(id, unit, kind)| (*id, *unit, kind.code()));
        let steps = ended.into_iter().map(|(id, unit, kind)| ExtraStep::End { id, unit, kind });
        self.plan.extras.extend(steps);
        Ok(())
    }

    /// Of somebody who is at home elsewhere the home row speaks; of a mere guest the guest row.
    fn alter_guest(
        &mut self,
        reader: &mut Reader<'_>,
        number: &str,
        row: Row,
        mark: Mark,
    ) -> Answer<()> {
        let Some(entry) = self.members.known.get_mut(number) else { return Ok(()) };
        let stays_home = entry.home.is_some() && !self.members.leaving.contains(&entry.id);
        if stays_home || entry.seen > 0 || entry.mark == Some(mark) {
            return Ok(());
        }
        entry.seen = row.line;
        let id = entry.id;
        let Some(person) = people::get(reader, id)? else { return Err(people::UNKNOWN) };
        match values::details(&row, self.plan.present, person.details.clone()) {
            Err((code, detail)) => {
                let detail = format!("{number}: {detail}");
                self.plan.conflicts.add(self.rows.conflict(row.line, code, &detail));
            }
            Ok(details) => {
                let fields = differences(&person.details, &details);
                if !fields.is_empty() {
                    let (home, standing) = (None, None);
                    self.plan.people.push(PersonStep::Alter {
                        id,
                        row,
                        mark,
                        fields,
                        home,
                        standing,
                    });
                }
            }
        }
        Ok(())
    }

    /// The affiliates that a row names, by key or by name.
    pub(super) fn affiliates_of(&self, row: &Row) -> Result<Vec<usize>, Unusable> {
        let mut found = Vec::new();
        for entry in values::several(row.cell(Member::Affiliates as usize)) {
            let unit = self.tree.find(entry, "").or_else(|_| self.tree.find("", entry));
            let is_affiliate = |at: &usize| {
                self.plan.units.get(*at).is_some_and(|unit| unit.kind == UnitKind::Affiliate)
            };
            match unit.ok().filter(is_affiliate) {
                Some(unit) if !found.contains(&unit) => found.push(unit),
                Some(_) => {}
                None => return Err(("import.unknown-affiliate", entry.to_owned())),
            }
        }
        Ok(found)
    }
}
