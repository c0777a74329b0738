//! Bookmarks (XEP-0402): how any client finds its rooms. They are derived, like the rooms.
//!
//! * One for each room of the member. By itself a client opens the room of his home unit and those of his bodies; the
//!   announcing rooms above are there to be opened.
//! * Rooms that are not the directory's (elsewhere, or made by members) are marked by hand and kept as they were published.
//! * A client may change `autojoin` and its own `<extensions/>` of a room of the directory, and nothing else: those are not added,
//!   removed, renamed, and the nickname is the directory's.
//!
//! The older ways to keep them are another view of the same ([`older`]).

pub mod older;
pub mod privacy;
mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use konvent_core::{About, AccountId, Answer, Kind, Migration, Millis, Reader, Refusal, RoomId};
use konvent_wire::Element;
use konvent_wire::jid::BareJid;

pub use stanzas::{answer, change, changes, items as all, put};

use crate::rooms::{self, RoomKind};
use crate::{Domain, Session, ns, pubsub};

/// The visiting card of the bookmarks.
pub const ABOUT: About = About {
    name: "bookmarks",
    sentence: "Every client finds the rooms of its member.",
    speaks: &["XEP-0048", "XEP-0402", "XEP-0469", "XEP-0492"],
    leaves_out: &[
        ("XEP-0048 §2", "bookmarks of web pages are not kept: the list is another view of rooms"),
        (
            "XEP-0402 §5.3",
            "when the directory changes, only the newer node tells; who follows the older one learns it with the next list",
        ),
    ],
    announces: &[ns::BOOKMARKS, "urn:xmpp:bookmarks:1#compat", "urn:xmpp:bookmarks:1#compat-pep"],
    migrations: &[Migration::common("0001_choice", include_str!("migrations/0001_choice.sql"))],
    keeps: Some("which rooms a member's clients open by themselves"),
};

/// Rooms follow from the directory.
pub const DIRECTORY_OWNS_THEM: Refusal =
    Refusal::new(Kind::NotAllowed, "bookmarks.directory-owns-them");

/// What a client notes beside a bookmark may be so long: it protects the storage.
pub const EXTENSIONS_MAX_BYTES: usize = 4096;

/// The bookmark of one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bookmark {
    /// Which room.
    pub room: RoomId,
    /// Its address.
    pub address: BareJid,
    /// Its name.
    pub name: String,
    /// The member's nickname there.
    pub nick: String,
    /// Whether clients open it by themselves.
    pub autojoin: bool,
    /// What his clients noted beside it, as they wrote it.
    pub extensions: Option<Vec<u8>>,
}

/// The bookmarks of a member, one for each of his rooms.
pub fn bookmarks_of(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    now: Millis,
) -> Answer<Vec<Bookmark>> {
    let home = rooms::access::home_room(reader, session.person)?;
    let mut choices: HashMap<RoomId, store::Choice> =
        store::choices(reader, session.account)?.into_iter().collect();
    let mut bookmarks = Vec::new();
    for (room, _) in rooms::rooms_of(reader, session.person, now)? {
        let by_rule =
            home == Some(room.id) || matches!(room.kind, RoomKind::Body(_) | RoomKind::Free);
        let choice = choices.remove(&room.id);
        bookmarks.push(Bookmark {
            room: room.id,
            address: domain.room(&room.address)?,
            name: room.name,
            nick: session.name.clone(),
            autojoin: choice.as_ref().map_or(by_rule, |choice| choice.autojoin),
            extensions: choice.and_then(|choice| choice.extensions),
        });
    }
    Ok(bookmarks)
}

/// What a member's clients noted beside a room of his: pins, levels of notification.
pub fn noted(reader: &mut Reader<'_>, account: AccountId, room: RoomId) -> Answer<Option<Element>> {
    Ok(store::noted(reader, account, room)?.as_deref().and_then(pubsub::items::payload))
}
