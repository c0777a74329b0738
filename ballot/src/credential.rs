//! Credentials: who may vote (§4.8), from codes on paper or from a key on the voter's device.
//!
//! Only the public credential gˢ counts for a verifier; how s came about is invisible. Codes follow
//! the specification, so the tool can use them. The last of our 22 characters is a check digit as
//! specification 2.0 had it (value of the first 21 in base 58, 53 − v mod 53): a typing error is
//! told at once, and a foreign program sees an ordinary code.
//!
//! **Device keys.** A member's device makes one k and enrols K = gᵏ once. For each election the
//! public credential is C = K·gʰ and the secret s = k + h with h = H(shared enrolment secret, uuid).
//! The server knows K and h and can lay out the roll without the member; it knows no s, for that is
//! the discrete logarithm of C. Without the enrolment secret the credentials of several elections
//! cannot be linked, because each h is fresh. The key is used with one kind of proof only, Schnorr's
//! (§4.16), whose hash covers the ballot, hence C, the uuid and φ. A shift of the key turns a
//! signature (c, z) under K into (c, z − h·c) under K·gʰ *for the same hash input*; as that input
//! names C and the election, a signature given in one election is one about that election only.
//! What this does not give: whoever learns s of one election and the enrolment secret learns k.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::election::BASE58;
use crate::group::{Group, Scalar};
use crate::hash::{hex, sha256};
use crate::json::Element;
use crate::random::Randomness;

/// Characters of a code.
const LENGTH: usize = 22;
/// Characters of a code of tool 2.0.
const OLD_LENGTH: usize = 15;
/// The modulus of the check digit.
const CHECK: u32 = 53;
/// The heaviest weight; keeps totals far below what the logarithm table reaches.
const HEAVIEST: u64 = 1_000_000;

/// A secret code as printed in a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(Zeroizing<String>);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("secret code")
    }
}

fn digit(c: char) -> Option<u32> {
    BASE58.find(c).and_then(|place| u32::try_from(place).ok())
}

impl Code {
    /// A fresh code with its check digit.
    pub fn generate(rng: &mut impl Randomness) -> Self {
        let mut text: String =
            (0..LENGTH - 1).filter_map(|_| BASE58.chars().nth(rng.below(BASE58.len()))).collect();
        text.extend(Self::check_digit(&text));
        Self(Zeroizing::new(text))
    }

    /// Reads a code, with or without dashes and spaces: 22 characters, or 15 of tool 2.0.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        let sound =
            matches!(plain.len(), LENGTH | OLD_LENGTH) && plain.chars().all(|c| BASE58.contains(c));
        sound.then(|| Self(Zeroizing::new(plain)))
    }

    /// XXXXX-XXXXXX-XXXXX-XXXXXX (§4.8).
    pub fn text(&self) -> String {
        let ends = if self.0.len() == LENGTH { [5, 11, 16].as_slice() } else { &[3, 6, 9, 12] };
        let mut text = String::new();
        for (place, c) in self.0.chars().enumerate() {
            if ends.contains(&place) {
                text.push('-');
            }
            text.push(c);
        }
        text
    }

    fn check_digit(text: &str) -> Option<char> {
        let value = text.chars().try_fold(0, |v, c| Some((v * 58 + digit(c)?) % CHECK))?;
        BASE58.chars().nth(usize::try_from((CHECK - value) % CHECK).ok()?)
    }

    /// Whether the last character is the check digit of the others. Codes made by tool 3 and later
    /// have none, so a mismatch is a reason to ask again, not to refuse.
    pub fn check_matches(&self) -> bool {
        let mut text = Zeroizing::new(self.0.to_string());
        let last = text.pop();
        last.is_some() && last == Self::check_digit(&text)
    }

    /// secret(c) for the election `uuid` (§4.8; for 15 characters as in specification 2.0).
    pub fn secret<G: Group>(&self, uuid: &str) -> G::Scalar {
        // as the tool hashes it: the dashes belong to the code
        let code = Zeroizing::new(self.text());
        if self.0.len() == OLD_LENGTH {
            return G::Scalar::from_be_bytes(&old_derivation(code.as_bytes(), uuid));
        }
        let mut bytes = Zeroizing::new(Vec::new());
        for i in 0..2 {
            let input = Zeroizing::new(format!("derive_credential|{uuid}|{i}|{}", *code));
            bytes.extend(sha256(input.as_bytes()));
        }
        G::Scalar::from_be_bytes(&bytes)
    }
}

