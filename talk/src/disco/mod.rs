//! Service discovery (XEP-0030): what the server and a member's own account are and can.
//!
//! What is announced comes from the visiting cards of the features that are switched on. Rooms describe themselves in
//! their own folder. Left out: nodes, entity capabilities of the server.

#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Kind, Refusal};
use konvent_wire::form::{Field, Form};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use crate::{Domain, ns};

/// The visiting card of service discovery.
pub const ABOUT: About = About {
    name: "disco",
    sentence: "What this server, an account or a room is and can.",
    speaks: &["XEP-0030", "XEP-0128", "XEP-0157", "XEP-0506"],
    leaves_out: &[
        (
            "XEP-0030 §4.1",
            "connected devices are not among the items of an account: whoever may see them has their presence",
        ),
        (
            "XEP-0455 §2",
            "the server names no page that tells of its outages: whoever runs it says so where members look, and no other machine learns who asks",
        ),
        (
            "XEP-0485 §4, XEP-0489 §3",
            "nobody outside is told with which servers the house talks, nor what somebody is here: membership reveals political opinion",
        ),
    ],
    announces: &[ns::DISCO_INFO, ns::DISCO_ITEMS],
    migrations: &[],
    keeps: None,
};

/// There is no such node here (XEP-0030 §3.2).
pub const NO_SUCH_NODE: Refusal = Refusal::new(Kind::NotFound, "disco.no-such-node");

/// The answer to a `disco#info` query: identities (category, type, name), features and forms (XEP-0128).
pub(crate) fn info<'a>(
    iq: &Stanza,
    identities: &[(&str, &str, Option<&str>)],
    features: impl IntoIterator<Item = &'a str>,
    forms: impl IntoIterator<Item = Element>,
) -> Stanza {
    let node = iq.payload().and_then(|query| query.attr("node").map(ToOwned::to_owned));
    // XEP-0030 §3.2: the answer names the node that was asked for.
    let query = el("query", ns::DISCO_INFO)
        .maybe("node", node)
        .children(identities.iter().map(|(category, kind, name)| {
            el("identity", ns::DISCO_INFO)
                .attr("category", category)
                .attr("type", kind)
                .maybe("name", *name)
        }))
        .children(features.into_iter().map(|var| el("feature", ns::DISCO_INFO).attr("var", var)))
        .children(forms);
    iq.result(Some(&query.build()))
}

/// As [`info`], of a node (XEP-0030 §3.2).
pub(crate) fn node_info<'a>(
    iq: &Stanza,
    node: &str,
    identities: &[(&str, &str, Option<&str>)],
    features: impl IntoIterator<Item = &'a str>,
) -> Stanza {
    let query = el("query", ns::DISCO_INFO)
        .attr("node", node)
        .children(identities.iter().map(|(category, kind, name)| {
            el("identity", ns::DISCO_INFO)
                .attr("category", category)
                .attr("type", kind)
                .maybe("name", *name)
        }))
        .children(features.into_iter().map(|var| el("feature", ns::DISCO_INFO).attr("var", var)));
    iq.result(Some(&query.build()))
}

/// A field of a form with one value.
pub(crate) fn text_field(var: &str, value: &str, kind: Option<&str>) -> Element {
    el("field", ns::FORM)
        .attr("var", var)
        .maybe("type", kind)
        .child(el("value", ns::FORM).text(value))
        .build()
}

/// Which of the two questions an iq asks, if it asks one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// What are you (XEP-0030 §3)?
    Info,
    /// What belongs to you (XEP-0030 §4)?
    Items,
}

/// The name under which the server describes itself in its entity capabilities; a hash follows after `#`.
pub const SERVER_NODE: &str = "urn:konvent:server";

/// Reads the question to somebody who has no nodes.
///
/// # Errors
/// `disco.no-such-node`: there are none.
pub fn question(iq: &Stanza) -> Answer<Option<Question>> {
    match asked(iq) {
        // What our stream features name is the server itself.
        Some((Question::Info, Some(node))) if is_server_node(&node) => Ok(Some(Question::Info)),
        Some((_, Some(_))) => Err(NO_SUCH_NODE),
        Some((question, None)) => Ok(Some(question)),
        None => Ok(None),
    }
}

fn is_server_node(node: &str) -> bool {
    node.strip_prefix(SERVER_NODE).is_some_and(|ver| ver.starts_with('#'))
}

/// Reads the question and the node it is about.
pub fn asked(iq: &Stanza) -> Option<(Question, Option<String>)> {
    let query = iq.payload().filter(|query| query.name() == "query")?;
    let question = match query.ns().as_str() {
        ns::DISCO_INFO => Question::Info,
        ns::DISCO_ITEMS => Question::Items,
        _ => return None,
    };
    let node = query.attr("node").filter(|node| !node.is_empty());
    Some((question, node.map(ToOwned::to_owned)))
}

/// Whom strangers can write to (XEP-0157 §3): kind of contact and addresses. `None` when nobody is named.
pub fn contact_form(contacts: &[(&str, &[String])]) -> Option<Element> {
    let mut form = Form::new("result", ns::SERVER_INFO);
    for (kind, addresses) in contacts.iter().filter(|(_, addresses)| !addresses.is_empty()) {
        let field = Field::asked(&format!("{kind}-addresses"), "list-multi", "", None);
        form = form.with(Field { label: None, values: addresses.to_vec(), ..field });
    }
    (form.fields.len() > 1).then(|| form.element())
}

/// What the server is: all that the features announce, each once, and what it says of itself in forms.
pub fn server_info(
    iq: &Stanza,
    features: &[&About],
    forms: impl IntoIterator<Item = Element>,
) -> Stanza {
    let mut all = announced(features);
    // XEP-0506 §3: announcements come from the server's own address, where nobody reads what is written back.
    all.push(ns::NOREPLY);
    info(iq, &[("server", "im", Some("Konvent"))], all, forms)
}

/// What belongs to the server: the room service, each further service with a name of its own, and `programs`, the hosts of
/// components, which say themselves what they are (XEP-0030 §4.1).
pub fn server_items<'a>(
    iq: &Stanza,
    domain: &Domain,
    programs: impl IntoIterator<Item = &'a str>,
) -> Stanza {
    let others = domain.services.iter().map(|service| (service.host.as_str(), service.name));
    let items = std::iter::once((domain.rooms.as_str(), "Gruppen")).chain(others);
    let items = items.map(|(jid, name)| (jid, Some(name)));
    let items = items.chain(programs.into_iter().map(|host| (host, None)));
    let items =
        items.map(|(jid, name)| el("item", ns::DISCO_ITEMS).attr("jid", jid).maybe("name", name));
    iq.result(Some(&el("query", ns::DISCO_ITEMS).children(items).build()))
}

/// What a member's own account is. To others an account says nothing (XEP-0030 §8).
pub fn account_info(iq: &Stanza, features: &[&About]) -> Stanza {
    let identities = [("account", "registered", None), ("pubsub", "pep", None)];
    info(iq, &identities, announced(features), None)
}

/// Accounts and occupants have no items; nor has, for a stranger, any account, nor any address that nobody has
/// (XEP-0030 §8).
pub fn no_items(iq: &Stanza) -> Stanza {
    let node = iq.payload().and_then(|query| query.attr("node").map(ToOwned::to_owned));
    iq.result(Some(&el("query", ns::DISCO_ITEMS).maybe("node", node).build()))
}

fn announced(features: &[&About]) -> Vec<&'static str> {
    let mut all: Vec<&str> = features.iter().flat_map(|about| about.announces).copied().collect();
    all.sort_unstable();
    all.dedup();
    all
}
