//! Verifiable shuffles of non-homomorphic ciphertexts (§4.19, §6), the proof of Terelius and
//! Wikström (2010) as `CHVote` 1.3.2 writes it. Function names are those of the tables in §6.

mod challenges;
mod check;
mod make;

use serde::{Deserialize, Serialize};

use crate::group::{Group, Scalar};
use crate::json::{Element, Exponent};
use crate::proof::Ciphertext;
use crate::random::Randomness;

use check::check_shuffle_proof;
use make::{gen_shuffle, gen_shuffle_proof};

/// `shuffle_commitment_rand`: t₁, t₂, t₃, (t₄,₁, t₄,₂), t̂.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
struct Commitments<G: Group>(
    Element<G>,
    Element<G>,
    Element<G>,
    (Element<G>, Element<G>),
    Vec<Element<G>>,
);

/// `shuffle_response`: s₁ … s₄, ŝ, s′.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
struct Responses<G: Group>(
    Exponent<G>,
    Exponent<G>,
    Exponent<G>,
    Exponent<G>,
    Vec<Exponent<G>>,
    Vec<Exponent<G>>,
);

/// `shuffle_proof`: t, s, c, ĉ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct ShuffleProof<G: Group>(Commitments<G>, Responses<G>, Vec<Element<G>>, Vec<Element<G>>);

/// `shuffle` of §4.19, one entry for each non-homomorphic question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Shuffle<G: Group> {
    /// The shuffled ciphertexts.
    pub ciphertexts: Vec<Vec<Ciphertext<G>>>,
    /// That they are the same ballots.
    pub proofs: Vec<ShuffleProof<G>>,
}

impl<G: Group> Shuffle<G> {
    /// Shuffles the ciphertexts of every non-homomorphic question. None when the group has no
    /// independent generators.
    pub fn make(
        fingerprint: &str,
        key: &Element<G>,
        input: &[Vec<Ciphertext<G>>],
        rng: &mut impl Randomness,
    ) -> Option<Self> {
        let y = G::fixed(key.point());
        let mut shuffle = Self { ciphertexts: Vec::new(), proofs: Vec::new() };
        for e in input {
            let secret = gen_shuffle(e, &y, rng);
            let proof = gen_shuffle_proof(fingerprint, key, e, &secret, rng)?;
            shuffle.ciphertexts.push(secret.output);
            shuffle.proofs.push(proof);
        }
        Some(shuffle)
    }

    /// Whether this is a shuffle of `input`.
    pub fn is_of(&self, fingerprint: &str, key: &Element<G>, input: &[Vec<Ciphertext<G>>]) -> bool {
        self.ciphertexts.len() == input.len()
            && self.proofs.len() == input.len()
            && self.ciphertexts.iter().flatten().all(Ciphertext::is_member)
            && input.iter().zip(&self.ciphertexts).zip(&self.proofs).all(
                |((e, shuffled), proof)| {
                    check_shuffle_proof(fingerprint, key, e, shuffled, proof).unwrap_or(false)
                },
            )
    }
}

/// −x.
fn negative<S: Scalar>(x: &S) -> S {
    S::zero().minus(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::{Ed25519, Rfc3526};
    use crate::random::Seeded;

    fn shuffled<G: Group>(n: usize) {
        let rng = &mut Seeded::new(b"shuffle");
        let key = Element::<G>::new(G::pow_g(&G::Scalar::random(rng)));
        let mut ciphertext = || {
            let (a, b) = (G::Scalar::random(rng), G::Scalar::random(rng));
            Ciphertext { alpha: Element::new(G::pow_g(&a)), beta: Element::new(G::pow_g(&b)) }
        };
        let input: Vec<Vec<Ciphertext<G>>> = vec![(0..n).map(|_| ciphertext()).collect()];
        let rng = &mut Seeded::new(b"proof");
        let shuffle = Shuffle::make("fingerprint", &key, &input, rng).unwrap();
        assert!(shuffle.is_of("fingerprint", &key, &input));
        assert_eq!(shuffle.is_of("another", &key, &input), n == 0, "nothing is bound to nothing");
        if n > 1 {
            let mut swapped = input.clone();
            swapped[0].swap(0, 1);
            assert!(!shuffle.is_of("fingerprint", &key, &swapped));
            let mut replaced = shuffle.clone();
            replaced.ciphertexts[0][0] = input[0][0].clone();
            assert!(!replaced.is_of("fingerprint", &key, &input));
        }
    }

    #[test]
    fn a_shuffle_proves_itself_and_nothing_else() {
        for n in [0, 1, 2, 5] {
            shuffled::<Ed25519>(n);
        }
        shuffled::<Rfc3526>(2);
    }
}
