//! Items as they are asked for: all, some, the newest, a page (XEP-0060 §6.5, XEP-0059 §2, XEP-0413 §4).

use konvent_core::{Answer, Reader};
use konvent_wire::rsm::{Page, Place as At};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::store::{self, Item, Order};
use super::{ANSWER_MAX_BYTES, Ctx, NO_SUCH_ITEM, Node, PAGE_MAX, Selection};
use crate::ns;

/// Reads what [`crate::pubsub`] wrote, through the strict reader of stanzas.
pub fn payload(bytes: &[u8]) -> Option<Element> {
    let around = [b"<message>", bytes, b"</message>"].concat();
    Stanza::parse(&around).ok()?.payload()
}

/// All items of a member's own node with their payloads, the oldest first.
pub fn of_own(
    reader: &mut Reader<'_>,
    account: konvent_core::AccountId,
    name: &str,
) -> Answer<Vec<(String, Element)>> {
    let Some(node) = store::node(reader, account.0, name)? else { return Ok(Vec::new()) };
    let from = (node.id, i64::MIN, Order::Changed);
    let items = store::upwards(reader, from, i64::MIN, (super::ITEMS_MAX, 0))?;
    let shown = items.into_iter().filter_map(|item| {
        let payload = item.payload.as_deref().and_then(payload)?;
        Some((item.id, payload))
    });
    Ok(shown.collect())
}

/// One item of a member's own node, or its newest.
pub fn one_of_own(
    reader: &mut Reader<'_>,
    account: konvent_core::AccountId,
    name: &str,
    id: Option<&str>,
) -> Answer<Option<(String, Element)>> {
    let Some(node) = store::node(reader, account.0, name)? else { return Ok(None) };
    let item = if let Some(id) = id {
        store::item(reader, node.id, id, i64::MIN)?
    } else {
        let from = (node.id, i64::MIN, Order::Changed);
        store::downwards(reader, from, i64::MAX, (1, 0))?.into_iter().next()
    };
    Ok(item.and_then(|item| Some((item.id, item.payload.as_deref().and_then(payload)?))))
}

/// A publisher as he is named to readers: which of his devices it was is for those alone who see his presence
/// (XEP-0163 §4.3.1).
pub(super) fn named(publisher: &str) -> &str {
    publisher.split_once('/').map_or(publisher, |(bare, _)| bare)
}

/// `<item/>` in one of the namespaces. The publisher stands on it where several may publish (XEP-0060 §7.1.2.3).
pub(super) fn element(
    item: &Item,
    namespace: &str,
    with_payload: bool,
    with_publisher: bool,
) -> Element {
    let payload = item.payload.as_deref().filter(|_| with_payload).and_then(payload);
    el("item", namespace)
        .attr("id", &item.id)
        .maybe("publisher", with_publisher.then(|| named(&item.publisher)))
        .children(payload)
        .build()
}

/// The answer to a question for items of a node (XEP-0060 §6.5.2).
pub(super) fn answer(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    node: &Node,
    wanted: &Selection,
    iq: &Stanza,
) -> Answer<Stanza> {
    let with_publisher = node.config.names_publisher;
    let (items, page) = select(reader, ctx, node, wanted)?;
    let list = el("items", ns::PUBSUB)
        .attr("node", &node.name)
        .children(items.iter().map(|item| element(item, ns::PUBSUB, true, with_publisher)));
    let pubsub = el("pubsub", ns::PUBSUB).child(list).children(page.map(|page| page.element()));
    Ok(iq.result(Some(&pubsub.build())))
}

/// The items that are wanted, and which page of the whole they are when they are not all.
pub(super) fn select(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    node: &Node,
    wanted: &Selection,
) -> Answer<(Vec<Item>, Option<Page>)> {
    let alive = node.config.alive_since(ctx.now);
    let from = (node.id, alive, wanted.order);
    if !wanted.ids.is_empty() {
        let mut found = Vec::new();
        for id in &wanted.ids {
            found.extend(store::item(reader, node.id, id, alive)?);
        }
        let all = found.len();
        bound(&mut found);
        // XEP-0060 §6.5.4: said when it is not everything.
        let page = (found.len() < all).then(|| page_of(&found, None, all));
        return Ok((found, page));
    }
    let is_paged = wanted.page != konvent_wire::rsm::Request::default();
    let size = wanted.page.size(PAGE_MAX, PAGE_MAX).min(wanted.newest.unwrap_or(u32::MAX));
    let mut items = if is_paged {
        paged(reader, from, wanted, size)?
    } else {
        // XEP-0060 §6.5.7: the newest, shown in the order in which they came.
        let mut newest = store::downwards(reader, from, i64::MAX, (size, 0))?;
        bound(&mut newest);
        if !wanted.descends {
            newest.reverse();
        }
        newest
    };
    if is_paged {
        bound(&mut items);
    }
    let first = items.first().map(|item| number(item, wanted.order));
    let (all, below) = store::places(reader, from, first.unwrap_or_default())?;
    let index = if wanted.descends { all - below - 1 } else { below };
    let all = usize::try_from(all).unwrap_or_default();
    let is_some = is_paged || (wanted.newest.is_none() && items.len() < all);
    Ok((items.clone(), is_some.then(|| page_of(&items, u32::try_from(index).ok(), all))))
}

fn number(item: &Item, order: Order) -> i64 {
    match order {
        Order::Changed => item.changed,
        Order::Made => item.made,
    }
}

/// A page in the order that is wanted.
fn paged(
    reader: &mut Reader<'_>,
    from: (i64, i64, Order),
    wanted: &Selection,
    size: u32,
) -> Answer<Vec<Item>> {
    let (node, alive, order) = from;
    // XEP-0059 §2.4: an item that is not there begins no page.
    let mut at = |id: &str| -> Answer<i64> {
        let item = store::item(reader, node, id, alive)?.ok_or(NO_SUCH_ITEM)?;
        Ok(number(&item, order))
    };
    // Whether the rows are read in the order in which they are shown, from where, and over how many.
    let (as_shown, edge, skip) = match &wanted.page.place {
        At::Start => (true, None, 0),
        At::Index(index) => (true, None, *index),
        At::After(id) => (true, Some(at(id)?), 0),
        At::Before(id) => (false, Some(at(id)?), 0),
        At::End => (false, None, 0),
    };
    let is_upwards = as_shown != wanted.descends;
    let mut rows = if is_upwards {
        store::upwards(reader, from, edge.unwrap_or(i64::MIN), (size, skip))?
    } else {
        store::downwards(reader, from, edge.unwrap_or(i64::MAX), (size, skip))?
    };
    if !as_shown {
        rows.reverse();
    }
    Ok(rows)
}

/// Cuts off what would make the answer too big; the first item always stays.
pub(super) fn bound(items: &mut Vec<Item>) {
    let mut bytes = 0;
    let fits = items.iter().take_while(|item| {
        let is_first = bytes == 0;
        bytes += item.payload.as_ref().map_or(0, Vec::len) + item.id.len() + 1;
        is_first || bytes <= ANSWER_MAX_BYTES
    });
    let fits = fits.count();
    items.truncate(fits);
}

fn page_of(items: &[Item], index: Option<u32>, all: usize) -> Page {
    Page {
        first: items.first().map(|item| (item.id.clone(), index)),
        last: items.last().map(|item| item.id.clone()),
        count: u32::try_from(all).ok(),
    }
}
