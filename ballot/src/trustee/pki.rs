//! The small public key infrastructure of the threshold ceremony (§4.6.1): signatures and sealed
//! letters between trustees that nobody but the server carries.
//!
//! AES-256-GCM only; the older AES-CCM of specification 2.0 is not read. Its nonce is the hash of
//! gʳ with a fresh r for every letter, so no pair of key and nonce repeats.

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::aes::Aes256;
use aes_gcm::{AesGcm, Nonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::credential::Code;
use crate::group::{Group, Scalar};
use crate::hash::{from_hex, hex, sha256};
use crate::json::{self, Element};
use crate::proof::Proof;
use crate::random::Randomness;

/// The keys that a trustee derives from a seed.
pub struct Pki<G: Group> {
    signing: G::Scalar,
    decryption: G::Scalar,
    /// g^sk.
    pub verification: Element<G>,
    /// g^dk.
    pub encryption: Element<G>,
}

impl<G: Group> std::fmt::Debug for Pki<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("trustee's secret keys")
    }
}

/// `signed_msg` of §4.6.1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Signed<G: Group> {
    /// What is signed.
    pub message: String,
    /// By whom, the context tells.
    pub signature: Proof<G>,
}

impl<G: Group> Signed<G> {
    /// Whether the owner of `verification` signed this.
    pub fn is_by(&self, verification: &G::Point) -> bool {
        is_signed_by(&self.message, &self.signature, verification)
    }
}

/// Whether the owner of `verification` signed `message`.
pub fn is_signed_by<G: Group>(
    message: &str,
    signature: &Proof<G>,
    verification: &G::Point,
) -> bool {
    let base = G::base(verification);
    G::is_base_member(&base) && signature.knows(&["sigmsg|", message, "|"], &base)
}

/// `encrypted_msg` of §4.6.1.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct Sealed<G: Group> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    alpha: Element<G>,
    beta: Element<G>,
    data: String,
}

/// `channel_msg` of §4.6.3.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
struct Letter<G: Group> {
    recipient: Element<G>,
    message: String,
}

const ALGORITHM: &str = "AES-GCM";

/// AES-GCM whose nonce is a whole SHA-256.
type Cipher = AesGcm<Aes256, U32>;

impl<G: Group> Pki<G> {
    /// A fresh seed: 22 characters of Base58 (§4.6.1).
    pub fn seed(rng: &mut impl Randomness) -> Zeroizing<String> {
        let text = Code::generate(rng).text();
        Zeroizing::new(text.chars().filter(|c| *c != '-').collect())
    }

    /// The keys of a seed.
    pub fn from_seed(seed: &str) -> Self {
        let derive = |label: &str| {
            let input = Zeroizing::new(format!("{label}|{seed}"));
            G::Scalar::from_be_bytes(&sha256(input.as_bytes()))
        };
        let (signing, decryption) = (derive("sk"), derive("dk"));
        let verification = Element::new(G::pow_g(&signing));
        let encryption = Element::new(G::pow_g(&decryption));
        Self { signing, decryption, verification, encryption }
    }

    /// Signs a message.
    pub fn sign(&self, message: &str, rng: &mut impl Randomness) -> Proof<G> {
        Proof::know(&["sigmsg|", message, "|"], &self.signing, rng)
    }

    /// A signed message.
    pub fn signed(&self, message: String, rng: &mut impl Randomness) -> Signed<G> {
        let signature = self.sign(&message, rng);
        Signed { message, signature }
    }

    /// `send` of §4.6.3: a letter, signed and sealed for the owner of `recipient`.
    pub fn send(
        &self,
        recipient: &Element<G>,
        message: String,
        rng: &mut impl Randomness,
    ) -> Option<String> {
        let letter = Letter { recipient: recipient.clone(), message };
        let signed = json::text(&self.signed(json::text(&letter), rng));
        let (r, s) = (G::Scalar::random(rng), G::Scalar::random(rng));
        let alpha = Element::<G>::new(G::pow_g(&r));
        let shared = Element::<G>::new(G::pow_g(&s));
        let beta = Element::new(G::mul(&G::pow(recipient.point(), &r), shared.point()));
        let data = cipher(&alpha, &shared)?;
        let data = data.0.encrypt(&Nonce::from(data.1), signed.as_bytes()).ok()?;
        let algorithm = Some(ALGORITHM.to_owned());
        Some(json::text(&Sealed { algorithm, alpha, beta, data: hex(&data) }))
    }

    /// Opens a letter to us and checks who signed it.
    pub fn receive(&self, sealed: &str, sender: &G::Point) -> Option<String> {
        let sealed: Sealed<G> = serde_json::from_str(sealed).ok()?;
        let known = sealed.algorithm.as_deref() == Some(ALGORITHM);
        if !known || !G::is_member(sealed.alpha.point()) || !G::is_member(sealed.beta.point()) {
            return None;
        }
        // beta / alpha^dk, with −dk so that no inverse of a secret is computed
        let minus = G::Scalar::zero().minus(&self.decryption);
        let shared = G::mul(sealed.beta.point(), &G::pow(sealed.alpha.point(), &minus));
        let (cipher, nonce) = cipher(&sealed.alpha, &Element::new(shared))?;
        let data = from_hex(&sealed.data)?;
        let signed = cipher.decrypt(&Nonce::from(nonce), data.as_slice()).ok()?;
        let signed: Signed<G> = serde_json::from_slice(&signed).ok()?;
        let letter: Letter<G> = serde_json::from_str(&signed.message).ok()?;
        // §4.6.3: the recipient must be checked
        (signed.is_by(sender) && letter.recipient == self.encryption).then_some(letter.message)
    }
}

/// Key SHA256(key|gˢ), nonce SHA256(iv|gʳ).
fn cipher<G: Group>(alpha: &Element<G>, shared: &Element<G>) -> Option<(Cipher, [u8; 32])> {
    let key = Zeroizing::new(sha256(format!("key|{}", shared.text()).as_bytes()));
    let nonce = sha256(format!("iv|{}", alpha.text()).as_bytes());
    Some((Cipher::new_from_slice(&*key).ok()?, nonce))
}
