//! App passwords for XMPP clients, stored as SCRAM keys only (RFC 5802 for SHA-1, RFC 7677 for SHA-256).
//!
//! All app passwords of an account share one salt for each hash, because the server names the salt before it learns
//! which password the client has; it then tries every candidate. The secret is 118 random bits, so stretching adds nothing;
//! it is done as for passwords that people choose, because the number is told to strangers and must not tell them apart.

use hmac::{Hmac, KeyInit, Mac};
use konvent_core::{AccountId, Answer, Kind, Millis, PersonId, Random, Reader, Refusal, Tx};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::codes::{draw, grouped};
use super::{Account, ServerKey, UNKNOWN, devices, note, password, store};
use crate::people;

/// How often new keys are stretched; RFC 7677 §4 asks for 4096 at least. A sign-in stretches in the client, so an old
/// phone is what bounds it.
pub const ITERATIONS: u32 = 10_000;

/// Characters of a password: 24 of 31 are 118 bits.
const LENGTH: usize = 24;

/// An account has at most so many, because a sign-in tries each of them.
const COUNT_MAX: usize = 25;

/// How often at most a last use is written down.
const TOUCH_SECS: i64 = 3600;

/// The account has as many app passwords as it may; revoke one first.
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotNow, "accounts.too-many-app-passwords");

/// The account has a password of its own; SCRAM names one salt, so there is no room for others beside it.
pub const HAS_PASSWORD: Refusal = Refusal::new(Kind::Conflict, "accounts.has-a-password");

/// An app password as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPassword {
    /// Its number.
    pub id: i64,
    /// What the owner calls it: `Telefon`.
    pub name: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it last signed in, to the hour.
    pub last_used_at: Option<Millis>,
}

/// The hash of a SCRAM mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScramHash {
    /// SCRAM-SHA-1.
    Sha1,
    /// SCRAM-SHA-256.
    Sha256,
}

impl ScramHash {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::Sha1 => b"sha1",
            Self::Sha256 => b"sha256",
        }
    }
}

/// What the server needs to answer a SCRAM login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScramOffer {
    /// Who signs in; nobody when the account is locked, left or unknown.
    pub account: Option<Account>,
    /// The name's salt.
    pub salt: Vec<u8>,
    /// Iteration count.
    pub iterations: u32,
    /// The keys of each app password, or keys that nothing fits.
    pub candidates: Vec<Candidate>,
}

/// The SCRAM keys of one app password (RFC 5802 §3).
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The app password they belong to.
    pub app_password: i64,
    /// `StoredKey`.
    pub stored_key: Vec<u8>,
    /// `ServerKey`.
    pub server_key: Vec<u8>,
    /// When it last signed in, to the hour.
    pub last_used_at: Option<Millis>,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Candidate({}, ‹secret›)", self.app_password)
    }
}

/// Makes an app password; the plain text is shown once and then known to nobody.
///
/// # Errors
/// [`UNKNOWN`], [`TOO_MANY`].
pub fn make_app_password(
    tx: &mut Tx<'_>,
    random: &Random,
    account: AccountId,
    name: &str,
) -> Answer<(AppPassword, String)> {
    let owner = store::by_id(tx, account)?.filter(|a| !a.is_closed).ok_or(UNKNOWN)?;
    if store::password_id(tx, account)?.is_some() {
        return Err(HAS_PASSWORD);
    }
    let store::Salts { sha1: salt_sha1, sha256: salt_sha256, iterations } =
        store::salts(tx, account)?.ok_or(UNKNOWN)?;
    if store::app_passwords(tx, account)?.len() >= COUNT_MAX {
        return Err(TOO_MANY);
    }
    let plain = grouped(&draw(random, LENGTH).to_ascii_lowercase());
    let made = AppPassword {
        id: tx.fresh_id(),
        name: devices::short_name(name),
        created_at: tx.now(),
        last_used_at: None,
    };
    let keys =
        [keys_sha1(&plain, &salt_sha1, iterations), keys_sha256(&plain, &salt_sha256, iterations)];
    store::insert_app_password(tx, account, &made, &keys)?;
    note(tx, "accounts.app-password-made", owner.person, account.0, &made.id.to_string())?;
    Ok((made, plain))
}

