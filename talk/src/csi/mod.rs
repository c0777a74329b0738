//! What may wait while nobody looks at a screen (XEP-0352): a phone in a pocket is not woken for who comes and goes.
//!
//! * Presence, typing and what people publish wait; of each sender only the newest is kept, for only that is still true.
//! * Whatever is said, asked, answered or refused goes out at once, and what waited goes before it, so that nothing is
//!   seen out of its order.
//! * What waits is bounded ([`WAITING_MAX`]); then it goes out, too.
//!
//! The server's mailboxes hold it back. Left out: throwing away for good; even typing is told if it is still going on.

use konvent_core::About;
use konvent_wire::{ChildRef, Name, Stanza};

use crate::ns;

/// The visiting card of the screen's state.
pub const ABOUT: About = About {
    name: "csi",
    sentence: "Phones in pockets are not woken for who comes and goes.",
    speaks: &["XEP-0352"],
    leaves_out: &[(
        "XEP-0352 §3.2",
        "what waits is the same for all and no setting: nothing of it is ever lost, so there is nothing to choose",
    )],
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// So much waits for one inactive client at most: one member's circle and some rooms.
pub const WAITING_MAX: usize = 500;

/// Namespaces of messages that say nothing by themselves: typing, and hints on how to treat them.
const IDLE: &[&str] = &[ns::CHAT_STATES, ns::HINTS, ns::STANZA_ID, ns::OCCUPANT_ID];

/// Under which name a stanza waits: of those with the same name only the newest does. `None`: it must not wait.
pub fn waits_as(stanza: &Stanza) -> Option<String> {
    let from = stanza.from.as_ref()?;
    match stanza.name {
        // XEP-0352 §3.2: presence. Not what asks something, fails, or tells of a change in a room (kicked, closed …).
        Name::Presence => {
            let is_plain = matches!(stanza.kind.as_deref(), None | Some("unavailable"));
            (is_plain && !has_status(stanza)).then(|| format!("presence {from}"))
        }
        Name::Message if stanza.is_error() => None,
        Name::Message => {
            if let Some(event) = stanza.child("event", ns::PUBSUB_EVENT) {
                return Some(format!("event {from} {}", node(event)?));
            }
            // XEP-0352 §3.2: chat states. A carbon of one counts as what it copies.
            let copied = stanza.children().find(|child| child.ns() == ns::CARBONS);
            let is_idle = match copied {
                Some(copied) => copied_is_idle(copied),
                None => is_idle(stanza.children().map(|child| child.ns().into_owned())),
            };
            is_idle.then(|| format!("typing {from} {}", copied.map_or("", ChildRef::name)))
        }
        Name::Iq => None,
    }
}

/// Whether a room adds to a presence what has happened (status codes, destruction).
fn has_status(presence: &Stanza) -> bool {
    let x = presence.child("x", ns::MUC_USER).and_then(ChildRef::element);
    x.is_some_and(|x| x.has_child("status", ns::MUC_USER) || x.has_child("destroy", ns::MUC_USER))
}

/// The node of an event, if that is all it is about: a configuration or a purge has none.
fn node(event: ChildRef<'_>) -> Option<String> {
    let event = event.element()?;
    let items = event.get_child("items", ns::PUBSUB_EVENT)?;
    // Several items of one node are no newer versions of each other: only single ones replace what came before.
    let mut all = items.children();
    let (first, more) = (all.next()?, all.next());
    if more.is_some() || first.name() != "item" {
        return None;
    }
    let item = first.attr("id").unwrap_or_default();
    Some(format!("{} {item}", items.attr("node")?))
}

fn copied_is_idle(copy: ChildRef<'_>) -> bool {
    let message = copy.element().and_then(|copy| {
        copy.get_child("forwarded", ns::FORWARD)?.get_child("message", ns::CLIENT).cloned()
    });
    message.is_some_and(|message| is_idle(message.children().map(konvent_wire::Element::ns)))
}

/// A chat state, and nothing that says more.
fn is_idle(namespaces: impl Iterator<Item = String>) -> bool {
    let mut has_state = false;
    for namespace in namespaces {
        has_state |= namespace == ns::CHAT_STATES;
        if !IDLE.contains(&namespace.as_str()) {
            return false;
        }
    }
    has_state
}

#[cfg(test)]
mod tests;
