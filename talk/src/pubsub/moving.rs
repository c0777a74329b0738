//! A member's own nodes that move in and out (XEP-0227, version 1.1): how they are set up, who may do what there, the items.
//!
//! Nobody is told: to those who look, the nodes are there as if they had always been. A node of which a file says nothing but
//! the items is the owner's alone ([`NodeConfig::private`]) until he says otherwise.

use konvent_core::{AccountId, Answer, Outbox, Reader, Tx};
use konvent_wire::form::Form;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid};

use super::access::Affiliation;
use super::store::{self, Order};
use super::{
    AFFILIATIONS_MAX, BAD_REQUEST, Ctx, ITEMS_MAX, NAME_MAX_BYTES, NODES_MAX, Node, NodeConfig,
    Place, QUOTA, SUBSCRIBERS_MAX, items, publish,
};
use crate::moved::Taken;
use crate::ns;

/// The names of a member's own nodes.
pub fn names(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<String>> {
    Ok(store::nodes(reader, account.0)?.into_iter().map(|node| node.name).collect())
}

/// How a node is set up and who may do what there, in `pubsub#owner`.
pub fn give_out_terms(
    reader: &mut Reader<'_>,
    account: AccountId,
    name: &str,
) -> Answer<Vec<Element>> {
    let Some(node) = store::node(reader, account.0, name)? else { return Ok(Vec::new()) };
    let form = node.config.form("submit", ns::PUBSUB_NODE_CONFIG).element();
    let about = |list: &str| el(list, ns::PUBSUB_OWNER).attr("node", name);
    let mut terms = vec![about("configure").child(form).build()];
    let affiliations = store::affiliations(reader, node.id)?;
    if !affiliations.is_empty() {
        let entries = affiliations.iter().map(|(who, what)| {
            el("affiliation", ns::PUBSUB_OWNER).attr("jid", who).attr("affiliation", what)
        });
        terms.push(about("affiliations").children(entries).build());
    }
    let subscriptions = store::subscriptions(reader, node.id)?;
    if !subscriptions.is_empty() {
        let entries = subscriptions.iter().map(|held| {
            let entry = el("subscription", ns::PUBSUB_OWNER).attr("jid", &held.who);
            entry.attr("subscription", &held.state)
        });
        terms.push(about("subscriptions").children(entries).build());
    }
    Ok(terms)
}

/// How a node is set up that follows from something else and has no row: as the owner's alone. Without this some servers look
/// for no items.
///
/// `COMPAT:` Prosody (0.12.3) knows only nodes with terms as soon as one node has any.
pub fn derived_terms(name: &str) -> Element {
    let form = NodeConfig::private().form("submit", ns::PUBSUB_NODE_CONFIG).element();
    el("configure", ns::PUBSUB_OWNER).attr("node", name).child(form).build()
}

/// The items of a node, the oldest first.
pub fn give_out_items(
    reader: &mut Reader<'_>,
    account: AccountId,
    name: &str,
) -> Answer<Vec<Element>> {
    let Some(node) = store::node(reader, account.0, name)? else { return Ok(Vec::new()) };
    let from = (node.id, i64::MIN, Order::Changed);
    let kept = store::upwards(reader, from, i64::MIN, (ITEMS_MAX, 0))?;
    Ok(kept.iter().map(|item| items::element(item, ns::PUBSUB, true, true)).collect())
}

/// The node of this name, made for the owner alone when there is none; `true` when it was made now.
fn node_for(
    tx: &mut Tx<'_>,
    account: AccountId,
    address: &BareJid,
    name: &str,
) -> Answer<(Node, bool)> {
    if let Some(node) = store::node(tx, account.0, name)? {
        return Ok((node, false));
    }
    if name.is_empty() || name.len() > NAME_MAX_BYTES {
        return Err(BAD_REQUEST);
    }
    if store::usage(tx, account.0)?.0 >= NODES_MAX {
        return Err(QUOTA);
    }
    let made = store::make(tx, account.0, name, &NodeConfig::private(), address.as_str())?;
    made.map(|node| (node, true)).ok_or(QUOTA)
}

/// Takes the terms of a node in. `fresh` says of a node by name whether this move has made it: what was here before stays as
/// its owner has set it up.
///
/// # Errors
/// `pubsub.bad-request`, `pubsub.quota`.
pub fn take_terms(
    tx: &mut Tx<'_>,
    account: AccountId,
    address: &BareJid,
    terms: &Element,
    fresh: impl Fn(&str) -> bool,
) -> Answer<(Taken, Option<String>)> {
    let name = terms.attr("node").ok_or(BAD_REQUEST)?;
    let (node, is_made) = node_for(tx, account, address, name)?;
    if !is_made && !fresh(name) {
        return Ok((Taken::Again, None));
    }
    let made = Some(name.to_owned());
    match terms.name() {
        "configure" => {
            // Forms of other servers have fields of their own; each that is understood is taken.
            let mut config = NodeConfig::default();
            if let Some(form) = Form::of(terms) {
                for field in &form.fields {
                    let _ = config.set(field); // the others stay as they are by default
                }
            }
            store::configure(tx, node.id, &config)?;
        }
        "affiliations" => {
            for entry in terms.children().take(AFFILIATIONS_MAX) {
                let who = entry.attr("jid").and_then(|jid| Jid::new(jid).ok());
                let what = entry.attr("affiliation").and_then(Affiliation::from_name);
                if let (Some(who), Some(what)) = (who, what)
                    && what != Affiliation::None
                {
                    store::affiliate(tx, node.id, who.to_bare().as_str(), what.as_str())?;
                }
            }
        }
        "subscriptions" => {
            for entry in terms.children().take(SUBSCRIBERS_MAX) {
                let who = entry.attr("jid").and_then(|jid| Jid::new(jid).ok());
                // COMPAT: Prosody (0.12.3) writes the state into an attribute `subscribed`.
                let state = entry.attr("subscription").or_else(|| entry.attr("subscribed"));
                let known = state.filter(|state| matches!(*state, "subscribed" | "pending"));
                if let (Some(who), Some(state)) = (who, known) {
                    let bare = who.to_bare();
                    store::subscribe(tx, node.id, (who.as_str(), bare.as_str()), state)?;
                }
            }
        }
        _ => return Ok((Taken::Not, made)),
    }
    Ok((Taken::New, made))
}

/// Takes an item in unless there is one of its name. Says the name of the node when it was made for it.
///
/// # Errors
/// Those of publishing: `pubsub.payload-too-big`, `pubsub.quota`, …
pub fn take_item(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    name: &str,
    item: &Element,
) -> Answer<(Taken, Option<String>)> {
    let Some(account) = place.account() else { return Err(BAD_REQUEST) };
    let (mut node, is_made) = node_for(tx, account, place.address(), name)?;
    let made = is_made.then(|| name.to_owned());
    let id = item.attr("id").filter(|id| !id.is_empty() && id.len() <= NAME_MAX_BYTES);
    let id = id.ok_or(BAD_REQUEST)?;
    if store::size_of(tx, node.id, id)?.is_some() {
        return Ok((Taken::Again, made));
    }
    // Whoever published it elsewhere has proved nothing here, so it is the owner's (XEP-0060 §7.1.2.3).
    let publisher = Jid::from(place.address().clone());
    node.config.deliver_notifications = false;
    let payload = item.children().next();
    let mut nobody_is_told = Outbox::default();
    publish::put(tx, ctx, place, &node, (&publisher, Some(id), payload), &mut nobody_is_told)?;
    Ok((Taken::New, made))
}
