//! Zero-knowledge proofs (§4.3, §4.5, §4.12, §4.13, §4.16, §4.20).
//!
//! Every proof is a challenge and a response; the verifier recomputes the commitments and hashes
//! them (Fiat and Shamir 1986). [`Proof::know`] covers the proofs with one commitment base,
//! [`prove_one_of`] the disjunctions of §4.12 and §4.13 (Cramer, Damgård, Schoenmakers 1994).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::group::{Commitment, Group, Scalar};
use crate::json::{Element, Exponent};
use crate::random::Randomness;

/// `proof` of §4.3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Proof<G: Group> {
    /// What the hash demanded.
    pub challenge: Exponent<G>,
    /// What the prover answered.
    pub response: Exponent<G>,
}

/// H(prefix ‖ the elements, separated by commas), read big-endian, mod q.
pub fn challenge<G: Group>(prefix: &[&str], elements: &[String]) -> G::Scalar {
    let mut hash = Sha256::new();
    for part in prefix {
        hash.update(part);
    }
    for (place, element) in elements.iter().enumerate() {
        if place > 0 {
            hash.update(",");
        }
        hash.update(element);
    }
    G::Scalar::from_be_bytes(&hash.finalize())
}

impl<G: Group> Proof<G> {
    /// A proof from its two numbers.
    pub fn new(challenge: G::Scalar, response: G::Scalar) -> Self {
        Self { challenge: Exponent::new(challenge), response: Exponent::new(response) }
    }

    /// Proves knowledge of x in gˣ: H(prefix ‖ A) with A = gʷ.
    pub fn know(prefix: &[&str], x: &G::Scalar, rng: &mut impl Randomness) -> Self {
        let mut w = G::Scalar::random(rng);
        let challenge = challenge::<G>(prefix, &G::print(&[G::pow_g(&w)]));
        let response = w.minus(&x.times(&challenge));
        w.wipe();
        Self::new(challenge, response)
    }

    /// Checks [`Proof::know`]: A = g^response · X^challenge.
    pub fn knows(&self, prefix: &[&str], public: &G::Base) -> bool {
        let a = G::commitment(G::fixed_g(), &self.response.0, public, &self.challenge.0, 0);
        challenge::<G>(prefix, &G::print(&[a])) == self.challenge.0
    }

    /// Proves for each α that X = gˣ and F = αˣ have the same x (§4.20): H(prefix ‖ A,B).
    pub fn same_exponent(
        prefix: &[&str],
        alphas: &[&G::Point],
        x: &G::Scalar,
        rng: &mut impl Randomness,
    ) -> Vec<Self> {
        let mut w: Vec<G::Scalar> = alphas.iter().map(|_| G::Scalar::random(rng)).collect();
        let mut rows: Vec<Vec<G::Scalar>> = w.iter().map(|w| vec![w.clone()]).collect();
        let a = G::pow_fixed_all(&[G::fixed_g()], &rows);
        let b = G::pow_all(&alphas.iter().copied().zip(&w).collect::<Vec<_>>());
        let mut spelled = G::print(&a.into_iter().chain(b).collect::<Vec<_>>());
        let spelled_b = spelled.split_off(alphas.len());
        let proofs = w
            .iter()
            .zip(spelled.into_iter().zip(spelled_b))
            .map(|(w, (a, b))| {
                let challenge = challenge::<G>(prefix, &[a, b]);
                let response = w.minus(&x.times(&challenge));
                Self::new(challenge, response)
            })
            .collect();
        w.iter_mut().chain(rows.iter_mut().flatten()).for_each(Scalar::wipe);
        proofs
    }

    /// Checks [`Proof::same_exponent`] for the key X and for proofs with their α and F.
    pub fn have_same_exponent(
        prefix: &[&str],
        public: &G::Point,
        all: &[(&Self, &G::Point, &G::Point)],
    ) -> bool {
        let key = G::base(public);
        // A = g^response · X^challenge, B = α^response · F^challenge
        let mut points: Vec<G::Point> = all
            .iter()
            .map(|(proof, ..)| {
                G::commitment(G::fixed_g(), &proof.response.0, &key, &proof.challenge.0, 0)
            })
            .collect();
        let b: Vec<Vec<(&G::Point, G::Scalar)>> = all
            .iter()
            .map(|(proof, alpha, factor)| {
                vec![(*alpha, proof.response.0.clone()), (*factor, proof.challenge.0.clone())]
            })
            .collect();
        points.extend(G::products(&b));
        let mut spelled_a = G::print(&points);
        let spelled_b = spelled_a.split_off(all.len());
        let mut spelled = spelled_a.into_iter().zip(spelled_b);
        all.iter().all(|(proof, ..)| {
            spelled
                .next()
                .is_some_and(|(a, b)| challenge::<G>(prefix, &[a, b]) == proof.challenge.0)
        })
    }
}

/// `ciphertext` of §4.3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Ciphertext<G: Group> {
    /// gʳ.
    pub alpha: Element<G>,
    /// yʳ·gᵐ, or yʳ·ξ.
    pub beta: Element<G>,
}

impl<G: Group> Ciphertext<G> {
    /// Spells several pairs of points at once.
    pub fn all(pairs: Vec<(G::Point, G::Point)>) -> Vec<Self> {
        let points = pairs.into_iter().flat_map(|(alpha, beta)| [alpha, beta]).collect();
        let mut elements = Element::all(points).into_iter();
        let mut ciphertexts = Vec::new();
        while let (Some(alpha), Some(beta)) = (elements.next(), elements.next()) {
            ciphertexts.push(Self { alpha, beta });
        }
        ciphertexts
    }

