//! The password of an account outside the directory, chosen by a person: stored as SCRAM keys (RFC 5802 §3, RFC 7677 §3).

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Kind, Millis, Reader, Refusal, Tx};
use konvent_wire::sasl::{Hash, Verifier};

use subtle::ConstantTimeEq as _;

use super::{
    Account, AppPassword, Candidate, DeviceKind, ITERATIONS, ScramHash, ServerKey, SignedIn,
    UNKNOWN, decoy_salt, devices, note, store,
};

/// No password is longer, in bytes: stretching a book costs as much as an attacker likes.
const LENGTH_MAX: usize = 1024;

/// The password is too short, too long, or holds what no keyboard types (RFC 4013).
pub const BAD_PASSWORD: Refusal = Refusal::new(Kind::BadRequest, "accounts.bad-password");

/// Address or password are wrong. The answer does not say which.
pub const WRONG_PASSWORD: Refusal = Refusal::new(Kind::NotAllowed, "accounts.wrong-password");

/// The keys of a password; made outside of any transaction, because that takes a while.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword {
    pub(super) salt_sha1: Vec<u8>,
    pub(super) salt_sha256: Vec<u8>,
    pub(super) iterations: u32,
    pub(super) sha1: Verifier,
    pub(super) sha256: Verifier,
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(‹secret›)")
    }
}

impl NewPassword {
    /// Derives the keys for the account of this name, with the salts that strangers are told of it in any case
    /// ([`decoy_salt`]). `length_min` counts characters.
    ///
    /// # Errors
    /// [`BAD_PASSWORD`].
    pub fn derive(
        key: &ServerKey,
        localpart: &str,
        plain: &str,
        length_min: usize,
    ) -> Answer<Self> {
        if plain.chars().count() < length_min.max(1) || plain.len() > LENGTH_MAX {
            return Err(BAD_PASSWORD);
        }
        let salt = |hash| decoy_salt(key, localpart, hash);
        let (salt_sha1, salt_sha256) = (salt(ScramHash::Sha1), salt(ScramHash::Sha256));
        let derive = |hash, salt: &[u8]| {
            Verifier::derive(hash, "", plain, salt, ITERATIONS).ok_or(BAD_PASSWORD)
        };
        Ok(Self {
            sha1: derive(Hash::Sha1, &salt_sha1)?,
            sha256: derive(Hash::Sha256, &salt_sha256)?,
            salt_sha1,
            salt_sha256,
            iterations: ITERATIONS,
        })
    }
}

/// Sets or changes the password of an account outside the directory; `by` stands in the log. Tokens that the old one got its clients end
/// (XEP-0484): the devices that are gone are named.
///
/// # Errors
/// [`UNKNOWN`].
pub fn set_password(
    tx: &mut Tx<'_>,
    by: Actor,
    account: AccountId,
    new: &NewPassword,
) -> Answer<Vec<i64>> {
    store::by_id(tx, account)?.filter(|known| !known.is_closed).ok_or(UNKNOWN)?;
    let before = store::password_id(tx, account)?;
    store::set_password(tx, account, new, i64::from(new.iterations))?;
    audit::note(
        tx,
        Note { actor: by, act: "accounts.password-set", subject: account.0, detail: "" },
    )?;
    match before {
        Some(old) => store::delete_devices_of_app_password(tx, account, old),
        None => Ok(Vec::new()),
    }
}

/// The password of an account outside the directory, as its owner sees it: without a name.
pub fn own_password(reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<AppPassword>> {
    store::own_password(reader, account)
}

/// When the password of an account last signed in, to the hour.
pub fn password_last_used(reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<Millis>> {
    store::password_last_used(reader, account)
}

/// The keys of an account with a password of its own for one hash.
pub(super) fn keys(
    reader: &mut Reader<'_>,
    account: AccountId,
    hash: ScramHash,
) -> Answer<Option<store::Keys>> {
    let found = match hash {
        ScramHash::Sha1 => store::password_sha1(reader, account)?,
        ScramHash::Sha256 => store::password_sha256(reader, account)?,
    };
    // Keys that came from another server may be for the other hash only.
    Ok(found.filter(|keys| !keys.candidate.stored_key.is_empty()))
}

/// What a password is compared with: keys, salt and iterations of an account outside the directory, or those of nobody,
/// which take as long and never fit. Members have codes and app passwords; those open no browser.
#[derive(Debug)]
pub struct Comparison {
    fitting: Option<(Account, Candidate)>,
    salt: Vec<u8>,
    iterations: u32,
}

/// Prepares to compare a password for this name.
pub fn comparison(reader: &mut Reader<'_>, key: &ServerKey, localpart: &str) -> Answer<Comparison> {
    let owner = store::by_localpart(reader, localpart)?;
    let id = owner.as_ref().map_or(AccountId(0), |owner| owner.id);
    let found = keys(reader, id, ScramHash::Sha256)?;
    let owner = owner.filter(Account::may_sign_in);
    Ok(match found {
        // Of a locked account, too: it takes as long as before.
        Some(store::Keys { salt, iterations, candidate }) => Comparison {
            fitting: owner.map(|owner| (owner, candidate)),
            salt,
            iterations: u32::try_from(iterations).unwrap_or(ITERATIONS),
        },
        None => Comparison {
            fitting: None,
            salt: decoy_salt(key, localpart, ScramHash::Sha256),
            iterations: ITERATIONS,
        },
    })
}

impl Comparison {
    /// Whose password it is. Takes milliseconds, on purpose: call it outside of any transaction.
    #[must_use]
    pub fn with(self, plain: &str) -> Option<Proven> {
        if plain.len() > LENGTH_MAX {
            return None;
        }
        let Self { fitting, salt, iterations } = self;
        let stretch = |times| Verifier::derive(Hash::Sha256, "", plain, &salt, times);
        let typed = stretch(iterations)?;
        if let missing @ 1.. = ITERATIONS.saturating_sub(iterations) {
            // Keys from another server were stretched less: made up for, so that nobody can tell them by the time.
            std::hint::black_box(stretch(missing));
        }
        let (account, known) = fitting?;
        let fits = bool::from(known.stored_key.ct_eq(&typed.stored_key));
        fits.then_some(Proven { account, password: known.app_password })
    }
}

/// Somebody who knew the password of an account.
#[derive(Debug)]
pub struct Proven {
    account: Account,
    password: i64,
}

/// Signs a browser in for somebody who knew the password. It is signed out when the password changes.
///
/// # Errors
/// [`WRONG_PASSWORD`] when the account or its password was changed meanwhile.
pub fn sign_in_with_password(
    tx: &mut Tx<'_>,
    proven: Proven,
    device_name: &str,
) -> Answer<SignedIn> {
    let Proven { account, password } = proven;
    let account = store::by_id(tx, account.id)?.filter(Account::may_sign_in);
    let account = account.ok_or(WRONG_PASSWORD)?;
    if store::password_id(tx, account.id)? != Some(password) {
        return Err(WRONG_PASSWORD);
    }
    let by = Some(password);
    let device = devices::new_device(tx, account.id, device_name, DeviceKind::Browser, by)?;
    note(tx, "accounts.signed-in", account.person, account.id.0, &device.id.to_string())?;
    Ok(SignedIn { account, device, first_time: false })
}
