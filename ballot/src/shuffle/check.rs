//! Checking the proof of a shuffle (§6, table of `CheckShuffleProof`), from public data.
//!
//! Where the table raises cᵢ to −c·uᵢ, here the product of the cᵢ^uᵢ is raised to −c: the uᵢ are hashes
//! of 256 bits, which is an eighth of the exponents of RFC-3526-2048.

use super::challenges::{challenges, final_challenge, generators};
use super::{ShuffleProof, negative};
use crate::group::{Group, Scalar};
use crate::json::Element;
use crate::proof::Ciphertext;

/// Π points.
fn all<'a, G: Group>(points: impl Iterator<Item = &'a G::Point>) -> G::Point {
    points.fold(G::one(), |product, point| G::mul(&product, point))
}

/// Π pointsᵢ^xᵢ · Π more.
fn powers<'a, G: Group>(
    points: impl Iterator<Item = &'a G::Point>,
    x: &[G::Scalar],
    more: &[(&'a G::Point, &G::Scalar)],
) -> G::Point {
    let more = more.iter().map(|(point, x)| (*point, (*x).clone()));
    let factors: Vec<_> = points.zip(x.iter().cloned()).chain(more).collect();
    G::product(&factors)
}

/// `CheckShuffleProof`. None when the lengths do not fit.
#[expect(clippy::many_single_char_names, reason = "names of the specification")]
pub(super) fn check_shuffle_proof<G: Group>(
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
    let c_bar = G::mul(&all::<G>(c.iter().map(Element::point)), &G::inverse(&all::<G>(hs.iter())));
    let u_all = u.iter().fold(one.clone(), |product, u| product.times(u));
    let last = chain.last().map_or(&h, Element::point);
    let c_hat = G::product(&[(last, one), (&h, negative(&u_all))]);
    let t1 = G::product(&[(&c_bar, minus_c.clone()), (&g, s.0.0.clone())]);
    let t2 = G::product(&[(&c_hat, minus_c.clone()), (&g, s.1.0.clone())]);
    let s_prime: Vec<G::Scalar> = s.5.iter().map(|s| s.0.clone()).collect();
    let minus_s4 = negative(&s.3.0);
    // c̃ = Π cᵢ^uᵢ, and b̃ and ã of the input
    let c_tilde = powers::<G>(c.iter().map(Element::point), &u, &[]);
    let t3 = powers::<G>(hs.iter(), &s_prime, &[(&c_tilde, &minus_c), (&g, &s.2.0)]);
    let b_tilde = powers::<G>(e.iter().map(|c| c.beta.point()), &u, &[]);
    let t41 = powers::<G>(
        shuffled.iter().map(|c| c.beta.point()),
        &s_prime,
        &[(&b_tilde, &minus_c), (key.point(), &minus_s4)],
    );
    let a_tilde = powers::<G>(e.iter().map(|c| c.alpha.point()), &u, &[]);
    let t42 = powers::<G>(
        shuffled.iter().map(|c| c.alpha.point()),
        &s_prime,
        &[(&a_tilde, &minus_c), (&g, &minus_s4)],
    );
    let first = [(&t.0, t1), (&t.1, t2), (&t.2, t3), (&t.3.0, t41), (&t.3.1, t42)];
    let fits = first.into_iter().all(|(t, expected)| *t.point() == expected);
    // t̂ᵢ = ĉᵢ^−c · g^ŝᵢ · ĉᵢ₋₁^s′ᵢ with ĉ₀ = h
    let before = std::iter::once(&h).chain(chain.iter().map(Element::point));
    let links: Vec<Vec<(&G::Point, G::Scalar)>> = chain
        .iter()
        .zip(before)
        .zip(s.4.iter().zip(&s.5))
        .map(|((c, before), (s_hat, s_prime))| {
            vec![(c.point(), minus_c.clone()), (&g, s_hat.0.clone()), (before, s_prime.0.clone())]
        })
        .collect();
    let chain_fits =
        G::products(&links).iter().zip(&t.4).all(|(expected, t)| t.point() == expected);
    Some(fits && chain_fits)
}
