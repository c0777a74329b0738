//! Natural persons and their memberships.
//!
//! * A person may exist without an account: a fifth of the members have no e-mail, and letters reach them all the same.
//! * At most one running home membership at a time (the database decides); guests and affiliates come in addition.
//! * A transfer closes the old home and opens the new one in one transaction.
//! * Applicants are in the directory but are no members: they stand in no group until they are admitted.
//! * History stays: ended memberships keep their rows.

mod model;
mod privacy;
mod store;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use konvent_core::{About, Answer, Kind, Migration, PersonId, Reader, Refusal, Tx, UnitId};

pub use model::{
    Delivery, Details, Dues, Leaving, Membership, MembershipKind, NewMembership, Person, Status,
};
pub use privacy::{erase, export};
pub(crate) use store::{each_known, each_membership};

use crate::units;

/// The visiting card of the people.
pub const ABOUT: About = About {
    name: "people",
    sentence: "Members and guests, where they belong, and how they are reached.",
    speaks: &[],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common("0001_people", include_str!("migrations/0001_people.sql"))],
    keeps: Some(
        "name, birth date, contact, memberships, dues flag, consents: to run the membership (Art. 9(2)(d) GDPR)",
    ),
};

/// There is no such person.
pub const UNKNOWN: Refusal = Refusal::new(Kind::NotFound, "people.unknown");
/// The member number belongs to another person.
pub const NUMBER_TAKEN: Refusal = Refusal::new(Kind::Conflict, "people.number-taken");
/// The person has no running home membership.
pub const NO_HOME: Refusal = Refusal::new(Kind::Conflict, "people.no-home");
/// The person already has a running membership of this kind there, or another home.
pub const ALREADY_MEMBER: Refusal = Refusal::new(Kind::Conflict, "people.already-member");

/// The person with this number of ours.
pub fn get(reader: &mut Reader<'_>, id: PersonId) -> Answer<Option<Person>> {
    store::by_id(reader, id)
}

/// The person with this member number.
pub fn by_number(reader: &mut Reader<'_>, number: &str) -> Answer<Option<Person>> {
    store::by_number(reader, number)
}

/// The name by which others see the person; narrower and faster than [`get`].
pub fn display_name(reader: &mut Reader<'_>, id: PersonId) -> Answer<Option<String>> {
    store::display_name(reader, id)
}

/// The unit in which the person is at home as a member.
pub fn home(reader: &mut Reader<'_>, person: PersonId) -> Answer<Option<UnitId>> {
    store::home(reader, person)
}

