//! Carbons (XEP-0280): a member's other devices see what one of them sends or receives.

use konvent_core::{About, AccountId, Outbox, Reach, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Jid, Name, Stanza};

use crate::{Session, ns};

#[cfg(test)]
mod tests;

/// The visiting card of the carbons.
pub const ABOUT: About = About {
    name: "carbons",
    sentence: "All devices of a member show the same conversation.",
    speaks: &["XEP-0280", "XEP-0297", "XEP-0482"],
    leaves_out: &[(
        "XEP-0280 §6.1",
        "an error is copied only if it brings along what it is about, otherwise nobody here knows any more what was sent; invitations that a room of ours passes on reach the available devices and no others. So the full set of rules is not announced (§6.2)",
    )],
    announces: &[ns::CARBONS],
    migrations: &[],
    keeps: None,
};

/// Whether an iq switches carbons on or off for its connection; the flow remembers it and answers with a result
/// (XEP-0280 §4). `None` when it is another iq.
pub fn wish(iq: &Stanza) -> Option<bool> {
    if !iq.is_kind("set") {
        return None;
    }
    if iq.has("enable", ns::CARBONS) {
        Some(true)
    } else if iq.has("disable", ns::CARBONS) {
        Some(false)
    } else {
        None
    }
}

/// Invitations to calls, and what becomes of them.
const CALL_INVITES: &str = "urn:xmpp:call-invites:0";

/// Whether other devices should see a copy (XEP-0280 §6.1).
pub fn is_eligible(message: &Stanza) -> bool {
    if message.name != Name::Message {
        return false;
    }
    let mut says = false;
    for child in message.children() {
        match child.name() {
            // Invitations, by the inviter and by the room.
            "x" if child.ns() == ns::CONFERENCE => says = true,
            "x" if child.ns() == ns::MUC_USER => says |= is_invitation(child),
            "private" if child.ns() == ns::CARBONS => return false,
            "no-copy" if child.ns() == ns::HINTS => return false,
            "body" if child.ns() == ns::CLIENT => says = true,
            // Words without a body: encrypted, receipts, markers, reactions, typing.
            "encrypted" | "received" | "displayed" | "acknowledged" | "reactions" | "retract"
            | "apply-to" | "openpgp" | "composing" | "paused" | "active" | "inactive" | "gone"
            | "propose" | "accept" | "reject" | "proceed" => says = true,
            // XEP-0482 §3: whoever answers a call on one device answers it for all, of whatever type the message is.
            "invite" | "left" if child.ns() == CALL_INVITES => says = true,
            _ => {}
        }
    }
    match message.kind.as_deref() {
        Some("chat") => true,
        None | Some("normal" | "error") => says,
        _ => false, // group chat, headlines
    }
}

fn is_invitation(x: ChildRef<'_>) -> bool {
    x.element().is_some_and(|x| x.has_child("invite", ns::MUC_USER))
}

/// Whether a message that came is one that the other devices should see (XEP-0280 §6.1): a private word through a room has
/// reached each device that is in the room.
fn came_eligible(message: &Stanza) -> bool {
    let x = message.child("x", ns::MUC_USER);
    is_eligible(message) && x.is_none_or(is_invitation)
}

/// Copies what a connection sent to the member's other devices (XEP-0280 §8).
pub fn copy_sent(sender: &Session, message: &Stanza, out: &mut Outbox) {
    if is_eligible(message) {
        let copy = wrapped("sent", &sender.bare(), message);
        out.to_account(sender.account, Reach::Carbons, Some(sender.id), copy);
    }
}

/// Copies what one own connection sent to another to a third (XEP-0280 §8): each of the three has it once.
pub fn copy_sent_beside(
    address: &BareJid,
    session: SessionId,
    device: &Jid,
    message: &Stanza,
    out: &mut Outbox,
) {
    if is_eligible(message) {
        out.to_session(session, wrapped("sent", address, message).with_to(device.clone()));
    }
}

/// The message as its receiver gets it: the wish that it be copied nowhere was ours to obey (XEP-0280 §9).
#[must_use]
pub fn without_private(message: &Stanza) -> Stanza {
    message.without(|child| child.is("private", ns::CARBONS))
}

/// Copies what was delivered to one connection to the member's other devices (XEP-0280 §7).
///
/// `reached` got the message itself. Of a message to the bare address every available device has its own.
pub fn copy_received(
    receiver: AccountId,
    address: &BareJid,
    reached: SessionId,
    message: &Stanza,
    out: &mut Outbox,
) {
    if came_eligible(message) {
        out.to_account(
            receiver,
            Reach::Carbons,
            Some(reached),
            wrapped("received", address, message),
        );
    }
}

/// Copies what went to the available devices to one that is connected but not among them (XEP-0280 §7).
pub fn copy_received_beside(
    address: &BareJid,
    session: SessionId,
    device: &Jid,
    message: &Stanza,
    out: &mut Outbox,
) {
    if came_eligible(message) {
        out.to_session(session, wrapped("received", address, message).with_to(device.clone()));
    }
}

/// The copy comes from the member's own bare address; clients must not believe any other (XEP-0280 §11).
fn wrapped(direction: &str, owner: &BareJid, message: &Stanza) -> Stanza {
    let kind = message.kind.as_deref().unwrap_or_default();
    let outer = el(direction, ns::CARBONS).child(el("forwarded", ns::FORWARD)).build(); // XEP-0297 §3
    Stanza::message(kind).with_from(Jid::from(owner.clone())).with_forwarded(&outer, message)
}
