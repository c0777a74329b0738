//! The inbox (XEP-0430): all conversations with their newest message and how many are unread, in one request.
//!
//! Derived from the archive, the rooms and the read positions; it has no table. Words count, receipts and reactions do
//! not. Before any position the count begins with the account, so that a new member does not find 10,000 unread.
//!
//! Left out: paging beyond the first page (`max` is obeyed), marking as unread.

mod stanzas;
#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Millis, Reader};
use konvent_wire::jid::BareJid;

pub use stanzas::answer;

use crate::archive::{self, Entry, Owner};
use crate::{Domain, Session, ns, reading, rooms};

/// The visiting card of the inbox.
pub const ABOUT: About = About {
    name: "inbox",
    sentence: "All conversations with what is new in them.",
    speaks: &["XEP-0059", "XEP-0313", "XEP-0430"],
    leaves_out: &[(
        "XEP-0437 §3",
        "what is new in which room stands in the inbox (XEP-0430), also for rooms where nobody of the member's devices is",
    )],
    announces: &[ns::INBOX],
    migrations: &[],
    keeps: None,
};

/// Unread messages are counted up to this; clients show `99+`. It bounds the work for who comes back after a year.
pub const UNREAD_MAX: i64 = 100;
/// So many people a member has written with are looked at; it bounds one answer.
pub const CONVERSATIONS_MAX: usize = 1000;

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The bare address of the other side or of the room.
    pub with: BareJid,
    /// In whose archive it lies.
    pub owner: Owner,
    /// Its newest words.
    pub newest: Entry,
    /// How many words of others came after the read position, at most [`UNREAD_MAX`].
    pub unread: i64,
}

/// The conversations of a member, newest first; rooms in which nothing was said are not among them.
pub fn conversations(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    now: Millis,
) -> Answer<Vec<Conversation>> {
    let positions = reading::positions(reader, session.account)?;
    // Numbers grow with time: whatever is older than the account has a smaller one.
    let since =
        |with: &BareJid| positions.get(with.as_str()).copied().unwrap_or(0).max(session.account.0);
    let mut all = Vec::new();
    let own = Owner::Account(session.account);
    for peer in archive::peers(reader, session.account, CONVERSATIONS_MAX)? {
        let Ok(with) = BareJid::new(&peer) else { continue };
        let Some(newest) = archive::newest_words(reader, own, Some(&peer))? else { continue };
        let unread =
            archive::unread(reader, own, Some(&peer), session.account, since(&with), UNREAD_MAX)?;
        all.push(Conversation { with, owner: own, newest, unread });
    }
    for (room, standing) in rooms::rooms_of(reader, session.person, now)? {
        let owner = room.archive_for(standing.role);
        let with = domain.room(&room.address)?;
        let Some(newest) = archive::newest_words(reader, owner, None)? else { continue };
        let unread =
            archive::unread(reader, owner, None, session.account, since(&with), UNREAD_MAX)?;
        all.push(Conversation { with, owner, newest, unread });
    }
    all.sort_by_key(|conversation| std::cmp::Reverse(conversation.newest.id));
    Ok(all)
}
