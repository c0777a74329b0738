//! What is due to which device, when it goes out, and what becomes of it: bounded in number and pace.
//!
//! A notification is claimed for a while before it leaves, so that two nodes never send the same one; one whose node died is
//! sent again when the claim has lapsed. Once too often is better than never, and every notification names the same count.

use super::{By, Through, store};
use konvent_core::{AccountId, Answer, Millis, Reader, Tx};
use konvent_people::accounts;

/// How long a node has for one notification, in seconds; then another may try.
pub const CLAIM_SECS: i64 = 120;

/// After so many failures in a row a service is given up (XEP-0357 §7.1).
pub const FAILURES_MAX: i64 = 8;

/// The first wait after a failure, in seconds; it doubles.
const BACK_OFF_SECS: i64 = 30;

/// The longest wait after a failure, in seconds.
const BACK_OFF_SECS_MAX: i64 = 3600;

/// A device that is to be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Due {
    /// Its row.
    pub id: i64,
    /// Whose it is.
    pub account: AccountId,
    /// Through what it is told.
    pub through: Through,
    /// The service's address or URL.
    pub service: String,
    /// Which device there.
    pub node: String,
    /// What goes along.
    pub secret: Vec<u8>,
    /// With what it was signed in.
    pub by: By,
    /// How many words wait.
    pub waiting: i64,
    /// Whether somebody calls.
    pub is_urgent: bool,
    /// The archive and the number of the newest, where they are known.
    pub newest: Option<(i64, i64)>,
    /// How many notifications went out since somebody looked.
    pub pushed: i64,
    /// How many failed in a row.
    pub failures: i64,
    /// Since when it is due.
    pub next_at: Millis,
}

/// The secret is not for logs, and neither is where somebody's phone is reached.
impl std::fmt::Debug for Due {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Due")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

/// What is due, longest first, at most `limit`.
pub fn due(reader: &mut Reader<'_>, now: Millis, limit: i64) -> Answer<Vec<Due>> {
    store::due(reader, now, limit)
}

/// Whether that which signed the device in is still valid.
pub fn is_valid(reader: &mut Reader<'_>, due: &Due) -> Answer<bool> {
    let (device, password) = due.by.columns();
    accounts::is_still_valid(reader, due.account, device, password)
}

/// Takes it on. False: somebody else has, or nothing is due any more.
pub fn claim(tx: &mut Tx<'_>, due: &Due) -> Answer<bool> {
    let until = tx.now().plus_secs(CLAIM_SECS);
    Ok(store::claim(tx, due.id, due.next_at, until)? > 0)
}

/// It is there. What came in between is due after the pause.
pub fn delivered(tx: &mut Tx<'_>, due: &Due) -> Answer<()> {
    let next_at = tx.now().plus_secs(pause_secs(due.pushed));
    store::delivered(tx, due.id, due.waiting, next_at).map(drop)
}

/// It did not arrive: later again, and at last not any more. `wait_secs` is what the service asked for. True: it is given up.
pub fn failed(tx: &mut Tx<'_>, due: &Due, wait_secs: Option<i64>) -> Answer<bool> {
    if due.failures + 1 >= FAILURES_MAX {
        return forget(tx, due).map(|()| true);
    }
    let secs = wait_secs.unwrap_or(0).clamp(back_off_secs(due.failures), BACK_OFF_SECS_MAX);
    let next_at = tx.now().plus_secs(secs);
    store::failed(tx, due.id, next_at).map(|_| false)
}

/// Not now, and nobody's fault.
pub fn postpone(tx: &mut Tx<'_>, due: &Due, secs: i64) -> Answer<()> {
    let next_at = tx.now().plus_secs(secs);
    store::postpone(tx, due.id, next_at).map(drop)
}

/// The device is not told any more: it is gone, or whoever signed it in has revoked that.
pub fn forget(tx: &mut Tx<'_>, due: &Due) -> Answer<()> {
    store::forget(tx, due.id).map(drop)
}

/// The pause after a notification: the first few wake somebody up, the next ones only remind, and a room that talks through
/// the night does not empty a battery.
pub const fn pause_secs(pushed: i64) -> i64 {
    match pushed {
        ..5 => 15,
        5..30 => 60,
        _ => 300,
    }
}

const fn back_off_secs(failures: i64) -> i64 {
    let doubled = BACK_OFF_SECS << (if failures > 10 { 10 } else { failures });
    if doubled > BACK_OFF_SECS_MAX { BACK_OFF_SECS_MAX } else { doubled }
}
