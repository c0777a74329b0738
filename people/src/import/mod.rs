//! The member file as it comes every night: compared with the directory, shown as a plan, applied in one transaction.
//!
//! The key is the member number. Three files may come, together or alone: members, units, offices.
//! * [`plan`] only reads: joins, exits, transfers, changes, and conflicts with file and line. It is shown to a person.
//! * [`apply`] refuses when the directory has changed since, when too many would leave (the brake), or when a conflict
//!   blocks. Rows in conflict are left out; what they mean is never guessed, and nobody leaves because of one.
//! * An unchanged file writes nothing. A hash of each row is kept, so unchanged rows cost no look-up either.
//! * Unmapped columns and bank data never leave the reader ([`columns`]).
//! * What follows outside the directory (accounts to close, rooms to leave) the flow does with what [`apply`] returns.

mod apply;
mod columns;
mod conflict;
mod diff;
mod model;
mod privacy;
mod read;
mod show;
mod store;
#[cfg(test)]
mod tests;
mod text;
mod values;

use jiff::tz::TimeZone;
use konvent_core::{About, Answer, Kind, Migration, Millis, Reader, Refusal};

pub use apply::{Applied, apply};
pub use columns::FileKind;
pub use conflict::{Conflict, Conflicts};
pub use model::{Plan, Summary};
pub use privacy::{erase, export};
pub use read::{FILE_MAX, File, ROW_MAX, count_rows};

/// The visiting card of the import.
pub const ABOUT: About = About {
    name: "import",
    sentence: "Compares the member file with the directory, shows a plan and applies it.",
    speaks: &["RFC 4180"],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common("0001_import", include_str!("migrations/0001_import.sql"))],
    keeps: None,
};

/// The directory has changed since the plan was made: make a new one.
pub const PLAN_CHANGED: Refusal = Refusal::new(Kind::Conflict, "import.plan-changed");
/// More would leave than the installation allows without a second look.
pub const BRAKED: Refusal = Refusal::new(Kind::Conflict, "import.braked");
/// A conflict of the plan blocks everything; the file must be mended first.
pub const BLOCKED: Refusal = Refusal::new(Kind::BadRequest, "import.blocked");

/// By which rules a plan is made.
#[derive(Debug, Clone)]
pub struct Options {
    /// The organisation's civil time: days begin and end in it.
    pub zone: TimeZone,
    /// When more than so many of a thousand members would leave, the plan is braked. A single exit never brakes.
    pub leaving_permille_max: u32,
    /// After so many days what those who leave have written is erased; the plan says when.
    pub contents_kept_days: u16,
    /// The moment of planning.
    pub now: Millis,
}

/// Compares up to three files, in any order, with the directory. Changes nothing.
///
/// # Errors
/// Only faults of ours; what is wrong with the files stands in the plan's conflicts.
pub fn plan(reader: &mut Reader<'_>, files: &[File], options: &Options) -> Answer<Plan> {
    diff::plan(reader, files, options)
}
