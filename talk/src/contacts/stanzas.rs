//! The contact list on the wire (RFC 6121 §2): asked for as a whole, with a version that spares it when it is known, and
//! changed one item at a time.

use sha2::{Digest, Sha256};

use super::list::{Contact, contact, open_account};
use super::sequel::Sequel;
use super::states::Act;
use super::store::{self, Item};
use super::subscriptions::{push as push_to, step};
use super::{
    BAD_REQUEST, CONTACTS_MAX, GROUPS_MAX, Member, NAME_BYTES_MAX, NOT_ACCEPTABLE, NOT_LISTED,
    TOO_MANY,
};
use crate::roster::DIRECTORY_OWNS_IT;
use crate::{Domain, ns};
use konvent_core::{Answer, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

/// Whether an iq is about the contact list.
pub fn is_roster(iq: &Stanza) -> bool {
    iq.has("query", ns::ROSTER)
}

/// What streams say of contacts once somebody is signed in: lists have versions (RFC 6121 §2.6.1), and subscriptions can be
/// granted ahead (§3.4).
pub fn stream_features() -> Vec<Element> {
    vec![
        el("ver", "urn:xmpp:features:rosterver").build(),
        el("sub", "urn:xmpp:features:pre-approval").build(),
    ]
}

/// Answers a request for the list; whoever asks wants to hear of changes, too (RFC 6121 §2.2).
pub fn answer(iq: &Stanza, contacts: &[Contact]) -> Stanza {
    let known = iq.child("query", ns::ROSTER).and_then(|query| query.attr("ver"));
    let version = version_of(contacts);
    // RFC 6121 §2.6.3: an empty result says that the client's list is the newest.
    if known.as_deref() == Some(version.as_str()) {
        return iq.result(None);
    }
    // And also whoever did not ask for a version is told it.
    let list = el("query", ns::ROSTER).attr("ver", version);
    iq.result(Some(&list.children(contacts.iter().map(item)).build()))
}

/// One contact (RFC 6121 §2.1.2). A request that waits for the member is never shown here (§3.1.3).
pub(super) fn item(contact: &Contact) -> Element {
    let mut item = el("item", ns::ROSTER)
        .attr("jid", &contact.address)
        .attr("subscription", contact.subscription());
    if !contact.name.is_empty() {
        item = item.attr("name", &contact.name);
    }
    if contact.asks {
        item = item.attr("ask", "subscribe"); // RFC 6121 §2.1.2.2
    }
    if contact.is_approved {
        item = item.attr("approved", "true"); // RFC 6121 §2.1.2.1
    }
    item.children(contact.groups.iter().map(|group| el("group", ns::ROSTER).text(group))).build()
}

/// An item that is gone (RFC 6121 §2.5.2).
pub(super) fn removed(address: &BareJid) -> Element {
    el("item", ns::ROSTER).attr("jid", address).attr("subscription", "remove").build()
}

/// A push of one item (RFC 6121 §2.1.6), with the version of the list after it (§2.6.3). It comes from the account itself,
/// that is, without `from`.
pub(super) fn push(item: Element, id: &str, version: &str) -> Stanza {
    let query = el("query", ns::ROSTER).attr("ver", version).child(item).build();
    Stanza::iq("set", id).with_child(&query)
}

/// Same list, same version (RFC 6121 §2.6): made of the sum of the contacts' prints, so that one change gives the next.
pub(super) fn version(prints: u64, count: usize) -> String {
    format!("{prints:016x}{count:x}")
}

fn version_of(contacts: &[Contact]) -> String {
    let prints = contacts.iter().fold(0_u64, |sum, one| sum.wrapping_add(fingerprint(one)));
    version(prints, contacts.len())
}

/// Differs when anything about the contact does.
pub(super) fn fingerprint(contact: &Contact) -> u64 {
    let mut hash = Sha256::new();
    let flags = [u8::from(contact.asks), u8::from(contact.is_approved)];
    hash.update(flags);
    let parts = [contact.address.as_str(), &contact.name, contact.subscription()];
    for part in parts.into_iter().chain(contact.groups.iter().map(String::as_str)) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    u64::from_be_bytes(hash.finalize().first_chunk::<8>().copied().unwrap_or_default())
}

/// What a client wants of one item.
#[derive(Debug, PartialEq, Eq)]
enum Wish {
    Note { address: BareJid, name: String, groups: Vec<String> },
    Remove { address: BareJid },
}

/// Reads a set. Everything in it but address, name, groups and `remove` is the server's to decide (RFC 6121 §2.1.2).
fn wish(iq: &Stanza) -> Answer<Wish> {
    let query = iq.payload().filter(|query| query.is("query", ns::ROSTER)).ok_or(BAD_REQUEST)?;
    // RFC 6121 §2.1.5: exactly one item.
    let mut items = query.children();
    let item = items.next().filter(|item| item.is("item", ns::ROSTER)).ok_or(BAD_REQUEST)?;
    if items.next().is_some() {
        return Err(BAD_REQUEST);
    }
    let address = item.attr("jid").and_then(|jid| Jid::new(jid).ok()).ok_or(BAD_REQUEST)?.to_bare();
    if item.attr("subscription") == Some("remove") {
        return Ok(Wish::Remove { address });
    }
    let name = item.attr("name").unwrap_or_default().to_owned();
    let mut groups: Vec<String> =
        item.children().filter(|child| child.is("group", ns::ROSTER)).map(Element::text).collect();
    // RFC 6121 §2.3.3: no empty group, nothing too long, no group twice.
    let is_too_long = |text: &String| text.len() > NAME_BYTES_MAX;
    if groups.iter().any(String::is_empty)
        || groups.iter().any(is_too_long)
        || is_too_long(&name)
        || groups.len() > GROUPS_MAX
    {
        return Err(NOT_ACCEPTABLE);
    }
    groups.sort_unstable();
    if groups.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(BAD_REQUEST);
    }
    Ok(Wish::Note { address, name, groups })
}

