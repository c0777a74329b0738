//! The server's side of SCRAM (RFC 5802), with channel binding and the downgrade protection of XEP-0474.
//! Two HMACs and a hash at sign-in; the password was stretched when it was set.

use std::sync::Arc;

use subtle::ConstantTimeEq as _;

use super::{BindingKind, ChannelBinding, Hash, Keys, SaslCondition, Verifier, decode, encode};

/// A conversation under way.
pub struct Scram {
    hash: Hash,
    /// Whom the client wants to be; not proven yet.
    pub username: String,
    /// Whom the client wants to act as, if it said so.
    pub authzid: Option<String>,
    /// What `c=` must be.
    channel: Vec<u8>,
    client_first_bare: String,
    client_nonce: String,
    server: Option<Challenge>,
}

struct Challenge {
    first: String,
    nonce: String,
    keys: Keys,
}

const MALFORMED: SaslCondition = SaslCondition::MalformedRequest;

impl Scram {
    /// Reads the client's first message (§7). `binding` is what this connection has to bind to, and thereby
    /// whether a mechanism with `-PLUS` was offered.
    pub fn begin(
        hash: Hash,
        is_plus: bool,
        message: &[u8],
        binding: &ChannelBinding,
    ) -> Result<Self, SaslCondition> {
        let message = std::str::from_utf8(message).map_err(|_| MALFORMED)?;
        let mut parts = message.splitn(3, ',');
        let flag = parts.next().ok_or(MALFORMED)?;
        let authzid = parts.next().ok_or(MALFORMED)?;
        let bare = parts.next().ok_or(MALFORMED)?;
        let header = format!("{flag},{authzid},");
        let mut channel = header.into_bytes();
        match (flag.strip_prefix("p="), flag, is_plus) {
            (Some(kind), _, true) => {
                // §6: an unknown or absent kind of binding fails the sign-in.
                let kind = BindingKind::from_name(kind).ok_or(SaslCondition::NotAuthorized)?;
                let data = binding.data(kind).ok_or(SaslCondition::NotAuthorized)?;
                channel.extend_from_slice(data);
            }
            (None, "n", false) => {}
            // §6: "y" says the client saw no -PLUS on offer; if there was one, someone removed it.
            (None, "y", false) if binding.is_none() => {}
            (None, "y", false) => return Err(SaslCondition::NotAuthorized),
            _ => return Err(MALFORMED),
        }
        let authzid = match authzid {
            "" => None,
            authzid => Some(name(authzid.strip_prefix("a=").ok_or(MALFORMED)?)?),
        };
        // §5.1: "m=" would be an extension we do not know and must not ignore.
        let mut attributes = bare.split(',');
        let username = attributes.next().and_then(|part| part.strip_prefix("n="));
        let nonce = attributes.next().and_then(|part| part.strip_prefix("r="));
        let nonce = nonce.filter(|nonce| !nonce.is_empty() && nonce.bytes().all(is_printable));
        Ok(Self {
            hash,
            username: name(username.ok_or(MALFORMED)?)?,
            authzid,
            channel,
            client_first_bare: bare.to_owned(),
            client_nonce: nonce.ok_or(MALFORMED)?.to_owned(),
            server: None,
        })
    }

    /// The hash function in use.
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The server's first message. `offer` is the hash of what was offered ([`offer_hash`]).
    pub fn challenge(&mut self, keys: Keys, nonce: &str, offer: Option<&str>) -> String {
        let nonce = format!("{}{nonce}", self.client_nonce);
        let mut first = format!("r={nonce},s={},i={}", encode(&keys.salt), keys.iterations);
        if let Some(offer) = offer {
            first.push_str(",h=");
            first.push_str(offer);
        }
        self.server = Some(Challenge { first: first.clone(), nonce, keys });
        first
    }

    /// Reads the client's last message (§3): the server's last one, and which password it was.
    pub fn finish(&mut self, message: &[u8]) -> Result<(String, Arc<str>), SaslCondition> {
        let Challenge { first, nonce, keys } = self.server.take().ok_or(MALFORMED)?;
        let message = std::str::from_utf8(message).map_err(|_| MALFORMED)?;
        let (without_proof, proof) = message.rsplit_once(",p=").ok_or(MALFORMED)?;
        let mut attributes = without_proof.split(',');
        let channel = attributes.next().and_then(|part| part.strip_prefix("c="));
        let repeated = attributes.next().and_then(|part| part.strip_prefix("r="));
        let channel = decode(channel.ok_or(MALFORMED)?)?;
        // §7: a wrong binding is not told apart from a wrong password.
        let is_bound = bool::from(channel.ct_eq(&self.channel));
        let is_fresh = repeated.ok_or(MALFORMED)? == nonce;
        let proof = decode(proof)?;

        let auth_message = format!("{},{first},{without_proof}", self.client_first_bare);
        let fits = |verifier: &&Verifier| {
            let signature = self.hash.hmac(&verifier.stored_key, &[auth_message.as_bytes()]);
            let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(p, s)| p ^ s).collect();
            proof.len() == signature.len()
                && bool::from(self.hash.digest(&client_key).ct_eq(&verifier.stored_key))
        };
        let known = keys.verifiers.iter().find(fits).filter(|_| is_bound && is_fresh);
        let known = known.ok_or(SaslCondition::NotAuthorized)?;
        let verifier = self.hash.hmac(&known.server_key, &[auth_message.as_bytes()]);
        Ok((format!("v={}", encode(&verifier)), known.id.clone()))
    }
}

/// The hash of what was offered (XEP-0474 §5.1): an attacker who shortened the lists is found out.
pub fn offer_hash(hash: Hash, mechanisms: &[&str], bindings: &[&str]) -> String {
    let sorted = |names: &[&str]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.join("\u{1e}")
    };
    let mut text = sorted(mechanisms);
    if !bindings.is_empty() {
        text.push('\u{1f}');
        text.push_str(&sorted(bindings));
    }
    encode(&hash.digest(text.as_bytes()))
}

/// Undoes `=2C` and `=3D` (§5.1); any other `=` is an error.
fn name(text: &str) -> Result<String, SaslCondition> {
    let mut parts = text.split('=');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (replaced, rest) = match part.split_at_checked(2) {
            Some(("2C", rest)) => (',', rest),
            Some(("3D", rest)) => ('=', rest),
            _ => return Err(MALFORMED),
        };
        name.push(replaced);
        name.push_str(rest);
    }
    if name.is_empty() { Err(MALFORMED) } else { Ok(name) }
}

/// `printable` of §7; the comma separates.
const fn is_printable(byte: u8) -> bool {
    matches!(byte, 0x21..=0x7e) && byte != b','
}
