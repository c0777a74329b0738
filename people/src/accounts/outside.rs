//! Accounts outside the directory: a person of whom nothing is known but a name, who is no member of anything.
//!
//! * Everything that hangs on a person works for them as for members; what follows from membership is empty.
//! * Their names cannot be mistaken for members': plain letters only, and where there is a directory no dot, which
//!   stands between the given and the family name of every member's address.
//! * A closed account keeps its name for ever, so that nobody inherits somebody's letters.

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Kind, Reader, Refusal, Tx};

use super::{Account, NewPassword, ServerKey, UNKNOWN, get, set_password, store};
use crate::people::Details;
use crate::{people, units};

/// The longest name, in characters.
const NAME_MAX: usize = 48;

/// Names that speak for whoever runs the server (RFC 2142 §4, §5), and those that addresses without a name begin with.
const OF_THE_HOUSE: &[&str] = &[
    "abuse",
    "admin",
    "administrator",
    "hostmaster",
    "info",
    "konvent",
    "mitglied",
    "noc",
    "postmaster",
    "root",
    "security",
    "server",
    "support",
    "system",
    "webmaster",
    "xmpp",
];

/// The name has other letters than a to z, digits, dash and underscore, or is too long.
pub const BAD_NAME: Refusal = Refusal::new(Kind::BadRequest, "accounts.bad-name");
/// Somebody has this name, had it, or it is kept for the house.
pub const NAME_TAKEN: Refusal = Refusal::new(Kind::Conflict, "accounts.name-taken");
/// The directory decides about this account, not whoever asks.
pub const DIRECTORY_OWNS_IT: Refusal = Refusal::new(Kind::NotAllowed, "accounts.directory-owns-it");

/// Opens an account for somebody outside the directory. Whoever administers may also give the names of the house.
///
/// # Errors
/// [`BAD_NAME`], [`NAME_TAKEN`].
pub fn open_outside(
    tx: &mut Tx<'_>,
    key: &ServerKey,
    actor: Actor,
    localpart: &str,
    password: &NewPassword,
) -> Answer<Account> {
    let is_by_admin = !matches!(actor, Actor::Server);
    may_have(tx, localpart, is_by_admin)?;
    let details = Details { family: localpart.to_owned().into(), ..Details::default() };
    let person = people::enrol_guest(tx, localpart, &details)?.ok_or(NAME_TAKEN)?;
    let account = Account {
        id: AccountId(tx.fresh_id()),
        person,
        localpart: localpart.to_owned(),
        name: localpart.to_owned(),
        is_closed: false,
        is_locked: false,
    };
    super::begin(tx, key, &account)?;
    let note = Note { actor, act: "accounts.opened-outside", subject: account.id.0, detail: "" };
    audit::note(tx, note)?;
    set_password(tx, actor, account.id, password)?;
    Ok(account)
}

/// Whether an account outside the directory may have this name.
pub fn may_have(reader: &mut Reader<'_>, localpart: &str, is_by_admin: bool) -> Answer<()> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let starts_well = localpart.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !starts_well || localpart.len() > NAME_MAX || !localpart.chars().all(is_plain) {
        return Err(BAD_NAME);
    }
    if localpart.contains('.') && !units::all(reader)?.is_empty() {
        return Err(BAD_NAME);
    }
    let is_kept = !is_by_admin && OF_THE_HOUSE.contains(&localpart);
    if is_kept || store::by_localpart(reader, localpart)?.is_some() {
        return Err(NAME_TAKEN);
    }
    Ok(())
}

/// Whether the directory knows nothing of this account.
pub fn is_outside(reader: &mut Reader<'_>, account: &Account) -> Answer<bool> {
    people::is_guest(reader, account.person)
}

/// The account, if it is outside the directory.
///
/// # Errors
/// [`UNKNOWN`], [`DIRECTORY_OWNS_IT`].
pub fn outside(reader: &mut Reader<'_>, account: AccountId) -> Answer<Account> {
    let found = get(reader, account)?.filter(|found| !found.is_closed).ok_or(UNKNOWN)?;
    if is_outside(reader, &found)? { Ok(found) } else { Err(DIRECTORY_OWNS_IT) }
}

/// Closes an account outside the directory; its name stays reserved, what is known of the person goes.
///
/// # Errors
/// As [`outside`].
pub fn close_outside(tx: &mut Tx<'_>, actor: Actor, account: AccountId) -> Answer<Account> {
    let found = outside(tx, account)?;
    store::close(tx, found.id)?;
    people::change(tx, found.person, &Details::default())?;
    let note = Note { actor, act: "accounts.closed", subject: found.id.0, detail: "outside" };
    audit::note(tx, note)?;
    Ok(found)
}

/// Locks an account, or unlocks it. A locked one signs in nowhere and keeps everything else, messages included.
///
/// # Errors
/// [`UNKNOWN`].
pub fn lock(tx: &mut Tx<'_>, actor: Actor, account: AccountId, is_locked: bool) -> Answer<()> {
    let found = store::by_id(tx, account)?.filter(|found| !found.is_closed).ok_or(UNKNOWN)?;
    store::lock(tx, found.id, is_locked)?;
    let act = if is_locked { "accounts.locked" } else { "accounts.unlocked" };
    audit::note(tx, Note { actor, act, subject: found.id.0, detail: "" })
}

/// Which accounts a list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that are open, locked ones included.
    Open,
    /// Those that are locked.
    Locked,
}

/// How many there are.
pub fn count(reader: &mut Reader<'_>, which: Which) -> Answer<i64> {
    match which {
        Which::Open => store::count_open(reader),
        Which::Locked => store::count_locked(reader),
    }
}

/// Their localparts in the order of the alphabet, at most `max`.
pub fn localparts(reader: &mut Reader<'_>, which: Which, max: i64) -> Answer<Vec<String>> {
    match which {
        Which::Open => store::open_localparts(reader, max),
        Which::Locked => store::locked_localparts(reader, max),
    }
}
