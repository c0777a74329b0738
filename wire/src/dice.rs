//! Randomness from a seed that was handed in: HMAC-SHA-256 in counter mode (NIST SP 800-108 §4.1).
//! The driver draws the seed from the system once for each connection; tests and plays hand in a fixed one.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// A stream of unpredictable bytes, one seed long in memory.
#[derive(Clone)]
pub(crate) struct Dice {
    seed: [u8; 32],
    thrown: u64,
}

impl Dice {
    pub(crate) const fn new(seed: [u8; 32]) -> Self {
        Self { seed, thrown: 0 }
    }

    /// The next 32 bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.thrown = self.thrown.wrapping_add(1);
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.seed).expect("any key length");
        mac.update(b"konvent-wire dice");
        mac.update(&self.thrown.to_be_bytes());
        mac.finalize().into_bytes().into()
    }

    /// A name of 144 random bits, safe in attributes, addresses and SASL messages.
    pub(crate) fn token(&mut self) -> String {
        let bytes = self.bytes();
        URL_SAFE_NO_PAD.encode(bytes.first_chunk::<18>().unwrap_or(&[0; 18]))
    }
}
