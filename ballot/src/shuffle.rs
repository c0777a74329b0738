//! Verifiable shuffles of non-homomorphic ciphertexts (§4.19, §6), the proof of Terelius and
//! Wikström (2010) as `CHVote` 1.3.2 writes it. Function names are those of the tables in §6.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::group::{Group, Scalar};
use crate::hash::{hex, sha256};
use crate::json::{Element, Exponent};
use crate::proof::Ciphertext;
use crate::random::Randomness;

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
            let proof = gen_shuffle_proof(fingerprint, key, &y, e, &secret, rng)?;
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

/// What only the shuffler knows.
struct Secret<G: Group> {
    output: Vec<Ciphertext<G>>,
    /// r′, by place in the input.
    randomness: Vec<G::Scalar>,
    /// ψ: output i comes from input ψ(i).
    permutation: Vec<usize>,
}

/// `GenShuffle` with `GenPermutation` and `GenReEncryption`.
fn gen_shuffle<G: Group>(
    e: &[Ciphertext<G>],
    y: &G::Fixed,
    rng: &mut impl Randomness,
) -> Secret<G> {
    let mut permutation: Vec<usize> = (0..e.len()).collect();
    for i in 0..e.len() {
        let k = i + rng.below(e.len() - i);
        permutation.swap(i, k);
    }
    let randomness: Vec<G::Scalar> = e.iter().map(|_| G::Scalar::random(rng)).collect();
    let pairs = permutation
        .iter()
        .filter_map(|j| {
            let (c, r) = (e.get(*j)?, randomness.get(*j)?);
            let alpha = G::mul(c.alpha.point(), &G::pow_g(r));
            Some((alpha, G::mul(c.beta.point(), &G::pow_fixed(y, r))))
        })
        .collect();
    Secret { output: Ciphertext::all(pairs), randomness, permutation }
}

/// ⟦e⟧ or ⟦c⟧: every element followed by a comma.
fn spell<'a, G: Group>(text: &mut Sha256, elements: impl IntoIterator<Item = &'a Element<G>>) {
    for element in elements {
        text.update(element.text());
        text.update(",");
    }
}

fn halves<G: Group>(e: &[Ciphertext<G>]) -> impl Iterator<Item = &Element<G>> {
    e.iter().flat_map(|c| [&c.alpha, &c.beta])
}

/// `GetSecondaryGenerator` and `GetGenerators`.
fn generators<G: Group>(n: usize) -> Option<(G::Point, Vec<G::Point>)> {
    let h = G::independent_generator(-1)?;
    let count = i64::try_from(n).ok()?;
    // §6: a generator that is neutral or g itself would end the proof; none of ours is
    let sound = |h: &G::Point| *h != G::one() && *h != G::generator();
    let all: Vec<_> = (0..count).map_while(G::independent_generator).filter(sound).collect();
    (all.len() == n && sound(&h)).then_some((h, all))
}

/// What is hashed of the statement: ⟦e⟧⟦e′⟧⟦c⟧.
fn statement<G: Group>(
    hash: &mut Sha256,
    e: &[Ciphertext<G>],
    shuffled: &[Ciphertext<G>],
    c: &[Element<G>],
) {
    spell::<G>(hash, halves(e));
    spell::<G>(hash, halves(shuffled));
    spell::<G>(hash, c);
}

/// `GetNIZKPChallenges`: u.
fn get_challenges<G: Group>(n: usize, hash: Sha256) -> Vec<G::Scalar> {
    let h = hex(&hash.finalize());
    (0..n)
        .map(|i| {
            let t = hex(&sha256(i.to_string().as_bytes()));
            G::Scalar::from_be_bytes(&sha256(format!("{h}{t}").as_bytes()))
        })
        .collect()
}

/// The challenges u of a statement.
fn challenges<G: Group>(
    fingerprint: &str,
    e: &[Ciphertext<G>],
    shuffled: &[Ciphertext<G>],
    c: &[Element<G>],
) -> Vec<G::Scalar> {
    let mut hash = Sha256::new();
    hash.update(format!("shuffle-challenges|{fingerprint}|"));
    statement(&mut hash, e, shuffled, c);
    get_challenges::<G>(e.len(), hash)
}

