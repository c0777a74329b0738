//! Hashed tokens (draft-schmaus-kitten-sasl-ht §3): one message to sign in, one to prove that the server
//! knows the token, too.

use subtle::ConstantTimeEq as _;

use super::{Hash, SaslCondition};

/// What the client sends: its name, NUL, and the proof that it knows the token.
pub fn initiator(username: &str, token: &str, binding: &[u8]) -> Vec<u8> {
    let mut message = username.as_bytes().to_vec();
    message.push(0);
    message.extend(Hash::Sha256.hmac(token.as_bytes(), &[b"Initiator", binding]));
    message
}

/// What the server answers.
pub fn responder(token: &str, binding: &[u8]) -> Vec<u8> {
    Hash::Sha256.hmac(token.as_bytes(), &[b"Responder", binding])
}

/// Splits the client's message into its name and its proof.
pub fn split(message: &[u8]) -> Result<(&str, &[u8]), SaslCondition> {
    let malformed = SaslCondition::MalformedRequest;
    let end = message.iter().position(|&byte| byte == 0).ok_or(malformed)?;
    let (name, proof) = message.split_at_checked(end).ok_or(malformed)?;
    let name = std::str::from_utf8(name).map_err(|_| malformed)?;
    Ok((name, proof.get(1..).unwrap_or_default()))
}

/// Whether the proof is that of this token in this connection.
pub fn fits(proof: &[u8], token: &str, binding: &[u8]) -> bool {
    let expected = Hash::Sha256.hmac(token.as_bytes(), &[b"Initiator", binding]);
    expected.ct_eq(proof).into()
}
