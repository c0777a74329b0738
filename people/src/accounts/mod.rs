//! Accounts: made at the first sign-in with a code from a letter, then devices for browsers and app passwords for clients.
//!
//! * An account belongs to exactly one person and is made lazily: most of a party never needs one.
//! * Secrets are stored as keyed hashes (codes), as SCRAM keys (app passwords) or not at all (tokens are derived).
//! * When a person leaves, devices, codes and app passwords go; the address stays reserved and comes back on a new join.
//! * A refusal would roll its job back, and with it the count of wrong tries: [`sign_in`] therefore answers
//!   [`Outcome::Refused`] within an `Ok`.

mod app_passwords;
mod codes;
mod devices;
mod holds;
mod key;
mod moving;
mod outside;
mod password;
mod privacy;
mod sign_in;
mod store;
#[cfg(test)]
mod tests;
mod tries;

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{
    About, AccountId, Answer, Kind, Migration, Millis, PersonId, Reader, Refusal, Tx,
};

pub use app_passwords::{
    AppPassword, Candidate, ITERATIONS, ScramHash, ScramOffer, app_passwords, decoy_salt, is_noted,
    make_app_password, revoke_app_password, scram, touch_app_password, touch_app_password_at,
};
pub(crate) use codes::draw;
pub use codes::{BEYOND_THE_LETTER, Code, Purpose, issue_code};
pub use devices::{
    Compared, Device, DeviceKind, TOKEN_DAYS, compared, device, device_by_cookie, device_token,
    devices, new_device, revoke_device, rotate, touch_device, touch_device_at,
};
pub use holds::{
    ALREADY_HELD, Hold, NO_SUCH_HOLD, REASON_BYTES_MAX, REASON_NEEDED, hold, holds, is_held, lift,
};
pub use key::ServerKey;
pub use moving::{credentials, hashes};
pub use outside::{
    BAD_NAME, DIRECTORY_OWNS_IT, NAME_TAKEN, Which, close_outside, count, is_outside, localparts,
    lock, may_have, open_outside, outside,
};
pub use password::{
    BAD_PASSWORD, Comparison, NewPassword, Proven, WRONG_PASSWORD, comparison, own_password,
    password_last_used, set_password, sign_in_with_password,
};
pub use privacy::{erase, export};
pub use sign_in::{
    Attempt, BIRTH_YEAR_NEEDED, CODE_EXPIRED, LOCKED, Outcome, SignedIn, TOO_MANY_TRIES,
    WRONG_CODE, sign_in,
};

pub use tries::{Count, Guess, Standing, count_failure, may_try};

use crate::people;
use crate::units::slug;

/// The visiting card of the accounts.
pub const ABOUT: About = About {
    name: "accounts",
    sentence: "Sign-in with a code from a letter, devices and app passwords.",
    speaks: &["RFC 2104", "RFC 2142", "RFC 5802", "RFC 7677", "XEP-0227"],
    leaves_out: &[],
    announces: &[],
    migrations: &[
        Migration::common("0001_accounts", include_str!("migrations/0001_accounts.sql")),
        Migration::common("0002_outside", include_str!("migrations/0002_outside.sql")),
        Migration::common("0003_retention", include_str!("migrations/0003_retention.sql")),
        Migration::common("0004_hold", include_str!("migrations/0004_hold.sql")),
        Migration::common("0005_familiar", include_str!("migrations/0005_familiar.sql")),
        Migration::common("0006_letters", include_str!("migrations/0006_letters.sql")),
    ],
    keeps: Some(
        "devices with name and last use, so that members can end them; keyed hashes of wrong tries for 15 minutes and of networks that signed in for 30 days; why what somebody left is held",
    ),
};

/// There is no such account, device or app password, or it belongs to somebody else.
pub const UNKNOWN: Refusal = Refusal::new(Kind::NotFound, "accounts.unknown");
/// The person is not a member, so there is nothing to sign in to.
pub const NOT_A_MEMBER: Refusal = Refusal::new(Kind::NotAllowed, "accounts.not-a-member");

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// Whose.
    pub person: PersonId,
    /// The part of the address before the `@`.
    pub localpart: String,
    /// The name that others see, from the directory.
    pub name: String,
    /// Whether the person has left; a closed account cannot sign in and gets no messages.
    pub is_closed: bool,
    /// Whether an admin has locked it: it keeps everything and signs in nowhere.
    pub is_locked: bool,
}

impl Account {
    /// Whether somebody can sign in to it.
    pub fn may_sign_in(&self) -> bool {
        !self.is_closed && !self.is_locked
    }
}

/// The account with this number, also a closed one.
pub fn get(reader: &mut Reader<'_>, id: AccountId) -> Answer<Option<Account>> {
    let found = store::by_id(reader, id)?;
    named(reader, found)
}

/// The account of a person, also a closed one.
pub fn by_person(reader: &mut Reader<'_>, person: PersonId) -> Answer<Option<Account>> {
    let found = store::by_person(reader, person)?;
    named(reader, found)
}

/// The account with this localpart, also a closed one.
pub fn by_localpart(reader: &mut Reader<'_>, localpart: &str) -> Answer<Option<Account>> {
    let found = store::by_localpart(reader, localpart)?;
    named(reader, found)
}

