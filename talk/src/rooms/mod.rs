//! Rooms (XEP-0045) that *are* the directory's units and bodies: nobody is added, removed or promoted by hand.
//!
//! * Who is in a room, who may speak and which office stands beside a name is read from the directory each time
//!   ([`access`]); there is no table of members. Only the exception from the posting rule is kept.
//! * Lowest level: everybody talks. Higher levels announce: only who holds an office with `rooms.announce` speaks.
//! * A member has one nickname in all rooms, the name of the directory, and shares it among his devices.
//! * [`say`] keeps first and reflects after the commit, so what others have read is in the archive.
//! * A room that exists but is not the asker's says `registration-required` (XEP-0045 §7.2.6); one that does not
//!   exist says `item-not-found`. That a unit exists is no secret: the organisation publishes its tree.
//!
//! Left out: invitations, voice requests, private messages, configuration forms, passwords, kicks and bans.

pub mod access;
pub mod admin;
pub mod disco;
pub mod follow;
pub mod join;
pub mod occupants;
pub mod privacy;
pub mod say;
pub mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, BodyId, Kind, Migration, Refusal, RoomId, UnitId};

pub use access::{room_at, rooms_of, set_posting, standing};
pub use join::{Joining, ask_to_join};
pub use occupants::Occupants;

/// The visiting card of the rooms.
pub const ABOUT: About = About {
    name: "rooms",
    sentence: "Group chats that follow from the directory.",
    speaks: &["XEP-0030", "XEP-0045", "XEP-0128", "XEP-0317", "XEP-0410", "XEP-0421"],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common("0001_setting", include_str!("migrations/0001_setting.sql"))],
    keeps: Some("who changed who may speak in a room"),
};

/// The capability of an office that lets its holder speak in announcing rooms and change who may speak.
pub const ANNOUNCE: &str = "rooms.announce";

/// In a room of more members only those who may speak are seen coming and going: with everybody, one evening in a
/// room of 5,000 would cost 25 million presences (XEP-0045 §7.2.3 leaves this to the service).
pub const PRESENCE_SHARED_UP_TO: usize = 300;

/// There is no such room.
pub const NO_SUCH_ROOM: Refusal = Refusal::new(Kind::NotFound, "rooms.no-such-room");
/// The room is another unit's or body's.
pub const NOT_A_MEMBER: Refusal = Refusal::new(Kind::NotAllowed, "rooms.not-a-member");
/// Who is in a room and as what follows from the directory; nobody changes it by hand.
pub const DIRECTORY_DECIDES: Refusal = Refusal::new(Kind::NotAllowed, "rooms.directory-decides");
/// The directory changed between asking and entering; ask again.
pub const DIRECTORY_CHANGED: Refusal = Refusal::new(Kind::NotNow, "rooms.directory-changed");
/// Whoever wants to be read must first come in.
pub const NOT_INSIDE: Refusal = Refusal::new(Kind::BadRequest, "rooms.not-inside");
/// In this room only holders of an office speak.
pub const ONLY_OFFICES_SPEAK: Refusal = Refusal::new(Kind::NotAllowed, "rooms.only-offices-speak");
/// Members write to each other directly, not through a room.
pub const NO_PRIVATE_MESSAGES: Refusal =
    Refusal::new(Kind::NotAllowed, "rooms.no-private-messages");
/// A room is joined under a nickname.
pub const NO_NICK: Refusal = Refusal::new(Kind::BadRequest, "rooms.no-nick");

/// A room, as the directory has it at the moment of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomInfo {
    /// The number of its unit or body.
    pub id: RoomId,
    /// The part of its address before the `@`.
    pub address: String,
    /// What people call it.
    pub name: String,
    /// Whose room it is.
    pub kind: RoomKind,
    /// Who may speak.
    pub posting: Posting,
}

/// Whose room it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomKind {
    /// All members of a unit and of the units below it.
    Unit(UnitId),
    /// Those who hold a running office in a body.
    Body(BodyId),
}

/// Who may speak in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// Every member.
    Everybody,
    /// Who holds a running office with [`ANNOUNCE`] there.
    OfficeHolders,
}

/// How a member stands in a room. Whoever has none is not a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Always a member's: the directory decides, so there are no owners and admins among the occupants.
    pub affiliation: Affiliation,
    /// Whether he may speak.
    pub role: Role,
    /// The offices he holds there, shown beside his name (XEP-0317).
    pub hats: Vec<String>,
}

/// The lasting bond to a room (XEP-0045 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affiliation {
    /// Belongs to the unit or body.
    Member,
    /// Does not, or no more.
    None,
}

/// What one may do while inside (XEP-0045 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads and speaks.
    Participant,
    /// Reads.
    Visitor,
    /// Is outside.
    None,
}

impl Affiliation {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::None => "none",
        }
    }
}

impl Role {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Participant => "participant",
            Self::Visitor => "visitor",
            Self::None => "none",
        }
    }
}
