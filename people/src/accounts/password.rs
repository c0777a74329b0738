//! The password of an account outside the directory, chosen by a person: stored as SCRAM keys (RFC 5802 §3, RFC 7677 §3).

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Kind, Millis, Random, Reader, Refusal, Tx};
use konvent_wire::sasl::{Hash, Verifier};

use subtle::ConstantTimeEq as _;

use super::{
    Account, AppPassword, Candidate, DeviceKind, ITERATIONS, ScramHash, ScramOffer, ServerKey,
    SignedIn, UNKNOWN, decoy_salt, devices, note, store,
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
    /// Derives the keys. `length_min` counts characters.
    ///
    /// # Errors
    /// [`BAD_PASSWORD`].
    pub fn derive(random: &Random, plain: &str, length_min: usize) -> Answer<Self> {
        if plain.chars().count() < length_min.max(1) || plain.len() > LENGTH_MAX {
            return Err(BAD_PASSWORD);
        }
        let (salt_sha1, salt_sha256) = (random.bytes::<16>(), random.bytes::<16>());
        let derive = |hash, salt: &[u8]| {
            Verifier::derive(hash, "", plain, salt, ITERATIONS).ok_or(BAD_PASSWORD)
        };
        Ok(Self {
            sha1: derive(Hash::Sha1, &salt_sha1)?,
            sha256: derive(Hash::Sha256, &salt_sha256)?,
            salt_sha1: salt_sha1.to_vec(),
            salt_sha256: salt_sha256.to_vec(),
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

/// What a SCRAM login needs of an account with a password of its own.
pub(super) fn offer(
    reader: &mut Reader<'_>,
    account: &Account,
    hash: ScramHash,
) -> Answer<Option<ScramOffer>> {
    let found = match hash {
        ScramHash::Sha1 => store::password_sha1(reader, account.id)?,
        ScramHash::Sha256 => store::password_sha256(reader, account.id)?,
    };
    // Keys that came from another server may be for the other hash only.
    let found = found.filter(|keys| !keys.candidate.stored_key.is_empty());
    Ok(found.map(|keys| ScramOffer {
        account: account.clone(),
        salt: keys.salt,
        iterations: u32::try_from(keys.iterations).unwrap_or(ITERATIONS),
        candidates: vec![keys.candidate],
    }))
}

/// What a password is compared with: keys, salt and iterations of an account outside the directory, or those of nobody,
/// which take as long and never fit. Members have codes and app passwords; those open no browser.
#[derive(Debug)]
pub struct Comparison {
    offer: Option<ScramOffer>,
    salt: Vec<u8>,
    iterations: u32,
}

/// Prepares to compare a password for this name.
pub fn comparison(reader: &mut Reader<'_>, key: &ServerKey, localpart: &str) -> Answer<Comparison> {
    let owner = store::by_localpart(reader, localpart)?.filter(Account::may_sign_in);
    let offer = match owner {
        Some(owner) => offer(reader, &owner, ScramHash::Sha256)?,
        None => None,
    };
    Ok(match offer {
        Some(offer) => Comparison {
            salt: offer.salt.clone(),
            iterations: offer.iterations,
            offer: Some(offer),
        },
        None => Comparison {
            offer: None,
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
        let typed = Verifier::derive(Hash::Sha256, "", plain, &self.salt, self.iterations)?;
        let offer = self.offer?;
        let fits = |known: &Candidate| bool::from(known.stored_key.ct_eq(&typed.stored_key));
        let password = offer.candidates.iter().find(|known| fits(known))?.app_password;
        Some(Proven { account: offer.account, password })
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
