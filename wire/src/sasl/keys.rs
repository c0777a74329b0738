//! What the server keeps instead of a password (RFC 5802 §3): whoever reads it cannot sign in with it.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::Hash;

/// The verifiers of an account for one hash function. Several passwords share the salt, because the client
/// learns it before it shows which of them it has.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Random, at least 16 bytes.
    pub salt: Vec<u8>,
    /// How often the passwords were stretched.
    pub iterations: u32,
    /// One for each password.
    pub verifiers: Vec<Verifier>,
}

/// The verifier of one password.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier {
    /// The driver's name for the password.
    pub id: Arc<str>,
    /// `H(ClientKey)`.
    pub stored_key: Vec<u8>,
    /// Proves to the client that we know it, too.
    pub server_key: Vec<u8>,
}

impl Keys {
    /// Derives the verifier of a password: slow on purpose, for the moment a password is set.
    /// None if the password holds what `SASLprep` (RFC 4013) forbids.
    pub fn derive(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Option<Self> {
        let prepared = Zeroizing::new(stringprep::saslprep(password).ok()?.into_owned());
        let salted = Zeroizing::new(hash.stretch(prepared.as_bytes(), salt, iterations));
        let client_key = Zeroizing::new(hash.hmac(&salted, &[b"Client Key"]));
        let verifier = Verifier {
            id: "".into(),
            stored_key: hash.digest(&client_key),
            server_key: hash.hmac(&salted, &[b"Server Key"]),
        };
        Some(Self { salt: salt.to_vec(), iterations, verifiers: vec![verifier] })
    }

    /// A verifier that no password opens, the same each time for the same name: strangers cannot find out
    /// by asking which accounts exist.
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

/// Prints nothing of the keys.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// Prints nothing of the keys.
impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("id", &self.id).finish_non_exhaustive()
    }
}
