//! What nodes there are and what one is (XEP-0060 §5.2 to §5.5, by XEP-0030 and XEP-0128): only those that the asker may read.

use konvent_core::{Answer, Reader};
use konvent_wire::form::Field;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::answer::existing;
use super::store::{self, Node};
use super::{Asker, Ctx, PAGE_MAX, Place, access};
use crate::disco::info;
use crate::ns;

/// The features of the engine, as both faces announce them (XEP-0060 §10).
pub const FEATURES: &[&str] = &[
    ns::PUBSUB,
    "http://jabber.org/protocol/pubsub#access-authorize",
    "http://jabber.org/protocol/pubsub#access-open",
    "http://jabber.org/protocol/pubsub#access-roster",
    "http://jabber.org/protocol/pubsub#access-whitelist",
    "http://jabber.org/protocol/pubsub#auto-create",
    "http://jabber.org/protocol/pubsub#config-node",
    "http://jabber.org/protocol/pubsub#config-node-max",
    "http://jabber.org/protocol/pubsub#create-and-configure",
    "http://jabber.org/protocol/pubsub#create-nodes",
    "http://jabber.org/protocol/pubsub#delete-items",
    "http://jabber.org/protocol/pubsub#delete-nodes",
    "http://jabber.org/protocol/pubsub#instant-nodes",
    "http://jabber.org/protocol/pubsub#item-ids",
    "http://jabber.org/protocol/pubsub#last-published",
    "http://jabber.org/protocol/pubsub#manage-subscriptions",
    "http://jabber.org/protocol/pubsub#member-affiliation",
    "http://jabber.org/protocol/pubsub#meta-data",
    "http://jabber.org/protocol/pubsub#modify-affiliations",
    "http://jabber.org/protocol/pubsub#outcast-affiliation",
    "http://jabber.org/protocol/pubsub#persistent-items",
    "http://jabber.org/protocol/pubsub#publish",
    "http://jabber.org/protocol/pubsub#publish-only-affiliation",
    "http://jabber.org/protocol/pubsub#publish-options",
    "http://jabber.org/protocol/pubsub#publisher-affiliation",
    "http://jabber.org/protocol/pubsub#purge-nodes",
    "http://jabber.org/protocol/pubsub#retract-items",
    "http://jabber.org/protocol/pubsub#retrieve-affiliations",
    "http://jabber.org/protocol/pubsub#retrieve-default",
    "http://jabber.org/protocol/pubsub#retrieve-items",
    "http://jabber.org/protocol/pubsub#retrieve-subscriptions",
    "http://jabber.org/protocol/pubsub#rsm",
    "http://jabber.org/protocol/pubsub#subscribe",
    "http://jabber.org/protocol/pubsub#subscription-notifications",
    ns::RSM,
    ns::ORDER_BY,
    "urn:xmpp:order-by:1@http://jabber.org/protocol/pubsub",
];

/// The nodes an asker may read, as entries of a list (XEP-0060 §5.2, XEP-0163 §6.2).
pub fn nodes(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
) -> Answer<Vec<Element>> {
    let mut entries = Vec::new();
    for node in store::nodes(reader, place.owner())? {
        if access::standing(reader, ctx, place, &node, asker)?.sees.is_err() {
            continue;
        }
        let title = (!node.config.title.is_empty()).then_some(&node.config.title);
        let entry = el("item", ns::DISCO_ITEMS)
            .attr("jid", place.address())
            .attr("node", &node.name)
            .maybe("name", title);
        entries.push(entry.build());
    }
    Ok(entries)
}

/// What a node is (XEP-0060 §5.3, §5.4).
pub fn node_info(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    name: &str,
    iq: &Stanza,
) -> Answer<Stanza> {
    let node = seen(reader, ctx, place, asker, name)?;
    let subscribers = store::subscriptions(reader, node.id)?.len();
    let form = node.config.form("result", ns::PUBSUB_META_DATA);
    let mut form = form
        .with(Field::new("pubsub#node_type", "leaf"))
        .with(Field::new("pubsub#creator", &node.creator))
        .with(Field::new("pubsub#creation_date", node.made.to_xep_0082()))
        .with(Field::new("pubsub#num_subscribers", subscribers.to_string()))
        .with(Field::new("pubsub#num_items", node.items.to_string()));
    // What there was to choose from is no metadata.
    for field in &mut form.fields {
        field.options.clear();
    }
    Ok(of_leaf(iq, form.element()))
}

/// The description of a leaf.
pub fn of_leaf(iq: &Stanza, form: Element) -> Stanza {
    let features = [ns::PUBSUB, ns::DISCO_INFO, ns::DISCO_ITEMS];
    info(iq, &[("pubsub", "leaf", None)], features, Some(form))
}

/// The items of a node by their ids (XEP-0060 §5.5).
pub fn node_items(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    name: &str,
    iq: &Stanza,
) -> Answer<Stanza> {
    let node = seen(reader, ctx, place, asker, name)?;
    let ids = store::ids(reader, node.id, node.config.alive_since(ctx.now), PAGE_MAX)?;
    let list = ids
        .into_iter()
        .map(|id| el("item", ns::DISCO_ITEMS).attr("jid", place.address()).attr("name", id));
    let query = el("query", ns::DISCO_ITEMS).attr("node", name).children(list);
    Ok(iq.result(Some(&query.build())))
}

fn seen(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    name: &str,
) -> Answer<Node> {
    let node = existing(reader, place, name)?;
    access::standing(reader, ctx, place, &node, asker)?.sees?;
    Ok(node)
}
