//! The contact list of a member: the directory's contacts and the member's own, as one.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use konvent_core::{AccountId, Answer, Millis, Reader};
use konvent_people::accounts;
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;

use super::store::{self, Item};
use super::{Member, states::State};
use crate::{Domain, roster};

/// Who of two sees the other's presence, from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sharing {
    /// The member sees the contact.
    pub sees: bool,
    /// The contact sees the member.
    pub is_seen: bool,
}

impl Sharing {
    /// Nobody sees anybody.
    pub const NONE: Self = Self { sees: false, is_seen: false };
    /// Both see each other.
    pub const BOTH: Self = Self { sees: true, is_seen: true };
}

impl From<State> for Sharing {
    fn from(state: State) -> Self {
        Self { sees: state.sees, is_seen: state.is_seen }
    }
}

/// Somebody in a contact list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The login, when the address is one of ours.
    pub account: Option<AccountId>,
    /// The bare address.
    pub address: BareJid,
    /// The member's name for it, else the directory's; may be empty.
    pub name: String,
    /// The member's groups for it, else the directory's.
    pub groups: Vec<String>,
    /// Who sees whom.
    pub sharing: Sharing,
    /// The member has asked to see the contact and waits.
    pub asks: bool,
    /// The contact's next request is granted already.
    pub is_approved: bool,
    /// The directory owns it.
    pub is_of_directory: bool,
}

impl Contact {
    /// The value of `subscription` (RFC 6121 §2.1.2.5).
    pub fn subscription(&self) -> &'static str {
        let Sharing { sees, is_seen } = self.sharing;
        State { sees, is_seen, ..State::NONE }.subscription()
    }
}

/// The whole list of a member, by address.
pub fn list(
    reader: &mut Reader<'_>,
    domain: &Domain,
    member: &Member,
    now: Millis,
) -> Answer<Vec<Contact>> {
    let mut own: BTreeMap<BareJid, Item> = store::items(reader, member.account)?
        .into_iter()
        .map(|item| (item.address.clone(), item))
        .collect();
    let mut contacts = Vec::new();
    for derived in roster::contacts(reader, domain, member.person, now)? {
        let item = own.remove(&derived.address);
        contacts.push(merged(derived, item));
    }
    for (address, item) in own {
        if item.is_listed && address != member.address {
            let account = account_at(reader, domain, &address)?;
            contacts.push(chosen(item, account));
        }
    }
    contacts.sort_unstable_by(|one, other| one.address.cmp(&other.address));
    Ok(contacts)
}

/// How one address stands in the list of a member; `None` when it does not.
pub fn contact(
    reader: &mut Reader<'_>,
    domain: &Domain,
    member: &Member,
    address: &BareJid,
    now: Millis,
) -> Answer<Option<Contact>> {
    let item = store::item(reader, member.account, address)?;
    if let Some(other) = open_account(reader, domain, address)?
        && let Some(derived) = roster::between(reader, domain, member.person, &other, now)?
    {
        return Ok(Some(merged(derived, item)));
    }
    let Some(item) = item.filter(|item| item.is_listed) else { return Ok(None) };
    let account = account_at(reader, domain, address)?;
    Ok(Some(chosen(item, account)))
}

/// Whether a member has put an address into the own list, or lets it see him.
pub fn has_listed(reader: &mut Reader<'_>, account: AccountId, address: &BareJid) -> Answer<bool> {
    Ok(store::item(reader, account, address)?.is_some_and(|item| item.is_listed))
}

/// The requests that wait for a member's decision (RFC 6121 §3.1.3), as they came.
pub fn requests(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Stanza>> {
    let kept = store::requests(reader, account)?;
    Ok(kept.iter().filter_map(|bytes| Stanza::parse(bytes).ok()).collect())
}

/// A contact of the directory; what the member noted about it goes before.
fn merged(derived: roster::Contact, item: Option<Item>) -> Contact {
    let own = item.filter(|item| item.is_listed);
    let sharing = own.as_ref().map_or(Sharing::NONE, |item| item.state.into());
    let asks = own.as_ref().is_some_and(|item| item.state.asks);
    let is_approved = own.as_ref().is_some_and(|item| item.is_approved);
    let (name, groups) = own.map_or((None, None), |item| (item.name, item.groups));
    Contact {
        account: Some(derived.account),
        address: derived.address,
        name: name.unwrap_or(derived.name),
        groups: groups.unwrap_or(derived.groups),
        sharing: if derived.shares_presence { Sharing::BOTH } else { sharing },
        asks: asks && !derived.shares_presence,
        is_approved,
        is_of_directory: true,
    }
}

fn chosen(item: Item, account: Option<AccountId>) -> Contact {
    Contact {
        account,
        address: item.address,
        name: item.name.unwrap_or_default(),
        groups: item.groups.unwrap_or_default(),
        sharing: item.state.into(),
        asks: item.state.asks,
        is_approved: item.is_approved,
        is_of_directory: false,
    }
}

/// The open account behind an address of ours.
pub(super) fn open_account(
    reader: &mut Reader<'_>,
    domain: &Domain,
    address: &BareJid,
) -> Answer<Option<accounts::Account>> {
    let Some(localpart) = address.node().filter(|_| is_ours(domain, address)) else {
        return Ok(None);
    };
    let account = accounts::by_localpart(reader, localpart.as_str())?;
    Ok(account.filter(|account| !account.is_closed))
}

fn account_at(
    reader: &mut Reader<'_>,
    domain: &Domain,
    address: &BareJid,
) -> Answer<Option<AccountId>> {
    match address.node().filter(|_| is_ours(domain, address)) {
        Some(localpart) => accounts::id_of(reader, localpart.as_str()),
        None => Ok(None),
    }
}

/// Whether the address is one that accounts of ours have.
pub(super) fn is_ours(domain: &Domain, address: &BareJid) -> bool {
    address.domain().as_str() == domain.name
}
