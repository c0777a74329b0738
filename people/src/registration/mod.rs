//! Registration of accounts outside the directory over XMPP (XEP-0077), by invitation (XEP-0445) or open to everybody.
//!
//! * Off unless the settings open it; limits for each network address and for all together are settings, too.
//! * An account that is registered is a guest in the directory: no unit, no rooms of units, no contacts that follow.
//! * Members of the directory never register, change a password or cancel here (`accounts.directory-owns-it`): their
//!   letters and app passwords are the way in, and leaving is the member file's business.
//!
//! Left out: forms with more fields, captchas (they annoy people more than programs), redirection to a web page.

mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::audit::Actor;
use konvent_core::config::{Accounts, WhoMay};
use konvent_core::{About, Answer, Kind, Migration, Millis, Reader, Refusal, Tx};

pub use stanzas::{
    FEATURE, INVITED_FEATURE, NS, Request, form, is_preauth, preauth_token, registered, request,
};

use crate::accounts::{self, Account, NewPassword, ServerKey};
use crate::invitations::{self, Invitation};

/// The visiting card of the registration.
pub const ABOUT: About = About {
    name: "registration",
    sentence: "Accounts outside the directory register, change their password and go.",
    speaks: &["XEP-0077", "XEP-0379", "XEP-0445"],
    leaves_out: &[
        ("XEP-0077 §4", "no more is asked than a name and a password"),
        ("XEP-0077 §5", "there is no page to send people to: the client asks all there is to ask"),
    ],
    announces: &[NS],
    migrations: &[Migration::common(
        "0001_registration",
        include_str!("migrations/0001_registration.sql"),
    )],
    keeps: Some("keyed hashes of network addresses that registered or tried to, for an hour"),
};

/// Nobody registers here, or only with an invitation.
pub const CLOSED: Refusal = Refusal::new(Kind::NotAllowed, "registration.closed");
/// Too many registrations from this address, or altogether, within an hour.
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotNow, "registration.too-many");
/// Name or password is missing.
pub const INCOMPLETE: Refusal = Refusal::new(Kind::BadRequest, "registration.incomplete");
/// A request that no reading of XEP-0077 allows here.
pub const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "registration.bad-request");

/// How long registrations count together, in seconds.
const WINDOW_SECS: i64 = 3600;

/// So often an address may try for each registration that it has: somebody looks for a name that is free, nobody goes through a
/// list of those that are taken, or has the server stretch passwords without end.
const TRIES_EACH: i64 = 8;

/// Whether somebody without or with an invitation may register.
///
/// # Errors
/// [`CLOSED`].
pub fn may_register(settings: &Accounts, invitation: Option<&Invitation>) -> Answer<()> {
    let is_invited = invitation.is_some_and(|invitation| invitation.makes_account);
    match settings.registration {
        WhoMay::Anybody => Ok(()),
        // Admins invite also where nobody else may register.
        WhoMay::Nobody | WhoMay::Invited if is_invited => Ok(()),
        WhoMay::Nobody | WhoMay::Invited => Err(CLOSED),
    }
}

/// What somebody hands in to register.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The name of the account to be, normalised as a localpart.
    pub localpart: &'a str,
    /// The invitation that was shown before on the same stream.
    pub invitation: Option<&'a Invitation>,
    /// The network address it comes from.
    pub source: &'a str,
}

/// Whether an address may try once more.
///
/// # Errors
/// [`TOO_MANY`].
pub fn may_try(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    settings: &Accounts,
    source: &str,
    now: Millis,
) -> Answer<()> {
    let tries = store::tries(reader, &of_tries(key, source), now.plus_secs(-WINDOW_SECS))?;
    let max = settings.per_source_hour.saturating_mul(TRIES_EACH);
    if max > 0 && tries >= max { Err(TOO_MANY) } else { Ok(()) }
}

/// Counts a try, and says whether it may come to something: asked before its password is stretched. The try counts whatever
/// comes of it, so a no is part of the answer and takes nothing back.
pub fn begin(
    tx: &mut Tx<'_>,
    key: &ServerKey,
    settings: &Accounts,
    attempt: &Attempt<'_>,
) -> Answer<Result<(), Refusal>> {
    let now = tx.now();
    if let Err(refusal) = may_try(tx, key, settings, attempt.source, now) {
        return Ok(Err(refusal)); // others of this address came first
    }
    store::forget(tx, now.plus_secs(-WINDOW_SECS))?;
    store::count(tx, &of_tries(key, attempt.source))?;
    Ok(judge(tx, key, settings, attempt, now).map(drop))
}

/// Whether all that must be is as it must be. True: the name was kept for this invitation.
fn judge(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    settings: &Accounts,
    attempt: &Attempt<'_>,
    now: Millis,
) -> Answer<bool> {
    may_register(settings, attempt.invitation)?;
    let since = now.plus_secs(-WINDOW_SECS);
    let is_spent = |reader: &mut Reader<'_>, who: &[u8], max: i64| {
        Ok(max > 0 && store::tries(reader, who, since)? >= max)
    };
    if is_spent(reader, &of_source(key, attempt.source), settings.per_source_hour)?
        || is_spent(reader, &of_all(key), settings.per_hour)?
    {
        return Err(TOO_MANY);
    }
    let kept = attempt.invitation.and_then(|invitation| invitation.localpart.as_deref());
    let is_own_name = kept == Some(attempt.localpart);
    let is_given = settings.admins.iter().any(|admin| admin == attempt.localpart);
    // XEP-0445 §5: a name is kept for whom it was chosen; and an invitation for a name is for that name alone.
    if !is_own_name
        && (is_given || kept.is_some() || invitations::is_kept(reader, attempt.localpart, now)?)
    {
        return Err(accounts::NAME_TAKEN);
    }
    accounts::may_have(reader, attempt.localpart, is_own_name)?;
    Ok(is_own_name)
}

/// Registers an account.
///
/// # Errors
/// [`CLOSED`], [`TOO_MANY`], [`invitations::UNKNOWN`] when the invitation was used meanwhile, [`accounts::BAD_NAME`],
/// [`accounts::NAME_TAKEN`].
pub fn register(
    tx: &mut Tx<'_>,
    key: &ServerKey,
    settings: &Accounts,
    attempt: &Attempt<'_>,
    password: &NewPassword,
) -> Answer<Account> {
    let now = tx.now();
    let is_own_name = judge(tx, key, settings, attempt, now)?;
    let actor = if is_own_name { Actor::Operator } else { Actor::Server };
    let account = accounts::open_outside(tx, key, actor, attempt.localpart, password)?;
    if let Some(invitation) = attempt.invitation {
        invitations::spend(tx, invitation.id, Some(account.id))?;
    }
    store::forget(tx, now.plus_secs(-WINDOW_SECS))?;
    store::count(tx, &of_source(key, attempt.source))?;
    store::count(tx, &of_all(key))?;
    Ok(account)
}

/// A keyed hash: the table tells nobody which addresses registered.
fn of_source(key: &ServerKey, source: &str) -> [u8; 32] {
    key.mac("registration.source", &[source.as_bytes()])
}

fn of_tries(key: &ServerKey, source: &str) -> [u8; 32] {
    key.mac("registration.try", &[source.as_bytes()])
}

fn of_all(key: &ServerKey) -> [u8; 32] {
    key.mac("registration.all", &[])
}
