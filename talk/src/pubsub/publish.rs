//! Publishing (XEP-0060 §7.1): may he, does it fit, is there room; then it is kept, and everybody who may know is told.

use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::form::Form;
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Element, Jid, Stanza};

use super::access::Affiliation;
use super::config::WhenFull;
use super::events::{self, Happening};
use super::{
    ACCOUNT_MAX_BYTES, Asker, CREATOR_MAX_BYTES, Ctx, INVALID_PAYLOAD, ITEM_FORBIDDEN,
    ITEM_REQUIRED, NO_SUCH_NODE, NODE_FULL, NOT_YOURS, Node, NodeConfig, PAYLOAD_REQUIRED,
    PAYLOAD_TOO_BIG, PRECONDITION, Place, QUOTA, SERVICE_MAX_BYTES, access, groups, items, nodes,
    store,
};
use crate::ns;

/// The item as it was sent: its id, if it has one, and what it holds.
type Sent = Option<(Option<String>, Option<Element>)>;

/// Receives an item from whoever sends it, and answers.
pub(super) fn receive(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    (name, item, options): (&str, &Sent, Option<&Form>),
    iq: &Stanza,
    out: &mut Outbox,
) -> Answer<Stanza> {
    let node = if let Some(node) = store::node(tx, place.owner(), name)? {
        let standing = access::standing(tx, ctx, place, &node, asker)?;
        access::may_publish(&standing, &node)?;
        // XEP-0060 §7.1.5: each field must be as the publisher says; an unknown one never is.
        let wanted = options.iter().flat_map(|form| &form.fields);
        for field in wanted.filter(|field| field.var != "FORM_TYPE") {
            if !node.config.meets(&groups::as_kept(tx, place, field)?) {
                return Err(PRECONDITION);
            }
        }
        let id = item.as_ref().and_then(|(id, _)| id.as_deref());
        may_replace(tx, ctx, &node, (asker, standing.affiliation), id)?;
        node
    } else {
        // XEP-0060 §7.1.4, §7.1.5: made as the publisher says.
        let mut config = nodes::defaults(place);
        for field in options.iter().flat_map(|form| &form.fields) {
            if field.var != "FORM_TYPE" && config.set(field).is_err() {
                return Err(PRECONDITION);
            }
        }
        groups::settle(tx, place, &mut config, &[])?;
        nodes::make(tx, ctx, place, asker, name, &config)?
    };
    let id = fits(tx, &node.config, item)?;
    put(tx, ctx, place, &node, (asker.jid(), id.as_deref(), payload_of(item)), out)?;
    let item = id.map(|id| el("item", ns::PUBSUB).attr("id", id));
    let publish = el("publish", ns::PUBSUB).attr("node", name).children(item);
    Ok(iq.result(Some(&el("pubsub", ns::PUBSUB).child(publish).build())))
}

/// XEP-0060 §7.1.2: an item with the id of another takes its place. Who owns the node or is a publisher of it replaces any; who
/// may publish there as everybody may, or every subscriber (§4.5), replaces what is his.
fn may_replace(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    node: &Node,
    (asker, is): (&Asker, Affiliation),
    id: Option<&str>,
) -> Answer<()> {
    if matches!(is, Affiliation::Owner | Affiliation::Publisher) {
        return Ok(());
    }
    let Some(id) = id else { return Ok(()) };
    match store::item(tx, node.id, id, node.config.alive_since(ctx.now))? {
        Some(item) if !item.is_by(asker) => Err(NOT_YOURS),
        _ => Ok(()),
    }
}

fn payload_of(item: &Sent) -> Option<&Element> {
    item.as_ref().and_then(|(_, payload)| payload.as_ref())
}

/// XEP-0060 §7.1.3: whether the item is one for this node; and its id, made here when it has none.
fn fits(tx: &mut Tx<'_>, config: &NodeConfig, item: &Sent) -> Answer<Option<String>> {
    let Some((id, payload)) = item else {
        let may_be_missing = !config.persist && !config.deliver_payloads;
        return if may_be_missing { Ok(None) } else { Err(ITEM_REQUIRED) };
    };
    if !config.persist && !config.deliver_payloads {
        return Err(ITEM_FORBIDDEN);
    }
    match payload {
        None if config.deliver_payloads => return Err(PAYLOAD_REQUIRED),
        Some(payload) if !config.payload_type.is_empty() && payload.ns() != config.payload_type => {
            return Err(INVALID_PAYLOAD);
        }
        _ => {}
    }
    Ok(Some(id.clone().unwrap_or_else(|| format!("{:x}", tx.fresh_id()))))
}

