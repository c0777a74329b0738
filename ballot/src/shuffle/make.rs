//! Making a shuffle and its proof (§6, tables of `GenShuffle` and `GenShuffleProof`), in constant time.
//!
//! The tables of the specification raise each commitment of the chain to a power to get the next. Who
//! makes the chain knows every exponent in it, so ĉᵢ is written here as g^Rᵢ·h^Vᵢ with
//! Rᵢ = r̂ᵢ + u′ᵢ·Rᵢ₋₁ and Vᵢ = u′ᵢ·Vᵢ₋₁: the same element, from powers of two fixed ones.

use super::challenges::{challenges, final_challenge, generators};
use super::{Commitments, Responses, ShuffleProof, negative};
use crate::group::{Group, Scalar};
use crate::json::{Element, Exponent};
use crate::proof::Ciphertext;
use crate::random::Randomness;

/// What only the shuffler knows.
pub(super) struct Secret<G: Group> {
    /// The shuffled ciphertexts.
    pub(super) output: Vec<Ciphertext<G>>,
    /// r′, by place in the input.
    randomness: Vec<G::Scalar>,
    /// ψ: output i comes from input ψ(i).
    permutation: Vec<usize>,
}

/// `GenShuffle` with `GenPermutation` and `GenReEncryption`.
pub(super) fn gen_shuffle<G: Group>(
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
    let [of_g, of_y] =
        [G::fixed_g(), y].map(|base| G::pow_fixed_all(&[base], &rows([&randomness])));
    let pairs = permutation
        .iter()
        .filter_map(|j| {
            let c = e.get(*j)?;
            let alpha = G::mul(c.alpha.point(), of_g.get(*j)?);
            Some((alpha, G::mul(c.beta.point(), of_y.get(*j)?)))
        })
        .collect();
    Secret { output: Ciphertext::all(pairs), randomness, permutation }
}

/// Rows of exponents from columns.
fn rows<S: Scalar, const N: usize>(columns: [&[S]; N]) -> Vec<Vec<S>> {
    let count = columns.iter().map(|column| column.len()).min().unwrap_or(0);
    (0..count)
        .map(|i| columns.iter().filter_map(|column| column.get(i).cloned()).collect())
        .collect()
}

/// Σ aᵢ·bᵢ.
fn inner<'a, S: Scalar>(
    a: impl IntoIterator<Item = &'a S>,
    b: impl IntoIterator<Item = &'a S>,
) -> S {
    a.into_iter().zip(b).fold(S::zero(), |sum, (a, b)| sum.plus(&a.times(b)))
}

/// Π pointᵢ^xᵢ with secret exponents.
fn product_secret<'a, G: Group>(
    points: impl IntoIterator<Item = &'a G::Point>,
    exponents: &[G::Scalar],
) -> G::Point {
    let factors: Vec<_> = points.into_iter().zip(exponents).collect();
    G::product_secret(&factors)
}

/// The exponents Rᵢ of g and Vᵢ of h in ĉ₀ = h, ĉ₁ and so on (`GenCommitmentChain`).
fn chain_exponents<S: Scalar>(r_hat: &[S], u: &[S]) -> (Vec<S>, Vec<S>) {
    let (mut of_g, mut of_h) = (vec![S::zero()], vec![S::from_u64(1)]);
    let (mut g, mut h) = (S::zero(), S::from_u64(1));
    for (r, u) in r_hat.iter().zip(u) {
        g = r.plus(&u.times(&g));
        h = u.times(&h);
        of_g.push(g.clone());
        of_h.push(h.clone());
    }
    (of_g, of_h)
}

/// `GenShuffleProof`.
#[expect(clippy::many_single_char_names, reason = "names of the specification")]
pub(super) fn gen_shuffle_proof<G: Group>(
    fingerprint: &str,
    key: &Element<G>,
    e: &[Ciphertext<G>],
    secret: &Secret<G>,
    rng: &mut impl Randomness,
) -> Option<ShuffleProof<G>> {
    let n = e.len();
    let random = |rng: &mut _| G::Scalar::random(rng);
    let (h, hs) = generators::<G>(n)?;
    let (g_table, h_table) = (G::fixed_g(), G::fixed(&h));
    // GenPermutationCommitment: c at ψ(i) is g^r · hᵢ
    let r: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let mut c = G::pow_fixed_all(&[g_table], &rows([&r]));
    for (j, h) in secret.permutation.iter().zip(&hs) {
        let c = c.get_mut(*j)?;
        *c = G::mul(c, h);
    }
    let c = Element::<G>::all(c);
    let u = challenges(fingerprint, e, &secret.output, &c);
    let u_permuted: Option<Vec<G::Scalar>> =
        secret.permutation.iter().map(|j| u.get(*j).cloned()).collect();
    let u_permuted = u_permuted?;
    // GenCommitmentChain
    let chain_r: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let (of_g, of_h) = chain_exponents(&chain_r, &u_permuted);
    let chain = G::pow_fixed_all(&[g_table, &h_table], &rows([&of_g, &of_h]));
    let [w1, w2, w3, w4] = [random(rng), random(rng), random(rng), random(rng)];
    let w_hat: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let w_prime: Vec<G::Scalar> = (0..n).map(|_| random(rng)).collect();
    let out = &secret.output;
    let minus_w4 = negative(&w4);
    let blind = [w1.clone(), w2.clone(), w3.clone(), minus_w4.clone()];
    let mut blind = G::pow_fixed_all(&[g_table], &rows([&blind])).into_iter();
    let (t1, t2, g3, g4) = (blind.next()?, blind.next()?, blind.next()?, blind.next()?);
    let t3 = G::mul(&g3, &product_secret::<G>(&hs, &w_prime));
    let betas = product_secret::<G>(out.iter().map(|c| c.beta.point()), &w_prime);
    let alphas = product_secret::<G>(out.iter().map(|c| c.alpha.point()), &w_prime);
    let t41 = G::mul(&G::pow(key.point(), &minus_w4), &betas);
    let t42 = G::mul(&g4, &alphas);
    // t̂ᵢ = g^ŵᵢ · ĉᵢ₋₁^w′ᵢ
    let t_hat_g: Vec<G::Scalar> = of_g
        .iter()
        .zip(w_hat.iter().zip(&w_prime))
        .map(|(before, (w_hat, w_prime))| w_hat.plus(&before.times(w_prime)))
        .collect();
    let t_hat_h: Vec<G::Scalar> =
        of_h.iter().zip(&w_prime).map(|(before, w_prime)| before.times(w_prime)).collect();
    let t_hat = G::pow_fixed_all(&[g_table, &h_table], &rows([&t_hat_g, &t_hat_h]));
    let mut t = Element::<G>::all([t1, t2, t3, t41, t42].into_iter().chain(t_hat).collect());
    let t_hat = t.split_off(5);
    let mut t = t.into_iter();
    let t = Commitments(t.next()?, t.next()?, t.next()?, (t.next()?, t.next()?), t_hat);
    let chain = Element::<G>::all(chain.into_iter().skip(1).collect());
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
