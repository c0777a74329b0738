//! Changes of the contact list reach those who asked for it (RFC 6121 §2.1.6).
//!
//! What each has seen is remembered as 16 bytes for each contact, so that a change of the directory becomes exactly the
//! pushes it needs and an idle session stays small.

use std::collections::{HashMap, HashSet};

use super::{Contact, contacts, stanzas};
use crate::Domain;
use konvent_core::{AccountId, Answer, Millis, Outbox, PersonId, Reach, Reader};
use konvent_people::accounts;
use konvent_wire::xml::el;

use crate::ns;

/// What the accounts with a connection have seen of their contact lists.
#[derive(Debug, Default)]
pub struct Rosters {
    seen: HashMap<AccountId, Seen>,
    pushed: u64,
}

#[derive(Debug)]
struct Seen {
    person: PersonId,
    /// Contact, what it looked like, whether presence is shared; sorted by contact.
    contacts: Vec<(AccountId, u64, bool)>,
}

/// How the circle of those who share presence with an account has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose circle.
    pub account: AccountId,
    /// Now in it.
    pub added: Vec<AccountId>,
    /// No longer in it.
    pub removed: Vec<AccountId>,
}

fn seen_as(contacts: &[Contact]) -> Vec<(AccountId, u64, bool)> {
    let mut seen: Vec<_> = contacts
        .iter()
        .map(|contact| (contact.account, stanzas::fingerprint(contact), contact.shares_presence))
        .collect();
    seen.sort_unstable();
    seen
}

impl Rosters {
    /// An account asked for its list and was shown this one, or begins to share presence by it.
    pub fn shown(&mut self, account: AccountId, person: PersonId, contacts: &[Contact]) {
        self.seen.insert(account, Seen { person, contacts: seen_as(contacts) });
    }

    /// The last connection of an account is gone.
    pub fn forget(&mut self, account: AccountId) {
        self.seen.remove(&account);
    }

    /// After a change of the directory or a first sign-in: pushes what differs, and says whose circle changed.
    ///
    /// `persons` are those whom the change concerns. Looked at are they, those who had them in their lists, and those who
    /// share presence with them now. `None` looks at everybody with a connection (after an import). A new holder of an
    /// office appears to the members of the units below when they ask the next time.
    pub fn follow_directory(
        &mut self,
        reader: &mut Reader<'_>,
        domain: &Domain,
        persons: Option<&[PersonId]>,
        now: Millis,
    ) -> Answer<(Outbox, Vec<Change>)> {
        let mut out = Outbox::default();
        let mut changes = Vec::new();
        for account in self.concerned(reader, domain, persons, now)? {
            let Some(seen) = self.seen.get(&account) else { continue };
            let fresh = contacts(reader, domain, seen.person, now)?;
            let now_seen = seen_as(&fresh);
            if now_seen == seen.contacts {
                continue;
            }
            let before: HashMap<AccountId, (u64, bool)> =
                seen.contacts.iter().map(|&(id, print, shares)| (id, (print, shares))).collect();
            let after: HashMap<AccountId, (u64, bool)> =
                now_seen.iter().map(|&(id, print, shares)| (id, (print, shares))).collect();
            for contact in &fresh {
                let print = after.get(&contact.account).map(|(print, _)| *print);
                if before.get(&contact.account).map(|(print, _)| *print) != print {
                    self.pushed += 1;
                    let push =
                        stanzas::push(stanzas::item(contact), &format!("push{}", self.pushed));
                    out.to_account(account, Reach::Interested, None, push);
                }
            }
            for &(gone, ..) in seen.contacts.iter().filter(|(id, ..)| !after.contains_key(id)) {
                let Some(gone) = accounts::get(reader, gone)? else { continue };
                let item = el("item", ns::ROSTER)
                    .attr("jid", domain.account(&gone.localpart)?)
                    .attr("subscription", "remove");
                self.pushed += 1;
                let push = stanzas::push(item.build(), &format!("push{}", self.pushed));
                out.to_account(account, Reach::Interested, None, push);
            }
            changes.push(change(account, &before, &after));
            if let Some(seen) = self.seen.get_mut(&account) {
                seen.contacts = now_seen;
            }
        }
        Ok((out, changes))
    }

    fn concerned(
        &self,
        reader: &mut Reader<'_>,
        domain: &Domain,
        persons: Option<&[PersonId]>,
        now: Millis,
    ) -> Answer<Vec<AccountId>> {
        let Some(persons) = persons else {
            let mut all: Vec<AccountId> = self.seen.keys().copied().collect();
            all.sort_unstable();
            return Ok(all);
        };
        let mut changed = HashSet::new();
        let mut concerned = HashSet::new();
        for &person in persons {
            if let Some(account) = accounts::by_person(reader, person)? {
                changed.insert(account.id);
            }
            for contact in contacts(reader, domain, person, now)? {
                if contact.shares_presence {
                    concerned.insert(contact.account);
                }
            }
        }
        for (account, seen) in &self.seen {
            if changed.contains(account)
                || seen.contacts.iter().any(|(contact, ..)| changed.contains(contact))
            {
                concerned.insert(*account);
            }
        }
        let mut concerned: Vec<AccountId> = concerned.into_iter().collect();
        concerned.sort_unstable();
        Ok(concerned)
    }
}

fn change(
    account: AccountId,
    before: &HashMap<AccountId, (u64, bool)>,
    after: &HashMap<AccountId, (u64, bool)>,
) -> Change {
    let sharing = |map: &HashMap<AccountId, (u64, bool)>, id: &AccountId| {
        map.get(id).is_some_and(|(_, shares)| *shares)
    };
    let only_in = |these: &HashMap<AccountId, (u64, bool)>,
                   those: &HashMap<AccountId, (u64, bool)>| {
        let mut ids: Vec<AccountId> =
            these.keys().filter(|id| sharing(these, id) && !sharing(those, id)).copied().collect();
        ids.sort_unstable();
        ids
    };
    Change { account, added: only_in(after, before), removed: only_in(before, after) }
}