/// The app passwords of an account, newest first.
pub fn app_passwords(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<AppPassword>> {
    store::app_passwords(reader, account)
}

/// Ends an app password of this account, and with it the tokens that it got for its clients (XEP-0484). Names the
/// devices that are gone.
///
/// # Errors
/// [`UNKNOWN`], also when it is somebody else's.
pub fn revoke_app_password(tx: &mut Tx<'_>, account: AccountId, id: i64) -> Answer<Vec<i64>> {
    let owner = store::by_id(tx, account)?.ok_or(UNKNOWN)?;
    if store::delete_app_password(tx, account, id)? == 0 {
        return Err(UNKNOWN);
    }
    let devices = store::delete_devices_of_app_password(tx, account, id)?;
    note(tx, "accounts.app-password-revoked", owner.person, account.0, &id.to_string())?;
    Ok(devices)
}

/// Notes that an app password signed in; writes at most once an hour.
pub fn touch_app_password(tx: &mut Tx<'_>, id: i64) -> Answer<()> {
    let now = tx.now();
    touch_app_password_at(tx, id, now)
}

/// Notes that whoever has an app password was here `at` that moment; writes at most once an hour.
pub fn touch_app_password_at(tx: &mut Tx<'_>, id: i64, at: Millis) -> Answer<()> {
    store::touch_app_password(tx, id, at, at.plus_secs(-TOUCH_SECS))
}

/// Whether a use now is noted already, as far as uses are noted at all: to the hour.
pub fn is_noted(last_used_at: Option<Millis>, now: Millis) -> bool {
    last_used_at.is_some_and(|at| at > now.plus_secs(-TOUCH_SECS))
}

/// What a SCRAM login of this localpart is told and compared with: the same look-ups and answers for every name.
///
/// Salt and iterations of a name never tell what became of it: they are the same before somebody joins, while the account is
/// open, when it is locked and after it was left.
pub fn scram(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    localpart: &str,
    hash: ScramHash,
) -> Answer<ScramOffer> {
    let found = store::by_localpart(reader, localpart)?;
    let person = found.as_ref().map_or(PersonId(0), |account| account.person);
    let id = found.as_ref().map_or(AccountId(0), |account| account.id);
    let name = people::display_name(reader, person)?.unwrap_or_default();
    let own = password::keys(reader, id, hash)?;
    let salts = store::salts(reader, id)?;
    let several = match hash {
        ScramHash::Sha1 => store::candidates_sha1(reader, id)?,
        ScramHash::Sha256 => store::candidates_sha256(reader, id)?,
    };
    let (salt, iterations, candidates) = match (own, salts) {
        (Some(own), _) => (own.salt, own.iterations, vec![own.candidate]),
        (None, Some(salts)) => {
            let iterations = i64::from(salts.iterations);
            (salts.of(hash), iterations, several)
        }
        (None, None) => (decoy_salt(key, localpart, hash), i64::from(ITERATIONS), several),
    };
    let account = found.filter(Account::may_sign_in).map(|account| Account { name, ..account });
    let candidates = match account {
        Some(_) if !candidates.is_empty() => candidates,
        _ => vec![nobodys(key, localpart, hash)],
    };
    let iterations = u32::try_from(iterations).unwrap_or(ITERATIONS);
    Ok(ScramOffer { account, salt, iterations, candidates })
}

/// The salt of a name, always the same: accounts get it when they are opened, and names without an account have it, too.
pub fn decoy_salt(key: &ServerKey, localpart: &str, hash: ScramHash) -> Vec<u8> {
    key.mac("accounts.decoy", &[hash.name(), localpart.as_bytes()]).into_iter().take(16).collect()
}

/// Keys that no password opens.
fn nobodys(key: &ServerKey, localpart: &str, hash: ScramHash) -> Candidate {
    let length = if hash == ScramHash::Sha1 { 20 } else { 32 };
    let make = |which: &[u8]| {
        let parts: [&[u8]; 3] = [hash.name(), which, localpart.as_bytes()];
        key.mac("accounts.nobody", &parts).into_iter().take(length).collect()
    };
    Candidate {
        app_password: 0,
        stored_key: make(b"stored"),
        server_key: make(b"server"),
        last_used_at: None,
    }
}

/// `StoredKey` and `ServerKey` (RFC 5802 §3). The password is ASCII, which `SASLprep` leaves as it is.
pub(super) fn keys_sha1(password: &str, salt: &[u8], iterations: u32) -> (Vec<u8>, Vec<u8>) {
    let salted: [u8; 20] =
        pbkdf2::pbkdf2_hmac_array::<Sha1, 20>(password.as_bytes(), salt, iterations);
    let sign = |text: &[u8]| {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 §2)")]
        let mut mac = Hmac::<Sha1>::new_from_slice(&salted).expect("a key of any length");
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    };
    (Sha1::digest(sign(b"Client Key")).to_vec(), sign(b"Server Key"))
}

