//! What the server keeps instead of a password (RFC 5802 §3): whoever reads it cannot sign in with it.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::Hash;

/// The passwords of one account for one hash function. All share salt and iterations, because SCRAM tells
/// those to the client before it is known which password it has.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Random, at least 16 bytes.
    pub salt: Vec<u8>,
    /// How often each password was stretched.
    pub iterations: u32,
    /// One for each password that lets this account in. Each costs two hashes at sign-in: keep them few.
    pub verifiers: Vec<Verifier>,
}

/// What is kept of one password.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    /// The driver's name for the password, given back when it fits.
    pub id: Arc<str>,
    /// `H(ClientKey)`.
    pub stored_key: Vec<u8>,
    /// Proves to the client that we know it, too.
    pub server_key: Vec<u8>,
}

impl Keys {
    /// Derives the keys of a single password. None if it holds what `SASLprep` (RFC 4013) forbids.
    pub fn derive(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Option<Self> {
        let verifier = Verifier::derive(hash, "", password, salt, iterations)?;
        Some(Self { salt: salt.to_vec(), iterations, verifiers: vec![verifier] })
    }

    /// Keys that no password opens, the same each time for the same name: strangers cannot find out by
    /// asking which accounts exist.
    pub(crate) fn nobodys(hash: Hash, username: &str, secret: &[u8], iterations: u32) -> Self {
        let name = hash.as_str().as_bytes();
        let make = |purpose: &[u8]| hash.hmac(secret, &[purpose, name, b"\0", username.as_bytes()]);
        let mut salt = make(b"salt\0");
        salt.truncate(16);
        let (stored_key, server_key) = (make(b"stored\0"), make(b"server\0"));
        let verifiers = vec![Verifier { id: "".into(), stored_key, server_key }];
        Self { salt, iterations, verifiers }
    }
}

impl Verifier {
    /// Derives the verifier of a password: slow on purpose, for the moment a password is set.
    /// None if the password holds what `SASLprep` (RFC 4013) forbids.
    pub fn derive(
        hash: Hash,
        id: &str,
        password: &str,
        salt: &[u8],
        iterations: u32,
    ) -> Option<Self> {
        let prepared = Zeroizing::new(stringprep::saslprep(password).ok()?.into_owned());
        let salted = Zeroizing::new(hash.stretch(prepared.as_bytes(), salt, iterations));
        let client_key = Zeroizing::new(hash.hmac(&salted, &[b"Client Key"]));
        Some(Self {
            id: id.into(),
            stored_key: hash.digest(&client_key),
            server_key: hash.hmac(&salted, &[b"Server Key"]),
        })
    }
}

/// Prints nothing of the keys.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys")
            .field("iterations", &self.iterations)
            .field("verifiers", &self.verifiers.len())
            .finish_non_exhaustive()
    }
}

/// Prints nothing of the keys.
impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("id", &self.id).finish_non_exhaustive()
    }
}