/// Home, guest and affiliate units of a member.
pub fn units_of(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Answer<Vec<(UnitId, MembershipKind)>> {
    store::units_of(reader, person)
}

/// All memberships, also those that ended, oldest first.
pub fn memberships(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<Membership>> {
    store::memberships(reader, person)
}

/// Members whose home is exactly this unit.
pub fn members_of(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<PersonId>> {
    store::members_of(reader, unit)
}

/// Members whose home is this unit or one below it.
pub fn members_under(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<PersonId>> {
    store::members_under(reader, unit)
}

/// How many [`members_of`] this unit there are.
pub fn count_of(reader: &mut Reader<'_>, unit: UnitId) -> Answer<i64> {
    store::count_of(reader, unit)
}

/// Everybody who belongs to a unit or to one below it, guests and affiliates included ([`is_member_under`]).
pub fn everybody_under(reader: &mut Reader<'_>, unit: UnitId) -> Answer<Vec<PersonId>> {
    store::everybody_under(reader, unit)
}

/// How many [`members_under`] this unit there are.
pub fn count_under(reader: &mut Reader<'_>, unit: UnitId) -> Answer<i64> {
    store::count_under(reader, unit)
}

/// Whether the person belongs to `unit` or to one below it: as home, guest or affiliate.
pub fn is_member_under(reader: &mut Reader<'_>, person: PersonId, unit: UnitId) -> Answer<bool> {
    store::is_member_under(reader, person, unit)
}

/// Puts a new person into the directory, without any membership yet.
///
/// # Errors
/// [`NUMBER_TAKEN`].
pub fn enrol(tx: &mut Tx<'_>, number: &str, details: &Details) -> Answer<PersonId> {
    enrol_marked(tx, number, details, &[])
}

/// [`enrol`], with the mark of the file's row.
pub(crate) fn enrol_marked(
    tx: &mut Tx<'_>,
    number: &str,
    details: &Details,
    mark: &[u8],
) -> Answer<PersonId> {
    let id = PersonId(tx.fresh_id());
    if store::insert(tx, id, number, details, mark)? == 0 {
        return Err(NUMBER_TAKEN);
    }
    Ok(id)
}

/// What the number of a guest begins with. No member file writes such numbers.
const GUEST: &str = "gast:";

/// Puts somebody of whom only a name is known beside the directory, as no member of anything. `None`: there is, or was,
/// such a guest.
pub fn enrol_guest(tx: &mut Tx<'_>, name: &str, details: &Details) -> Answer<Option<PersonId>> {
    let id = PersonId(tx.fresh_id());
    let is_new = store::insert(tx, id, &format!("{GUEST}{name}"), details, &[])? > 0;
    Ok(is_new.then_some(id))
}

/// Whether a person is known as a guest only, and was never a member.
pub fn is_guest(reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    let is_guest = get(reader, person)?.is_some_and(|known| known.member_number.starts_with(GUEST));
    Ok(is_guest && memberships(reader, person)?.is_empty())
}

/// Replaces what is known about a person.
pub fn change(tx: &mut Tx<'_>, id: PersonId, details: &Details) -> Answer<()> {
    change_marked(tx, id, details, &[])?;
    units::touch(tx)
}

/// [`change`], with the mark of the file's row.
pub(crate) fn change_marked(
    tx: &mut Tx<'_>,
    id: PersonId,
    details: &Details,
    mark: &[u8],
) -> Answer<()> {
    if store::change(tx, id, details, mark)? == 0 { Err(UNKNOWN) } else { Ok(()) }
}

/// Begins a membership.
///
/// # Errors
/// [`ALREADY_MEMBER`] when one of this kind runs there, or, for a home, anywhere.
pub fn join(tx: &mut Tx<'_>, new: &NewMembership) -> Answer<()> {
    join_unmarked(tx, new)?;
    by_hand(tx, new.person)
}

/// [`join`] as part of an import.
pub(crate) fn join_unmarked(tx: &mut Tx<'_>, new: &NewMembership) -> Answer<()> {
    if store::join(tx, new)? == 0 { Err(ALREADY_MEMBER) } else { Ok(()) }
}

/// Moves the home of a person; status and day of joining go along.
///
/// # Errors
/// [`NO_HOME`].
pub fn transfer(tx: &mut Tx<'_>, person: PersonId, to: UnitId, on: Date) -> Answer<UnitId> {
    let from = transfer_unmarked(tx, person, to, on)?;
    by_hand(tx, person)?;
    Ok(from)
}

/// [`transfer`] as part of an import.
pub(crate) fn transfer_unmarked(
    tx: &mut Tx<'_>,
    person: PersonId,
    to: UnitId,
    on: Date,
) -> Answer<UnitId> {
    let old = store::running_home(tx, person)?.ok_or(NO_HOME)?;
    store::end(tx, old.id, Status::Left, on, "transfer")?;
    store::join(
        tx,
        &NewMembership {
            person,
            unit: to,
            kind: MembershipKind::Home,
            status: old.status,
            joined_on: old.joined_on,
        },
    )?;
    Ok(old.unit)
}

/// Ends all running memberships of a person. Terms and account are ended by their own features.
pub fn leave(tx: &mut Tx<'_>, person: PersonId, leaving: &Leaving) -> Answer<()> {
    leave_unmarked(tx, person, leaving)?;
    by_hand(tx, person)
}

/// [`leave`] as part of an import.
pub(crate) fn leave_unmarked(tx: &mut Tx<'_>, person: PersonId, leaving: &Leaving) -> Answer<()> {
    store::end_all(tx, person, leaving)?;
    store::set_mark(tx, person, &[])
}

/// Ends one running membership, of a guest or in an affiliate.
pub(crate) fn end_unmarked(
    tx: &mut Tx<'_>,
    person: PersonId,
    unit: UnitId,
    kind: MembershipKind,
    on: Date,
) -> Answer<()> {
    store::end_one(tx, person, unit, kind, on)
}

/// Sets status and day of joining of the running home.
pub(crate) fn set_standing(
    tx: &mut Tx<'_>,
    person: PersonId,
    status: Status,
    joined_on: Option<Date>,
) -> Answer<()> {
    store::set_standing(tx, person, status, joined_on)
}

/// A change by hand: the next import compares the whole row again, and plans made before are void.
fn by_hand(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    store::set_mark(tx, person, &[])?;
    units::touch(tx)
}
