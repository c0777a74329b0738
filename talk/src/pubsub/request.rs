//! What a client wants of nodes: read from an iq, without believing a word of it (XEP-0060 §5 to §8).

use konvent_core::{Answer, Refusal};
use konvent_wire::form::Form;
use konvent_wire::{Element, Jid, Stanza, rsm};

use super::store::Order;
use super::{
    BAD_REQUEST, INVALID_JID, INVALID_OPTIONS, INVALID_PAYLOAD, ITEM_REQUIRED, JID_REQUIRED,
    NAME_MAX_BYTES, NO_COLLECTIONS, NO_OPTIONS, NODE_ID_REQUIRED, NOT_IMPLEMENTED,
};
use crate::ns;

/// Items that one request may name: bounds its work.
const IDS_MAX: usize = 500;

/// Which items of a node are wanted (XEP-0060 §6.5).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// The node.
    pub node: String,
    /// Those with these ids; empty for all.
    pub ids: Vec<String>,
    /// The newest so many (`max_items`).
    pub newest: Option<u32>,
    /// By which subscription (XEP-0060 §6.5.9.2).
    pub subid: Option<String>,
    /// Which page (XEP-0059 §2).
    pub page: rsm::Request,
    /// In which order (XEP-0413 §3).
    pub order: Order,
    /// Highest first (XEP-0413 §4).
    pub descends: bool,
}

/// What is asked or wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Items (XEP-0060 §6.5).
    Items(Selection),
    /// The asker's subscriptions, with one node or all (XEP-0060 §5.6).
    Subscriptions(Option<String>),
    /// The asker's affiliations, with one node or all (XEP-0060 §5.7).
    Affiliations(Option<String>),
    /// How new nodes are set up (XEP-0060 §8.3).
    Defaults,
    /// How a node is set up (XEP-0060 §8.2).
    Configuration(String),
    /// Who is subscribed to a node (XEP-0060 §8.8.1).
    NodeSubscriptions(String),
    /// Who is affiliated with a node (XEP-0060 §8.9.1).
    NodeAffiliations(String),
    /// One item, or none for a mere notification (XEP-0060 §7.1).
    Publish {
        /// The node.
        node: String,
        /// The item's id and what it holds.
        item: Option<(Option<String>, Option<Element>)>,
        /// How the node must be (XEP-0060 §7.1.5).
        options: Option<Form>,
    },
    /// Items less (XEP-0060 §7.2).
    Retract {
        /// The node.
        node: String,
        /// The item's id.
        id: String,
        /// Whether subscribers shall be told.
        notify: bool,
    },
    /// A new node, with or without a name (XEP-0060 §8.1).
    Create(Option<String>, Option<Form>),
    /// Another set-up (XEP-0060 §8.2.4).
    Configure(String, Form),
    /// The end of a node (XEP-0060 §8.4), and where it goes on.
    Delete(String, Option<String>),
    /// The end of all its items (XEP-0060 §8.5).
    Purge(String),
    /// A subscription (XEP-0060 §6.1).
    Subscribe(String, Jid),
    /// Its end (XEP-0060 §6.2).
    Unsubscribe(String, Jid, Option<String>),
    /// The owner changes subscriptions (XEP-0060 §8.8.2).
    SetSubscriptions(String, Vec<(String, String)>),
    /// The owner changes affiliations (XEP-0060 §8.9.2).
    SetAffiliations(String, Vec<(String, String)>),
}

impl Request {
    /// The node it is about, if it is about one.
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Items(selection) => Some(&selection.node),
            Self::Subscriptions(node) | Self::Affiliations(node) | Self::Create(node, _) => {
                node.as_deref()
            }
            Self::Defaults => None,
            Self::Configuration(node)
            | Self::NodeSubscriptions(node)
            | Self::NodeAffiliations(node)
            | Self::Publish { node, .. }
            | Self::Retract { node, .. }
            | Self::Configure(node, _)
            | Self::Delete(node, _)
            | Self::Purge(node)
            | Self::Subscribe(node, _)
            | Self::Unsubscribe(node, ..)
            | Self::SetSubscriptions(node, _)
            | Self::SetAffiliations(node, _) => Some(node),
        }
    }

    /// Whether it changes nothing.
    pub fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Items(_)
                | Self::Subscriptions(_)
                | Self::Affiliations(_)
                | Self::Defaults
                | Self::Configuration(_)
                | Self::NodeSubscriptions(_)
                | Self::NodeAffiliations(_)
        )
    }
}

/// Whether an iq speaks of nodes at all.
pub fn is_pubsub(iq: &Stanza) -> bool {
    iq.children().next().is_some_and(|child| {
        child.name() == "pubsub" && matches!(child.ns().as_ref(), ns::PUBSUB | ns::PUBSUB_OWNER)
    })
}

