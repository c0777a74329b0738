//! Applies a plan: one transaction, one audit note for each change.
//!
//! Order: new units before people, people before terms, and units that are gone at the end, when nobody is in them.

use std::collections::HashMap;

use konvent_core::audit::{Actor, Note, Notes};
use konvent_core::{Answer, BodyId, Kind, PersonId, Refusal, Tx, UnitId};

use super::columns::Member;
use super::model::{ExtraStep, PersonStep, Plan, PlannedUnit, TermStep, UnitStep, Who};
use super::values::{self, Unusable};
use super::{BLOCKED, BRAKED, PLAN_CHANGED, store};
use crate::offices::{self, Turn};
use crate::people::{self, Details, NewMembership, Person};
use crate::units::{self, NewUnit};

/// What was done, for the flow that closes accounts and moves people between rooms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Who came or came back, or was admitted.
    pub joined: Vec<PersonId>,
    /// Who went. Their accounts are to be closed.
    pub left: Vec<PersonId>,
    /// Whose home moved, from where to where.
    pub transferred: Vec<(PersonId, UnitId, UnitId)>,
    /// Whose guest or affiliate memberships or standing changed.
    pub elsewhere: Vec<PersonId>,
    /// How many people differ in fields.
    pub changed: usize,
    /// Units that are new, different, elsewhere or gone.
    pub units_changed: Vec<UnitId>,
    /// Terms that run since now, or no longer.
    pub terms_changed: Vec<(PersonId, BodyId, Turn)>,
    /// How many audit notes were written.
    pub notes: u64,
}

/// Applies a plan, or nothing of it.
///
/// # Errors
/// [`PLAN_CHANGED`], [`BRAKED`] unless `despite_brake`, [`BLOCKED`].
pub fn apply(tx: &mut Tx<'_>, plan: &Plan, actor: Actor, despite_brake: bool) -> Answer<Applied> {
    if plan.conflicts.block() {
        return Err(BLOCKED);
    }
    if units::directory_version(tx)? != plan.directory {
        return Err(PLAN_CHANGED);
    }
    if plan.braked && !despite_brake {
        return Err(BRAKED);
    }
    if plan.is_empty() {
        return Ok(Applied::default());
    }
    let notes = Notes::go_on(tx)?;
    let mut work = Work {
        plan,
        actor,
        notes,
        places: plan.units.iter().map(|unit| unit.id).collect(),
        newcomers: HashMap::new(),
        done: Applied::default(),
    };
    work.tree(tx)?;
    for step in &plan.people {
        work.person(tx, step)?;
    }
    for step in &plan.extras {
        work.extra(tx, step)?;
    }
    for step in &plan.terms {
        work.term(tx, step)?;
    }
    work.gone(tx)?;
    work.tell_guests_from_leavers(tx)?;
    units::touch(tx)?;
    store::insert_run(tx, &plan.id, actor, work.done.notes)?;
    Ok(work.done)
}

struct Work<'p> {
    plan: &'p Plan,
    actor: Actor,
    notes: Notes,
    /// The number of each planned unit, filled as they are founded.
    places: Vec<Option<UnitId>>,
    newcomers: HashMap<Box<str>, PersonId>,
    done: Applied,
}

/// A plan that names what it does not hold: our own fault.
const BROKEN_PLAN: Refusal = Refusal::new(Kind::Broken, "import.broken-plan");

/// A row was understood when planning and is not any more: our own fault.
fn broken_row((code, detail): Unusable) -> Refusal {
    Refusal::broken("import.broken-plan", format!("{code} {detail}"))
}

