//! The roster on the wire (RFC 6121 §2.1): asked for as a whole, with a version that spares the list when it is known.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::{Contact, DIRECTORY_OWNS_IT};
use crate::ns;
use konvent_core::Answer;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

/// Whether an iq is about the roster.
pub fn is_roster(iq: &Stanza) -> bool {
    iq.has("query", ns::ROSTER)
}

/// Answers a request for the roster; whoever asks wants to hear of changes, too (RFC 6121 §2.2).
///
/// # Errors
/// `roster.directory-owns-it` for every attempt to change it (RFC 6121 §2.1.5).
pub fn answer(iq: &Stanza, contacts: &[Contact]) -> Answer<Stanza> {
    let query = iq.payload().filter(|query| query.is("query", ns::ROSTER) && iq.is_kind("get"));
    let query = query.ok_or(DIRECTORY_OWNS_IT)?;
    let version = version(contacts);
    // RFC 6121 §2.6.3: an empty result says that the client's list is the newest.
    if query.attr("ver") == Some(&version) {
        return Ok(iq.result(None));
    }
    let mut list = el("query", ns::ROSTER);
    if query.attr("ver").is_some() {
        list = list.attr("ver", version);
    }
    Ok(iq.result(Some(&list.children(contacts.iter().map(item)).build())))
}

/// One contact (RFC 6121 §2.1.2).
pub(super) fn item(contact: &Contact) -> Element {
    el("item", ns::ROSTER)
        .attr("jid", &contact.address)
        .attr("name", &contact.name)
        .attr("subscription", if contact.shares_presence { "both" } else { "none" })
        .children(contact.groups.iter().map(|group| el("group", ns::ROSTER).text(group)))
        .build()
}

/// A push of one item (RFC 6121 §2.1.6). It comes from the account itself, that is, without `from`.
pub(super) fn push(item: Element, id: &str) -> Stanza {
    Stanza::iq("set", id).with_child(&el("query", ns::ROSTER).child(item).build())
}

/// Same list, same version (RFC 6121 §2.6): the version is a hash of the list.
fn version(contacts: &[Contact]) -> String {
    let mut hash = Sha256::new();
    for contact in contacts {
        hash.update(fingerprint(contact).to_be_bytes());
    }
    let mut version = String::new();
    for byte in hash.finalize().iter().take(12) {
        let _ = write!(version, "{byte:02x}"); // writing to a string cannot fail
    }
    version
}

/// Differs when anything about the contact does.
pub(super) fn fingerprint(contact: &Contact) -> u64 {
    let mut hash = Sha256::new();
    let shares = if contact.shares_presence { "both" } else { "none" };
    let parts = [contact.address.as_str(), &contact.name, shares];
    for part in parts.into_iter().chain(contact.groups.iter().map(String::as_str)) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    u64::from_be_bytes(hash.finalize().first_chunk::<8>().copied().unwrap_or_default())
}