/// Reads an iq; `Ok(None)` when it is about something else.
///
/// # Errors
/// What the standard asks for: `pubsub.bad-request`, `pubsub.nodeid-required`, `pubsub.not-implemented` …
pub fn read(iq: &Stanza) -> Answer<Option<Request>> {
    if !is_pubsub(iq) {
        return Ok(None);
    }
    let pubsub = iq.payload().ok_or(BAD_REQUEST)?;
    let is_set = iq.is_kind("set");
    if pubsub.has_ns(ns::PUBSUB) {
        of_everybody(&pubsub, is_set).map(Some)
    } else {
        of_owners(&pubsub, is_set).map(Some)
    }
}

fn name_of(verb: &Element) -> Answer<Option<String>> {
    match verb.attr("node") {
        None | Some("") => Ok(None),
        Some(name) if name.len() > NAME_MAX_BYTES => Err(BAD_REQUEST),
        Some(name) => Ok(Some(name.to_owned())),
    }
}

fn node_of(verb: &Element) -> Answer<String> {
    name_of(verb)?.ok_or(NODE_ID_REQUIRED)
}

fn id_of(item: &Element) -> Answer<Option<String>> {
    match item.attr("id") {
        None | Some("") => Ok(None),
        Some(id) if id.len() > NAME_MAX_BYTES => Err(BAD_REQUEST),
        Some(id) => Ok(Some(id.to_owned())),
    }
}

fn jid_of(verb: &Element) -> Answer<Jid> {
    let text = verb.attr("jid").ok_or(JID_REQUIRED)?;
    Jid::new(text).map_err(|_| INVALID_JID)
}

/// The form of `<configure/>` or `<publish-options/>`, if there is one; one for something else is refused (XEP-0068 §3).
fn form_of(parent: &Element, purpose: &str, otherwise: Refusal) -> Answer<Option<Form>> {
    let Some(form) = Form::of(parent) else { return Ok(None) };
    match form.form_type() {
        Some(known) if known != purpose => Err(otherwise),
        _ => Ok(Some(form)),
    }
}

fn of_everybody(pubsub: &Element, is_set: bool) -> Answer<Request> {
    let ours = |child: &&Element| child.has_ns(ns::PUBSUB);
    let verb = pubsub.children().find(ours).ok_or(BAD_REQUEST)?;
    match (verb.name(), is_set) {
        ("items", false) => items(pubsub, verb).map(Request::Items),
        ("subscriptions", false) => name_of(verb).map(Request::Subscriptions),
        ("affiliations", false) => name_of(verb).map(Request::Affiliations),
        ("options" | "default", _) => Err(NO_OPTIONS),
        ("publish", true) => publish(pubsub, verb),
        ("retract", true) => {
            let node = node_of(verb)?;
            // XEP-0060 §7.2.1: one item, with an id.
            let mut items = verb.children().filter(|child| child.is("item", ns::PUBSUB));
            let id = items.next().map(id_of).transpose()?.flatten().ok_or(ITEM_REQUIRED)?;
            if items.next().is_some() {
                return Err(BAD_REQUEST);
            }
            let notify = matches!(verb.attr("notify"), Some("1" | "true"));
            Ok(Request::Retract { node, id, notify })
        }
        ("create", true) => {
            if verb.attr("type").is_some_and(|kind| kind == "collection") {
                return Err(NO_COLLECTIONS);
            }
            let configure = pubsub.get_child("configure", ns::PUBSUB);
            // XEP-0060 §8.1.3: the node is named by <create/>.
            if configure.is_some_and(|configure| configure.attr("node").is_some()) {
                return Err(BAD_REQUEST);
            }
            let form = configure
                .map(|configure| form_of(configure, ns::PUBSUB_NODE_CONFIG, BAD_REQUEST))
                .transpose()?
                .flatten();
            Ok(Request::Create(name_of(verb)?, form))
        }
        ("subscribe", true) => {
            if pubsub.has_child("options", ns::PUBSUB) {
                return Err(NO_OPTIONS);
            }
            Ok(Request::Subscribe(node_of(verb)?, jid_of(verb)?))
        }
        ("unsubscribe", true) => {
            let subid = verb.attr("subid").map(ToOwned::to_owned);
            Ok(Request::Unsubscribe(node_of(verb)?, jid_of(verb)?, subid))
        }
        // XEP-0060 §8.1.3: what goes with a verb follows it.
        ("items" | "publish" | "retract" | "create" | "subscribe" | "unsubscribe", _)
        | ("configure" | "publish-options", true) => Err(BAD_REQUEST),
        _ => Err(NOT_IMPLEMENTED),
    }
}