/// PBKDF2-HMAC-SHA256, one block, 1,000 rounds, salt = uuid (specification 2.0, credentials).
fn old_derivation(code: &[u8], uuid: &str) -> [u8; 32] {
    let hmac = |message: &[u8]| -> [u8; 32] {
        let mut pad = [0_u8; 64];
        for (to, from) in pad.iter_mut().zip(code) {
            *to = *from;
        }
        let (inner, outer) = (pad.map(|byte| byte ^ 0x36), pad.map(|byte| byte ^ 0x5c));
        let first = Sha256::new().chain_update(inner).chain_update(message).finalize();
        pad.zeroize();
        Sha256::new().chain_update(outer).chain_update(first).finalize().into()
    };
    let mut block = hmac(&[uuid.as_bytes(), &1_u32.to_be_bytes()].concat());
    let mut sum = block;
    for _ in 1..1000 {
        block = hmac(&block);
        for (to, from) in sum.iter_mut().zip(block) {
            *to ^= from;
        }
    }
    sum
}

/// The shift h of a device key for one election.
pub fn device_shift<G: Group>(enrolment_secret: &[u8; 32], uuid: &str) -> G::Scalar {
    let mut bytes = Vec::new();
    for i in 0..2 {
        let input =
            format!("konvent|device-shift|{}|{i}|{}|{uuid}", G::NAME, hex(enrolment_secret));
        bytes.extend(sha256(input.as_bytes()));
    }
    G::Scalar::from_be_bytes(&bytes)
}

/// The secret of a device for one election: s = k + h.
pub fn device_secret<G: Group>(
    k: &G::Scalar,
    enrolment_secret: &[u8; 32],
    uuid: &str,
) -> G::Scalar {
    k.plus(&device_shift::<G>(enrolment_secret, uuid))
}

/// What the server writes on the roll for a device: C = K·gʰ.
pub fn device_credential<G: Group>(
    enrolled: &G::Point,
    enrolment_secret: &[u8; 32],
    uuid: &str,
) -> G::Point {
    G::mul(enrolled, &G::pow_g(&device_shift::<G>(enrolment_secret, uuid)))
}

/// The public credentials of an election with their weights, `public_credentials` of §4.8.
#[derive(Debug, Clone, Default)]
pub struct Roll {
    entries: HashMap<String, (usize, u64)>,
    weighted: bool,
}

/// Why a roll is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollFault {
    /// An entry is no member of the group, or not spelled canonically, or its weight is wrong.
    Entry,
    /// A credential stands there twice.
    Twice,
}

impl Roll {
    /// Reads the entries; every credential must be a member of the group.
    pub fn read<G: Group>(entries: &[String]) -> Result<Self, RollFault> {
        let mut roll = Self::default();
        for (place, entry) in entries.iter().enumerate() {
            let (credential, weight) = match entry.split_once(',') {
                None => (entry.as_str(), 1),
                Some((credential, weight)) => {
                    (credential, parse_weight(weight).ok_or(RollFault::Entry)?)
                }
            };
            roll.weighted |= weight != 1;
            let point = G::parse(credential).ok_or(RollFault::Entry)?;
            if !G::is_member(&point) || point == G::one() {
                return Err(RollFault::Entry);
            }
            if roll.entries.insert(credential.to_owned(), (place, weight)).is_some() {
                return Err(RollFault::Twice);
            }
        }
        Ok(roll)
    }

    /// The entry of a credential: its place on the roll and its weight.
    pub fn find(&self, credential: &str) -> Option<(usize, u64)> {
        self.entries.get(credential).copied()
    }

