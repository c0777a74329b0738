//! The encrypted tally, partial decryptions and the result (§4.18, §4.20, §4.21).
//!
//! [`Tally`] keeps the running product: a ballot is multiplied in when it arrives and divided out
//! when its voter votes again, so that closing costs only the decryption, however many voted.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::ballot::Ballot;
use crate::election::{Election, Question};
use crate::finding::Code;
use crate::group::{Group, Scalar};
use crate::hash::Hash;
use crate::json::{self, Element};
use crate::proof::{Ciphertext, Proof};
use crate::random::Randomness;
use crate::trustee::Trustees;

/// α and β.
type Pair<G> = (<G as Group>::Point, <G as Group>::Point);

/// `encrypted_tally` of §4.18: for each question its ciphertexts.
pub type EncryptedTally<G> = Vec<Vec<Ciphertext<G>>>;

/// `sized_encrypted_tally` of §4.18.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SizedTally {
    /// How many ballots count.
    pub num_tallied: u64,
    /// Their weights together.
    pub total_weight: u64,
    /// The hash of the encrypted tally.
    pub encrypted_tally: Hash,
}

/// A ballot that counts so far.
#[derive(Debug, Clone)]
struct Counted<G: Group> {
    weight: u64,
    answers: Vec<Vec<Pair<G>>>,
}

/// The running tally: the last ballot of every credential (§4.17, tallied ballots).
#[derive(Debug, Clone)]
pub struct Tally<G: Group> {
    questions: Vec<Question>,
    sums: Vec<Vec<Pair<G>>>,
    last: HashMap<String, Counted<G>>,
    weight: u64,
}

fn times<G: Group>(a: &Pair<G>, b: &Pair<G>) -> Pair<G> {
    (G::mul(&a.0, &b.0), G::mul(&a.1, &b.1))
}

impl<G: Group> Tally<G> {
    /// The tally of no ballots.
    pub fn new(election: &Election<G>) -> Self {
        let sums = election
            .questions()
            .iter()
            .map(|question| match question {
                Question::Marks(marks) => vec![(G::one(), G::one()); marks.width()],
                Question::Values(_) => Vec::new(),
            })
            .collect();
        let questions = election.questions().to_vec();
        Self { questions, sums, last: HashMap::new(), weight: 0 }
    }

    /// Counts a ballot that was checked; an earlier one of the same credential counts no more.
    pub fn add(&mut self, ballot: &Ballot<G>, weight: u64) {
        let answers: Vec<Vec<Pair<G>>> = ballot
            .answers
            .iter()
            .map(|answer| {
                let pair = |c: &Ciphertext<G>| (c.alpha.point().clone(), c.beta.point().clone());
                answer.ciphertexts().iter().map(pair).collect()
            })
            .collect();
        let counted = Counted { weight, answers };
        self.apply(&counted, false);
        self.weight += weight;
        if let Some(old) = self.last.insert(ballot.credential.text().to_owned(), counted) {
            self.apply(&old, true);
            self.weight -= old.weight;
        }
    }

    fn apply(&mut self, ballot: &Counted<G>, remove: bool) {
        for ((sums, answer), question) in
            self.sums.iter_mut().zip(&ballot.answers).zip(&self.questions)
        {
            if question.is_shuffled() {
                continue;
            }
            for (sum, (alpha, beta)) in sums.iter_mut().zip(answer) {
                let mut pair = (alpha.clone(), beta.clone());
                if ballot.weight != 1 {
                    pair = (G::pow_small(alpha, ballot.weight), G::pow_small(beta, ballot.weight));
                }
                if remove {
                    pair = (G::inverse(&pair.0), G::inverse(&pair.1));
                }
                *sum = times::<G>(sum, &pair);
            }
        }
    }

    /// How many ballots count.
    pub fn count(&self) -> u64 {
        u64::try_from(self.last.len()).unwrap_or(u64::MAX)
    }

