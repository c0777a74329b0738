//! What happens to the hall, as a value: one node decides it, and all of them carry it out, in the order of the commits.
//!
//! In a house of one process it is carried out at once. Among several it goes through the log of the storage first, so that
//! everybody's hall goes through the same states. Each node posts to its own connections only; what goes to other servers
//! is sent by the oldest node.

use std::sync::Arc;

use konvent_core::{AccountId, Kind, Millis, Outbox, Post, Refusal, RoomId, SessionId};
use konvent_talk::Session;
use konvent_talk::blocking::Blocklist;
use konvent_talk::caps::{Learnt, LearntOfOnlookers};
use konvent_talk::contacts::{Contact, Fresh, Sequel};
use konvent_talk::presence::Circle;
use konvent_talk::rooms::occupants::Deed;
use konvent_talk::rooms::occupants::roles::Wish;
use konvent_talk::rooms::{Joining, Place};
use konvent_wire::jid::{BareJid, FullJid};
use konvent_wire::{Jid, Stanza};
use serde::{Deserialize, Serialize};

use super::{Seat, SignedInBy};

/// The session is over; nothing can happen to it any more.
pub const NOT_SEATED: Refusal = Refusal::new(Kind::NotFound, "house.session-over");

/// Nothing happens.
pub const NOTHING: Happening = Happening::Posted(Vec::new());

/// What is read of an account when a connection of it comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Known {
    /// Its contact list.
    pub contacts: Vec<Contact>,
    /// Whom it has blocked.
    pub blocklist: Blocklist,
    /// Requests that wait for it.
    pub requests: Vec<Stanza>,
}

