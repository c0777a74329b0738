//! What only one browser can read: the encryption of Web Push (RFC 8291) in one record of `aes128gcm` (RFC 8188).
//!
//! Each message has a key and a salt of its own, so nobody who finds the server's key later reads what was sent before. All
//! messages are equally long: their size tells the push service nothing.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The length of an uncompressed point on P-256.
pub const PUBLIC_BYTES: usize = 65;

/// The length of a browser's secret (RFC 8291 §3.2).
pub const AUTH_BYTES: usize = 16;

/// The size of records that the header names (RFC 8188 §2.1); there is only one, and it is shorter.
const RECORD: u32 = 4096;

/// So long is every message before it is encrypted.
pub const PADDED_BYTES: usize = 256;

/// What a browser gave along with its address: its public key and its secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Keys {
    /// An uncompressed point on P-256.
    pub public: [u8; PUBLIC_BYTES],
    /// What the push service does not know.
    pub auth: [u8; AUTH_BYTES],
}

/// The secret is not for logs.
impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// From the bytes in which they are stored.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (public, auth) = bytes.split_at_checked(PUBLIC_BYTES)?;
        Some(Self { public: public.try_into().ok()?, auth: auth.try_into().ok()? })
    }

    /// From what a browser calls them (Push API): Base64 for URLs, with or without padding.
    pub fn of_browser(public: &str, auth: &str) -> Option<Self> {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        Self::read(&[bytes(public)?, bytes(auth)?].concat())
    }

    /// As they are stored.
    pub fn bytes(&self) -> Vec<u8> {
        [self.public.as_slice(), self.auth.as_slice()].concat()
    }

    /// Whether anything can be encrypted for them: the point must lie on the curve.
    pub fn are_sound(&self) -> bool {
        seal(self, [0; 16], b"").is_ok()
    }
}

/// Encrypts a message, with a fresh key and this salt, which must be random.
///
/// # Errors
/// When the browser's key is none, or the message is longer than [`PADDED_BYTES`].
pub fn seal(to: &Keys, salt: [u8; 16], message: &[u8]) -> Result<Vec<u8>, Unspecified> {
    let mut padded = message.to_vec();
    if padded.len() >= PADDED_BYTES {
        return Err(Unspecified);
    }
    padded.push(2); // RFC 8188 §2: the last record
    padded.resize(PADDED_BYTES, 0);
    seal_with(&PrivateKey::generate(&ECDH_P256)?, to, salt, padded)
}

fn seal_with(
    own: &PrivateKey,
    to: &Keys,
    salt: [u8; 16],
    mut padded: Vec<u8>,
) -> Result<Vec<u8>, Unspecified> {
    let public = own.compute_public_key()?;
    let (key, nonce) = derive(own, &public, to, salt)?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut padded)?;
    // RFC 8188 §2.1: salt, record size, and the key as the name of the key (RFC 8291 §4).
    let length = u8::try_from(public.as_ref().len()).map_err(|_| Unspecified)?;
    Ok([&salt, RECORD.to_be_bytes().as_slice(), &[length], public.as_ref(), &padded].concat())
}

fn derive(
    own: &PrivateKey,
    public: &impl AsRef<[u8]>,
    to: &Keys,
    salt: [u8; 16],
) -> Result<([u8; 16], [u8; 12]), Unspecified> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, &to.public);
    agree(own, theirs, Unspecified, |shared| {
        // RFC 8291 §3.4.
        let mut material = [0; 32];
        let info: [&[u8]; 3] = [b"WebPush: info\0", &to.public, public.as_ref()];
        Salt::new(HKDF_SHA256, &to.auth)
            .extract(shared)
            .expand(&info, Length(32))?
            .fill(&mut material)?;
        let (mut key, mut nonce) = ([0; 16], [0; 12]);
        let secret = Salt::new(HKDF_SHA256, &salt).extract(&material);
        // RFC 8188 §2.2, §2.3.
        secret.expand(&[b"Content-Encoding: aes128gcm\0"], Length(16))?.fill(&mut key)?;
        secret.expand(&[b"Content-Encoding: nonce\0"], Length(12))?.fill(&mut nonce)?;
        Ok((key, nonce))
    })
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn keys() -> Keys {
        let public = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
        Keys::read(&[bytes(public), bytes("BTBZMqHH6r4Tts7J_aSIgg")].concat()).unwrap()
    }

    /// RFC 8291 §5 and appendix A, to the last byte.
    #[test]
    fn the_example_of_the_standard() {
        let own = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let own = PrivateKey::from_private_key(&ECDH_P256, &own).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let mut message = b"When I grow up, I want to be a watermelon".to_vec();
        message.push(2);
        let sealed = seal_with(&own, &keys(), salt, message).unwrap();
        assert_eq!(
            URL_SAFE_NO_PAD.encode(sealed),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
                .replace(' ', "")
        );
    }

    #[test]
    fn every_message_is_as_long_as_any_other_and_looks_different() {
        let (short, long) =
            (seal(&keys(), [1; 16], b"1").unwrap(), seal(&keys(), [1; 16], &[b'x'; 200]).unwrap());
        assert_eq!(short.len(), long.len());
        assert_eq!(short.len(), 16 + 4 + 1 + PUBLIC_BYTES + PADDED_BYTES + 16);
        assert_ne!(short, seal(&keys(), [1; 16], b"1").unwrap(), "a key of its own each time");
        assert!(seal(&keys(), [1; 16], &[0; PADDED_BYTES]).is_err());
    }

    #[test]
    fn a_point_beside_the_curve_is_no_key() {
        let mut wrong = keys();
        assert!(wrong.are_sound());
        wrong.public[64] ^= 1;
        assert!(!wrong.are_sound());
        assert!(Keys::read(&wrong.bytes()[1..]).is_none());
        assert!(Keys::read(&[]).is_none());
    }
}