impl Work<'_> {
    fn note(
        &mut self,
        tx: &mut Tx<'_>,
        act: &'static str,
        subject: i64,
        detail: &str,
    ) -> Answer<()> {
        self.done.notes += 1;
        self.notes.write(tx, Note { actor: self.actor, act, subject, detail })
    }

    fn unit(&self, place: usize) -> Answer<UnitId> {
        self.places.get(place).copied().flatten().ok_or(BROKEN_PLAN)
    }

    fn planned(&self, place: usize) -> Answer<&PlannedUnit> {
        self.plan.units.get(place).ok_or(BROKEN_PLAN)
    }

    fn tree(&mut self, tx: &mut Tx<'_>) -> Answer<()> {
        let moved: Vec<usize> = self
            .plan
            .unit_steps
            .iter()
            .filter_map(|step| if let UnitStep::Move(place) = step { Some(*place) } else { None })
            .collect();
        // Everything that moves is cut off first: two units may change places.
        for place in &moved {
            units::re_parent(tx, self.unit(*place)?, None)?;
        }
        for step in &self.plan.unit_steps {
            match *step {
                UnitStep::Found(place) => {
                    let unit = self.planned(place)?;
                    let parent = unit.parent.map(|parent| self.unit(parent)).transpose()?;
                    let new = NewUnit {
                        key: &unit.key,
                        parent,
                        name: &unit.name,
                        level: &unit.level,
                        kind: unit.kind,
                    };
                    let id = units::found(tx, new)?.id;
                    if let Some(entry) = self.places.get_mut(place) {
                        *entry = Some(id);
                    }
                    self.unit_note(tx, "units.founded", id, "")?;
                }
                UnitStep::Change(place) => {
                    let (id, unit) = (self.unit(place)?, self.planned(place)?);
                    units::change(tx, id, &unit.name, &unit.level, unit.kind)?;
                    self.unit_note(tx, "units.changed", id, "")?;
                }
                UnitStep::Move(place) => {
                    let id = self.unit(place)?;
                    let parent = self.planned(place)?.parent;
                    let parent = parent.map(|parent| self.unit(parent)).transpose()?;
                    units::re_parent(tx, id, parent)?;
                    let detail =
                        parent.map_or("root".to_owned(), |parent| format!("under={parent}"));
                    self.unit_note(tx, "units.moved", id, &detail)?;
                }
                UnitStep::Gone(_) => {}
            }
        }
        Ok(())
    }

    fn gone(&mut self, tx: &mut Tx<'_>) -> Answer<()> {
        for step in &self.plan.unit_steps {
            if let UnitStep::Gone(place) = *step {
                let id = self.unit(place)?;
                let now = tx.now();
                for (person, body) in offices::end_all_in(tx, id, now)? {
                    self.done.terms_changed.push((person, body, Turn::Ended));
                    self.note(tx, "offices.term-set", person.0, &format!("body={body}"))?;
                }
                units::dissolve(tx, id, self.plan.today)?;
                self.unit_note(tx, "units.dissolved", id, "")?;
            }
        }
        Ok(())
    }

    /// Whoever gave up the home but stays a guest keeps the account.
    fn tell_guests_from_leavers(&mut self, tx: &mut Tx<'_>) -> Answer<()> {
        for id in std::mem::take(&mut self.done.left) {
            let is_gone = people::units_of(tx, id)?.is_empty();
            if is_gone { &mut self.done.left } else { &mut self.done.elsewhere }.push(id);
        }
        Ok(())
    }

    fn unit_note(
        &mut self,
        tx: &mut Tx<'_>,
        act: &'static str,
        id: UnitId,
        detail: &str,
    ) -> Answer<()> {
        self.done.units_changed.push(id);
        self.note(tx, act, id.0, detail)
    }

    fn person(&mut self, tx: &mut Tx<'_>, step: &PersonStep) -> Answer<()> {
        match step {
            PersonStep::Join { row, unit, kind, status, known, mark } => {
                let unit = self.unit(*unit)?;
                let number = row.cell(Member::Number as usize);
                let before = match known {
                    Some(id) => people::get(tx, *id)?.map(|person| person.details),
                    None => None,
                };
                let details = values::details(row, self.plan.present, before.unwrap_or_default())
                    .map_err(broken_row)?;
                let id = match known {
                    Some(id) => {
                        people::change_marked(tx, *id, &details, mark)?;
                        *id
                    }
                    None => people::enrol_marked(tx, number, &details, mark)?,
                };
                let joined_on = values::joined_on(row).map_err(broken_row)?;
                people::join_unmarked(
                    tx,
                    &NewMembership { person: id, unit, kind: *kind, status: *status, joined_on },
                )?;
                self.newcomers.insert(number.into(), id);
                self.done.joined.push(id);
                self.note(tx, "people.joined", id.0, &format!("unit={unit}"))
            }
            PersonStep::Leave { id, leaving, .. } => {
                people::leave_unmarked(tx, *id, leaving)?;
                let now = tx.now();
                let bodies = offices::end_all_of(tx, *id, now)?;
                let ended = bodies.into_iter().map(|(body, _)| (*id, body, Turn::Ended));
                self.done.terms_changed.extend(ended);
                self.done.left.push(*id);
                self.note(tx, "people.left", id.0, &format!("{:?}", leaving.status))
            }
            PersonStep::Alter { .. } => self.alter(tx, step),
        }
    }

    fn alter(&mut self, tx: &mut Tx<'_>, step: &PersonStep) -> Answer<()> {
        let PersonStep::Alter { id, row, mark, fields, home, standing } = step else {
            return Err(BROKEN_PLAN);
        };
        let Person { details, .. } = people::get(tx, *id)?.ok_or(people::UNKNOWN)?;
        let details: Details =
            values::details(row, self.plan.present, details).map_err(broken_row)?;
        people::change_marked(tx, *id, &details, mark)?;
        if let Some((_, to)) = home {
            let to = self.unit(*to)?;
            let from = people::transfer_unmarked(tx, *id, to, self.plan.today)?;
            self.done.transferred.push((*id, from, to));
            self.note(tx, "people.transferred", id.0, &format!("from={from} to={to}"))?;
        }
        if let Some(status) = standing {
            let joined_on = values::joined_on(row).map_err(broken_row)?;
            people::set_standing(tx, *id, *status, joined_on)?;
            self.done.elsewhere.push(*id);
        }
        if !fields.is_empty() {
            self.done.changed += 1;
            self.note(tx, "people.changed", id.0, &fields.join(" "))?;
        }
        Ok(())
    }

    fn who(&self, who: &Who) -> Answer<PersonId> {
        match who {
            Who::Known(id) => Ok(*id),
            Who::New(number) => self.newcomers.get(number).copied().ok_or(BROKEN_PLAN),
        }
    }

    fn extra(&mut self, tx: &mut Tx<'_>, step: &ExtraStep) -> Answer<()> {
        match step {
            ExtraStep::Begin { who, unit, kind } => {
                let (person, unit) = (self.who(who)?, self.unit(*unit)?);
                people::join_unmarked(
                    tx,
                    &NewMembership {
                        person,
                        unit,
                        kind: *kind,
                        status: people::Status::Active,
                        joined_on: None,
                    },
                )?;
                self.done.elsewhere.push(person);
                self.note(tx, "people.joined-beside", person.0, &format!("unit={unit} {kind:?}"))
            }
            ExtraStep::End { id, unit, kind } => {
                people::end_unmarked(tx, *id, *unit, *kind, self.plan.today)?;
                self.done.elsewhere.push(*id);
                self.note(tx, "people.left-beside", id.0, &format!("unit={unit} {kind:?}"))
            }
        }
    }

    fn term(&mut self, tx: &mut Tx<'_>, step: &TermStep) -> Answer<()> {
        let now = tx.now();
        match step {
            TermStep::Begin { who, unit, body, title, starts_at, ends_at } => {
                let (person, unit) = (self.who(who)?, self.unit(*unit)?);
                let body = offices::establish(tx, unit, offices::body_kind(body), body)?;
                let office = offices::office(tx, body, title)?;
                let term = offices::begin(tx, person, office, *starts_at, *ends_at, "import")?;
                if *starts_at <= now {
                    self.done.terms_changed.push((person, body, Turn::Began));
                }
                self.note(tx, "offices.term-began", person.0, &format!("term={term} body={body}"))
            }
            TermStep::End { id, person, body, ends_at } => {
                offices::end(tx, *id, *ends_at)?;
                if ends_at.is_some_and(|end| end <= now) {
                    self.done.terms_changed.push((*person, *body, Turn::Ended));
                }
                self.note(tx, "offices.term-set", person.0, &format!("term={id} body={body}"))
            }
        }
    }
}
