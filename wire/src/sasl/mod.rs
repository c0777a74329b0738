//! Proving who one is: SCRAM (RFC 5802, RFC 7677) and hashed tokens (draft-schmaus-kitten-sasl-ht, used by
//! XEP-0484). The server keeps no password and derives none at sign-in. No PLAIN, no EXTERNAL.

mod hash;
pub mod ht;
mod keys;
mod names;
pub mod scram;
#[cfg(test)]
mod tests;

pub use hash::Hash;
pub use keys::{Keys, Verifier};
pub use names::{BindingKind, ChannelBinding, Mechanism, Token};

pub use crate::errors::SaslCondition;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// Base64 as SASL in XMPP uses it (RFC 6120 §6.4.2).
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes of a SASL message; `=` stands for none (RFC 6120 §6.4.2). Whatever is not of the alphabet is refused, white
/// space and wrong padding, too (RFC 6120 §13.9.1).
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, SaslCondition> {
    match text {
        "=" => Ok(Vec::new()),
        text => STANDARD.decode(text).map_err(|_| SaslCondition::IncorrectEncoding),
    }
}