/// `GetNIZKPChallenge` over `str_t` and `str_y`.
fn final_challenge<G: Group>(
    fingerprint: &str,
    key: &Element<G>,
    t: &Commitments<G>,
    e: &[Ciphertext<G>],
    shuffled: &[Ciphertext<G>],
    c: &[Element<G>],
    chain: &[Element<G>],
) -> G::Scalar {
    let mut hash = Sha256::new();
    hash.update(format!("shuffle-challenge|{fingerprint}|"));
    spell::<G>(&mut hash, [&t.0, &t.1, &t.2, &t.3.0, &t.3.1]);
    spell::<G>(&mut hash, &t.4);
    statement(&mut hash, e, shuffled, c);
    spell::<G>(&mut hash, chain);
    hash.update(key.text());
    G::Scalar::from_be_bytes(&hash.finalize())
}

/// Σ aᵢ·bᵢ.
fn inner<'a, S: Scalar>(
    a: impl IntoIterator<Item = &'a S>,
    b: impl IntoIterator<Item = &'a S>,
) -> S {
    a.into_iter().zip(b).fold(S::zero(), |sum, (a, b)| sum.plus(&a.times(b)))
}

fn negative<S: Scalar>(x: &S) -> S {
    S::zero().minus(x)
}

/// Π pointᵢ^xᵢ with secret exponents.
fn product_secret<'a, G: Group>(
    points: impl IntoIterator<Item = &'a G::Point>,
    exponents: &[G::Scalar],
) -> G::Point {
    points
        .into_iter()
        .zip(exponents)
        .fold(G::one(), |product, (point, x)| G::mul(&product, &G::pow(point, x)))
}

/// `GenShuffleProof`.
#[expect(clippy::many_single_char_names, reason = "names of the specification")]
fn gen_shuffle_proof<G: Group>(
    fingerprint: &str,
    key: &Element<G>,
    y: &G::Fixed,
    e: &[Ciphertext<G>],
    secret: &Secret<G>,
    rng: &mut impl Randomness,
) -> Option<ShuffleProof<G>> {
    let n = e.len();
    let random = |rng: &mut _| G::Scalar::random(rng);
    let (h, hs) = generators::<G>(n)?;
    // GenPermutationCommitment: c at ψ(i) is g^r · hᵢ
    let r: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let mut c = vec![G::one(); n];
    for (j, h) in secret.permutation.iter().zip(&hs) {
        *c.get_mut(*j)? = G::mul(&G::pow_g(r.get(*j)?), h);
    }
    let c = Element::<G>::all(c);
    let u = challenges(fingerprint, e, &secret.output, &c);
    let u_permuted: Option<Vec<G::Scalar>> =
        secret.permutation.iter().map(|j| u.get(*j).cloned()).collect();
    let u_permuted = u_permuted?;
    // GenCommitmentChain
    let chain_r: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let mut chain = vec![h.clone()];
    for (r, u) in chain_r.iter().zip(&u_permuted) {
        let next = G::mul(&G::pow_g(r), &G::pow(chain.last()?, u));
        chain.push(next);
    }
    let [w1, w2, w3, w4] = [random(rng), random(rng), random(rng), random(rng)];
    let w_hat: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let w_prime: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let out = &secret.output;
    let t3 = G::mul(&G::pow_g(&w3), &product_secret::<G>(&hs, &w_prime));
    let betas = product_secret::<G>(out.iter().map(|c| c.beta.point()), &w_prime);
    let alphas = product_secret::<G>(out.iter().map(|c| c.alpha.point()), &w_prime);
    let t41 = G::mul(&G::pow_fixed(y, &negative(&w4)), &betas);
    let t42 = G::mul(&G::pow_g(&negative(&w4)), &alphas);
    let t_hat = chain
        .iter()
        .zip(w_hat.iter().zip(&w_prime))
        .map(|(before, (w, w_prime))| G::mul(&G::pow_g(w), &G::pow(before, w_prime)));
    let mut t = Element::<G>::all(
        [G::pow_g(&w1), G::pow_g(&w2), t3, t41, t42].into_iter().chain(t_hat).collect(),
    );
    let t_hat = t.split_off(5);
    let mut t = t.into_iter();
    let t = Commitments(t.next()?, t.next()?, t.next()?, (t.next()?, t.next()?), t_hat);
    let chain = Element::<G>::all(chain.split_off(1));
    let challenge = final_challenge(fingerprint, key, &t, e, out, &c, &chain);
    // v_N = 1, v_i = u′_{i+1}·v_{i+1}
    let mut v = vec![G::Scalar::from_u64(1)];
    for u in u_permuted.iter().skip(1).rev() {
        v.push(v.last()?.times(u));
    }
    v.truncate(n);
    v.reverse();
    let answer = |w: &G::Scalar, x: &G::Scalar| Exponent::new(w.plus(&challenge.times(x)));
    let r_bar = r.iter().fold(G::Scalar::zero(), |sum, r| sum.plus(r));
    let s = Responses(
        answer(&w1, &r_bar),
        answer(&w2, &inner(&chain_r, &v)),
        answer(&w3, &inner(&r, &u)),
        answer(&w4, &inner(&secret.randomness, &u)),
        w_hat.iter().zip(&chain_r).map(|(w, r)| answer(w, r)).collect(),
        w_prime.iter().zip(&u_permuted).map(|(w, u)| answer(w, u)).collect(),
    );
    Some(ShuffleProof(t, s, c, chain))
}