    /// Whether both halves are members of the group.
    pub fn is_member(&self) -> bool {
        G::is_member(self.alpha.point()) && G::is_member(self.beta.point())
    }
}

/// What the prover knows of one branch "this ciphertext encrypts `claim`".
#[derive(Debug, Clone)]
pub struct Secret<S> {
    /// The randomness of the ciphertext.
    pub r: S,
    /// What it really encrypts.
    pub m: i64,
    /// What this branch claims.
    pub claim: i64,
}

/// One branch as the verifier sees it.
#[derive(Debug)]
pub struct Branch<'a, B> {
    /// α, prepared.
    pub alpha: &'a B,
    /// β, prepared.
    pub beta: &'a B,
    /// The plaintext this branch claims.
    pub claim: i64,
}

/// Proves that at least one branch is true (§4.12 with one ciphertext, §4.13 with two).
///
/// The prover knows r and m, so the commitments of the branches that are not true need no power of
/// α or β: A = g^(response + r·challenge), B = y^(response + r·challenge) · g^((m − M)·challenge).
/// Every branch costs the same, whichever is true. Exactly one branch is answered honestly: the
/// first that holds. When none holds the proof comes out false, and its verifier says so.
pub fn prove_one_of<G: Group>(
    prefix: &[&str],
    y: &G::Fixed,
    branches: &[Secret<G::Scalar>],
    rng: &mut impl Randomness,
) -> Vec<Proof<G>> {
    let honest = branches.iter().position(|branch| branch.m == branch.claim);
    let mut numbers: Vec<(G::Scalar, G::Scalar)> = Vec::with_capacity(branches.len());
    let mut commitments = Vec::with_capacity(2 * branches.len());
    let mut sum = G::Scalar::zero();
    for (place, branch) in branches.iter().enumerate() {
        let mut c = G::Scalar::random(rng);
        let response = G::Scalar::random(rng);
        if Some(place) == honest {
            c = G::Scalar::zero();
        }
        let exponent = response.plus(&branch.r.times(&c));
        let shift = G::Scalar::from_i64(branch.m - branch.claim).times(&c);
        commitments.push(G::pow_g(&exponent));
        commitments.push(G::mul(&G::pow_fixed(y, &exponent), &G::pow_g(&shift)));
        sum = sum.plus(&c);
        numbers.push((c, response));
    }
    let missing = challenge::<G>(prefix, &G::print(&commitments)).minus(&sum);
    numbers
        .into_iter()
        .zip(branches)
        .enumerate()
        .map(|(place, ((c, response), branch))| {
            if Some(place) == honest {
                let response = response.minus(&branch.r.times(&missing));
                Proof::new(missing.clone(), response)
            } else {
                Proof::new(c, response)
            }
        })
        .collect()
}

/// The proofs of a whole ballot, checked together: powers side by side and commitments spelled
/// together are much cheaper than one proof after the other.
#[derive(Debug)]
pub struct Claims<'a, G: Group> {
    commitments: Vec<Commitment<'a, G>>,
    claims: Vec<Claim<G>>,
}

/// What one proof says: its commitments are `count` of those above, its challenges add up to `sum`.
#[derive(Debug)]
struct Claim<G: Group> {
    prefix: String,
    count: usize,
    sum: G::Scalar,
}

impl<G: Group> Default for Claims<'_, G> {
    fn default() -> Self {
        Self { commitments: Vec::new(), claims: Vec::new() }
    }
}

impl<'a, G: Group> Claims<'a, G> {
    /// Takes up a proof of [`prove_one_of`] with one element for each branch.
    pub fn one_of(
        &mut self,
        prefix: &[&str],
        y: &'a G::Fixed,
        branches: &[Branch<'a, G::Base>],
        proofs: &'a [Proof<G>],
    ) {
        let mut sum = G::Scalar::zero();
        let before = self.commitments.len();
        for (Branch { alpha, beta, claim }, proof) in branches.iter().zip(proofs) {
            let (c, r) = (&proof.challenge.0, &proof.response.0);
            // §4.12, §4.13: A = g^response · α^challenge, B = y^response · (β/gᵐ)^challenge
            self.commitments.push(Commitment { fixed: G::fixed_g(), r, base: alpha, c, m: 0 });
            self.commitments.push(Commitment { fixed: y, r, base: beta, c, m: *claim });
            sum = sum.plus(c);
        }
        let count = self.commitments.len() - before;
        self.claims.push(Claim { prefix: prefix.concat(), count, sum });
    }

    /// Takes up a proof of [`Proof::know`].
    pub fn know(&mut self, prefix: &[&str], base: &'a G::Base, proof: &'a Proof<G>) {
        let (c, r) = (&proof.challenge.0, &proof.response.0);
        self.commitments.push(Commitment { fixed: G::fixed_g(), r, base, c, m: 0 });
        self.claims.push(Claim { prefix: prefix.concat(), count: 1, sum: c.clone() });
    }

    /// For each proof, in order, whether its challenges add up to the hash of its commitments.
    pub fn hold(self) -> Vec<bool> {
        let mut spelled = G::print(&G::commitments(&self.commitments)).into_iter();
        self.claims
            .iter()
            .map(|Claim { prefix, count, sum }| {
                let elements: Vec<String> = spelled.by_ref().take(*count).collect();
                challenge::<G>(&[prefix], &elements) == *sum
            })
            .collect()
    }
}
