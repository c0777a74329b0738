//! By what push services know us (RFC 8292): a signed word on who we are and for whom it is meant, for half a day.
//!
//! The key lies beside the other secrets of the installation. It says nothing about members, and a browser that was told our
//! public key lets nobody else send to it.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvent_core::{Answer, Kind, Millis, Refusal};
use serde_json::json;

/// How long a word is good, in seconds: not more than a day (RFC 8292 §2).
const VALID_SECS: i64 = 12 * 3600;

/// The key cannot be used; the cause names it.
const UNUSABLE: Refusal = Refusal::new(Kind::Broken, "push.unusable-key");

/// Our key.
pub struct Vapid {
    key: EcdsaKeyPair,
    public: Vec<u8>,
}

impl std::fmt::Debug for Vapid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vapid").field("public", &self.public()).finish_non_exhaustive()
    }
}

impl Vapid {
    /// From a number below the order of the curve, which nearly every 32 random bytes are.
    pub fn new(secret: &[u8; 32]) -> Answer<Self> {
        let agreed = PrivateKey::from_private_key(&ECDH_P256, secret);
        let public =
            agreed.map_err(|_| ()).and_then(|key| key.compute_public_key().map_err(|_| ()));
        let public = public.map_err(|()| UNUSABLE.because("vapid.key"))?.as_ref().to_vec();
        let key = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            secret,
            &public,
        );
        Ok(Self { key: key.map_err(|error| UNUSABLE.because(error))?, public })
    }

    /// The public key as browsers take it.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }

    /// The header that says who we are (RFC 8292 §3). `audience` is the origin of the push service.
    pub fn authorization(&self, audience: &str, contact: &str, now: Millis) -> Answer<String> {
        let claims = json!({ "aud": audience, "exp": now.0 / 1000 + VALID_SECS, "sub": contact });
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#),
            URL_SAFE_NO_PAD.encode(claims.to_string()),
        );
        let signature = self
            .key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .map_err(|error| UNUSABLE.because(error))?;
        let signature = URL_SAFE_NO_PAD.encode(signature.as_ref());
        Ok(format!("vapid t={signed}.{signature}, k={}", self.public()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    fn verify(header: &str) -> bool {
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = URL_SAFE_NO_PAD.decode(key).unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
            .verify(signed.as_bytes(), &signature)
            .is_ok()
    }

    /// RFC 8292 §2.4: what others sign is read the same way, so ours is of the same form.
    #[test]
    fn the_example_of_the_standard_is_of_our_form() {
        let example = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        assert!(verify(example));
        let vapid = Vapid::new(&[7; 32]).unwrap();
        let at = Millis((1_453_523_768 - VALID_SECS) * 1000);
        let own =
            vapid.authorization("https://push.example.net", "mailto:push@example.com", at).unwrap();
        assert!(verify(&own));
        let body = |header: &str| header.split('.').take(2).collect::<Vec<_>>().join(".");
        assert_eq!(body(&own), body(example), "the same claims in the same order");
        assert!(!verify(&own.replace("t=eyJ0", "t=eyJ1")));
    }

    #[test]
    fn nothing_is_no_key() {
        assert!(Vapid::new(&[0; 32]).is_err());
    }
}
