//! The first sign-in of a device: a code from a letter, confirmed by the year of birth.

use konvent_core::{Answer, Kind, Refusal, Tx};

use super::tries::{self, Who};
use super::{Account, Device, DeviceKind, ServerKey, codes, devices, note, open, store};
use crate::{offices, people};

/// The code is right but must be confirmed by the year of birth. The code stays valid.
pub const BIRTH_YEAR_NEEDED: Refusal = Refusal::new(Kind::BadRequest, "accounts.birth-year-needed");
/// Code or year are wrong, or the code is used or void. The answer does not say which.
pub const WRONG_CODE: Refusal = Refusal::new(Kind::NotAllowed, "accounts.wrong-code");
/// The letter is too old; ask for a new one.
pub const CODE_EXPIRED: Refusal = Refusal::new(Kind::NotAllowed, "accounts.code-expired");
/// An admin has locked the account; the office says why.
pub const LOCKED: Refusal = Refusal::new(Kind::NotAllowed, "accounts.locked");
/// Wait a quarter of an hour.
pub const TOO_MANY_TRIES: Refusal = Refusal::new(Kind::NotNow, "accounts.too-many-tries");

/// Wrong years after which a code is void: a finder of a letter must not try all years.
const WRONG_YEARS_MAX: i64 = 5;

/// What somebody hands in to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// As typed; case and dashes do not matter.
    pub code: &'a str,
    /// Year of birth; not asked for one-click links.
    pub birth_year: Option<i32>,
    /// The network address it comes from.
    pub source: &'a str,
    /// What the device calls itself: `Firefox on Android`.
    pub device_name: &'a str,
}

/// What became of an attempt. Both kinds are kept: a wrong try must count.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Welcome.
    SignedIn(SignedIn),
    /// No, with the reason. Turn it into the reply after the commit.
    Refused(Refusal),
}

/// A device that has just been signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// Whose.
    pub account: Account,
    /// The new device; its cookie follows from [`super::device_token`].
    pub device: Device,
    /// Whether the account was opened (or reopened) just now.
    pub first_time: bool,
}

/// Redeems a code. Exactly one of many simultaneous attempts wins, because jobs run one after the other.
///
/// # Errors
/// Only faults of ours; refusals come as [`Outcome::Refused`].
pub fn sign_in(tx: &mut Tx<'_>, key: &ServerKey, attempt: &Attempt<'_>) -> Answer<Outcome> {
    let source = Who::Source(attempt.source);
    if tries::is_spent(tx, key, source)? {
        return Ok(Outcome::Refused(TOO_MANY_TRIES));
    }
    let found = match codes::typed(attempt.code) {
        Some(code) => store::code_by_mac(tx, &codes::mac(key, &code))?,
        None => None,
    };
    let Some(code) = found else {
        tries::count(tx, key, source)?;
        return Ok(Outcome::Refused(WRONG_CODE));
    };
    let person = Who::Person(code.person);
    if tries::is_spent(tx, key, person)? {
        return Ok(Outcome::Refused(TOO_MANY_TRIES));
    }
    if code.is_void || (code.is_used && !code.is_reusable) {
        tries::count(tx, key, source)?;
        tries::count(tx, key, person)?;
        return Ok(Outcome::Refused(WRONG_CODE));
    }
    if code.expires_at.is_some_and(|end| end <= tx.now()) {
        return Ok(Outcome::Refused(CODE_EXPIRED));
    }
    if !code.is_reusable {
        let Some(year) = attempt.birth_year else {
            return Ok(Outcome::Refused(BIRTH_YEAR_NEEDED));
        };
        let known = people::get(tx, code.person)?.ok_or(people::UNKNOWN)?;
        // Whose birth date the file does not know confirms with any year: the letter is all there is.
        let is_right = known.details.born_on.open().is_none_or(|day| i32::from(day.year()) == year);
        if !is_right {
            tries::count(tx, key, source)?;
            tries::count(tx, key, person)?;
            store::count_wrong_year(tx, code.id, WRONG_YEARS_MAX)?;
            return Ok(Outcome::Refused(WRONG_CODE));
        }
    }
    if people::units_of(tx, code.person)?.is_empty() {
        return Ok(Outcome::Refused(super::NOT_A_MEMBER));
    }
    if store::by_person(tx, code.person)?.is_some_and(|account| account.is_locked) {
        return Ok(Outcome::Refused(LOCKED));
    }
    if let Some((unit, rights)) = &code.bound {
        // Elected after the letter was printed, for instance: the office that printed it must not get in any more.
        let (rights, now) = (rights.split(' ').collect::<Vec<_>>(), tx.now());
        if offices::is_beyond(tx, code.person, *unit, &rights, now)? {
            return Ok(Outcome::Refused(codes::BEYOND_THE_LETTER));
        }
    }
    if !store::use_code(tx, code.id)? {
        return Ok(Outcome::Refused(WRONG_CODE));
    }
    let (account, first_time) = open(tx, key, code.person)?;
    let device =
        devices::new_device(tx, account.id, attempt.device_name, DeviceKind::Browser, None)?;
    note(tx, "accounts.signed-in", account.person, account.id.0, &device.id.to_string())?;
    Ok(Outcome::SignedIn(SignedIn { account, device, first_time }))
}
