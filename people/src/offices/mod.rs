//! Bodies, the offices in them, and the terms of those who hold them.
//!
//! * Rights come from a running term and from nothing else. When it ends, everything it gave ends with it.
//! * A term counts from `starts_at` on and no longer at `ends_at`: one moment belongs to exactly one side.
//! * Which rights an office gives follows from its title, from whether its body leads the unit, and from whether that is the
//!   root (`capabilities.rs`); they hold for the body's own unit.
//! * A body's address is given once and stays, like a unit's: `ov-musterstadt-vorstand`.

mod capabilities;
mod privacy;
mod store;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use konvent_core::{
    About, Answer, BodyId, Kind, Migration, Millis, OfficeId, PersonId, Reader, Refusal, TermId,
    Tx, UnitId,
};

pub use capabilities::{
    ACCOUNTS_LETTERS, BODY_ANNOUNCE, DIRECTORY_IMPORT, MEMBERS_READ, REPORTS_DEAL, ROOMS_ANNOUNCE,
    body_kind,
};
use capabilities::{Part, differs_at_root, part_of};
pub use privacy::{erase, export};
pub(crate) use store::{KnownTerm, each_running};

use crate::units::{self, slug};

/// The visiting card of the offices.
pub const ABOUT: About = About {
    name: "offices",
    sentence: "Bodies, offices and terms: who may do what, and until when.",
    speaks: &[],
    leaves_out: &[],
    announces: &[],
    migrations: &[
        Migration::common("0001_offices", include_str!("migrations/0001_offices.sql")),
        Migration::common("0002_kinds", include_str!("migrations/0002_kinds.sql")),
    ],
    keeps: Some(
        "who held which office when: rights follow from it, and the organisation must be able to show it",
    ),
};

/// There is no such body, office or term.
pub const UNKNOWN: Refusal = Refusal::new(Kind::NotFound, "offices.unknown");
/// A term cannot end before it begins.
pub const ENDS_BEFORE_IT_BEGINS: Refusal =
    Refusal::new(Kind::BadRequest, "offices.ends-before-it-begins");

/// An *Organ* of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Its number.
    pub id: BodyId,
    /// Whose organ it is.
    pub unit: UnitId,
    /// `board`, `assembly`, `commission` …
    pub kind: String,
    /// `Vorstand`.
    pub name: String,
    /// Readable and unique: `ov-musterstadt-vorstand`. The localpart of its room.
    pub address: String,
}

/// A running term with everything that follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The term.
    pub term: TermId,
    /// In which body.
    pub body: BodyId,
    /// Of which unit.
    pub unit: UnitId,
    /// The office's title: `Vorsitzende`.
    pub title: String,
    /// The body's name: `Vorstand`.
    pub body_name: String,
    /// What the holder may do in that unit.
    pub capabilities: &'static [&'static str],
    /// The first moment that no longer counts.
    pub ends_at: Option<Millis>,
}

/// A term with its dates, running or over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its number.
    pub id: TermId,
    /// Who.
    pub person: PersonId,
    /// Which office.
    pub office: OfficeId,
    /// First moment that counts.
    pub starts_at: Millis,
    /// First moment that no longer counts.
    pub ends_at: Option<Millis>,
    /// Elected, co-opted, acting, or `import` when the file does not say.
    pub cause: String,
}

/// Which way a term turned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    /// It began.
    Began,
    /// It ended.
    Ended,
}

/// The offices that a person holds at `now`.
pub fn held(reader: &mut Reader<'_>, person: PersonId, now: Millis) -> Answer<Vec<Held>> {
    let found = store::held(reader, person, now)?;
    found.into_iter().map(|found| Ok(at_its_unit(reader, found)?.held)).collect()
}

/// With the rights that the office gives only at the root.
fn at_its_unit(reader: &mut Reader<'_>, mut found: store::Found) -> Answer<store::Found> {
    let store::Found { held, kind } = &mut found;
    if differs_at_root(kind, &held.title) && units::is_root(reader, held.unit)? {
        held.capabilities = capabilities::capabilities(kind, &held.title, true);
    }
    Ok(found)
}