    /// The sum of their weights.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// C of §4.18. Non-homomorphic ciphertexts are sorted, so that their order tells nothing.
    pub fn encrypted(&self) -> EncryptedTally<G> {
        let mut tally = Vec::new();
        for (place, question) in self.questions.iter().enumerate() {
            let pairs = if question.is_shuffled() {
                let mut pairs: Vec<Pair<G>> = self
                    .last
                    .values()
                    .filter_map(|ballot| ballot.answers.get(place)?.first().cloned())
                    .collect();
                pairs.sort_by(|a, b| G::order(&a.0, &b.0).then_with(|| G::order(&a.1, &b.1)));
                pairs
            } else {
                self.sums.get(place).cloned().unwrap_or_default()
            };
            tally.push(Ciphertext::all(pairs));
        }
        tally
    }

    /// The payloads of the `EncryptedTally` event: the tally and its sizes.
    pub fn payloads(&self) -> (Vec<u8>, Vec<u8>) {
        let tally = json::write(&self.encrypted());
        let sized = SizedTally {
            num_tallied: self.count(),
            total_weight: self.weight,
            encrypted_tally: Hash::of(&tally),
        };
        (tally, json::write(&sized))
    }
}

/// `owned_shuffle` of §4.19 and `owned_partial_decryption` of §4.20.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Owned {
    /// The trustee, from 1.
    pub owner: usize,
    /// The hash of what it made.
    pub payload: Hash,
}

/// `partial_decryption` of §4.20.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct PartialDecryption<G: Group> {
    /// αˣ for every ciphertext.
    pub decryption_factors: Vec<Vec<Element<G>>>,
    /// That x is the trustee's private key.
    pub decryption_proofs: Vec<Vec<Proof<G>>>,
}

impl<G: Group> PartialDecryption<G> {
    /// Decrypts with the private key x of a trustee: factors αˣ, and for each the proof that it
    /// and X have the same exponent, with `H_decrypt` over φ, X and the commitments (§4.20).
    pub fn make(
        fingerprint: &str,
        tally: &EncryptedTally<G>,
        x: &G::Scalar,
        rng: &mut impl Randomness,
    ) -> Self {
        let public = Element::<G>::new(G::pow_g(x));
        let prefix = ["decrypt|", fingerprint, "|", public.text(), "|"];
        let mut decryption_factors = Vec::new();
        let mut decryption_proofs = Vec::new();
        for ciphertexts in tally {
            let alphas: Vec<&G::Point> = ciphertexts.iter().map(|c| c.alpha.point()).collect();
            let powers: Vec<_> = alphas.iter().map(|alpha| (*alpha, x)).collect();
            decryption_factors.push(Element::all(G::pow_all(&powers)));
            decryption_proofs.push(Proof::same_exponent(&prefix, &alphas, x, rng));
        }
        Self { decryption_factors, decryption_proofs }
    }

    /// Whether it decrypts `tally` with the key `public`: A = g^response · X^challenge and
    /// B = α^response · F^challenge hash to the challenge (§4.20).
    pub fn is_of(&self, fingerprint: &str, tally: &EncryptedTally<G>, public: &Element<G>) -> bool {
        let shape = |lengths: Vec<usize>| lengths.into_iter().eq(tally.iter().map(Vec::len));
        if !shape(self.decryption_factors.iter().map(Vec::len).collect())
            || !shape(self.decryption_proofs.iter().map(Vec::len).collect())
        {
            return false;
        }
        let prefix = ["decrypt|", fingerprint, "|", public.text(), "|"];
        let alphas = tally.iter().flatten().map(|ciphertext| ciphertext.alpha.point());
        let factors = self.decryption_factors.iter().flatten().map(Element::point);
        let proofs = self.decryption_proofs.iter().flatten();
        let all: Vec<_> =
            proofs.zip(alphas).zip(factors).map(|((proof, alpha), f)| (proof, alpha, f)).collect();
        all.iter().all(|(_, _, factor)| G::is_member(factor))
            && Proof::have_same_exponent(&prefix, public.point(), &all)
    }
}

