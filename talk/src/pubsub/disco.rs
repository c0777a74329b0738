//! What nodes there are and what one is (XEP-0060 §5.2 to §5.5, by XEP-0030 and XEP-0128): only those that the asker may read.

use konvent_core::{Answer, Reader};
use konvent_wire::form::Field;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza, rsm};

use super::answer::existing;
use super::store::{self, Node};
use super::{
    Affiliation, Asker, BAD_REQUEST, Ctx, NO_SUCH_ITEM, PAGE_MAX, Place, access, groups, office,
};
use crate::disco::info;
use crate::ns;

/// The features of the engine, as both faces announce them (XEP-0060 §10). Which access model is the usual one, each says
/// itself.
pub const FEATURES: &[&str] = &[
    ns::PUBSUB,
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
    "http://jabber.org/protocol/pubsub#multi-items",
    "http://jabber.org/protocol/pubsub#outcast-affiliation",
    "http://jabber.org/protocol/pubsub#persistent-items",
    "http://jabber.org/protocol/pubsub#publish",
    "http://jabber.org/protocol/pubsub#publish-node-full",
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

/// So many nodes are looked at for one list; whoever has more is asked for by name.
pub(super) const LOOKED_AT_MAX: i64 = 2_000;
/// So many owners and publishers are named with a node; all of them its owner gets by name (XEP-0060 §8.9.1).
const PEOPLE_MAX: usize = 50;

/// A list of nodes, by pages where it is long or a page is asked for (XEP-0060 §5.2, XEP-0059 §2).
pub fn listed(entries: Vec<Element>, iq: &Stanza) -> Answer<Stanza> {
    let asked = iq.payload().ok_or(BAD_REQUEST)?;
    let page = rsm::Request::of(&asked).ok_or(BAD_REQUEST)?;
    let is_paged = page != rsm::Request::default();
    let name = |entry: &Element| entry.attr("node").unwrap_or_default().to_owned();
    let at = |id: &str| {
        entries.iter().position(|entry| entry.attr("node") == Some(id)).ok_or(NO_SUCH_ITEM)
    };
    let all = entries.len();
    let size = usize::try_from(page.size(PAGE_MAX, PAGE_MAX)).unwrap_or(usize::MAX);
    let (from, to) = match &page.place {
        rsm::Place::Start => (0, size),
        rsm::Place::Index(index) => {
            let index = usize::try_from(*index).unwrap_or(usize::MAX);
            (index, index.saturating_add(size))
        }
        rsm::Place::After(id) => {
            let next = at(id)? + 1;
            (next, next.saturating_add(size))
        }
        rsm::Place::Before(id) => {
            let end = at(id)?;
            (end.saturating_sub(size), end)
        }
        rsm::Place::End => (all.saturating_sub(size), all),
    };
    let shown: Vec<Element> =
        entries.into_iter().skip(from).take(to.saturating_sub(from)).collect();
    let page = (is_paged || shown.len() < all).then(|| rsm::Page {
        first: shown.first().map(|entry| (name(entry), u32::try_from(from).ok())),
        last: shown.last().map(name),
        count: u32::try_from(all).ok(),
    });
    let query = el("query", ns::DISCO_ITEMS).children(shown);
    Ok(iq.result(Some(&query.children(page.map(|page| page.element())).build())))
}

/// The nodes an asker may read or ask to read, as entries of a list (XEP-0060 §5.2, XEP-0163 §6.2).
pub fn nodes(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
) -> Answer<Vec<Element>> {
    let mut entries = Vec::new();
    for node in store::first_nodes(reader, place.owner(), LOOKED_AT_MAX)? {
        if access::finds(reader, ctx, place, &node, asker)?.is_err() {
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
    let node = existing(reader, place, name)?;
    access::finds(reader, ctx, place, &node, asker)??;
    let subscribers = store::subscriptions(reader, node.id)?.len();
    let form = groups::for_people(reader, place, node.config.form("result", ns::PUBSUB_META_DATA))?;
    let owners = office::owners(reader, ctx, place, &node)?.into_iter();
    let mut form = form
        .with(people("pubsub#owner", owners.map(|who| who.to_string()).collect()))
        .with(Field::new("pubsub#creator", &node.creator))
        .with(Field::new("pubsub#creation_date", node.made.to_xep_0082()))
        .with(Field::new("pubsub#num_subscribers", subscribers.to_string()))
        .with(Field::new("pubsub#num_items", node.items.to_string()));
    // Where items do not name their publishers, the node does not either.
    if node.config.names_publisher {
        let all = store::affiliations(reader, node.id)?.into_iter();
        let publishers = all.filter(|(_, is)| is == Affiliation::Publisher.as_str());
        form = form.with(people("pubsub#publisher", publishers.map(|(who, _)| who).collect()));
    }
    // What there was to choose from is no metadata.
    for field in &mut form.fields {
        field.options.clear();
    }
    Ok(of_leaf(iq, form.element(), node.config.persist))
}

/// Who is what to a node: `pubsub#owner`, `pubsub#publisher` (XEP-0060 §16.4.3).
fn people(var: &str, mut who: Vec<String>) -> Field {
    who.truncate(PEOPLE_MAX);
    Field { values: who, ..Field::new(var, "") }
}

/// The archive of a node (XEP-0442 §2, XEP-0313 §8).
pub(super) const ARCHIVE: &[&str] = &[ns::MAM, ns::MAM_EXTENDED];

/// The description of a leaf.
pub fn of_leaf(iq: &Stanza, form: Element, has_archive: bool) -> Stanza {
    let features = [ns::PUBSUB, ns::DISCO_INFO, ns::DISCO_ITEMS];
    let archive = if has_archive { ARCHIVE } else { &[] };
    let features = features.iter().chain(archive).copied();
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
    access::standing(reader, ctx, place, &node, asker)?.may_read()?;
    Ok(node)
}
