//! Rooms (XEP-0045). Those that *are* the directory's units and bodies: nobody is added, removed or promoted by hand. And
//! free ones ([`free`]) that members make for themselves, with owners, lists and terms of their own.
//!
//! In the rooms of the directory:
//!
//! * Who is in a room, who may speak and which office stands beside a name is read from the directory each time
//!   ([`access`]); there is no table of members. Only the exception from the posting rule is kept.
//! * Lowest level: everybody talks. Higher levels announce: only who holds an office with `rooms.announce` speaks.
//! * A member has one nickname in all rooms, the name of the directory, and shares it among his devices.
//! * [`say`] keeps first and reflects after the commit, so what others have read is in the archive.
//! * A room that exists but is not the asker's says `registration-required` (XEP-0045 §7.2.6); one that does not
//!   exist says `item-not-found`. That a unit exists is no secret: the organisation publishes its tree.
//!
//! There are no invitations, requests for voice, private messages, questions to occupants, configuration forms, passwords,
//! kicks and bans; free rooms have them all.

pub mod access;
pub mod admin;
pub mod avatar;
pub mod being;
pub mod disco;
pub mod follow;
pub mod free;
pub mod join;
mod leaves_out;
pub mod moderation;
pub mod names;
pub mod occupants;
pub mod officers;
pub mod privacy;
pub mod say;
pub mod stanzas;
mod store;
pub mod terms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use konvent_core::{About, BodyId, Kind, Migration, Refusal, RoomId, UnitId};

use crate::archive::Owner;

pub use access::{room_at, rooms_of, set_posting, standing};
pub use being::{Being, Caller, Place};
pub use join::{Joining, Sight, ask_to_join};
pub use occupants::Occupants;
pub use terms::Terms;

/// The visiting card of the rooms.
pub const ABOUT: About = About {
    name: "rooms",
    sentence: "Group chats that follow from the directory, and others that members make.",
    speaks: &[
        "RFC 6121", "XEP-0004", "XEP-0030", "XEP-0045", "XEP-0054", "XEP-0059", "XEP-0077",
        "XEP-0122", "XEP-0128", "XEP-0153", "XEP-0191", "XEP-0249", "XEP-0307", "XEP-0313",
        "XEP-0317", "XEP-0410", "XEP-0421", "XEP-0424", "XEP-0425", "XEP-0463", "XEP-0486",
        "XEP-0500", "XEP-0502",
    ],
    leaves_out: leaves_out::RULES,
    announces: &[],
    migrations: &[
        Migration::common("0001_setting", include_str!("migrations/0001_setting.sql")),
        Migration::common("0002_free", include_str!("migrations/0002_free.sql")),
        Migration::common("0003_picture", include_str!("migrations/0003_picture.sql")),
        Migration::common(
            "0004_activity_and_versions",
            include_str!("migrations/0004_activity_and_versions.sql"),
        ),
        Migration::common(
            "0005_subject_occupant",
            include_str!("migrations/0005_subject_occupant.sql"),
        ),
    ],
    keeps: Some(
        "who changed who may speak in a room; who stands on the lists of free rooms, with nickname and reason",
    ),
};

/// The capability of an office that lets its holder speak in announcing rooms and change who may speak.
pub const ANNOUNCE: &str = "rooms.announce";

/// In a room of more members only those who may speak are seen coming and going: with everybody, one evening in a
/// room of 5,000 would cost 25 million presences (XEP-0045 §7.2.2 leaves this to the configuration).
pub const PRESENCE_SHARED_UP_TO: usize = 300;

/// There is no such room.
pub const NO_SUCH_ROOM: Refusal = Refusal::new(Kind::NotFound, "rooms.no-such-room");
/// The room is another unit's or body's.
pub const NOT_A_MEMBER: Refusal = Refusal::new(Kind::NotAllowed, "rooms.not-a-member");
/// Who is in a room and as what follows from the directory; nobody changes it by hand.
pub const DIRECTORY_DECIDES: Refusal = Refusal::new(Kind::NotAllowed, "rooms.directory-decides");
/// The directory changed between asking and entering; ask again.
pub const DIRECTORY_CHANGED: Refusal = Refusal::new(Kind::NotNow, "rooms.directory-changed");
/// Who may not enter a room reads nothing that was said in it (XEP-0313 §8.1).
pub const ARCHIVE_CLOSED: Refusal = Refusal::new(Kind::NotAllowed, "rooms.archive-closed");
/// Whoever wants to be read must first come in.
pub const NOT_INSIDE: Refusal = Refusal::new(Kind::BadRequest, "rooms.not-inside");
/// In this room only holders of an office speak.
pub const ONLY_OFFICES_SPEAK: Refusal = Refusal::new(Kind::NotAllowed, "rooms.only-offices-speak");
/// Members write to each other directly, not through a room.
pub const NO_PRIVATE_MESSAGES: Refusal =
    Refusal::new(Kind::NotAllowed, "rooms.no-private-messages");
