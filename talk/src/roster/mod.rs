//! The contact list (RFC 6121 §2), derived: neighbours, colleagues in bodies and the office holders of one's own chain.
//!
//! * Neighbours at home in the same unit and colleagues in the same body see each other's presence
//!   (`subscription='both'`); both sides stand in each other's list, so nothing has to be asked or granted.
//! * Office holders of the units above stand there with `subscription='none'`: they can be written to, but a federal
//!   chair's presence is not the business of 300,000 members, and telling them would cost as many stanzas.
//! * Nobody takes them out by hand (`roster.directory-owns-it`). What a member adds stands in [`crate::contacts`].
//!
//! Left out: opting out of being seen.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use konvent_core::{
    About, AccountId, Answer, BodyId, Kind, Millis, PersonId, Reader, Refusal, UnitId,
};
use konvent_people::accounts::{self, Account};
use konvent_people::{offices, people, units};
use konvent_wire::jid::BareJid;

use crate::Domain;

/// The visiting card of the roster.
pub const ABOUT: About = About {
    name: "roster",
    sentence: "Contacts that follow from the directory.",
    speaks: &["RFC 6121"],
    leaves_out: &[],
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// So many neighbours stand in a contact list at most: it bounds the list and the presences of one sign-in.
pub const NEIGHBOURS_MAX: usize = 500;

/// The contact list follows from the directory.
pub const DIRECTORY_OWNS_IT: Refusal = Refusal::new(Kind::NotAllowed, "roster.directory-owns-it");

/// Somebody in a contact list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The login.
    pub account: AccountId,
    /// The bare address.
    pub address: BareJid,
    /// The name of the directory.
    pub name: String,
    /// Units and bodies by which the two know each other, sorted.
    pub groups: Vec<String>,
    /// Whether both see each other's presence.
    pub shares_presence: bool,
}

/// The contacts of a person, by account.
pub fn contacts(
    reader: &mut Reader<'_>,
    domain: &Domain,
    person: PersonId,
    now: Millis,
) -> Answer<Vec<Contact>> {
    let mut found = Found { domain, me: person, by_person: BTreeMap::new() };
    if let Some(home) = people::home(reader, person)?
        && let Some(unit) = units::get(reader, home)?
    {
        let mut neighbours = 0;
        for neighbour in people::members_of(reader, home)? {
            if neighbours >= NEIGHBOURS_MAX {
                break;
            }
            neighbours += usize::from(found.add(reader, neighbour, &unit.name, true)?);
        }
    }
    let held = offices::held(reader, person, now)?;
    let mut bodies: Vec<_> = held.iter().map(|term| (term.body, term.unit)).collect();
    bodies.sort_unstable();
    bodies.dedup();
    for (body, unit) in bodies {
        let group = group_of(reader, body, unit)?;
        for (colleague, _) in offices::holders(reader, body, now)? {
            found.add(reader, colleague, &group, true)?;
        }
    }
    let mut seen: Vec<UnitId> = Vec::new();
    for (unit, _) in people::units_of(reader, person)? {
        for above in units::chain(reader, unit)? {
            if seen.contains(&above.id) {
                break; // an ancestor that was seen has brought all above it along
            }
            seen.push(above.id);
            for (holder, _) in offices::holders_in_unit(reader, above.id, now)? {
                found.add(reader, holder, &above.name, false)?;
            }
        }
    }
    let mut contacts: Vec<Contact> = found.by_person.into_values().flatten().collect();
    for contact in &mut contacts {
        contact.groups.sort_unstable();
    }
    contacts.sort_unstable_by_key(|contact| contact.account);
    Ok(contacts)
}

/// How another stands in the contacts of a person: the same rules for one pair, without gathering everybody.
///
/// A unit so large that its list is cut ([`NEIGHBOURS_MAX`]) still has all its members as neighbours here.
pub fn between(
    reader: &mut Reader<'_>,
    domain: &Domain,
    me: PersonId,
    other: &Account,
    now: Millis,
) -> Answer<Option<Contact>> {
    let mut found = Found { domain, me, by_person: BTreeMap::new() };
    let home = people::home(reader, me)?;
    if let Some(home) = home
        && people::home(reader, other.person)? == Some(home)
        && let Some(unit) = units::get(reader, home)?
    {
        found.add(reader, other.person, &unit.name, true)?;
    }
    let theirs = offices::held(reader, other.person, now)?;
    if !theirs.is_empty() {
        for term in offices::held(reader, me, now)? {
            if theirs.iter().any(|other| other.body == term.body) {
                let group = group_of(reader, term.body, term.unit)?;
                found.add(reader, other.person, &group, true)?;
            }
        }
        for (unit, _) in people::units_of(reader, me)? {
            for above in units::chain(reader, unit)? {
                if theirs.iter().any(|term| term.unit == above.id) {
                    found.add(reader, other.person, &above.name, false)?;
                }
            }
        }
    }
    let mut contact = found.by_person.into_values().flatten().next();
    if let Some(contact) = &mut contact {
        contact.groups.sort_unstable();
    }
    Ok(contact)
}

/// The group in which colleagues in a body stand.
fn group_of(reader: &mut Reader<'_>, body: BodyId, unit: UnitId) -> Answer<String> {
    let name = offices::body(reader, body)?.map(|body| body.name).unwrap_or_default();
    Ok(match units::get(reader, unit)? {
        Some(unit) => format!("{name} {}", unit.name),
        None => name,
    })
}

/// Contacts while they are gathered; `None` for a person without an account, so that nobody is looked up twice.
struct Found<'a> {
    domain: &'a Domain,
    me: PersonId,
    by_person: BTreeMap<PersonId, Option<Contact>>,
}

impl Found<'_> {
    /// Adds a person under a group; says whether he has an account.
    fn add(
        &mut self,
        reader: &mut Reader<'_>,
        person: PersonId,
        group: &str,
        shares_presence: bool,
    ) -> Answer<bool> {
        if person == self.me {
            return Ok(false);
        }
        if !self.by_person.contains_key(&person) {
            let account = accounts::by_person(reader, person)?.filter(|account| !account.is_closed);
            let contact = account.map(|account| self.new_contact(account)).transpose()?;
            self.by_person.insert(person, contact);
        }
        let Some(Some(contact)) = self.by_person.get_mut(&person) else { return Ok(false) };
        contact.shares_presence |= shares_presence;
        if !contact.groups.iter().any(|known| known == group) {
            contact.groups.push(group.to_owned());
        }
        Ok(true)
    }

    fn new_contact(&self, account: Account) -> Answer<Contact> {
        Ok(Contact {
            account: account.id,
            address: self.domain.account(&account.localpart)?,
            name: account.name,
            groups: Vec::new(),
            shares_presence: false,
        })
    }
}