/// The same for SHA-256 (RFC 7677 §3).
pub(super) fn keys_sha256(password: &str, salt: &[u8], iterations: u32) -> (Vec<u8>, Vec<u8>) {
    let salted: [u8; 32] =
        pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, iterations);
    let sign = |text: &[u8]| {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length (RFC 2104 §2)")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&salted).expect("a key of any length");
        mac.update(text);
        mac.finalize().into_bytes().to_vec()
    };
    (Sha256::digest(sign(b"Client Key")).to_vec(), sign(b"Server Key"))
}

#[cfg(test)]
mod tests {
    use konvent_core::audit::Actor;
    use konvent_core::testing::twins;
    use konvent_core::{Db, Random};

    use super::*;
    use crate::accounts::tests::member;
    use crate::accounts::{
        NewPassword, close, close_outside, lock, open, open_outside, set_password,
    };
    use crate::tests::WITH_NOTES;

    const KEY: ServerKey = ServerKey::new([7; 32]);

    /// What a stranger is told of a name, for both hashes; whatever else follows is as long for all.
    fn told(db: &Db, name: &str) -> Vec<(Vec<u8>, u32)> {
        let of = |hash| {
            let offer = db.read_blocking(|reader| scram(reader, &KEY, name, hash)).unwrap();
            let length = if hash == ScramHash::Sha1 { 20 } else { 32 };
            assert_eq!(offer.salt.len(), 16);
            for known in &offer.candidates {
                assert_eq!((known.stored_key.len(), known.server_key.len()), (length, length));
            }
            assert!(!offer.candidates.is_empty());
            (offer.salt, offer.iterations)
        };
        vec![of(ScramHash::Sha1), of(ScramHash::Sha256)]
    }

    fn may(db: &Db, name: &str) -> bool {
        let asked = |reader: &mut Reader<'_>| scram(reader, &KEY, name, ScramHash::Sha256);
        db.read_blocking(asked).unwrap().account.is_some()
    }

    #[test]
    fn nobody_learns_by_a_salt_who_has_joined_is_locked_or_has_left() {
        twins(WITH_NOTES, |db, _| {
            let name = "romeo.montague";
            let before = told(db, name);
            assert_ne!(before, told(db, "juliet.capulet"));
            assert_ne!(before[0], before[1]);
            let person = db.write_blocking(|tx| member(tx, "1", "Romeo", "Montague")).unwrap();
            let account = db.write_blocking(move |tx| Ok(open(tx, &KEY, person)?.0.id)).unwrap();
            assert_eq!(told(db, name), before, "joined");
            db.write_blocking(move |tx| {
                make_app_password(tx, &Random::system(), account, "Telefon").map(drop)
            })
            .unwrap();
            assert!(may(db, name));
            assert_eq!(told(db, name), before, "signs in");
            db.write_blocking(move |tx| lock(tx, Actor::Operator, account, true)).unwrap();
            assert!(!may(db, name));
            assert_eq!(told(db, name), before, "locked");
            db.write_blocking(move |tx| close(tx, person).map(drop)).unwrap();
            assert!(!may(db, name));
            assert_eq!(told(db, name), before, "left");
        });
    }

    #[test]
    fn a_guests_salts_are_those_of_his_name_whatever_he_does() {
        twins(WITH_NOTES, |db, _| {
            let before = told(db, "paris");
            let keys = |plain| NewPassword::derive(&KEY, "paris", plain, 8).unwrap();
            let (first, second) = (keys("a noble count"), keys("a noble kinsman"));
            let id = db
                .write_blocking(move |tx| {
                    Ok(open_outside(tx, &KEY, Actor::Operator, "paris", &first)?.id)
                })
                .unwrap();
            assert!(may(db, "paris"));
            assert_eq!(told(db, "paris"), before, "opened");
            db.write_blocking(move |tx| set_password(tx, Actor::Server, id, &second).map(drop))
                .unwrap();
            assert_eq!(told(db, "paris"), before, "another password");
            db.write_blocking(move |tx| lock(tx, Actor::Operator, id, true)).unwrap();
            assert!(!may(db, "paris"));
            assert_eq!(told(db, "paris"), before, "locked");
            db.write_blocking(move |tx| close_outside(tx, Actor::Operator, id).map(drop)).unwrap();
            assert_eq!(told(db, "paris"), before, "gone");
        });
    }
}
