//! A member's own nodes (XEP-0163), the face of XEP-0060 that bookmarks and read positions share.
//!
//! Only the two nodes that other features offer exist. Left out: nodes of one's own, other members' nodes, subscriptions,
//! configuration, filtered notifications: events go to all available devices of the account.

#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Kind, Outbox, Reach, Refusal, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use crate::ns;

/// The visiting card of a member's own nodes.
pub const ABOUT: About = About {
    name: "pep",
    sentence: "Small things that all devices of a member share.",
    speaks: &["XEP-0060", "XEP-0163"],
    leaves_out: &[],
    announces: &[
        "http://jabber.org/protocol/pubsub#publish",
        "http://jabber.org/protocol/pubsub#retrieve-items",
        "http://jabber.org/protocol/pubsub#persistent-items",
        "http://jabber.org/protocol/pubsub#item-ids",
    ],
    migrations: &[],
    keeps: None,
};

/// There is no such node.
pub const NO_SUCH_NODE: Refusal = Refusal::new(Kind::NotFound, "pep.no-such-node");
/// There is no such item.
pub const NO_SUCH_ITEM: Refusal = Refusal::new(Kind::NotFound, "pep.no-such-item");
/// The request is not one of ours.
pub const NOT_IMPLEMENTED: Refusal = Refusal::new(Kind::NotAllowed, "pep.not-implemented");
/// The request is broken.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "pep.bad-request");

/// What a client wants of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Items (XEP-0060 §6.5): those with these ids, or all; at most so many.
    Items {
        /// The node.
        node: String,
        /// Empty for all.
        ids: Vec<String>,
        /// `max_items`.
        max: Option<usize>,
    },
    /// One item (XEP-0060 §7.1).
    Publish {
        /// The node.
        node: String,
        /// The item's id.
        id: String,
        /// What the item holds.
        payload: Option<Element>,
    },
    /// One item less (XEP-0060 §7.2).
    Retract {
        /// The node.
        node: String,
        /// The item's id.
        id: String,
    },
}

impl Request {
    /// The node it is about.
    pub fn node(&self) -> &str {
        match self {
            Self::Items { node, .. } | Self::Publish { node, .. } | Self::Retract { node, .. } => {
                node
            }
        }
    }
}

/// Reads an iq with `<pubsub/>`; `Ok(None)` when it is about something else.
///
/// # Errors
/// `pep.not-implemented` for what is not offered, `pep.bad-request`.
pub fn request(iq: &Stanza) -> Answer<Option<Request>> {
    let Some(pubsub) = iq.payload().filter(|child| child.name() == "pubsub") else {
        return Ok(None);
    };
    if !pubsub.has_ns(ns::PUBSUB) {
        // pubsub#owner: deleting, configuring, affiliations (XEP-0060 §8)
        return if pubsub.ns().starts_with(ns::PUBSUB) { Err(NOT_IMPLEMENTED) } else { Ok(None) };
    }
    let verb = pubsub.children().find(|child| child.has_ns(ns::PUBSUB)).ok_or(BAD_REQUEST)?;
    let node = verb.attr("node").ok_or(BAD_REQUEST)?.to_owned();
    let mut items = verb.children().filter(|child| child.is("item", ns::PUBSUB));
    let id_of = |item: &Element| item.attr("id").map(ToOwned::to_owned);
    match (verb.name(), iq.is_kind("set")) {
        ("items", false) => Ok(Some(Request::Items {
            node,
            ids: items.filter_map(id_of).take(500).collect(),
            max: verb.attr("max_items").and_then(|max| max.parse().ok()),
        })),
        ("publish", true) => {
            let item = items.next().ok_or(BAD_REQUEST)?;
            let id = id_of(item).ok_or(BAD_REQUEST)?; // both nodes name their items after addresses
            Ok(Some(Request::Publish { node, id, payload: item.children().next().cloned() }))
        }
        ("retract", true) => {
            let id = items.next().and_then(id_of).ok_or(BAD_REQUEST)?;
            Ok(Some(Request::Retract { node, id }))
        }
        _ => Err(NOT_IMPLEMENTED),
    }
}

/// The answer to [`Request::Items`] (XEP-0060 §6.5.2).
pub fn items_result(iq: &Stanza, node: &str, items: Vec<(String, Element)>) -> Stanza {
    let list = el("items", ns::PUBSUB).attr("node", node).children(
        items.into_iter().map(|(id, payload)| el("item", ns::PUBSUB).attr("id", id).child(payload)),
    );
    iq.result(Some(&el("pubsub", ns::PUBSUB).child(list).build()))
}

/// The answer to [`Request::Publish`] (XEP-0060 §7.1.2).
pub fn published(iq: &Stanza, node: &str, id: &str) -> Stanza {
    let item = el("item", ns::PUBSUB).attr("id", id);
    let publish = el("publish", ns::PUBSUB).attr("node", node).child(item);
    iq.result(Some(&el("pubsub", ns::PUBSUB).child(publish).build()))
}

/// One change in a node, for the member's own devices (XEP-0163 §4.3).
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// An item is new or has changed.
    Item(String, Element),
    /// An item is gone.
    Gone(String),
}

/// Tells the devices of an account, except the one that caused it.
pub fn notify(
    account: AccountId,
    address: &BareJid,
    except: Option<SessionId>,
    node: &str,
    event: Event,
    out: &mut Outbox,
) {
    let entry = match event {
        Event::Item(id, payload) => el("item", ns::PUBSUB_EVENT).attr("id", id).child(payload),
        Event::Gone(id) => el("retract", ns::PUBSUB_EVENT).attr("id", id),
    };
    let items = el("items", ns::PUBSUB_EVENT).attr("node", node).child(entry);
    let message = Stanza::message("headline")
        .with_from(Jid::from(address.clone()))
        .with_child(&el("event", ns::PUBSUB_EVENT).child(items).build());
    out.to_account(account, Reach::Available, except, message);
}
