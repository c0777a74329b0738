//! The keys of a password as they travel (XEP-0227, version 1.1; RFC 5802 §3): enough to check a password, not to sign in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minidom::Element;

use super::PIE_SCRAM;
use crate::sasl::Hash;
use crate::xml::el;

/// Keys that were stretched less often come from no server of today: somebody made them up.
pub const ITERATIONS_MIN: u32 = 1_000;
/// A client stretches at each sign-in: a number beyond this would keep it busy for minutes.
pub const ITERATIONS_MAX: u32 = 5_000_000;
/// No server makes longer salts, in bytes.
const SALT_MAX: usize = 256;

/// The keys of one password for one hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The hash of the mechanism.
    pub hash: Hash,
    /// What was mixed in.
    pub salt: Vec<u8>,
    /// How often it was stretched.
    pub iterations: u32,
    /// `StoredKey` (RFC 5802 §3).
    pub stored_key: Vec<u8>,
    /// `ServerKey` (RFC 5802 §3).
    pub server_key: Vec<u8>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({}, ‹secret›)", self.hash.as_str())
    }
}

impl Credentials {
    /// Reads `<scram-credentials/>`; `None` for a mechanism nobody knows here or keys that cannot be keys.
    pub fn read(element: &Element) -> Option<Self> {
        if !element.is("scram-credentials", PIE_SCRAM) {
            return None;
        }
        Self::decoded(element, |text| STANDARD.decode(text).ok()).or_else(|| {
            // COMPAT: ejabberd 23.01 encodes what it has encoded already.
            Self::decoded(element, |text| STANDARD.decode(STANDARD.decode(text).ok()?).ok())
        })
    }

    fn decoded(element: &Element, decode: impl Fn(&str) -> Option<Vec<u8>>) -> Option<Self> {
        let text = |name: &str| element.get_child(name, PIE_SCRAM).map(Element::text);
        let bytes = |name: &str| decode(text(name)?.trim());
        Self {
            hash: hash_of(element.attr("mechanism")?)?,
            salt: bytes("salt")?,
            iterations: text("iter-count")?.trim().parse().ok()?,
            stored_key: bytes("stored-key")?,
            server_key: bytes("server-key")?,
        }
        .sound()
    }

    /// Reads the keys that ejabberd writes into the attribute of the password.
    ///
    /// `COMPAT:` ejabberd writes `scram:[HASH,]STORED,SERVER,SALT,ITERATIONS` wherever it has to show a password (23.01), with
    /// SHA-1 when no hash is named.
    pub fn of_ejabberd(password: &str) -> Option<Self> {
        let mut rest: Vec<&str> = password.strip_prefix("scram:")?.split(',').collect();
        let hash = match rest.first().copied() {
            Some("sha256") => Hash::Sha256,
            Some("sha512") => return None,
            _ => Hash::Sha1,
        };
        if rest.len() == 5 {
            rest.remove(0);
        }
        let [stored, server, salt, iterations] = rest.try_into().ok()?;
        Self {
            hash,
            salt: STANDARD.decode(salt).ok()?,
            iterations: iterations.trim().parse().ok()?,
            stored_key: STANDARD.decode(stored).ok()?,
            server_key: STANDARD.decode(server).ok()?,
        }
        .sound()
    }

    /// The keys as an element.
    pub fn element(&self) -> Element {
        let mechanism = match self.hash {
            Hash::Sha1 => "SCRAM-SHA-1",
            Hash::Sha256 => "SCRAM-SHA-256",
        };
        let text = |name: &str, bytes: &[u8]| el(name, PIE_SCRAM).text(STANDARD.encode(bytes));
        el("scram-credentials", PIE_SCRAM)
            .attr("mechanism", mechanism)
            .child(el("iter-count", PIE_SCRAM).text(self.iterations.to_string()))
            .child(text("salt", &self.salt))
            .child(text("server-key", &self.server_key))
            .child(text("stored-key", &self.stored_key))
            .build()
    }

    fn sound(self) -> Option<Self> {
        let length = match self.hash {
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
        };
        let is_sound = self.stored_key.len() == length
            && self.server_key.len() == length
            && (1..=SALT_MAX).contains(&self.salt.len())
            && (ITERATIONS_MIN..=ITERATIONS_MAX).contains(&self.iterations);
        is_sound.then_some(self)
    }
}

fn hash_of(mechanism: &str) -> Option<Hash> {
    match mechanism {
        "SCRAM-SHA-1" => Some(Hash::Sha1),
        "SCRAM-SHA-256" => Some(Hash::Sha256),
        _ => None,
    }
}
