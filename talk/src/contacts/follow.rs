//! After a change of the directory: whose contact lists look different now, asked of the storage.
//!
//! Looked at are those who changed, those who had them in their lists, those who share presence with them now, and the
//! members of the units below in which one of them holds an office: a new chair appears everywhere at once.

use serde::{Deserialize, Serialize};

use super::Member;
use super::list::{Contact, contact, list};
use super::pushes::Viewer;
use super::sequel::Push;
use crate::Domain;
use konvent_core::{AccountId, Answer, Millis, PersonId, Reader};
use konvent_people::{accounts, offices, people};

/// How contact lists look now.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Fresh {
    /// Whole lists of those who changed.
    pub(super) lists: Vec<(AccountId, Vec<Contact>)>,
    /// Single contacts, of others or gone.
    pub(super) singles: Vec<Push>,
}

/// Looks at the lists of the viewers again. `persons` are those whom the change concerns; `None` looks at every list whole
/// (after an import).
pub fn look_again(
    reader: &mut Reader<'_>,
    domain: &Domain,
    viewers: &[Viewer],
    persons: Option<&[PersonId]>,
    now: Millis,
) -> Answer<Fresh> {
    let mut fresh = Fresh::default();
    let mut changed = Vec::new();
    for &person in persons.unwrap_or_default() {
        // Also a closed account: it has to go from the lists.
        changed.extend(accounts::by_person(reader, person)?);
    }
    for viewer in viewers {
        let Some(member) = member(reader, domain, viewer.account)? else { continue };
        if persons.is_none() || changed.iter().any(|account| account.id == viewer.account) {
            look_at_all(reader, domain, &member, viewer, now, &mut fresh)?;
        }
    }
    for account in &changed {
        look_for(reader, domain, viewers, account, now, &mut fresh)?;
    }
    Ok(fresh)
}

/// The whole list of a viewer, and who is gone from it.
fn look_at_all(
    reader: &mut Reader<'_>,
    domain: &Domain,
    member: &Member,
    viewer: &Viewer,
    now: Millis,
    fresh: &mut Fresh,
) -> Answer<()> {
    let contacts = list(reader, domain, member, now)?;
    for &gone in &viewer.contacts {
        if !contacts.iter().any(|contact| contact.account == Some(gone))
            && let Some(account) = accounts::get(reader, gone)?
        {
            let address = domain.account(&account.localpart)?;
            let (account, of) = (viewer.account, Some(gone));
            fresh.singles.push(Push { account, address, of, contact: None });
        }
    }
    fresh.lists.push((viewer.account, contacts));
    Ok(())
}

/// How somebody who changed stands in the lists of all others.
fn look_for(
    reader: &mut Reader<'_>,
    domain: &Domain,
    viewers: &[Viewer],
    changed: &accounts::Account,
    now: Millis,
    fresh: &mut Fresh,
) -> Answer<()> {
    let address = domain.account(&changed.localpart)?;
    let changed_member =
        Member { account: changed.id, person: changed.person, address: address.clone() };
    let own = list(reader, domain, &changed_member, now)?;
    let held = offices::held(reader, changed.person, now)?;
    for viewer in viewers.iter().filter(|viewer| viewer.account != changed.id) {
        let knows = viewer.contacts.binary_search(&changed.id).is_ok()
            || own.iter().any(|contact| contact.account == Some(viewer.account));
        let Some(member) = member(reader, domain, viewer.account)? else { continue };
        let mut is_below = false;
        for term in held.iter().filter(|_| !knows) {
            is_below = is_below || people::is_member_under(reader, member.person, term.unit)?;
        }
        if knows || is_below {
            let contact = contact(reader, domain, &member, &address, now)?;
            let (account, of) = (viewer.account, Some(changed.id));
            fresh.singles.push(Push { account, address: address.clone(), of, contact });
        }
    }
    Ok(())
}

fn member(reader: &mut Reader<'_>, domain: &Domain, account: AccountId) -> Answer<Option<Member>> {
    let Some(account) = accounts::get(reader, account)? else { return Ok(None) };
    let address = domain.account(&account.localpart)?;
    Ok(Some(Member { account: account.id, person: account.person, address }))
}