/// β/F of every ciphertext (§4.21), from the decryptions of the trustees with these numbers.
pub fn opened<G: Group>(
    tally: &EncryptedTally<G>,
    trustees: &Trustees<G>,
    decryptions: &[(usize, &PartialDecryption<G>)],
) -> Option<Vec<Vec<G::Point>>> {
    let present: Vec<usize> = decryptions.iter().map(|(owner, _)| *owner).collect();
    let combination = trustees.combination(&present)?;
    let parts: Option<Vec<_>> = combination
        .into_iter()
        .map(|(owner, exponent)| {
            let (_, decryption) = decryptions.iter().find(|(number, _)| *number == owner)?;
            Some((exponent, *decryption))
        })
        .collect();
    let parts = parts?;
    tally
        .iter()
        .enumerate()
        .map(|(i, ciphertexts)| {
            let factors: Option<Vec<Vec<_>>> = (0..ciphertexts.len())
                .map(|j| {
                    let own = parts.iter().map(|(exponent, decryption)| {
                        let factor = decryption.decryption_factors.get(i)?.get(j)?;
                        Some((factor.point(), exponent.clone()))
                    });
                    own.collect()
                })
                .collect();
            let inverses = G::inverses(&G::products(&factors?));
            let betas = ciphertexts.iter().map(|ciphertext| ciphertext.beta.point());
            Some(betas.zip(&inverses).map(|(beta, factor)| G::mul(beta, factor)).collect())
        })
        .collect()
}

/// One question's part of the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Marks for each answer, a leading one for blank votes where allowed.
    Sums(Vec<u64>),
    /// Every ballot's values, in the order of the last shuffle.
    Ballots(Vec<Vec<u8>>),
}

/// `result` of §4.21.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionResult {
    /// For each question.
    pub result: Vec<Outcome>,
}

impl ElectionResult {
    /// Reads the numbers out of the opened ciphertexts; no mark can get more than `most`.
    pub fn read<G: Group>(
        questions: &[Question],
        opened: &[Vec<G::Point>],
        most: u64,
    ) -> Result<Self, Code> {
        let logarithms = Logarithms::<G>::new(most);
        let result = questions
            .iter()
            .zip(opened)
            .map(|(question, points)| match question {
                Question::Marks(_) => points
                    .iter()
                    .map(|p| logarithms.of(p))
                    .collect::<Option<_>>()
                    .map(Outcome::Sums),
                Question::Values(_) => points
                    .iter()
                    .map(|p| G::to_ints(p, question.answers().len()))
                    .collect::<Option<_>>()
                    .map(Outcome::Ballots),
            })
            .collect::<Option<Vec<_>>>();
        result.map(|result| Self { result }).ok_or(Code::ResultWrong)
    }
}

/// Small logarithms to base g: baby steps and giant steps (Shanks 1971).
struct Logarithms<G: Group> {
    baby: HashMap<String, u64>,
    steps: u64,
    giant: G::Point,
}

impl<G: Group> Logarithms<G> {
    fn new(most: u64) -> Self {
        let steps = most.isqrt() + 1;
        let mut points = vec![G::one()];
        for _ in 1..steps {
            points.push(G::mul(points.last().unwrap_or(&G::one()), &G::generator()));
        }
        let baby = G::print(&points).into_iter().zip(0..).collect();
        Self { baby, steps, giant: G::pow_g(&G::Scalar::zero().minus(&G::Scalar::from_u64(steps))) }
    }

    fn of(&self, point: &G::Point) -> Option<u64> {
        let mut point = point.clone();
        for giant in 0..=self.steps {
            let text = G::print(std::slice::from_ref(&point)).pop()?;
            if let Some(baby) = self.baby.get(&text) {
                return Some(giant * self.steps + baby);
            }
            point = G::mul(&point, &self.giant);
        }
        None
    }
}
