//! Bookmarks on the wire: items of the node `urn:xmpp:bookmarks:1` (XEP-0402 §3).

use super::{Bookmark, DIRECTORY_OWNS_THEM, EXTENSIONS_MAX_BYTES, bookmarks_of, older, store};
use crate::pep::{Change, Derived, answer_derived};
use crate::pubsub::events::Happening;
use crate::pubsub::{self, BAD_REQUEST, Ctx, INVALID_PAYLOAD, NO_SUCH_ITEM, Place, Request};
use crate::rooms::{self, RoomKind};
use crate::{Domain, Session, ns};
use konvent_core::{AccountId, Answer, Millis, Outbox, Reader, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Element, Jid, Stanza};

/// All bookmarks as items: those that follow from the directory, then those that the member has made.
pub fn items(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    now: Millis,
) -> Answer<Vec<(String, Element)>> {
    let derived = bookmarks_of(reader, domain, session, now)?;
    let mut items: Vec<(String, Element)> = derived
        .iter()
        .map(|bookmark| (bookmark.address.to_string(), conference(bookmark)))
        .collect();
    for (id, payload) in pubsub::items::of_own(reader, session.account, ns::BOOKMARKS)? {
        if !items.iter().any(|(known, _)| *known == id) {
            items.push((id, payload));
        }
    }
    Ok(items)
}

/// Answers a question about the node [`ns::BOOKMARKS`].
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
    answer_derived(request, iq, || items(reader, domain, session, now))
}

/// Changes what a member may choose about a room of his, or bookmarks of rooms that are not the directory's. The outbox
/// answers him and tells his devices.
///
/// # Errors
/// `bookmarks.directory-owns-them` for rooms of the directory that are not the member's and for taking one away.
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
        Change::Put(id, payload) => {
            let payload = payload.as_ref().ok_or(INVALID_PAYLOAD)?;
            put(tx, ctx, session, id, payload, &mut news)?;
        }
        Change::Drop(id) => drop_one(tx, ctx, session, id, &mut news)?,
        Change::Nothing => {}
    }
    older::tell(tx, ctx, session, &mut news)?;
    Ok(wanted.done(session, iq, ns::BOOKMARKS, news))
}

/// Keeps one bookmark.
pub fn put(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    id: &str,
    published: &Element,
    out: &mut Outbox,
) -> Answer<()> {
    if !published.is("conference", ns::BOOKMARKS) {
        return Err(INVALID_PAYLOAD);
    }
    // XEP-0402 §2: the item is named after the room.
    let room = Jid::new(id).map_err(|_| BAD_REQUEST)?;
    let mut bookmarks = bookmarks_of(tx, ctx.domain, session, ctx.now)?;
    let derived = bookmarks.iter_mut().find(|bookmark| bookmark.address.as_str() == id);
    let Some(bookmark) = derived else {
        if is_of_the_directory(tx, ctx.domain, &room)? {
            return Err(DIRECTORY_OWNS_THEM);
        }
        extensions(published)?;
        let (place, config) = (Place::of_session(session), Derived::config());
        let node = (ns::BOOKMARKS, &config);
        let item = (&session.address, id, published);
        return pubsub::in_the_name_of(tx, ctx, &place, node, item, out);
    };
    bookmark.autojoin = matches!(published.attr("autojoin"), Some("true" | "1"));
    bookmark.extensions = extensions(published)?;
    let (autojoin, noted) = (bookmark.autojoin, bookmark.extensions.as_deref());
    store::choose(tx, session.account, bookmark.room, autojoin, noted)?;
    let happening = Happening::item(id, Some(conference(bookmark)));
    Derived::tell(ctx, session, ns::BOOKMARKS, &happening, out);
    Ok(())
}

/// Strikes a bookmark that the member has made.
pub fn drop_one(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    session: &Session,
    id: &str,
    out: &mut Outbox,
) -> Answer<()> {
    let place = Place::of_session(session);
    if pubsub::strike_own(tx, ctx, &place, (ns::BOOKMARKS, id), out)? {
        return Ok(());
    }
    let derived = bookmarks_of(tx, ctx.domain, session, ctx.now)?;
    let is_derived = derived.iter().any(|bookmark| bookmark.address.as_str() == id);
    Err(if is_derived { DIRECTORY_OWNS_THEM } else { NO_SUCH_ITEM })
}

/// Whether an address is that of a room which follows from the directory: nobody marks those by hand.
fn is_of_the_directory(reader: &mut Reader<'_>, domain: &Domain, room: &Jid) -> Answer<bool> {
    let Some(localpart) = room.node().filter(|_| room.domain().as_str() == domain.rooms) else {
        return Ok(false);
    };
    let room = rooms::room_at(reader, localpart.as_str())?;
    Ok(room.is_some_and(|room| room.kind != RoomKind::Free))
}

/// XEP-0402 §3.4: what is inside must be kept as it is (pinned, XEP-0469 §3; notification levels, XEP-0492 §3).
fn extensions(conference: &Element) -> Answer<Option<Vec<u8>>> {
    let Some(extensions) = conference.get_child("extensions", ns::BOOKMARKS) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    write_element(extensions, ns::CLIENT, &mut bytes);
    if bytes.len() > EXTENSIONS_MAX_BYTES { Err(BAD_REQUEST) } else { Ok(Some(bytes)) }
}

fn conference(bookmark: &Bookmark) -> Element {
    let mut conference = el("conference", ns::BOOKMARKS)
        .attr("name", &bookmark.name)
        .maybe("autojoin", bookmark.autojoin.then_some("true"))
        .child(el("nick", ns::BOOKMARKS).text(&bookmark.nick));
    let extensions = bookmark.extensions.as_deref();
    if let Some(extensions) = extensions.and_then(pubsub::items::payload) {
        conference = conference.child(extensions);
    }
    conference.build()
}

/// After a change of the directory: tells the devices of a member which rooms are new, changed or gone (XEP-0402 §4).
///
/// `before` and `after` are [`bookmarks_of`] the member on both sides of the change.
pub fn changes(
    ctx: Ctx<'_>,
    (account, address): (AccountId, &BareJid),
    before: &[Bookmark],
    after: &[Bookmark],
    out: &mut Outbox,
) {
    for gone in before.iter().filter(|old| !after.iter().any(|new| new.room == old.room)) {
        let happening = Happening::Gone(vec![gone.address.to_string()]);
        Derived::tell_account(ctx, (account, address), ns::BOOKMARKS, &happening, out);
    }
    for new in after.iter().filter(|new| !before.contains(new)) {
        let happening = Happening::item(new.address.as_str(), Some(conference(new)));
        Derived::tell_account(ctx, (account, address), ns::BOOKMARKS, &happening, out);
    }
}