    /// How many may vote.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nobody may vote.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether any voter has a weight other than 1.
    pub fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// The sum of all weights: no answer can get more.
    pub fn total_weight(&self) -> u64 {
        self.entries.values().map(|(_, weight)| weight).sum()
    }
}

fn parse_weight(text: &str) -> Option<u64> {
    let weight: u64 = text.parse().ok()?;
    (weight.to_string() == text && (1..=HEAVIEST).contains(&weight)).then_some(weight)
}

/// The roll's entry for a public credential.
pub fn roll_entry<G: Group>(credential: &G::Point, weight: u64) -> String {
    let credential = Element::<G>::new(credential.clone());
    if weight == 1 {
        credential.text().to_owned()
    } else {
        format!("{},{weight}", credential.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{Belenios2048, Ed25519};
    use crate::random::Seeded;

    #[test]
    fn a_typing_error_in_a_code_is_noticed() {
        let code = Code::generate(&mut Seeded::new(b"code"));
        assert_eq!(code.text().len(), 25);
        assert_eq!(Code::parse(&code.text()), Some(code.clone()));
        assert!(code.check_matches());
        let first = code.text().chars().next().unwrap();
        let other = if first == 'a' { "b" } else { "a" };
        let typed = code.text().replacen(first, other, 1);
        assert!(!Code::parse(&typed).unwrap().check_matches());
        assert_eq!(Code::parse("XXXXX-XXXXXX-XXXXX-XXXXX0"), None);
        assert_eq!(Code::parse(""), None);
    }

    #[test]
    fn codes_lead_to_the_keys_that_the_tools_derive() {
        let public = |code: &str| {
            let secret = Code::parse(code).unwrap().secret::<Belenios2048>("eyiWM5DY7eTdcV");
            Belenios2048::print(&[Belenios2048::pow_g(&secret)]).remove(0)
        };
        // belenios-tool 3.0 and 3.3.0, setup generate-credentials --derive
        let new = public("ABCDE-ABCDEF-ABCDE-ABCDEF");
        assert!(new.starts_with("193066006444766289345747713889495861723113220437663061740138"));
        // belenios-tool 2.0
        let old = public("EQb-amM-iPB-vNg-U6L");
        assert!(old.starts_with("198734819200099293121875744099804487785605052973672144835394"));
    }

    #[test]
    fn the_device_and_the_server_meet_at_the_same_credential() {
        let rng = &mut Seeded::new(b"device");
        let k = <Ed25519 as Group>::Scalar::random(rng);
        let enrolled = Ed25519::pow_g(&k);
        let secret = [7; 32];
        let s = device_secret::<Ed25519>(&k, &secret, "uuid1");
        assert_eq!(Ed25519::pow_g(&s), device_credential::<Ed25519>(&enrolled, &secret, "uuid1"));
        assert_ne!(s, device_secret::<Ed25519>(&k, &secret, "uuid2"));
    }

    #[test]
    fn a_roll_has_canonical_distinct_members_and_weights() {
        let one = roll_entry::<Belenios2048>(&Belenios2048::pow_g(&Scalar::from_u64(5)), 1);
        let two = roll_entry::<Belenios2048>(&Belenios2048::pow_g(&Scalar::from_u64(6)), 3);
        let roll = Roll::read::<Belenios2048>(&[one.clone(), two.clone()]).unwrap();
        assert_eq!((roll.len(), roll.total_weight(), roll.is_weighted()), (2, 4, true));
        let twice = Roll::read::<Belenios2048>(&[one.clone(), format!("{one},2")]);
        assert_eq!(twice.unwrap_err(), RollFault::Twice);
        for bad in ["1", "2", "x", &format!("{one},0"), &format!("{one},02"), &format!("{one},+2")]
        {
            let entries = [bad.to_owned()];
            assert_eq!(Roll::read::<Belenios2048>(&entries).unwrap_err(), RollFault::Entry);
        }
    }
}
