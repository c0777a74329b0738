//! What both sides of a shuffle's proof compute alike: the independent generators and the challenges
//! (§6, tables of `GetGenerators`, `GetNIZKPChallenges` and `GetNIZKPChallenge`).

use sha2::{Digest, Sha256};

use super::Commitments;
use crate::group::{Group, Scalar};
use crate::hash::{hex, sha256};
use crate::json::Element;
use crate::proof::Ciphertext;

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
pub(super) fn generators<G: Group>(n: usize) -> Option<(G::Point, Vec<G::Point>)> {
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
pub(super) fn challenges<G: Group>(
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
pub(super) fn final_challenge<G: Group>(
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
