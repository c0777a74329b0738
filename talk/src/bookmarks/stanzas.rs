//! Bookmarks on the wire: items of the node `urn:xmpp:bookmarks:1` (XEP-0402 §3).

use super::{Bookmark, DIRECTORY_OWNS_THEM, EXTENSIONS_MAX_BYTES, bookmarks_of, store};
use crate::pep::{self, Event, Request};
use crate::{Domain, Session, ns};
use konvent_core::{AccountId, Answer, Millis, Outbox, Reader, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Element, Stanza};

/// Answers a question about the node [`ns::BOOKMARKS`].
///
/// # Errors
/// `pep.bad-request` when it is a change: those go through [`change`].
pub fn answer(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    request: &Request,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    let Request::Items { node, ids, max } = request else { return Err(pep::BAD_REQUEST) };
    let mut bookmarks = bookmarks_of(reader, domain, session, now)?;
    if !ids.is_empty() {
        bookmarks.retain(|bookmark| ids.iter().any(|id| *id == bookmark.address.as_str()));
    }
    bookmarks.truncate(max.unwrap_or(usize::MAX));
    let items =
        bookmarks.iter().map(|bookmark| (bookmark.address.to_string(), conference(bookmark)));
    Ok(pep::items_result(iq, node, items.collect()))
}

/// Changes what a member may choose about a room of his. The outbox answers him and tells his other devices.
///
/// # Errors
/// `bookmarks.directory-owns-them` for rooms that are not the member's and for taking one away.
pub fn change(
    tx: &mut Tx<'_>,
    domain: &Domain,
    session: &Session,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    let Request::Publish { node, id, payload } = request else { return Err(DIRECTORY_OWNS_THEM) };
    let published = payload
        .as_ref()
        .filter(|payload| payload.is("conference", ns::BOOKMARKS))
        .ok_or(pep::BAD_REQUEST)?;
    let now = tx.now();
    let mut bookmarks = bookmarks_of(tx, domain, session, now)?;
    let bookmark = bookmarks
        .iter_mut()
        .find(|bookmark| bookmark.address.as_str() == id)
        .ok_or(DIRECTORY_OWNS_THEM)?;
    bookmark.autojoin = matches!(published.attr("autojoin"), Some("true" | "1"));
    bookmark.extensions = extensions(published)?;
    let (autojoin, noted) = (bookmark.autojoin, bookmark.extensions.as_deref());
    store::choose(tx, session.account, bookmark.room, autojoin, noted)?;
    let mut out = Outbox::default();
    out.to_session(session.id, pep::published(iq, node, id));
    let event = Event::Item(id.clone(), conference(bookmark));
    pep::notify(session.account, &session.bare(), Some(session.id), node, event, &mut out);
    Ok(out)
}

/// XEP-0402 §3.1: what is inside must be kept as it is.
fn extensions(conference: &Element) -> Answer<Option<Vec<u8>>> {
    let Some(extensions) = conference.get_child("extensions", ns::BOOKMARKS) else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    write_element(extensions, ns::CLIENT, &mut bytes);
    if bytes.len() > EXTENSIONS_MAX_BYTES { Err(pep::BAD_REQUEST) } else { Ok(Some(bytes)) }
}

fn conference(bookmark: &Bookmark) -> Element {
    let mut conference = el("conference", ns::BOOKMARKS)
        .attr("name", &bookmark.name)
        .maybe("autojoin", bookmark.autojoin.then_some("true"))
        .child(el("nick", ns::BOOKMARKS).text(&bookmark.nick));
    if let Some(extensions) = bookmark.extensions.as_deref().and_then(read) {
        conference = conference.child(extensions);
    }
    conference.build()
}

/// Reads what [`extensions`] wrote, through the strict reader of stanzas.
fn read(bytes: &[u8]) -> Option<Element> {
    let around = [b"<message>", bytes, b"</message>"].concat();
    Stanza::parse(&around).ok()?.payload()
}

/// After a change of the directory: tells the devices of a member which rooms are new, changed or gone (XEP-0402 §3.3).
///
/// `before` and `after` are [`bookmarks_of`] the member on both sides of the change.
pub fn changes(
    account: AccountId,
    address: &BareJid,
    before: &[Bookmark],
    after: &[Bookmark],
    out: &mut Outbox,
) {
    for gone in before.iter().filter(|old| !after.iter().any(|new| new.room == old.room)) {
        let event = Event::Gone(gone.address.to_string());
        pep::notify(account, address, None, ns::BOOKMARKS, event, out);
    }
    for new in after.iter().filter(|new| !before.contains(new)) {
        let event = Event::Item(new.address.to_string(), conference(new));
        pep::notify(account, address, None, ns::BOOKMARKS, event, out);
    }
}