/// Whether what a person holds, or will hold, is beyond those who have `rights` in `unit`: an office elsewhere or higher up,
/// one that checks or judges, or one that gives more than they have themselves. They must not get at that person's account.
pub fn is_beyond(
    reader: &mut Reader<'_>,
    person: PersonId,
    unit: UnitId,
    rights: &[&str],
    now: Millis,
) -> Answer<bool> {
    for found in store::held_or_coming(reader, person, now)? {
        let store::Found { held, kind } = at_its_unit(reader, found)?;
        let gives_more = held.capabilities.iter().any(|right| !rights.contains(right));
        if gives_more
            || part_of(&kind) == Part::Checks
            || !units::is_in_subtree(reader, held.unit, unit)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// All rights that running terms give a person in exactly this unit.
pub fn rights_in(
    reader: &mut Reader<'_>,
    person: PersonId,
    unit: UnitId,
    now: Millis,
) -> Answer<Vec<&'static str>> {
    let mut rights = Vec::new();
    for term in held(reader, person, now)?.into_iter().filter(|term| term.unit == unit) {
        for right in term.capabilities {
            if !rights.contains(right) {
                rights.push(*right);
            }
        }
    }
    Ok(rights)
}

/// Whether a running term gives the person this right in exactly this unit.
pub fn may(
    reader: &mut Reader<'_>,
    person: PersonId,
    capability: &str,
    unit: UnitId,
    now: Millis,
) -> Answer<bool> {
    let held = held(reader, person, now)?;
    Ok(held.iter().any(|term| term.unit == unit && term.capabilities.contains(&capability)))
}

/// Who holds an office in the body at `now`, with the title; longest in office first.
pub fn holders(
    reader: &mut Reader<'_>,
    body: BodyId,
    now: Millis,
) -> Answer<Vec<(PersonId, String)>> {
    store::holders(reader, body, now)
}

/// Everybody who holds an office anywhere at `now`.
pub fn officers(reader: &mut Reader<'_>, now: Millis) -> Answer<Vec<PersonId>> {
    store::officers(reader, now)
}

/// Who holds an office in any body of the unit at `now`, with the title.
pub fn holders_in_unit(
    reader: &mut Reader<'_>,
    unit: UnitId,
    now: Millis,
) -> Answer<Vec<(PersonId, String)>> {
    store::holders_in_unit(reader, unit, now)
}

/// Whose office in the unit gives this right at `now`; longest in office first.
pub fn holders_of(
    reader: &mut Reader<'_>,
    unit: UnitId,
    capability: &str,
    now: Millis,
) -> Answer<Vec<PersonId>> {
    let at_root = units::is_root(reader, unit)?;
    let mut holders = Vec::new();
    for (person, kind, title) in store::holders_by_kind(reader, unit, now)? {
        let rights = capabilities::capabilities(&kind, &title, at_root);
        if rights.contains(&capability) && !holders.contains(&person) {
            holders.push(person);
        }
    }
    Ok(holders)
}

/// The bodies of a unit, by name.
pub fn bodies_of_unit(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<Body>> {
    store::bodies_of_unit(reader, unit)
}

/// All bodies, by address.
pub fn all_bodies(reader: &mut Reader<'_>) -> Answer<Vec<Body>> {
    store::all_bodies(reader)
}

/// The body with this number.
pub fn body(reader: &mut Reader<'_>, id: BodyId) -> Answer<Option<Body>> {
    store::body(reader, id)
}

/// The body with this address.
pub fn body_by_address(reader: &mut Reader<'_>, address: &str) -> Answer<Option<Body>> {
    store::body_by_address(reader, address)
}

/// The terms that began or ended after `after` and not after `until`, in the order of time.
pub fn changes_between(
    reader: &mut Reader<'_>,
    after: Millis,
    until: Millis,
) -> Answer<Vec<(PersonId, BodyId, UnitId, Turn)>> {
    store::changes_between(reader, after, until)
}

/// The next moment after `after` at which a term begins or ends: the clock wakes up then.
pub fn next_change(reader: &mut Reader<'_>, after: Millis) -> Answer<Option<Millis>> {
    store::next_change(reader, after)
}

/// The body of this name in the unit, made when it is missing.
pub fn establish(tx: &mut Tx<'_>, unit: UnitId, kind: &str, name: &str) -> Answer<BodyId> {
    if let Some(known) = store::body_by_name(tx, unit, name)? {
        return Ok(known);
    }
    let above = units::get(tx, unit)?.ok_or(units::UNKNOWN)?;
    let wanted = match slug::slug(name) {
        nothing if nothing.is_empty() => format!("{}-organ", above.address),
        slug => format!("{}-{slug}", above.address),
    };
    let id = BodyId(tx.fresh_id());
    let address = units::claim_address(tx, &wanted)?;
    store::insert_body(
        tx,
        &Body { id, unit, kind: kind.to_owned(), name: name.to_owned(), address },
    )?;
    units::touch(tx)?;
    Ok(id)
}

/// The office of this title in the body, made when it is missing.
pub fn office(tx: &mut Tx<'_>, body: BodyId, title: &str) -> Answer<OfficeId> {
    if let Some(known) = store::office(tx, body, title)? {
        return Ok(known);
    }
    let id = OfficeId(tx.fresh_id());
    store::insert_office(tx, id, body, title)?;
    Ok(id)
}

/// Begins a term.
///
/// # Errors
/// [`ENDS_BEFORE_IT_BEGINS`].
pub fn begin(
    tx: &mut Tx<'_>,
    person: PersonId,
    office: OfficeId,
    starts_at: Millis,
    ends_at: Option<Millis>,
    cause: &str,
) -> Answer<TermId> {
    if ends_at.is_some_and(|end| end < starts_at) {
        return Err(ENDS_BEFORE_IT_BEGINS);
    }
    let id = TermId(tx.fresh_id());
    store::insert_term(
        tx,
        &Term { id, person, office, starts_at, ends_at, cause: cause.to_owned() },
    )?;
    units::touch(tx)?;
    Ok(id)
}

/// Sets when a term ends; `None` lets it run on.
///
/// A term that had not begun by then never counts: it ends where it begins.
pub fn end(tx: &mut Tx<'_>, term: TermId, ends_at: Option<Millis>) -> Answer<()> {
    if store::set_end(tx, term, ends_at)? == 0 {
        return Err(UNKNOWN);
    }
    units::touch(tx)
}

/// Ends every running or coming term of a person at `at` and names the bodies.
pub fn end_all_of(tx: &mut Tx<'_>, person: PersonId, at: Millis) -> Answer<Vec<(BodyId, UnitId)>> {
    let bodies = store::bodies_held_after(tx, person, at)?;
    if !bodies.is_empty() {
        store::end_all_of(tx, person, at)?;
        units::touch(tx)?;
    }
    Ok(bodies)
}

/// Ends every running or coming term in the bodies of a unit that is dissolved, and says whose and where.
pub fn end_all_in(tx: &mut Tx<'_>, unit: UnitId, at: Millis) -> Answer<Vec<(PersonId, BodyId)>> {
    let ended = store::terms_after_in(tx, unit, at)?;
    for (term, _, _) in &ended {
        store::set_end(tx, *term, Some(at))?;
    }
    Ok(ended.into_iter().map(|(_, person, body)| (person, body)).collect())
}

/// The moments of a term whose days stand in a file: from the first moment of `first` to the first moment after `last`,
/// in the organisation's civil time.
pub fn span(first: Date, last: Option<Date>, zone: &TimeZone) -> (Millis, Option<Millis>) {
    let end = last.map(|last| Millis::start_of(last.tomorrow().unwrap_or(last), zone));
    (Millis::start_of(first, zone), end)
}
