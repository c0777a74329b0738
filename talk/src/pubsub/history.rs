//! The archive of a node (XEP-0442): what was published in it, by the questions of an archive of words (XEP-0313 §4).
//!
//! It is the node's items, nothing is kept twice: who may read the node may read its archive, and what was overwritten, taken
//! back or has expired is gone from both. The id of an entry is the number of its publication.

use konvent_core::{Answer, Millis, Outbox, Reader};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza, rsm};

use super::answer::existing;
use super::events::{self, Happening};
use super::store::{self, Item, Span};
use super::{Asker, Ctx, NAME_MAX_BYTES, NOT_PERSISTENT, Node, Place, access, items};
use crate::archive::query::{From, Query};
use crate::archive::{self, BAD_QUERY, NO_SUCH_ENTRY};
use crate::{forward, ns};

/// Whether an iq asks for the archive of a node; without one it is the archive of words.
pub fn is_asked(iq: &Stanza) -> bool {
    node_of(iq).is_some()
}

fn node_of(iq: &Stanza) -> Option<String> {
    let query = iq.payload().filter(|query| query.is("query", ns::MAM))?;
    let node = query.attr("node").filter(|node| !node.is_empty() && node.len() <= NAME_MAX_BYTES);
    node.map(ToOwned::to_owned)
}

/// Answers: an entry in each message, then the result of the iq (XEP-0313 §4.2).
///
/// # Errors
/// Those of XEP-0060 §6.5.9 where the node may not be read; `archive.bad-query`, `archive.no-such-entry`.
pub fn answer(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    iq: &Stanza,
) -> Answer<Outbox> {
    let query = iq.payload().ok_or(BAD_QUERY)?;
    let node = existing(reader, place, &node_of(iq).ok_or(BAD_QUERY)?)?;
    access::standing(reader, ctx, place, &node, asker)?.may_read()?;
    if !node.config.persist {
        return Err(NOT_PERSISTENT); // XEP-0060 §6.5.9.4
    }
    let mut out = Outbox::default();
    if iq.is_kind("get") {
        asker.reply(iq.result(Some(&fields())), &mut out);
        return Ok(out);
    }
    let wanted = Query::read(&query)?;
    if wanted.text.is_some() {
        return Err(BAD_QUERY); // words in items are not searched
    }
    let found = page(reader, ctx, place, &node, &wanted)?;
    let queryid = query.attr("queryid");
    for item in &found.items {
        if let Some(message) = entry(place, &node, item, (queryid, iq)) {
            asker.reply(message, &mut out);
        }
    }
    asker.reply(iq.result(Some(&fin(&found))), &mut out);
    Ok(out)
}

/// Some entries, and whether there are no more in this direction.
struct Page {
    items: Vec<Item>,
    is_complete: bool,
    count: i64,
}

fn page(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    node: &Node,
    wanted: &Query,
) -> Answer<Page> {
    let alive = node.config.alive_since(ctx.now);
    // XEP-0313 §4.1.1: from and to the service is everything; else it is who published, where the node says who that is.
    let with = match &wanted.with {
        Some(with) if with == place.address() => "",
        Some(_) if !node.config.names_publisher => {
            return Ok(Page { items: Vec::new(), is_complete: true, count: 0 });
        }
        Some(with) => with.as_str(),
        None => "",
    };
    let mut span = Span {
        node: node.id,
        since: alive.max(wanted.start.map_or(i64::MIN, |at| at.0)),
        until: wanted.end.map_or(i64::MAX, |Millis(at)| at),
        above: i64::MIN,
        below: i64::MAX,
        with,
    };
    if !wanted.ids.is_empty() {
        return by_ids(reader, node, span, wanted);
    }
    // XEP-0313 §4.3.2: from an entry that is not there nothing goes on.
    let mut known = |number: i64| match store::by_publication(reader, node.id, number)? {
        Some(_) => Ok(number),
        None => Err(NO_SUCH_ENTRY),
    };
    if let Some(after) = wanted.after_id {
        span.above = known(after)?;
    }
    if let Some(before) = wanted.before_id {
        span.below = known(before)?;
    }
    match wanted.from {
        From::After(after) => span.above = span.above.max(known(after)?),
        From::Before(before) => span.below = span.below.min(known(before)?),
        From::Oldest | From::Newest => {}
    }
    let count = store::count_in(reader, span)?;
    let is_backwards = matches!(wanted.from, From::Before(_) | From::Newest);
    let mut items = store::items_in(reader, span, is_backwards, wanted.max)?;
    items::bound(&mut items);
    let shown = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if is_backwards {
        items.reverse();
    }
    if wanted.flip {
        items.reverse();
    }
    Ok(Page { items, is_complete: shown >= count, count })
}

/// Exactly these (XEP-0313 §4.1.3): all of them or none.
fn by_ids(reader: &mut Reader<'_>, node: &Node, span: Span<'_>, wanted: &Query) -> Answer<Page> {
    let mut items = Vec::new();
    for id in &wanted.ids {
        let item = store::by_publication(reader, node.id, *id)?;
        items.push(item.filter(|item| item.at.0 >= span.since).ok_or(NO_SUCH_ENTRY)?);
    }
    items.sort_unstable_by_key(|item| item.changed);
    items.dedup_by_key(|item| item.changed);
    let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
    items::bound(&mut items);
    let is_complete = i64::try_from(items.len()).is_ok_and(|shown| shown == count);
    Ok(Page { items, is_complete, count })
}

/// An item as its subscribers heard of it, alone in its message (XEP-0442 §3).
fn entry(
    place: &Place,
    node: &Node,
    item: &Item,
    (queryid, iq): (Option<&str>, &Stanza),
) -> Option<Stanza> {
    let shown = items::element(item, ns::PUBSUB_EVENT, true, node.config.names_publisher);
    let event = Happening::Item(shown).element(&node.name);
    let heard = events::message(place, node, &event, item.changed);
    let envelope =
        Stanza::message("").addressed(Some(place.address().clone().into()), iq.from.clone());
    let id = item.changed.to_string();
    let mut attrs = vec![("id", id.as_str())];
    attrs.extend(queryid.map(|queryid| ("queryid", queryid)));
    let bytes = heard.to_bytes();
    let kept = (forward::Kept::new(&bytes)?, None);
    Some(forward::wrap(&envelope, "result", ns::MAM, &attrs, item.at, kept))
}

fn fin(page: &Page) -> Element {
    let mut ids: Vec<i64> = page.items.iter().map(|item| item.changed).collect();
    ids.sort_unstable(); // XEP-0313 §4.3.4: by time, also of a flipped page
    let set = rsm::Page {
        first: ids.first().map(|first| (first.to_string(), None)),
        last: ids.last().map(ToString::to_string),
        count: u32::try_from(page.count).ok(),
    };
    el("fin", ns::MAM)
        .maybe("complete", page.is_complete.then_some("true"))
        .child(set.element())
        .build()
}

/// Which fields a query may use (XEP-0313 §4.1.5).
fn fields() -> Element {
    let field = |var: &str, kind: &str| el("field", ns::FORM).attr("type", kind).attr("var", var);
    let form_type = field("FORM_TYPE", "hidden").child(el("value", ns::FORM).text(ns::MAM));
    let text = ["start", "end", "before-id", "after-id"].map(|var| field(var, "text-single"));
    let form = el("x", ns::FORM)
        .attr("type", "form")
        .child(form_type)
        .child(field("with", "jid-single"))
        .children(text)
        .child(field("ids", "list-multi").child(archive::stanzas::open_to_any()));
    el("query", ns::MAM).child(form).build()
}
