//! Private storage (XEP-0049): pieces of XML that older clients keep with the server, each for its own account alone.
//!
//! Whoever asks for a piece that was never stored gets the empty one back (XEP-0049 §2.2), and nobody else's is ever looked
//! at: the account is that of the session, not one that is named. The list of bookmarks is no piece of its own but a view of
//! [`crate::bookmarks`].

pub mod moving;
pub mod privacy;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Kind, Migration, Millis, Outbox, Reader, Refusal, Tx};
use konvent_wire::xml::{el, write_element};
use konvent_wire::{Element, Stanza};

use crate::bookmarks::older;
use crate::pubsub::{Ctx, items};
use crate::{Domain, Session, ns};

/// The visiting card of the private storage.
pub const ABOUT: About = About {
    name: "private",
    sentence: "What older clients keep for themselves.",
    speaks: &["XEP-0049", "XEP-0227"],
    leaves_out: &[],
    announces: &[ns::PRIVATE],
    migrations: &[Migration::common("0001_entry", include_str!("migrations/0001_entry.sql"))],
    keeps: Some("what a member's clients store for themselves"),
};

/// Pieces of one account: protects the storage.
const ENTRIES_MAX: i64 = 200;
/// Bytes of one piece: protects the storage.
const ENTRY_MAX_BYTES: usize = 64 * 1024;

/// Bytes of a namespace or a name: both are keys of an index.
const NAME_MAX_BYTES: usize = 512;

/// The question names nothing (XEP-0049 §2.3).
pub const BAD_FORMAT: Refusal = Refusal::new(Kind::BadRequest, "private.bad-format");
/// What is sent has no name of its own, or one that is reserved (XEP-0049 §2.3).
pub const NOT_ACCEPTABLE: Refusal = Refusal::new(Kind::BadRequest, "private.not-acceptable");
/// There is no room for more.
pub const FULL: Refusal = Refusal::new(Kind::NotNow, "private.full");

/// Whether an iq is about the private storage.
pub fn is_private(iq: &Stanza) -> bool {
    iq.has("query", ns::PRIVATE)
}

/// Answers a question: what is stored under this name, or the empty element (XEP-0049 §2.2).
///
/// # Errors
/// `private.bad-format`, `private.not-acceptable`.
pub fn answer(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    let query = iq.payload().ok_or(BAD_FORMAT)?;
    let mut children = query.children();
    let wanted = children.next().ok_or(BAD_FORMAT)?;
    if children.next().is_some() {
        return Err(BAD_FORMAT); // XEP-0049 §2.3: one name in one question
    }
    let namespace = name_of(wanted)?;
    if older::is_list(wanted) {
        let list = older::list(reader, domain, session, now)?;
        return Ok(iq.result(Some(&el("query", ns::PRIVATE).child(list).build())));
    }
    let stored = store::entry(reader, session.account, &namespace, wanted.name())?;
    let stored = stored.as_deref().and_then(items::payload);
    let found = stored.unwrap_or_else(|| Element::bare(wanted.name(), namespace));
    Ok(iq.result(Some(&el("query", ns::PRIVATE).child(found).build())))
}

/// Stores what is sent, each piece over the one of the same name, or nothing.
///
/// # Errors
/// `private.not-acceptable`, `private.full`, and for bookmarks those of [`older::replace`].
pub fn change(tx: &mut Tx<'_>, ctx: Ctx<'_>, session: &Session, iq: &Stanza) -> Answer<Outbox> {
    let query = iq.payload().ok_or(BAD_FORMAT)?;
    // XEP-0049 §2.3: at least one.
    if query.children().next().is_none() {
        return Err(NOT_ACCEPTABLE);
    }
    let mut news = Outbox::default();
    for piece in query.children() {
        if older::is_list(piece) {
            older::replace(tx, ctx, session, piece, &mut news)?;
            continue;
        }
        let namespace = name_of(piece)?;
        let mut content = Vec::new();
        write_element(piece, ns::CLIENT, &mut content);
        let is_new = store::entry(tx, session.account, &namespace, piece.name())?.is_none();
        let is_full = is_new && store::count(tx, session.account)? >= ENTRIES_MAX;
        if is_full || content.len() > ENTRY_MAX_BYTES {
            return Err(FULL);
        }
        store::keep(tx, session.account, (&namespace, piece.name()), &content)?;
    }
    let mut out = Outbox::default();
    out.to_session(session.id, iq.result(None));
    out.append(news);
    Ok(out)
}

/// The namespace of a piece: one of its own, and none that is reserved (XEP-0049 §2.3).
fn name_of(piece: &Element) -> Answer<String> {
    let namespace = piece.ns();
    let is_reserved = namespace.starts_with("jabber:")
        || namespace.starts_with("http://jabber.org/")
        || namespace == ns::VCARD;
    if is_reserved
        || namespace.is_empty()
        || namespace.len() > NAME_MAX_BYTES
        || piece.name().len() > NAME_MAX_BYTES
    {
        return Err(NOT_ACCEPTABLE);
    }
    Ok(namespace)
}
