//! Blocking (XEP-0191): a member hears nothing more from an address, and it sees nothing more of him. With a reason
//! (XEP-0377) the organisation's moderators learn of it.
//!
//! * Any address can be blocked: a device, an account (members of the directory, too), a room's occupant, a server.
//! * One rule says what cannot ([`REACHES_EVERYBODY`]): what the organisation says reaches all its members.
//! * Whoever is blocked finds the member offline: messages and questions are refused as for an address that nobody has.
//!
//! Words in a room are not filtered: the room speaks, and everybody in it answers to the same people.

mod blocklist;
pub mod moving;
pub mod privacy;
mod reports;
mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Kind, Migration, Reader, Refusal};
use konvent_wire::Jid;

pub use blocklist::Blocklist;
pub use reports::{
    ALREADY_DEALT, Behind, Dealt, Decision, Meant, NO_SUCH_REPORT, Report, count_waiting, deal,
    dealt, forget_dealt_before, has_dealt_before, report, reports_of, waiting,
};
pub use stanzas::{Changed, answer, change, is_about};

use crate::Domain;

/// The visiting card of the blocking.
pub const ABOUT: About = About {
    name: "blocking",
    sentence: "A member hears nothing more from whom he blocks.",
    speaks: &["XEP-0191", "XEP-0227", "XEP-0377"],
    leaves_out: &[
        (
            "XEP-0191 §3.3",
            "what is said to a whole room reaches everybody in it, also from an occupant whom a member has blocked: all in it must be able to follow what is decided there",
        ),
        (
            "XEP-0191 §3.3",
            "typing notices and whatever else nobody keeps vanish for whom a member has blocked, without an error, as they do for whoever writes to nobody",
        ),
        ("XEP-0191 §5", "privacy lists (XEP-0016) are deprecated and not offered"),
        (
            "XEP-0377 §5",
            "reports are not sent on to other servers or third parties, even where the member allows it",
        ),
    ],
    announces: &["urn:xmpp:blocking", "urn:xmpp:reporting:1"],
    migrations: &[
        Migration::common("0001_item", include_str!("migrations/0001_item.sql")),
        Migration::common("0002_behind", include_str!("migrations/0002_behind.sql")),
        Migration::common("0003_dealt", include_str!("migrations/0003_dealt.sql")),
    ],
    keeps: Some("addresses a member blocked, what he reported about them, and what became of it"),
};

/// So many addresses can one member block: it bounds the storage and the answer to one question.
pub const BLOCKED_MAX: i64 = 1_000;

/// The member has blocked the address he writes to (XEP-0191 §3.3).
pub const YOU_BLOCKED: Refusal = Refusal::new(Kind::NotAllowed, "blocking.you-blocked");
/// The request names no address, or one that is none.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "blocking.bad-request");
/// The list is full, see [`BLOCKED_MAX`].
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotNow, "blocking.too-many");
/// The rule about the organisation itself, see [`may_be_blocked`].
pub const REACHES_EVERYBODY: Refusal = Refusal::new(Kind::NotAllowed, "blocking.reaches-everybody");

/// Whether members may block this address: all but the organisation's own server and its room service as a whole. What the
/// organisation announces, convenes and answers comes from there, and a member who cannot be reached would lose rights
/// without knowing. A single person, room, occupant or role address is a matter of taste: it may be blocked.
pub fn may_be_blocked(domain: &Domain, address: &Jid) -> bool {
    let host = address.domain().as_str();
    let is_parent = |name: &str| {
        name == host || name.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'))
    };
    address.node().is_some() || !(is_parent(&domain.name) || is_parent(&domain.rooms))
}

/// Whether an account has blocked an address (XEP-0191 §6).
pub fn blocks(reader: &mut Reader<'_>, account: AccountId, address: &Jid) -> Answer<bool> {
    store::blocks(reader, account, address)
}

/// Everything an account has blocked.
pub fn blocklist(reader: &mut Reader<'_>, account: AccountId) -> Answer<Blocklist> {
    Ok(Blocklist::new(store::items(reader, account)?))
}
