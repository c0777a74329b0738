//! Passwords that move in and out with an account: their keys, never the passwords (XEP-0227 §4.2, version 1.1).
//!
//! * An account that brings keys for one hash only can sign in by that mechanism only, and a client takes the strongest that
//!   is on offer. So the house offers what everybody has ([`hashes`]) until such accounts have set a new password.
//! * Keys of app passwords stay: they are several, and the format has room for one.

use konvent_core::{AccountId, Answer, Reader};
use konvent_wire::portable::Credentials;
use konvent_wire::sasl::{Hash, Verifier};

use super::{Candidate, NewPassword, store};

impl NewPassword {
    /// The keys that an account brings along. Without any nobody can sign in until a password is set. Keys for both hashes
    /// that were stretched differently do not fit into one account: the stronger hash is kept.
    pub fn brought(credentials: &[Credentials]) -> Self {
        let of = |hash| credentials.iter().find(|known| known.hash == hash);
        let (mut sha1, sha256) = (of(Hash::Sha1), of(Hash::Sha256));
        if sha256
            .is_some_and(|strong| sha1.is_some_and(|weak| weak.iterations != strong.iterations))
        {
            sha1 = None;
        }
        let verifier = |brought: Option<&Credentials>| Verifier {
            id: "".into(),
            stored_key: brought.map(|keys| keys.stored_key.clone()).unwrap_or_default(),
            server_key: brought.map(|keys| keys.server_key.clone()).unwrap_or_default(),
        };
        let salt = |brought: Option<&Credentials>| brought.map(|keys| keys.salt.clone());
        Self {
            salt_sha1: salt(sha1).unwrap_or_default(),
            salt_sha256: salt(sha256).unwrap_or_default(),
            iterations: sha256.or(sha1).map_or(super::ITERATIONS, |keys| keys.iterations),
            sha1: verifier(sha1),
            sha256: verifier(sha256),
        }
    }
}

/// The keys of the password of an account outside the directory, the stronger hash first.
pub fn credentials(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Credentials>> {
    let found = [
        (Hash::Sha256, store::password_sha256(reader, account)?),
        (Hash::Sha1, store::password_sha1(reader, account)?),
    ];
    let keys = found.into_iter().filter_map(|(hash, found)| {
        let store::Keys { salt, iterations, candidate } = found?;
        let iterations = u32::try_from(iterations).ok()?;
        let Candidate { stored_key, server_key, .. } = candidate;
        let is_there = !stored_key.is_empty();
        is_there.then_some(Credentials { hash, salt, iterations, stored_key, server_key })
    });
    Ok(keys.collect())
}

/// The hashes that every password of the house has keys for, the stronger first; both when no account lacks one, and also
/// when some lack one and others the other: then no choice is right for all.
pub fn hashes(reader: &mut Reader<'_>) -> Answer<Vec<Hash>> {
    let (without_sha1, without_sha256) = store::incomplete_passwords(reader)?;
    Ok(match (without_sha1 > 0, without_sha256 > 0) {
        (true, false) => vec![Hash::Sha256],
        (false, true) => vec![Hash::Sha1],
        (false, false) | (true, true) => vec![Hash::Sha256, Hash::Sha1],
    })
}
