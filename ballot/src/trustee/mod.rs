//! Trustees (§4.5–§4.7): who must be there to open the result.
//!
//! A *single* trustee is mandatory. A *Pedersen* group needs any `threshold` of its members. The
//! keys of all items multiply to the key of the election (§3.1.1).

mod pki;
mod threshold;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::finding::Code;
use crate::group::{Group, Scalar};
use crate::json::{self, Element};
use crate::proof::Proof;
use crate::random::Randomness;

pub use pki::{Pki, Signed};
pub use threshold::{Ceremony, Member, Polynomial, ThresholdParameters, VInput, VOutput};

/// `trustee_public_key` of §4.5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct PublicKey<G: Group> {
    /// Knowledge of the private key.
    pub pok: Proof<G>,
    /// X = gˣ.
    pub public_key: Element<G>,
    /// In threshold mode since specification 3: X, signed by its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Proof<G>>,
}

impl<G: Group> PublicKey<G> {
    /// The public side of a private key, with its proof: `H_pok` over the group's name, X and A = gʷ
    /// (§4.5).
    pub fn of(x: &G::Scalar, rng: &mut impl Randomness) -> Self {
        let public_key = Element::<G>::new(G::pow_g(x));
        let pok = Proof::know(&["pok|", G::NAME, "|", public_key.text(), "|"], x, rng);
        Self { pok, public_key, signature: None }
    }

    /// Whether the key is a member and its proof holds (§4.5).
    pub fn is_sound(&self) -> bool {
        let base = G::base(self.public_key.point());
        G::is_base_member(&base)
            && self.pok.knows(&["pok|", G::NAME, "|", self.public_key.text(), "|"], &base)
    }
}

/// Makes the key pair of a single trustee.
pub fn generate<G: Group>(rng: &mut impl Randomness) -> (G::Scalar, PublicKey<G>) {
    let x = G::Scalar::random(rng);
    let public = PublicKey::of(&x, rng);
    (x, public)
}

/// `trustee_kind` of §4.7.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<G: Group> {
    /// One mandatory trustee.
    Single(PublicKey<G>),
    /// Any `threshold` of several.
    Pedersen(Box<ThresholdParameters<G>>),
}

impl<G: Group> Serialize for Kind<G> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Single(key) => ("Single", key).serialize(serializer),
            Self::Pedersen(parameters) => ("Pedersen", parameters).serialize(serializer),
        }
    }
}

impl<'de, G: Group> Deserialize<'de> for Kind<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pair<G>(G);
        impl<'de, G: Group> serde::de::Visitor<'de> for Pair<G> {
            type Value = Kind<G>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a trustee")
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Self::Value, A::Error> {
                let short = || A::Error::custom("a trustee has a kind and a value");
                let kind = match seq.next_element::<String>()?.as_deref() {
                    Some("Single") => Kind::Single(seq.next_element()?.ok_or_else(short)?),
                    Some("Pedersen") => Kind::Pedersen(seq.next_element()?.ok_or_else(short)?),
                    _ => return Err(A::Error::custom("unknown kind of trustee")),
                };
                Ok(kind)
            }
        }
        deserializer.deserialize_seq(Pair(G::default()))
    }
}

/// `trustees` of §4.7.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Trustees<G: Group>(pub Vec<Kind<G>>);

impl<G: Group> Trustees<G> {
    /// Reads trustees spelled as we would spell them.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        json::exact(bytes)
    }

    /// The bytes that go into the archive.
    pub fn write(&self) -> Vec<u8> {
        json::write(self)
    }

    /// The key of the election: the product of the keys of all items (§3.1.1).
    pub fn public_key(&self) -> Option<G::Point> {
        self.0.iter().try_fold(G::one(), |product, kind| {
            let key = match kind {
                Kind::Single(key) => key.public_key.point().clone(),
                Kind::Pedersen(parameters) => parameters.public_key()?,
            };
            Some(G::mul(&product, &key))
        })
    }

    /// The verification keys in the order in which trustees are numbered, from 1.
    pub fn keys(&self) -> Vec<&PublicKey<G>> {
        self.0
            .iter()
            .flat_map(|kind| match kind {
                Kind::Single(key) => std::slice::from_ref(key),
                Kind::Pedersen(parameters) => parameters.verification_keys.as_slice(),
            })
            .collect()
    }

    /// Every reason to refuse these trustees.
    pub fn faults(&self) -> Vec<Code> {
        if self.0.is_empty() {
            return vec![Code::SetupTrustees];
        }
        let mut faults = Vec::new();
        if !self.keys().iter().all(|key| key.is_sound()) {
            faults.push(Code::SetupTrusteeProof);
        }
        for kind in &self.0 {
            if let Kind::Pedersen(parameters) = kind {
                faults.extend(parameters.faults());
            }
        }
        faults
    }

    /// How the partial decryptions of the trustees in `present` (numbered from 1) combine: each
    /// with its exponent (§4.21). None when a mandatory one or a share is missing.
    pub fn combination(&self, present: &[usize]) -> Option<Vec<(usize, G::Scalar)>> {
        let mut combination = Vec::new();
        let mut before = 0;
        for kind in &self.0 {
            match kind {
                Kind::Single(_) => {
                    let owner = before + 1;
                    combination
                        .push((present.contains(&owner).then_some(owner)?, G::Scalar::from_u64(1)));
                    before += 1;
                }
                Kind::Pedersen(parameters) => {
                    let size = parameters.verification_keys.len();
                    let threshold = usize::try_from(parameters.threshold).ok()?;
                    let chosen: Vec<usize> = (1..=size)
                        .filter(|index| present.contains(&(before + index)))
                        .take(threshold)
                        .collect();
                    if chosen.len() < threshold {
                        return None;
                    }
                    for index in &chosen {
                        combination.push((before + index, lagrange::<G>(*index, &chosen)));
                    }
                    before += size;
                }
            }
        }
        Some(combination)
    }
}

/// λ of §4.21: Π k/(k − δ) over the other indexes k.
fn lagrange<G: Group>(delta: usize, all: &[usize]) -> G::Scalar {
    let number = |n: usize| G::Scalar::from_u64(u64::try_from(n).unwrap_or(u64::MAX));
    all.iter().filter(|k| **k != delta).fold(G::Scalar::from_u64(1), |product, k| {
        let difference = number(*k).minus(&number(delta));
        product.times(&number(*k)).times(&difference.inverse())
    })
}
