//! The contact list (RFC 6121 §2), derived: neighbours, colleagues in bodies and the office holders of one's own chain.
//!
//! * Neighbours at home in the same unit and colleagues in the same body see each other's presence
//!   (`subscription='both'`); both sides stand in each other's list, so nothing has to be asked or granted.
//! * Office holders of the units above stand there with `subscription='none'`: they can be written to, but a federal
//!   chair's presence is not the business of 300,000 members, and telling them would cost as many stanzas.
//! * Nobody changes it by hand (`roster.directory-owns-it`).
//!
//! Left out: nicknames and groups of one's own, opting out of being seen, contacts on other servers.

mod pushes;
mod stanzas;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use konvent_core::{About, AccountId, Answer, Kind, Millis, PersonId, Reader, Refusal, UnitId};
use konvent_people::accounts::{self, Account};
use konvent_people::{offices, people, units};
use konvent_wire::jid::BareJid;

pub use pushes::{Change, Rosters};
pub use stanzas::{answer, is_roster};

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
        let Some(body) = offices::body(reader, body)? else { continue };
        let group = match units::get(reader, unit)? {
            Some(unit) => format!("{} {}", body.name, unit.name),
            None => body.name.clone(),
        };
        for (colleague, _) in offices::holders(reader, body.id, now)? {
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

/// The accounts with which presence is shared.
pub fn sharing_presence(contacts: &[Contact]) -> Vec<AccountId> {
    contacts
        .iter()
        .filter(|contact| contact.shares_presence)
        .map(|contact| contact.account)
        .collect()
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
