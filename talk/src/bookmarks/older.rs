//! The older way to keep bookmarks (XEP-0048): one list of all of them, in the node `storage:bookmarks` or in private
//! storage. Here it is another view of the same bookmarks (XEP-0402 §5.3), so that every client of a member shows
//! the same rooms, whichever way it knows.

use konvent_core::{Answer, Millis, Outbox, Reader, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Jid, Stanza};

use super::{DIRECTORY_OWNS_THEM, stanzas};
use crate::pep::{Change, Derived, answer_derived};
use crate::pubsub::events::Happening;
use crate::pubsub::{Ctx, INVALID_PAYLOAD, LOCKED_DOWN, Request};
use crate::{Domain, Session, ns};

/// The one item of the node (XEP-0048 §3.1).
const ITEM: &str = "current";

/// Whether an element is such a list.
pub fn is_list(element: &Element) -> bool {
    element.is("storage", ns::OLD_BOOKMARKS)
}

/// All bookmarks of a member as one list.
pub fn list(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    now: Millis,
) -> Answer<Element> {
    let items = stanzas::items(reader, domain, session, now)?;
    let conferences = items.iter().map(|(id, conference)| {
        let text = |name: &str| {
            let child = conference.get_child(name, ns::BOOKMARKS)?;
            Some(el(name, ns::OLD_BOOKMARKS).text(child.text()))
        };
        el("conference", ns::OLD_BOOKMARKS)
            .attr("jid", id)
            .maybe("name", conference.attr("name"))
            .attr("autojoin", if opens(conference) { "true" } else { "false" })
            .children(text("nick"))
            .children(text("password"))
    });
    Ok(el("storage", ns::OLD_BOOKMARKS).children(conferences).build())
}

/// Answers a question about the node [`ns::OLD_BOOKMARKS`].
///
/// # Errors
/// `pubsub.bad-request` when it is a change: those go through [`change`].
pub fn answer(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    request: &Request,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    answer_derived(request, iq, || Ok(vec![(ITEM.to_owned(), list(reader, domain, session, now)?)]))
}

/// A new list comes in by the node. The outbox answers and tells the member's devices.
///
/// # Errors
/// As [`replace`]; `pubsub.locked-down` for whoever would take the whole list away.
pub fn change(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    let wanted = Derived::change(request)?;
    let mut news = Outbox::default();
    match &wanted {
        Change::Put(_, payload) => {
            replace(tx, ctx, session, payload.as_ref().ok_or(INVALID_PAYLOAD)?, &mut news)?;
        }
        Change::Drop(_) => return Err(LOCKED_DOWN),
        Change::Nothing => {}
    }
    Ok(wanted.done(session, iq, ns::OLD_BOOKMARKS, news))
}

/// Makes the bookmarks what a list says: what is new or other is kept, what is missing and was made by hand is struck. What
/// is as it was is told to nobody (XEP-0402 §5.3.2).
///
/// The rooms of the directory stay whatever the list leaves out: a client that does not know of a new one must not lose it.
///
/// # Errors
/// `pubsub.invalid-payload`, and those of a single bookmark, except that the directory owns its rooms: what is said of
/// those beyond `autojoin` is passed over, since a list is written whole.
pub fn replace(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    published: &Element,
    out: &mut Outbox,
) -> Answer<()> {
    if !is_list(published) {
        return Err(INVALID_PAYLOAD);
    }
    let before = stanzas::items(tx, ctx.domain, session, ctx.now)?;
    let mut named = Vec::new();
    for conference in published.children().filter(|c| c.is("conference", ns::OLD_BOOKMARKS)) {
        let room = conference.attr("jid").and_then(|jid| Jid::new(jid).ok());
        let id = room.ok_or(INVALID_PAYLOAD)?.to_bare().to_string();
        let known = before.iter().find(|(known, _)| *known == id).map(|(_, known)| known);
        let wanted = in_new_words(conference, known);
        if known.is_none_or(|known| !says_the_same(known, &wanted)) {
            silently(stanzas::put(tx, ctx, session, &id, &wanted, out))?;
        }
        named.push(id);
    }
    for (id, _) in before.iter().filter(|(id, _)| !named.contains(id)) {
        silently(stanzas::drop_one(tx, ctx, session, id, out))?;
    }
    tell(tx, ctx, session, out)
}

/// Adds what a list says and is not marked yet: a list from another server takes nothing away. Returns how many were new.
///
/// # Errors
/// As [`replace`].
pub fn add(tx: &mut Tx<'_>, ctx: Ctx<'_>, session: &Session, list: &Element) -> Answer<usize> {
    let before = stanzas::items(tx, ctx.domain, session, ctx.now)?;
    let (mut nobody_is_told, mut added) = (Outbox::default(), 0);
    for conference in list.children().filter(|c| c.is("conference", ns::OLD_BOOKMARKS)) {
        let room = conference.attr("jid").and_then(|jid| Jid::new(jid).ok());
        let id = room.ok_or(INVALID_PAYLOAD)?.to_bare().to_string();
        if before.iter().all(|(known, _)| *known != id) {
            let wanted = in_new_words(conference, None);
            silently(stanzas::put(tx, ctx, session, &id, &wanted, &mut nobody_is_told))?;
            added += 1;
        }
    }
    Ok(added)
}

/// Tells the devices that follow the older node, if there are any.
pub(super) fn tell(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    out: &mut Outbox,
) -> Answer<()> {
    let devices = ctx.here.devices(session.account, ns::OLD_BOOKMARKS);
    if devices.iter().any(|device| device.wants) {
        let list = list(reader, ctx.domain, session, ctx.now)?;
        let happening = Happening::item(ITEM, Some(list));
        Derived::tell(ctx, session, ns::OLD_BOOKMARKS, &happening, out);
    }
    Ok(())
}

fn silently(done: Answer<()>) -> Answer<()> {
    match done {
        Err(refusal) if refusal == DIRECTORY_OWNS_THEM => Ok(()),
        done => done,
    }
}

/// A conference of the older list as an item of the newer node; what only the newer one can say is kept.
fn in_new_words(old: &Element, known: Option<&Element>) -> Element {
    let text = |name: &str| {
        let child = old.get_child(name, ns::OLD_BOOKMARKS)?;
        Some(el(name, ns::BOOKMARKS).text(child.text()))
    };
    let extensions = known.and_then(|known| known.get_child("extensions", ns::BOOKMARKS));
    el("conference", ns::BOOKMARKS)
        .maybe("name", old.attr("name"))
        .maybe("autojoin", opens(old).then_some("true"))
        .children(text("nick"))
        .children(text("password"))
        .children(extensions.cloned())
        .build()
}

fn says_the_same(one: &Element, other: &Element) -> bool {
    let text = |of: &Element, name: &str| of.get_child(name, ns::BOOKMARKS).map(Element::text);
    one.attr("name") == other.attr("name")
        && opens(one) == opens(other)
        && ["nick", "password"].into_iter().all(|name| text(one, name) == text(other, name))
}

fn opens(conference: &Element) -> bool {
    matches!(conference.attr("autojoin"), Some("true" | "1"))
}
