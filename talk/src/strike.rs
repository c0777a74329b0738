//! What no client may say in our name: marks of the archive and of rooms, times, and wrapped words of others.
//!
//! Receivers trust these children because a server writes them. Forged carbons and archive results have been a hole in
//! nearly every client (CVE-2017-5589 and its successors), so none of ours ever relays one.

use konvent_wire::{ChildRef, Stanza};

use crate::ns;

/// The message without what its sender may not claim.
///
/// Stanza ids (XEP-0359 §3), delays (XEP-0203), carbons (XEP-0280 §11), archive results (XEP-0313 §8.2), occupant ids
/// (XEP-0421 §4) and a room's words about its occupants (XEP-0045 §7.8.2).
#[must_use]
pub fn claims(message: &Stanza) -> Stanza {
    message.without(is_claim)
}

/// The stanza from another server without what only we may say to our members.
///
/// What a room abroad says of its occupants, its stanza ids and its delays are its own to say. Ours are stanza ids in our
/// name (XEP-0359 §3), and the wrapped words that clients believe because their own server brings them: carbons
/// (XEP-0280 §11) and archive results (XEP-0313 §8.2).
#[must_use]
pub fn from_abroad(stanza: &Stanza, domain: &crate::Domain) -> Stanza {
    stanza.without(|child| match child.name() {
        "stanza-id" => {
            child.ns() == ns::STANZA_ID && child.attr("by").is_none_or(|by| is_ours(&by, domain))
        }
        "sent" | "received" => child.ns() == ns::CARBONS,
        "result" | "fin" => child.ns().starts_with("urn:xmpp:mam:"),
        _ => false,
    })
}

fn is_ours(address: &str, domain: &crate::Domain) -> bool {
    konvent_wire::Jid::new(address).map_or(true, |address| {
        let host = address.domain().as_str();
        host == domain.name
            || host == domain.rooms
            || domain.services.iter().any(|service| service.host == host)
    })
}

fn is_claim(child: ChildRef<'_>) -> bool {
    match child.name() {
        "stanza-id" => child.ns() == ns::STANZA_ID,
        "delay" => child.ns() == ns::DELAY || child.ns() == "jabber:x:delay",
        "sent" | "received" => child.ns() == ns::CARBONS,
        "result" => child.ns().starts_with("urn:xmpp:mam:"),
        "occupant-id" => child.ns() == ns::OCCUPANT_ID,
        "x" => child.ns() == ns::MUC_USER || child.ns() == "jabber:x:delay",
        _ => false,
    }
}
