//! Contacts (RFC 6121 §2 and §3): those of the directory, and beside them the ones a member chose, here and elsewhere.
//!
//! * The directory's contacts ([`crate::roster`]) are derived. A member may give them a name and groups of his own;
//!   everything else about them is refused (`roster.directory-owns-it`).
//! * Own contacts and the subscriptions to them are kept in rows, one for each side that lives here ([`states`]).
//! * What a stanza or a change of the list does is returned as a [`Sequel`]: stanzas, pushes, and ties between accounts
//!   that begin or end. The flow commits, then carries it out.
//!
//! Whoever does not exist answers nothing, like a member who has not decided yet: a request teaches nobody who is here.

mod befriend;
mod follow;
mod leaves_out;
mod list;
pub mod moving;
pub mod privacy;
mod pushes;
mod sequel;
mod stanzas;
pub mod states;
mod store;
mod subscriptions;
#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Kind, Migration, PersonId, Refusal};
use konvent_wire::jid::BareJid;

pub use befriend::{befriend, part_from_all, welcome, welcome_from_abroad};
pub use follow::{Fresh, look_again};
pub use list::{Contact, Sharing, contact, has_listed, list, requests};
pub use pushes::{Rosters, Viewer};
pub use sequel::{Peer, Push, Sequel, Tie};
pub use stanzas::{answer, change, is_roster, stream_features};
pub use subscriptions::{AGAIN, ask_again, lets_see, receive_from_abroad, send};

/// The visiting card of the contacts.
pub const ABOUT: About = About {
    name: "contacts",
    sentence: "Own contacts beside the directory's, and who may see whom.",
    speaks: &["RFC 6121", "XEP-0191", "XEP-0227", "XEP-0379"],
    leaves_out: leaves_out::LEAVES_OUT,
    announces: &[],
    migrations: &[Migration::common("0001_item", include_str!("migrations/0001_item.sql"))],
    keeps: Some("addresses, names and groups a member noted, and who may see his presence"),
};

/// So many addresses may stand in a member's own list: it bounds the storage and the answer to one question.
pub const CONTACTS_MAX: i64 = 1_000;

/// So many requests from here and so many from elsewhere wait for a member at most, so that strangers cannot fill the storage or a phone that comes online.
pub const REQUESTS_MAX: i64 = 100;

/// A request is kept as it came up to this size; of a longer one only the question is kept.
pub const REQUEST_BYTES_MAX: usize = 4_096;

/// A name or a group of a contact may be so long, as an address part may (RFC 6121 §2.3.3 lets the server choose).
pub const NAME_BYTES_MAX: usize = 1_023;

/// So many groups may one contact have.
pub const GROUPS_MAX: usize = 30;

/// The change of the list cannot be understood (RFC 6121 §2.3.3).
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "contacts.bad-request");
/// An empty group, or a name or group that is too long, or too many groups (RFC 6121 §2.3.3).
pub const NOT_ACCEPTABLE: Refusal = Refusal::new(Kind::BadRequest, "contacts.not-acceptable");
/// The address is not in the list (RFC 6121 §2.5.3).
pub const NOT_LISTED: Refusal = Refusal::new(Kind::NotFound, "contacts.not-listed");
/// Somebody changes the list of another (RFC 6121 §2.1.5, §2.3.3).
pub const NOT_YOURS: Refusal = Refusal::new(Kind::NotAllowed, "contacts.not-yours");
/// The list is full, see [`CONTACTS_MAX`].
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotNow, "contacts.too-many");

/// A member as this feature needs him.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The login.
    pub account: AccountId,
    /// The person behind it.
    pub person: PersonId,
    /// The bare address.
    pub address: BareJid,
}

impl From<&crate::Session> for Member {
    fn from(session: &crate::Session) -> Self {
        Self { account: session.account, person: session.person, address: session.bare() }
    }
}
