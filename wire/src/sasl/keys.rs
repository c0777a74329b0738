//! What the server keeps instead of a password (RFC 5802 §3): whoever reads it cannot sign in with it.

use zeroize::Zeroizing;

use super::Hash;

/// The verifier of one password for one hash function.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    /// Random, at least 16 bytes.
    pub salt: Vec<u8>,
    /// How often the password was stretched.
    pub iterations: u32,
    /// `H(ClientKey)`.
    pub stored_key: Vec<u8>,
    /// Proves to the client that we know it, too.
    pub server_key: Vec<u8>,
}

impl Keys {
    /// Derives the verifier of a password: slow on purpose, for the moment a password is set.
    /// None if the password holds what SASLprep (RFC 4013) forbids.
    pub fn derive(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> Option<Self> {
        let prepared = Zeroizing::new(stringprep::saslprep(password).ok()?.into_owned());
        let salted = Zeroizing::new(hash.stretch(prepared.as_bytes(), salt, iterations));
        let client_key = Zeroizing::new(hash.hmac(&salted, &[b"Client Key"]));
        Some(Self {
            salt: salt.to_vec(),
            iterations,
            stored_key: hash.digest(&client_key),
            server_key: hash.hmac(&salted, &[b"Server Key"]),
        })
    }

    /// A verifier that no password opens, the same each time for the same name: strangers cannot find out
    /// by asking which accounts exist.
    pub(crate) fn nobodys(hash: Hash, username: &str, secret: &[u8], iterations: u32) -> Self {
        let name = hash.as_str().as_bytes();
        let make = |purpose: &[u8]| hash.hmac(secret, &[purpose, name, b"\0", username.as_bytes()]);
        let mut salt = make(b"salt\0");
        salt.truncate(16);
        Self { salt, iterations, stored_key: make(b"stored\0"), server_key: make(b"server\0") }
    }
}

/// Prints nothing of the keys.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}