/// Keeps an item that may be kept, makes room for it, and tells of it. Without an id it is a mere notification.
pub fn put(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (publisher, id, payload): (&Jid, Option<&str>, Option<&Element>),
    out: &mut Outbox,
) -> Answer<()> {
    let mark = tx.fresh_id();
    let Some(id) = id else {
        return events::tell(tx, ctx, place, node, Some(publisher), (&Happening::Note, mark), out);
    };
    let bytes = payload.map(|payload| {
        let mut bytes = Vec::new();
        write_element(payload, ns::CLIENT, &mut bytes);
        bytes
    });
    let size = bytes.as_ref().map_or(0, Vec::len);
    if size > usize::try_from(node.config.max_payload).unwrap_or(usize::MAX) {
        return Err(PAYLOAD_TOO_BIG);
    }
    let mut gone = Vec::new();
    if node.config.persist {
        gone = keep(tx, ctx, place, node, (publisher, id, bytes.as_deref()))?;
    }
    let shown = payload.filter(|_| node.config.deliver_payloads).cloned();
    let item = el("item", ns::PUBSUB_EVENT)
        .attr("id", id)
        .maybe("publisher", node.config.names_publisher.then(|| items::named(publisher.as_str())))
        .children(shown);
    let happening = Happening::Item(item.build());
    events::tell(tx, ctx, place, node, Some(publisher), (&happening, mark), out)?;
    // A node of one item says by the new one that the old one is gone.
    let tells = node.config.notify_retract
        && node.config.when_full == WhenFull::RetractOldest
        && node.config.items_max() > 1;
    if tells && !gone.is_empty() {
        let mark = tx.fresh_id();
        events::tell(tx, ctx, place, node, None, (&Happening::Gone(gone), mark), out)?;
    }
    Ok(())
}

/// Keeps the item; returns the ids of those that had to go (XEP-0060 §7.1.2.5).
fn keep(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    (publisher, id, payload): (&Jid, &str, Option<&[u8]>),
) -> Answer<Vec<String>> {
    let as_i64 = |size: usize| i64::try_from(size).unwrap_or(i64::MAX);
    let size = as_i64(payload.map_or(0, <[u8]>::len) + id.len());
    let alive = node.config.alive_since(ctx.now);
    let expired =
        if alive > i64::MIN { store::strike_expired(tx, node.id, alive)? } else { vec![] };
    let before = store::size_of(tx, node.id, id)?;
    let mut items = node.items - as_i64(expired.len());
    let mut bytes = -expired.iter().sum::<i64>();
    items += i64::from(before.is_none());
    bytes += size - before.unwrap_or(0);
    let most = i64::from(node.config.items_max().max(1));
    if items > most && before.is_none() && node.config.when_full == WhenFull::Reject {
        return Err(NODE_FULL);
    }
    let (_, used) = store::usage(tx, place.owner())?;
    let quota = if place.account().is_some() { ACCOUNT_MAX_BYTES } else { SERVICE_MAX_BYTES };
    if bytes > 0 && used + bytes > quota {
        return Err(QUOTA);
    }
    // Where everybody makes nodes, nobody fills the service for all.
    if let Place::Service { for_everybody: true, .. } = place
        && bytes > 0
        && store::usage_by(tx, place.owner(), &node.creator)?.1 + bytes > CREATOR_MAX_BYTES
    {
        return Err(QUOTA);
    }
    store::keep(tx, node.id, id, payload, publisher.as_str(), size)?;
    let surplus = (items - most).max(0);
    let struck = if surplus > 0 { store::strike_oldest(tx, node.id, id, surplus)? } else { vec![] };
    items -= as_i64(struck.len());
    bytes -= struck.iter().map(|(_, size)| size).sum::<i64>();
    store::count(tx, node.id, items - node.items, bytes)?;
    Ok(struck.into_iter().map(|(id, _)| id).collect())
}

/// Publishes in the name of an owner, in a node that is made as `config` says if it is not there.
pub fn in_the_name_of(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    (name, config): (&str, &NodeConfig),
    (publisher, id, payload): (&Jid, &str, &Element),
    out: &mut Outbox,
) -> Answer<()> {
    let node = if let Some(node) = store::node(tx, place.owner(), name)? {
        node
    } else {
        let creator = place.address().to_string();
        let made = store::make(tx, place.owner(), name, config, &creator)?;
        made.ok_or(NO_SUCH_NODE)?
    };
    put(tx, ctx, place, &node, (publisher, Some(id), Some(payload)), out)
}
