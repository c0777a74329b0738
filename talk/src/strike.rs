//! What no client may say in our name: marks of the archive and of rooms, times, and wrapped words of others.
//!
//! Receivers trust these children because a server writes them. Forged carbons and archive results have been a hole in
//! nearly every client (CVE-2017-5589 and its successors), so none of ours ever relays one.

use konvent_wire::{ChildRef, Stanza};

use crate::ns;

/// The message without what its sender may not claim.
///
/// Stanza ids (XEP-0359 §4), delays (XEP-0203), carbons (XEP-0280 §11), archive results (XEP-0313 §10), occupant ids
/// (XEP-0421 §4) and a room's words about its occupants (XEP-0045 §7.8.2).
#[must_use]
pub fn claims(message: &Stanza) -> Stanza {
    message.without(is_claim)
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