/// The number of the open account with this localpart: all that a message needs to know, in one look-up.
pub fn id_of(reader: &mut Reader<'_>, localpart: &str) -> Answer<Option<AccountId>> {
    let found = store::by_localpart(reader, localpart)?;
    Ok(found.filter(|account| !account.is_closed).map(|account| account.id))
}

/// Whether an account is open and what somebody signed in with still counts: a device, or else an app password.
pub fn is_still_valid(
    reader: &mut Reader<'_>,
    account: AccountId,
    device: Option<i64>,
    app_password: Option<i64>,
) -> Answer<bool> {
    match (device, app_password) {
        (Some(id), _) => store::is_open_with_device(reader, account, id),
        (None, Some(id)) => store::is_open_with_password(reader, account, id),
        (None, None) => Ok(false),
    }
}

/// The name is derived from the directory, never copied, so that a marriage shows at once.
fn named(reader: &mut Reader<'_>, found: Option<Account>) -> Answer<Option<Account>> {
    let Some(mut account) = found else { return Ok(None) };
    account.name = people::display_name(reader, account.person)?.unwrap_or_default();
    Ok(Some(account))
}

/// The account of a member, opened or reopened when needed; true when that happened just now.
///
/// The rule of addresses: given name, dot, family name, in plain letters (`jürgen.groß` becomes `juergen.gross`);
/// whoever comes later with the same name gets `.2`, `.3` and so on. Never from phone, birth date, e-mail or member number.
/// Names that cannot be written in plain letters become `mitglied`. An address stays when the name changes.
///
/// # Errors
/// [`NOT_A_MEMBER`].
pub fn open(tx: &mut Tx<'_>, key: &ServerKey, person: PersonId) -> Answer<(Account, bool)> {
    if people::units_of(tx, person)?.is_empty() {
        return Err(NOT_A_MEMBER);
    }
    if let Some(account) = by_person(tx, person)? {
        if !account.is_closed {
            return Ok((account, false));
        }
        store::reopen(tx, account.id)?;
        note(tx, "accounts.reopened", account.person, account.id.0, "")?;
        return Ok((Account { is_closed: false, ..account }, true));
    }
    let known = people::get(tx, person)?.ok_or(people::UNKNOWN)?;
    let parts = [slug::slug(known.details.given.open()), slug::slug(known.details.family.open())];
    let parts: Vec<&str> =
        parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    let wanted = if parts.is_empty() { "mitglied".to_owned() } else { parts.join(".") };
    let localpart = slug::first_free(&wanted, '.', |candidate| {
        Ok(store::by_localpart(tx, candidate)?.is_none())
    })?;
    let account = Account {
        id: AccountId(tx.fresh_id()),
        person,
        localpart,
        name: known.display_name(),
        is_closed: false,
        is_locked: false,
    };
    begin(tx, key, &account)?;
    note(tx, "accounts.opened", person, account.id.0, "")?;
    Ok((account, true))
}

/// Stores a new account with the salts that strangers are told of its name already.
fn begin(tx: &mut Tx<'_>, key: &ServerKey, account: &Account) -> Answer<()> {
    let salt = |hash| decoy_salt(key, &account.localpart, hash);
    store::insert(tx, account, &salt(ScramHash::Sha1), &salt(ScramHash::Sha256))
}

/// When anything of an account last signed in, to the hour; when it was opened if nothing did.
pub fn last_seen(reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<Millis>> {
    store::last_seen(reader, account)
}

/// Closes the account of a person who leaves: devices, codes and app passwords are gone. Names the account, if there was one.
pub fn close(tx: &mut Tx<'_>, person: PersonId) -> Answer<Option<AccountId>> {
    store::void_codes(tx, person)?;
    let Some(account) = store::by_person(tx, person)?.filter(|account| !account.is_closed) else {
        return Ok(None);
    };
    store::close(tx, account.id)?;
    audit::note(
        tx,
        Note { actor: Actor::Server, act: "accounts.closed", subject: account.id.0, detail: "" },
    )?;
    Ok(Some(account.id))
}

/// Accounts that were closed at or before this moment and whose contents are still there, longest first.
pub fn left_before(reader: &mut Reader<'_>, at: Millis, most: usize) -> Answer<Vec<Account>> {
    store::left_before(reader, at, most)
}

/// Whether a letter for this person opens nothing that somebody wrote: no account yet, or one whose contents are gone since its
/// owner left.
pub fn begins_empty(reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    match by_person(reader, person)? {
        None => Ok(true),
        Some(account) => Ok(account.is_closed && store::is_empty(reader, account.id)?),
    }
}

/// Who has left and what he left is still there, with the moment of leaving; longest first.
pub fn left(reader: &mut Reader<'_>, most: i64) -> Answer<Vec<(PersonId, Millis)>> {
    store::left(reader, most)
}

/// What hung on a closed account is gone.
pub fn contents_erased(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::contents_erased(tx, account)?;
    let act = "accounts.contents-erased";
    audit::note(tx, Note { actor: Actor::Server, act, subject: account.0, detail: "" })
}

/// A note of something that a person did to the own account.
fn note(
    tx: &mut Tx<'_>,
    act: &'static str,
    person: PersonId,
    subject: i64,
    detail: &str,
) -> Answer<()> {
    audit::note(tx, Note { actor: Actor::Person(person.0), act, subject, detail })
}