fn items(pubsub: &Element, verb: &Element) -> Answer<Selection> {
    let mut selection = Selection { node: node_of(verb)?, ..Selection::default() };
    for item in verb.children().filter(|child| child.is("item", ns::PUBSUB)).take(IDS_MAX) {
        selection.ids.extend(id_of(item)?);
    }
    if let Some(newest) = verb.attr("max_items") {
        selection.newest = Some(newest.trim().parse().map_err(|_| BAD_REQUEST)?);
    }
    selection.subid = verb.attr("subid").map(ToOwned::to_owned);
    selection.page = rsm::Request::of(pubsub).ok_or(BAD_REQUEST)?;
    // XEP-0413 §4: levels below the first never decide, because no two numbers are equal.
    if let Some(order) = pubsub.get_child("order", ns::ORDER_BY) {
        selection.order = match order.attr("by") {
            Some("creation") => Order::Made,
            Some("modification") => Order::Changed,
            _ => return Err(NOT_IMPLEMENTED),
        };
        selection.descends = matches!(order.attr("desc"), Some("1" | "true"));
    }
    Ok(selection)
}

fn publish(pubsub: &Element, verb: &Element) -> Answer<Request> {
    let node = node_of(verb)?;
    let mut items = verb.children().filter(|child| child.is("item", ns::PUBSUB));
    let item = match items.next() {
        None => None,
        Some(item) => {
            let mut payloads = item.children();
            let payload = payloads.next().cloned();
            // XEP-0060 §7.1.3.6: one payload.
            if payloads.next().is_some() {
                return Err(INVALID_PAYLOAD);
            }
            Some((id_of(item)?, payload))
        }
    };
    if items.next().is_some() {
        return Err(BAD_REQUEST); // XEP-0060 §7.1.1: at most one item
    }
    let options = match pubsub.get_child("publish-options", ns::PUBSUB) {
        None => None,
        Some(options) => {
            let form = form_of(options, ns::PUBSUB_PUBLISH_OPTIONS, INVALID_OPTIONS)?;
            Some(form.ok_or(INVALID_OPTIONS)?)
        }
    };
    Ok(Request::Publish { node, item, options })
}

fn of_owners(pubsub: &Element, is_set: bool) -> Answer<Request> {
    let ours = |child: &&Element| child.has_ns(ns::PUBSUB_OWNER);
    let verb = pubsub.children().find(ours).ok_or(BAD_REQUEST)?;
    // XEP-0060 §8.3.2: of leaves, there is nothing else.
    if verb.name() == "default" && !is_set {
        return match verb.attr("type") {
            None | Some("leaf") => Ok(Request::Defaults),
            Some(_) => Err(NO_COLLECTIONS),
        };
    }
    let node = node_of(verb)?;
    match (verb.name(), is_set) {
        ("configure", false) => Ok(Request::Configuration(node)),
        ("configure", true) => {
            let form = form_of(verb, ns::PUBSUB_NODE_CONFIG, BAD_REQUEST)?;
            Ok(Request::Configure(node, form.ok_or(BAD_REQUEST)?))
        }
        ("delete", true) => Ok(Request::Delete(node, redirect(verb)?)),
        ("purge", true) => Ok(Request::Purge(node)),
        ("subscriptions", false) => Ok(Request::NodeSubscriptions(node)),
        ("affiliations", false) => Ok(Request::NodeAffiliations(node)),
        ("subscriptions", true) => {
            Ok(Request::SetSubscriptions(node, changes(verb, "subscription")?))
        }
        ("affiliations", true) => Ok(Request::SetAffiliations(node, changes(verb, "affiliation")?)),
        ("delete" | "purge", false) => Err(BAD_REQUEST),
        _ => Err(NOT_IMPLEMENTED),
    }
}

/// Where a node goes on that is deleted here (XEP-0060 §8.4.1).
fn redirect(verb: &Element) -> Answer<Option<String>> {
    let redirect = verb.get_child("redirect", ns::PUBSUB_OWNER);
    match redirect.and_then(|redirect| redirect.attr("uri")) {
        Some(uri) if uri.is_empty() || uri.len() > NAME_MAX_BYTES => Err(BAD_REQUEST),
        uri => Ok(uri.map(ToOwned::to_owned)),
    }
}

/// Address and new value, of those that name one (XEP-0060 §8.8.2.1, §8.9.2.1).
fn changes(verb: &Element, name: &str) -> Answer<Vec<(String, String)>> {
    let mut changes: Vec<(String, String)> = Vec::new();
    for entry in verb.children().filter(|child| child.is(name, ns::PUBSUB_OWNER)).take(IDS_MAX) {
        let jid = jid_of(entry)?.to_string();
        let Some(value) = entry.attr(name) else { continue };
        // XEP-0060 §8.9.2.4: nobody twice.
        if changes.iter().any(|(known, _)| *known == jid) {
            return Err(BAD_REQUEST);
        }
        changes.push((jid, value.to_owned()));
    }
    Ok(changes)
}