/// A member changes one item of the own list (RFC 6121 §2.3, §2.4, §2.5).
///
/// # Errors
/// What RFC 6121 §2.3.3 and §2.5.3 name, and `roster.directory-owns-it` for removing what the directory has put there.
pub fn change(tx: &mut Tx<'_>, domain: &Domain, me: &Member, iq: &Stanza) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    match wish(iq)? {
        Wish::Note { address, .. } | Wish::Remove { address } if address == me.address => {
            return Err(BAD_REQUEST); // nobody is his own contact
        }
        Wish::Note { address, name, groups } => {
            note(tx, domain, me, &address, name, groups, &mut sequel)?;
        }
        Wish::Remove { address } => remove(tx, domain, me, &address, &mut sequel)?,
    }
    Ok(sequel)
}

/// Name and groups of the member's own. What is as the directory has it goes on following the directory.
fn note(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    address: &BareJid,
    name: String,
    groups: Vec<String>,
    sequel: &mut Sequel,
) -> Answer<()> {
    let now = tx.now();
    let item = store::item(tx, me.account, address)?.unwrap_or_else(|| Item::new(address.clone()));
    if !item.is_listed && store::counts(tx, me.account)?.0 >= CONTACTS_MAX {
        return Err(TOO_MANY);
    }
    let other = open_account(tx, domain, address)?;
    let derived = match &other {
        Some(other) => crate::roster::between(tx, domain, me.person, other, now)?,
        None => None,
    };
    let (their_name, their_groups) =
        derived.map_or((String::new(), Vec::new()), |contact| (contact.name, contact.groups));
    let after = Item {
        is_listed: true,
        name: (!name.is_empty() && name != their_name).then_some(name),
        groups: (groups != their_groups).then_some(groups),
        ..item
    };
    store::put(tx, me.account, &after)?;
    push_to(tx, domain, me, address, other.map(|other| other.id), sequel)
}

/// RFC 6121 §2.5.2: whoever is removed is told that nobody sees anybody any more.
fn remove(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    address: &BareJid,
    sequel: &mut Sequel,
) -> Answer<()> {
    let now = tx.now();
    if contact(tx, domain, me, address, now)?.ok_or(NOT_LISTED)?.is_of_directory {
        return Err(DIRECTORY_OWNS_IT);
    }
    let state = store::item(tx, me.account, address)?.map(|item| item.state).unwrap_or_default();
    for (act, is_due) in [
        (Act::Unsubscribe, state.sees || state.asks),
        (Act::Unsubscribed, state.is_seen || state.is_asked),
    ] {
        if is_due {
            let presence = Stanza::presence(act.kind());
            step(tx, domain, me, act, address, &presence, sequel)?;
        }
    }
    store::strike(tx, me.account, address)?;
    // One push says it all.
    sequel.pushes.retain(|push| push.account != me.account || push.address != *address);
    let of = open_account(tx, domain, address)?.map(|account| account.id);
    push_to(tx, domain, me, address, of, sequel)
}