/// `CheckShuffleProof`. None when the lengths do not fit.
#[expect(clippy::many_single_char_names, reason = "names of the specification")]
fn check_shuffle_proof<G: Group>(
    fingerprint: &str,
    key: &Element<G>,
    e: &[Ciphertext<G>],
    shuffled: &[Ciphertext<G>],
    proof: &ShuffleProof<G>,
) -> Option<bool> {
    let ShuffleProof(t, s, c, chain) = proof;
    let n = e.len();
    if [shuffled.len(), t.4.len(), s.4.len(), s.5.len(), c.len(), chain.len()] != [n; 6] {
        return None;
    }
    // the commitments are part of the statement: they too must be members
    let members = c.iter().chain(chain).chain(&t.4).chain([&t.0, &t.1, &t.2, &t.3.0, &t.3.1]);
    if !members.into_iter().all(|element| G::is_member(element.point())) {
        return Some(false);
    }
    let (h, hs) = generators::<G>(n)?;
    let u = challenges(fingerprint, e, shuffled, c);
    let challenge = final_challenge(fingerprint, key, t, e, shuffled, c, chain);
    let minus_c = negative(&challenge);
    let g = G::generator();
    let one = G::Scalar::from_u64(1);
    // c̄ = Π c / Π h
    let all = |points: &mut dyn Iterator<Item = &G::Point>| {
        points.fold(G::one(), |product, point| G::mul(&product, point))
    };
    let c_bar = G::mul(&all(&mut c.iter().map(Element::point)), &G::inverse(&all(&mut hs.iter())));
    let u_all = u.iter().fold(one, |product, u| product.times(u));
    let last = chain.last().map_or(&h, Element::point);
    let c_hat = G::product(&[(last, G::Scalar::from_u64(1)), (&h, negative(&u_all))]);
    let scaled: Vec<G::Scalar> = u.iter().map(|u| u.times(&minus_c)).collect();
    let s_prime: Vec<G::Scalar> = s.5.iter().map(|s| s.0.clone()).collect();
    let t1 = G::product(&[(&c_bar, minus_c.clone()), (&g, s.0.0.clone())]);
    let t2 = G::product(&[(&c_hat, minus_c.clone()), (&g, s.1.0.clone())]);
    let powers = |points: &mut dyn Iterator<Item = &G::Point>, x: &[G::Scalar]| {
        let points: Vec<&G::Point> = points.collect();
        let factors: Vec<_> = points.into_iter().zip(x.iter().cloned()).collect();
        G::product(&factors)
    };
    let mul3 = |a: G::Point, b: G::Point, c: G::Point| G::mul(&G::mul(&a, &b), &c);
    let t3 = mul3(
        powers(&mut c.iter().map(Element::point), &scaled),
        G::product(&[(&g, s.2.0.clone())]),
        powers(&mut hs.iter(), &s_prime),
    );
    let minus_s4 = negative(&s.3.0);
    let t41 = mul3(
        powers(&mut e.iter().map(|c| c.beta.point()), &scaled),
        G::product(&[(key.point(), minus_s4.clone())]),
        powers(&mut shuffled.iter().map(|c| c.beta.point()), &s_prime),
    );
    let t42 = mul3(
        powers(&mut e.iter().map(|c| c.alpha.point()), &scaled),
        G::product(&[(&g, minus_s4)]),
        powers(&mut shuffled.iter().map(|c| c.alpha.point()), &s_prime),
    );
    let first = [(&t.0, t1), (&t.1, t2), (&t.2, t3), (&t.3.0, t41), (&t.3.1, t42)];
    let fits = first.into_iter().all(|(t, expected)| *t.point() == expected);
    let before = std::iter::once(&h).chain(chain.iter().map(Element::point));
    let chain_fits = chain.iter().zip(before).zip(s.4.iter().zip(&s.5)).zip(&t.4).all(
        |(((c, before), (s_hat, s_prime)), t)| {
            let expected = G::product(&[
                (c.point(), minus_c.clone()),
                (&g, s_hat.0.clone()),
                (before, s_prime.0.clone()),
            ]);
            *t.point() == expected
        },
    );
    Some(fits && chain_fits)
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
