//! The client's side of SCRAM (RFC 5802 §3), with the checks that make it worth having.

use crate::sasl::{BindingKind, ChannelBinding, Hash, decode, encode};

/// A conversation under way.
pub struct ScramClient {
    hash: Hash,
    password: String,
    header: String,
    channel: Vec<u8>,
    bare: String,
    nonce: String,
    offer: Option<String>,
    verifier: Vec<u8>,
}

impl ScramClient {
    /// Begins. None if `-PLUS` is wanted and there is nothing to bind to, or the password holds what
    /// `SASLprep` forbids.
    pub fn new(
        hash: Hash,
        is_plus: bool,
        username: &str,
        password: &str,
        nonce: &str,
        binding: &ChannelBinding,
    ) -> Option<Self> {
        let kind: Option<BindingKind> = binding.kinds().next();
        let (flag, data) = match (is_plus, kind) {
            (true, Some(kind)) => (format!("p={}", kind.as_str()), binding.data(kind)?.to_vec()),
            (true, None) => return None,
            // §6: "y" would say that we can bind but think the server cannot.
            (false, _) => ("n".to_owned(), Vec::new()),
        };
        let header = format!("{flag},,");
        let mut channel = header.clone().into_bytes();
        channel.extend(data);
        let username = username.replace('=', "=3D").replace(',', "=2C");
        Some(Self {
            hash,
            password: stringprep::saslprep(password).ok()?.into_owned(),
            header,
            channel,
            bare: format!("n={username},r={nonce}"),
            nonce: nonce.to_owned(),
            offer: None,
            verifier: Vec::new(),
        })
    }

    /// The same, with the hash of what was offered to compare with (XEP-0474 §5.2).
    #[must_use]
    pub fn expecting(mut self, offer: String) -> Self {
        self.offer = Some(offer);
        self
    }

    /// The first message.
    pub fn first(&self) -> String {
        format!("{}{}", self.header, self.bare)
    }

    /// The last message, for the server's first.
    pub fn last(&mut self, challenge: &[u8]) -> Result<String, &'static str> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| "unreadable challenge")?;
        let attribute = |name: &str| challenge.split(',').find_map(|part| part.strip_prefix(name));
        let nonce = attribute("r=").ok_or("no nonce")?;
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err("not an answer to our nonce");
        }
        let salt = attribute("s=").and_then(|salt| decode(salt).ok()).ok_or("no salt")?;
        let iterations =
            attribute("i=").and_then(|i| i.parse::<u32>().ok()).ok_or("no iterations")?;
        // A server that asks for millions wants to keep us busy.
        if !(1..=10_000_000).contains(&iterations) {
            return Err("impossible iterations");
        }
        if let (Some(ours), Some(theirs)) = (&self.offer, attribute("h="))
            && ours != theirs
        {
            return Err("somebody changed what was offered");
        }
        let salted = self.hash.stretch(self.password.as_bytes(), &salt, iterations);
        let client_key = self.hash.hmac(&salted, &[b"Client Key"]);
        let stored_key = self.hash.digest(&client_key);
        let without_proof = format!("c={},r={nonce}", encode(&self.channel));
        let auth_message = format!("{},{challenge},{without_proof}", self.bare);
        let signature = self.hash.hmac(&stored_key, &[auth_message.as_bytes()]);
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(k, s)| k ^ s).collect();
        let server_key = self.hash.hmac(&salted, &[b"Server Key"]);
        self.verifier = self.hash.hmac(&server_key, &[auth_message.as_bytes()]);
        Ok(format!("{without_proof},p={}", encode(&proof)))
    }

    /// Whether the server's last message proves that it knows the password, too.
    pub fn is_proven(&self, last: &[u8]) -> bool {
        let verifier = std::str::from_utf8(last).ok().and_then(|last| last.strip_prefix("v="));
        let verifier = verifier.and_then(|verifier| decode(verifier).ok());
        !self.verifier.is_empty() && verifier.is_some_and(|verifier| verifier == self.verifier)
    }
}
