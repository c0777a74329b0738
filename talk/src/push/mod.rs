//! Telling those who are away that something waits: by their app's server (XEP-0357) or by their browser (Web Push, RFC 8030,
//! encrypted by RFC 8291, signed by RFC 8292).
//!
//! * Membership decides, not presence: whoever belongs to a room is told, whether his client is inside or not.
//! * What is to be told is written down in the transaction that keeps the message ([`owe`]), so a restart forgets nothing.
//!   A message in a room is one row then; whom it concerns is decided after the commit ([`decide`]).
//! * One notification at most waits for a device, and it says how many words wait. Its pace slows down while nobody looks
//!   ([`due::pause_secs`]); whoever looks is told nothing any more.
//! * A device is told as long as that which signed it in is valid. Whoever revokes the one ends the other.
//!
//! Who is looking, and the way out, are the server's part. Left out: pending requests in the summary, and asking again those
//! services that were given up.

mod between;
mod decide;
pub mod due;
mod level;
mod news;
mod owe;
pub mod privacy;
mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Kind, Migration, Reader, Refusal, Tx};

pub use between::{LEVELS_MAX, TOO_MANY_LEVELS, concerns_between, levels, set_level};
pub use decide::{Concerned, OWED_AT_ONCE, Owed, concerned, owed, settle};
pub use level::{Level, level};
pub use news::{News, news};
pub use owe::{has_waiting, looked, missed, owe, owe_in_room, wakes};
pub use stanzas::{Outcome, Summary, Wish, outcome, publication, summary, wish};

use crate::ns;

/// The visiting card of push.
pub const ABOUT: About = About {
    name: "push",
    sentence: "Members who are away are told that something waits.",
    speaks: &[
        "RFC 8030", "RFC 8291", "RFC 8292", "XEP-0060", "XEP-0357", "XEP-0372", "XEP-0461",
        "XEP-0492",
    ],
    leaves_out: &[
        (
            "XEP-0357 §8",
            "a service that stops is heard by its next error, so its announcement changes nothing",
        ),
        (
            "XEP-0513 §3",
            "explicit mentions are kept like all that is said; whether a phone is woken follows from references (XEP-0372), replies (XEP-0461) and names",
        ),
    ],
    announces: &[ns::PUSH],
    migrations: &[
        Migration::common("0001_device", include_str!("migrations/0001_device.sql")),
        Migration::common("0002_level", include_str!("migrations/0002_level.sql")),
    ],
    keeps: Some(
        "which apps and browsers are told that something waits, how much does, and of whom a member wants to hear less",
    ),
};

/// Devices of one account that can be told; the oldest makes room. It bounds what one message sets in motion.
pub const DEVICES_MAX: i64 = 20;
/// Bytes of a service's address or of a browser's URL: protects the storage.
pub const SERVICE_MAX_BYTES: usize = 2048;
/// Bytes of a node: app servers name devices by random words.
pub const NODE_MAX_BYTES: usize = 1024;
/// Bytes of what goes along with each notification: a secret or two.
pub const SECRET_MAX_BYTES: usize = 4096;

/// The request names no service, or one that nobody could reach.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "push.bad-request");
/// The organisation does not want browsers to be told.
pub const NOT_OFFERED: Refusal = Refusal::new(Kind::NotAllowed, "push.not-offered");

/// Through what a device is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// The server of its app (XEP-0357).
    App,
    /// The push service of its browser (RFC 8030).
    Browser,
}

impl Through {
    const fn number(self) -> i64 {
        match self {
            Self::App => 0,
            Self::Browser => 1,
        }
    }

    const fn of(number: i64) -> Self {
        if number == 0 { Self::App } else { Self::Browser }
    }
}

/// With what the device was signed in that wants to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The token of this device.
    Device(i64),
    /// This password.
    AppPassword(i64),
}

impl By {
    /// As the table has it: device, app password.
    const fn columns(self) -> (Option<i64>, Option<i64>) {
        match self {
            Self::Device(id) => (Some(id), None),
            Self::AppPassword(id) => (None, Some(id)),
        }
    }
}

/// A device that wants to be told.
#[derive(Clone, Copy)]
pub struct New<'a> {
    /// Through what.
    pub through: Through,
    /// The service's address or URL.
    pub service: &'a str,
    /// Which device there; empty where the service needs no name.
    pub node: &'a str,
    /// What goes along and nobody else knows: never logged, never exported.
    pub secret: &'a [u8],
    /// With what it was signed in.
    pub by: By,
}

/// From now on this device is told. Asked again for the same, the last word counts (XEP-0357 §5).
///
/// # Errors
/// `push.bad-request` when something is too long.
pub fn enable(tx: &mut Tx<'_>, account: AccountId, new: New<'_>) -> Answer<()> {
    if new.service.is_empty()
        || new.service.len() > SERVICE_MAX_BYTES
        || new.node.len() > NODE_MAX_BYTES
        || new.secret.len() > SECRET_MAX_BYTES
    {
        return Err(BAD_REQUEST);
    }
    if new.through == Through::Browser {
        // A browser belongs to whoever signed in there last.
        store::forget_of_others(tx, account, new.service)?;
    }
    store::enable(tx, account, new)?;
    while store::count(tx, account)? > DEVICES_MAX {
        store::forget_oldest(tx, account)?;
    }
    Ok(())
}

/// The device behind an address of a service goes on with another password: what it had asked for holds with that.
pub fn hold_by(
    tx: &mut Tx<'_>,
    account: AccountId,
    (service, node): (&str, &str),
    by: By,
) -> Answer<()> {
    store::hold_by(tx, account, (Through::App, service, node), by).map(drop)
}

/// From now on nothing goes to that service (XEP-0357 §6): to this node of it, or to all.
pub fn disable(
    tx: &mut Tx<'_>,
    account: AccountId,
    through: Through,
    service: &str,
    node: Option<&str>,
) -> Answer<()> {
    store::disable(tx, account, through, service, node).map(drop)
}

/// An app password is gone, and with it whatever it had asked for. Those of devices go with the devices.
pub fn forget_app_password(tx: &mut Tx<'_>, account: AccountId, password: i64) -> Answer<()> {
    store::forget_app_password(tx, account, password).map(drop)
}

/// The browser that was signed in as this device is not told any more.
pub fn forget_browser(tx: &mut Tx<'_>, account: AccountId, device: i64) -> Answer<()> {
    store::forget_browser(tx, account, device).map(drop)
}

/// Whether the browser that was signed in as this device is told.
pub fn is_told(reader: &mut Reader<'_>, account: AccountId, device: i64) -> Answer<bool> {
    store::has_browser(reader, account, device)
}
