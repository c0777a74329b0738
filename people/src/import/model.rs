//! What a plan holds. Only rows that differ are kept, each as one compact text.

use konvent_core::{BodyId, Millis, PersonId, TermId, UnitId};

use super::conflict::Conflicts;
use super::read::Row;
use crate::people::{Leaving, MembershipKind, Status};
use crate::units::UnitKind;

/// The difference between files and directory, as it will be applied.
#[derive(Debug)]
pub struct Plan {
    /// Names files, directory and day: the same plan has the same id.
    pub id: String,
    pub(super) directory: i64,
    pub(super) today: jiff::civil::Date,
    /// When what those who leave have written is erased.
    pub(super) contents_until: jiff::civil::Date,
    /// One bit for each column of the member file.
    pub(super) present: u32,
    pub(super) units: Vec<PlannedUnit>,
    pub(super) unit_steps: Vec<UnitStep>,
    pub(super) people: Vec<PersonStep>,
    pub(super) extras: Vec<ExtraStep>,
    pub(super) terms: Vec<TermStep>,
    pub(super) conflicts: Conflicts,
    pub(super) unchanged: usize,
    pub(super) members_before: usize,
    pub(super) braked: bool,
}

/// A unit that is there or will be. Steps name units by their place in [`Plan::units`].
#[derive(Debug, Clone)]
pub(super) struct PlannedUnit {
    pub(super) id: Option<UnitId>,
    pub(super) key: String,
    pub(super) parent: Option<usize>,
    pub(super) name: String,
    pub(super) level: String,
    pub(super) kind: UnitKind,
    pub(super) is_gone: bool,
}

/// A change of the tree, in an order in which it can be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitStep {
    /// New; its parent stands before it.
    Found(usize),
    /// New name, level or kind, or back from the dead.
    Change(usize),
    /// Under another parent.
    Move(usize),
    /// No longer in the file.
    Gone(usize),
}

/// Somebody in the directory, or somebody whom this plan brings into it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Known(PersonId),
    /// By member number.
    New(Box<str>),
}

/// A change of one person.
#[derive(Debug)]
pub(super) enum PersonStep {
    /// Comes, or comes back.
    Join {
        row: Row,
        unit: usize,
        kind: MembershipKind,
        status: Status,
        known: Option<PersonId>,
        mark: Mark,
    },
    /// Goes.
    Leave { id: PersonId, number: Box<str>, leaving: Leaving },
    /// Differs in fields, status or home.
    Alter {
        id: PersonId,
        row: Row,
        mark: Mark,
        fields: Vec<&'static str>,
        /// From, to: when the home changes.
        home: Option<(UnitId, usize)>,
        /// When status or day of joining changes.
        standing: Option<Status>,
    },
}

/// The hash of a row, as far as it matters.
pub(super) type Mark = [u8; 16];

/// A guest or affiliate membership that begins or ends.
#[derive(Debug)]
pub(super) enum ExtraStep {
    Begin { who: Who, unit: usize, kind: MembershipKind },
    End { id: PersonId, unit: UnitId, kind: MembershipKind },
}

/// A term that begins, ends, or ends on another day.
#[derive(Debug)]
pub(super) enum TermStep {
    Begin {
        who: Who,
        unit: usize,
        body: Box<str>,
        title: Box<str>,
        starts_at: Millis,
        ends_at: Option<Millis>,
    },
    End {
        id: TermId,
        person: PersonId,
        body: BodyId,
        ends_at: Option<Millis>,
    },
}

/// A plan in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// New members, and those who come back.
    pub joins: usize,
    /// Members who go.
    pub exits: usize,
    /// Members whose home changes.
    pub transfers: usize,
    /// People of whom something else changes.
    pub changes: usize,
    /// Guest and affiliate memberships that begin or end.
    pub extras: usize,
    /// Units that are new, different, elsewhere or gone.
    pub units: usize,
    /// Terms that begin, end or end on another day.
    pub terms: usize,
    /// Rows and things that were not understood.
    pub conflicts: usize,
    /// People who stay as they are.
    pub unchanged: usize,
    /// Whether too many would leave.
    pub braked: bool,
    /// Whether a conflict blocks everything.
    pub blocked: bool,
}

impl Plan {
    /// The plan in figures.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary {
            extras: self.extras.len(),
            units: self.unit_steps.len(),
            terms: self.terms.len(),
            conflicts: self.conflicts.count(),
            unchanged: self.unchanged,
            braked: self.braked,
            blocked: self.conflicts.block(),
            ..Summary::default()
        };
        for step in &self.people {
            match step {
                PersonStep::Join { .. } => summary.joins += 1,
                PersonStep::Leave { .. } => summary.exits += 1,
                PersonStep::Alter { home: Some(_), .. } => summary.transfers += 1,
                PersonStep::Alter { .. } => summary.changes += 1,
            }
        }
        summary
    }

    /// What was not understood.
    pub fn conflicts(&self) -> &Conflicts {
        &self.conflicts
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.unit_steps.is_empty()
            && self.people.is_empty()
            && self.extras.is_empty()
            && self.terms.is_empty()
    }
}