/// Something that happens to the hall.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Happening {
    /// Posts of a story that is on disk.
    Posted(Vec<Post>),
    /// Posts that no transaction has decided.
    Relayed(Vec<Post>),
    /// A session takes its place (RFC 6120 §7).
    Seated {
        /// Who.
        session: Session,
        /// Its address.
        jid: FullJid,
        /// Whether it wants copies.
        carbons: bool,
        /// With what it was signed in.
        by: SignedInBy,
        /// The name by which its client may resume it, if it wants that from the start (XEP-0386 §3.2).
        resumable: Option<String>,
        /// Nobody looks at its screen yet.
        is_inactive: bool,
    },
    /// From now on its client may resume a session under this name, and what it is sent counts (XEP-0198 §3).
    Managed(SessionId, String),
    /// This stanza of a session is on disk, or was refused.
    Handled(SessionId, u32),
    /// A session is told why a stanza was refused that nothing could be written of; only then it counts, if it does.
    Refused(SessionId, Option<u32>, Option<Stanza>),
    /// So many stanzas have been acknowledged by clients.
    Acked(Vec<(SessionId, u32)>),
    /// What a session was sent has other numbers than all nodes think: it cannot be resumed.
    Spoilt(SessionId),
    /// A client asks another node for its session: the connection that holds it is to let go.
    Wanted(SessionId),
    /// No connection holds a session any more; it waits for its client.
    LetGo {
        /// Which one.
        session: SessionId,
        /// How many of its client's stanzas were handled.
        handled: u32,
        /// How many stanzas its client has acknowledged.
        acked: u32,
        /// When.
        at: Millis,
    },
    /// A client resumes its session.
    Taken {
        /// Which one.
        session: SessionId,
        /// On which node.
        node: i64,
        /// How many stanzas it has.
        h: u32,
        /// With what it is signed in now.
        by: SignedInBy,
    },
    /// A session is over.
    Left(SessionId),
    /// Sessions of an account end: all, those of one device or password, or the one with a resource.
    Ended {
        /// Whose.
        account: AccountId,
        /// Signed in with this.
        by: Option<SignedInBy>,
        /// At this resource.
        resource: Option<String>,
    },
    /// A session wants copies or no more (XEP-0280 §4).
    Copies(SessionId, bool),
    /// Nobody looks at a session's screen, or somebody does again (XEP-0352 §4.2).
    Inactive(SessionId, bool),
    /// A session has become available and is sent what will be kept under a higher number than this.
    Hears {
        /// Which one.
        session: SessionId,
        /// The number.
        from: i64,
        /// Its client fetches what is older from the archive (XEP-0386 §3.2).
        reads_archive: bool,
    },
    /// A session follows its block list (XEP-0191 §5.3).
    FollowsBlocklist(SessionId),
    /// A session was shown its contact list, which was read when lists had changed so often.
    Listed(SessionId, Vec<Contact>, Option<u64>),
    /// A session says how it is (RFC 6121 §4.2.2, §4.4.2).
    Announced(SessionId, Stanza),
    /// The same for the first time, with what is known of its account.
    Appeared {
        /// Which one.
        session: SessionId,
        /// Its presence.
        said: Stanza,
        /// With whom it shares presence.
        circle: Circle,
        /// What was read for it.
        known: Known,
        /// Requests of its own that nobody has answered.
        again: Outbox,
        /// How often lists had changed when this was read; `None` when that does not matter any more.
        followed: Option<u64>,
    },
    /// A session is not available any more (RFC 6121 §4.5.2).
    Unavailable(SessionId, Stanza),
    /// A session shows itself to one address (RFC 6121 §4.6); the last is a device that hears it without being seen.
    Directed(SessionId, Option<AccountId>, Stanza, Option<SessionId>),
    /// Somebody is gone to whom devices of this account may have shown themselves (RFC 6121 §4.6.1).
    Departed(AccountId, Jid),
    /// A session's presence may name its capabilities (XEP-0115 §6.1).
    Heard(SessionId, Stanza),
    /// A session answers what it was asked about them (XEP-0115 §6.2).
    Answered(SessionId, Stanza),
    /// A device elsewhere shows itself to a member who lets it see him, and names its capabilities (XEP-0060 §9.2).
    OnlookerHeard(AccountId, BareJid, Jid, Stanza),
    /// It answers what it was asked about them.
    OnlookerAnswered(Jid, Stanza),
    /// It is no longer there for him.
    OnlookerLeft(AccountId, Jid),
    /// The server of an app has answered a notification that another node may have sent (XEP-0357).
    AppAnswered(Stanza),
    /// Contacts have changed.
    Befriended(Sequel),
    /// A block list has changed.
    Blocked(AccountId, Blocklist, Outbox),
    /// The directory has changed: so contact lists look now.
    Relisted(Fresh),
    /// The directory has changed: whoever asked for a room before has to ask again.
    Looked,
    /// The directory has changed: what becomes of those inside rooms.
    Turned(Vec<Deed>),
    /// Something was decided about a room.
    Decided(Deed),
    /// Somebody comes into a room.
    Entered(Box<Joining>),
    /// Somebody inside says how he is.
    Changed(Place, RoomId, Stanza),
    /// Somebody goes.
    WentOut(Place, RoomId, Stanza),
    /// Somebody is not reachable (XEP-0045 §7.14).
    Bounced(Place, RoomId),
    /// A moderator changes roles; the outbox is posted first.
    Roles(RoomId, Place, Vec<Wish>, Outbox),
    /// Somebody spoke in a slow room.
    Spoke(RoomId, Place, Millis),
}

/// What follows for the node where it happened.
#[derive(Debug, Default)]
pub struct Effect {
    /// What was learnt of clients.
    pub learnt: Option<Learnt>,
    /// What was learnt of clients elsewhere.
    pub learnt_of_onlookers: Option<LearntOfOnlookers>,
    /// What it was read from has changed meanwhile: read again. Nothing has happened.
    pub is_stale: bool,
    /// Sessions of this node that are over.
    pub over: Vec<Arc<Seat>>,
    /// Sessions that wait for their clients since their node has gone.
    pub alone: Vec<Arc<Seat>>,
    /// An answer for whoever waits for it.
    pub answer: Option<Stanza>,
    /// How much was waiting for a session when its management began.
    pub waiting: usize,
}