/// Somebody else inside bears this nickname, or one that looks like it, or has reserved it (XEP-0045 §7.2.8).
pub const NICK_TAKEN: Refusal = Refusal::new(Kind::Conflict, "rooms.nick-taken");
/// A nickname that cannot be shown.
pub const NICK_UNFIT: Refusal = Refusal::new(Kind::BadRequest, "rooms.nick-unfit");
/// As many are inside as the terms allow (XEP-0045 §7.2.9).
pub const ROOM_FULL: Refusal = Refusal::new(Kind::NotNow, "rooms.full");
/// The password is missing or wrong (XEP-0045 §7.2.5).
pub const WRONG_PASSWORD: Refusal = Refusal::new(Kind::NotAllowed, "rooms.wrong-password");
/// On the list of those who may not come in (XEP-0045 §7.2.7).
pub const BANNED: Refusal = Refusal::new(Kind::NotAllowed, "rooms.banned");
/// The room is being made; its owner has not yet said what shall hold there (XEP-0045 §7.2.10).
pub const LOCKED: Refusal = Refusal::new(Kind::NotFound, "rooms.locked");
/// Nobody inside bears this nickname.
pub const NO_SUCH_OCCUPANT: Refusal = Refusal::new(Kind::NotFound, "rooms.no-such-occupant");
/// A moderator's affair.
pub const ONLY_MODERATORS: Refusal = Refusal::new(Kind::NotAllowed, "rooms.only-moderators");
/// An owner's or admin's affair.
pub const ONLY_ADMINS: Refusal = Refusal::new(Kind::NotAllowed, "rooms.only-admins");
/// An owner's affair.
pub const ONLY_OWNERS: Refusal = Refusal::new(Kind::NotAllowed, "rooms.only-owners");
/// He stands as high or higher (XEP-0045 §8.2, §8.4, §9.1).
pub const NOT_YOURS: Refusal = Refusal::new(Kind::NotAllowed, "rooms.not-yours");
/// Without a voice nobody speaks in a moderated room (XEP-0045 §7.4).
pub const NO_VOICE: Refusal = Refusal::new(Kind::NotAllowed, "rooms.no-voice");
/// The room is slow: so soon after the last message there is no other (XEP-0500 §4).
pub const TOO_SOON: Refusal = Refusal::new(Kind::NotNow, "rooms.too-soon");
/// The request makes no sense.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "rooms.bad-request");
/// A room is joined under a nickname.
pub const NO_NICK: Refusal = Refusal::new(Kind::BadRequest, "rooms.no-nick");

/// A room, as the directory has it at the moment of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What else holds there.
    pub terms: Arc<Terms>,
}

impl RoomInfo {
    /// Its archive as somebody of this role may read it: addresses only where he sees them inside, too.
    pub fn archive_for(&self, role: Role) -> Owner {
        if self.terms.shows_addresses || role == Role::Moderator {
            Owner::Room(self.id)
        } else {
            Owner::VeiledRoom(self.id)
        }
    }
}

/// Whose room it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RoomKind {
    /// All members of a unit and of the units below it.
    Unit(UnitId),
    /// Those who hold a running office in a body.
    Body(BodyId),
    /// Whoever its owners let in ([`free`]).
    Free,
}

/// Who may speak in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Posting {
    /// Every member.
    Everybody,
    /// Who holds a running office with [`ANNOUNCE`] there.
    OfficeHolders,
}

/// How somebody stands in a room. Whoever has none may not enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// In a room of the directory always a member's: there are no owners and admins.
    pub affiliation: Affiliation,
    /// Whether he may speak.
    pub role: Role,
    /// The offices he holds there, shown beside his name (XEP-0317).
    pub hats: Vec<String>,
}

/// The lasting bond to a room (XEP-0045 §5.2), from the loosest to the closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Affiliation {
    /// May not come in.
    Outcast,
    /// Has none.
    None,
    /// Belongs to the unit or body, or stands on the list.
    Member,
    /// Moderates, and keeps the lists of members and outcasts.
    Admin,
    /// Sets the terms, names admins and owners, ends the room.
    Owner,
}

/// What one may do while inside (XEP-0045 §5.1), from the least to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Is outside.
    None,
    /// Reads.
    Visitor,
    /// Reads and speaks.
    Participant,
    /// Gives and takes the voice, and shows people out.
    Moderator,
}

impl Affiliation {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outcast => "outcast",
            Self::None => "none",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// The affiliation of this name.
    pub fn from_name(text: &str) -> Option<Self> {
        [Self::Outcast, Self::None, Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|affiliation| affiliation.as_str() == text)
    }
}

impl Role {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Visitor => "visitor",
            Self::Participant => "participant",
            Self::Moderator => "moderator",
        }
    }

    /// The role of this name.
    pub fn from_name(text: &str) -> Option<Self> {
        [Self::None, Self::Visitor, Self::Participant, Self::Moderator]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}
