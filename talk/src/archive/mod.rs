//! The archive (XEP-0313): one place for everything that was said, and at the same time the store for members who are away.
//!
//! * A message between two members is two rows, one in each archive, in the transaction that acknowledges it; a room's
//!   message is one row. The row's number is the stanza id (XEP-0359 §3).
//! * A message that is sent again, because its sender never saw the acknowledgement, is the same row: the database
//!   decides by the sender's own mark ([`origin`]). It is acknowledged again and delivered once.
//! * A row whose checksum does not fit is logged as `archive.damaged` and left out, never served.
//!
//! Preferences are told and not changed (XEP-0441): everything is kept for members. Left out: retention.

mod bury;
mod keep;
mod look;
pub mod moving;
mod origin;
mod page;
pub mod privacy;
pub mod query;
pub mod search;
pub mod stanzas;
mod store;
mod taken_back;
#[cfg(test)]
mod tests;
pub mod worth;

use konvent_core::{About, AccountId, Answer, Kind, Migration, Reader, Refusal, RoomId};
use konvent_wire::jid::BareJid;

pub use bury::{bury, forget_room, said_by};
pub use keep::{
    keep_between, keep_for, keep_in_room, keep_of_room, keep_received, keep_sent, said_before,
};
pub use look::{entry, has_written_to, newest_words, peers, unread};
pub use page::page;
pub use query::Query;
pub use search::Needle;
pub use stanzas::{answer, ends, is_search, marked, metadata, preferences, query};
pub use taken_back::{TakenBack, taken_back_since};
pub use worth::is_worth_keeping;

use crate::ns;

/// The visiting card of the archive.
pub const ABOUT: About = About {
    name: "archive",
    sentence: "Everything that was said, for all devices and for those who were away.",
    speaks: &[
        "RFC 6121", "XEP-0045", "XEP-0059", "XEP-0227", "XEP-0313", "XEP-0334", "XEP-0359",
        "XEP-0431", "XEP-0421", "XEP-0424", "XEP-0425", "XEP-0441", "XEP-0482", "XEP-0483",
    ],
    leaves_out: &[
        (
            "XEP-0313 §3, XEP-0359 §3",
            "ids of messages are numbers that grow with time: whoever has read up to one has missed nothing before it. They say when a message was kept, which the archive says anyway, and open nothing",
        ),
        (
            "XEP-0359 §3",
            "of what clients here send, every stanza id is taken out, whoever is named in it: none of them can have been given one",
        ),
        (
            "XEP-0258 §3",
            "messages bear no labels of confidentiality: what is confidential is said in the room of those whom it concerns",
        ),
        (
            "XEP-0313 §8.1",
            "the archive of somebody else is refused as one that nobody has (service-unavailable), so that nobody learns who exists",
        ),
        (
            "XEP-0441 §2.1",
            "clients hear that everything is kept, and change nothing of it: members do not switch their archive off: what is convened, moved and resolved must be there for them when they come",
        ),
        (
            "XEP-0483 §3.1, §4",
            "the house asks no other service for meetings and has none of its own yet; invitations to meetings are kept, copied and told like calls",
        ),
    ],
    announces: &[ns::MAM, ns::MAM_EXTENDED, ns::STANZA_ID, ns::FULLTEXT],
    migrations: &[
        Migration {
            name: "0001_entry",
            sqlite: include_str!("migrations/0001_entry_sqlite.sql"),
            postgres: include_str!("migrations/0001_entry_postgres.sql"),
        },
        Migration::common("0002_search", include_str!("migrations/0002_search.sql")),
        Migration::common("0003_said", include_str!("migrations/0003_said.sql")),
    ],
    keeps: Some("what members write to each other and in rooms, so that all their devices show it"),
};

/// A page has at most so many messages: it bounds the memory of one answer (XEP-0059 §2.1).
pub const PAGE_MAX: usize = 100;
/// A page has at most so many bytes of messages, whatever was asked for: less than what a client may leave unacknowledged.
pub const PAGE_BYTES_MAX: usize = 1024 * 1024;
/// A page has so many messages when nobody says how many.
pub const PAGE: usize = 50;

/// No message with that id is in this archive.
pub const NO_SUCH_ENTRY: Refusal = Refusal::new(Kind::NotFound, "archive.no-such-entry");
/// The query makes no sense.
pub const BAD_QUERY: Refusal = Refusal::new(Kind::BadRequest, "archive.bad-query");

/// What is kept for a member is not for the member's programs to choose (XEP-0441 §2.1).
pub const ALWAYS_KEPT: Refusal = Refusal::new(Kind::NotAllowed, "archive.always-kept");

/// The query has a field that is not one of ours (XEP-0313 §4.1.5).
pub const UNKNOWN_FIELD: Refusal = Refusal::new(Kind::BadRequest, "archive.unknown-field");

/// Whose archive it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A member's own.
    Account(AccountId),
    /// A room's.
    Room(RoomId),
    /// A room's, for somebody who may not see the addresses of those who spoke.
    VeiledRoom(RoomId),
}

impl Owner {
    /// The number in the table; all numbers come from one source, so accounts and rooms never share one.
    const fn number(self) -> i64 {
        match self {
            Self::Account(AccountId(id))
            | Self::Room(RoomId(id))
            | Self::VeiledRoom(RoomId(id)) => id,
        }
    }
}

/// An account and its address.
#[derive(Debug, Clone, Copy)]
pub struct Party<'a> {
    /// The login.
    pub account: AccountId,
    /// Its bare address.
    pub address: &'a BareJid,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is in the archives now, under these ids. In a room, and in a message to oneself, both are the same.
    New {
        /// In the archive of the sender.
        mine: i64,
        /// In the archive of the receiver.
        theirs: i64,
    },
    /// It was there before, under this id in the archive of the sender: acknowledge again, deliver nothing.
    Again(i64),
    /// It is none of those that are kept (a typing notice, for instance): deliver it and forget it.
    Not,
}

/// One kept message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The stanza id.
    pub id: i64,
    /// When it was kept.
    pub at: konvent_core::Millis,
    /// The other side, in a room the sender: a bare address.
    pub peer: String,
    /// Whether the owner of the archive wrote it.
    pub outgoing: bool,
    /// The stanza, standing alone.
    pub stanza: Vec<u8>,
}

/// Some messages of an archive, oldest first unless the query flips the page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The messages.
    pub entries: Vec<Entry>,
    /// Whether nothing lies beyond in the direction of paging (XEP-0313 §3.1).
    pub complete: bool,
    /// How many match in all, when the query asked for nothing but that (XEP-0059 §2.7).
    pub count: Option<i64>,
}

/// Looks every row of the archive over: how many there are, and how many do not fit their checksums.
pub fn look_over(reader: &mut Reader<'_>) -> Answer<(u64, u64)> {
    store::look_over(reader)
}
