//! Encrypted answers with their proofs (§4.11–§4.13).
//!
//! Lists answers (§4.11.3) are not part of this crate: no version of Debian 12's tool reads them.

use serde::de::{MapAccess, SeqAccess, Visitor, value};
use serde::{Deserialize, Deserializer, Serialize};

use crate::election::{Marks, Question};
use crate::finding::Code;
use crate::group::{Group, Scalar};
use crate::json::Element;
use crate::proof::{Branch, Ciphertext, Claims, Proof, Secret, prove_one_of};
use crate::random::Randomness;

/// `answer_h` of §4.11.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct MarksAnswer<G: Group> {
    /// One ciphertext for each answer, a leading one for the blank vote if allowed.
    pub choices: Vec<Ciphertext<G>>,
    /// Each is 0 or 1.
    pub individual_proofs: Vec<Vec<Proof<G>>>,
    /// The sum lies between min and max, or the vote is blank.
    pub overall_proof: Vec<Proof<G>>,
    /// The vote is not blank, or all marks are 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blank_proof: Option<Vec<Proof<G>>>,
}

/// `answer_nh` of §4.11.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(bound = "")]
pub struct ValuesAnswer<G: Group> {
    /// The encoded vector of numbers, encrypted.
    pub choices: Ciphertext<G>,
    /// Knowledge of the randomness.
    pub proof: Proof<G>,
}

/// `answer` of §4.11.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged, bound = "")]
pub enum Answer<G: Group> {
    /// To a homomorphic question.
    Marks(MarksAnswer<G>),
    /// To a non-homomorphic question.
    Values(ValuesAnswer<G>),
}

/// What binds the proofs of an answer to its election, voter and key.
#[derive(Debug)]
pub struct Context<'a, G: Group> {
    /// S₀ = φ|credential (§4.11).
    pub s0: String,
    /// y as an element.
    pub y: &'a Element<G>,
    /// y with tables.
    pub y_table: &'a G::Fixed,
}

/// α,β,α,β … of all ciphertexts: the tail of S (§4.11.1).
fn spell<G: Group>(choices: &[Ciphertext<G>]) -> String {
    let mut text = String::new();
    for (place, Ciphertext { alpha, beta }) in choices.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(alpha.text());
        text.push(',');
        text.push_str(beta.text());
    }
    text
}

impl<G: Group> Answer<G> {
    /// Encrypts a plaintext answer; none when the question does not allow it.
    pub fn make(
        question: &Question,
        choice: &[u8],
        context: &Context<'_, G>,
        rng: &mut impl Randomness,
    ) -> Option<Self> {
        if !question.allows(choice) {
            return None;
        }
        match question {
            Question::Marks(marks) => {
                Some(Self::Marks(MarksAnswer::make(marks, choice, context, rng)))
            }
            Question::Values(_) => {
                Some(Self::Values(ValuesAnswer::make(&G::of_ints(choice)?, context, rng)))
            }
        }
    }

    /// Whether it has the parts that an answer to `question` has.
    pub fn fits(&self, question: &Question) -> bool {
        match (self, question) {
            (Self::Marks(answer), Question::Marks(marks)) => answer.fits(marks),
            (Self::Values(_), Question::Values(_)) => true,
            _ => false,
        }
    }

    /// The elements whose powers its proofs need: the halves of its ciphertexts, which must be
    /// members, and those of their product.
    pub fn elements(&self, question: &Question) -> Vec<G::Point> {
        let halves = |c: &Ciphertext<G>| [c.alpha.point().clone(), c.beta.point().clone()];
        let mut elements: Vec<_> = self.ciphertexts().iter().flat_map(halves).collect();
        if let (Self::Marks(answer), Question::Marks(marks)) = (self, question) {
            let (alpha, beta) = product(answer.counted(marks));
            elements.extend([alpha, beta]);
        }
        elements
    }

    /// Takes up its proofs, each with what is to be said if it does not hold. `bases` are its
    /// prepared [`Answer::elements`].
    pub fn claim<'a>(
        &'a self,
        question: &Question,
        context: &Context<'a, G>,
        bases: &'a [G::Base],
        claims: &mut Claims<'a, G>,
    ) -> Vec<Code> {
        match (self, question) {
            (Self::Marks(answer), Question::Marks(marks)) => {
                answer.claim(marks, context, bases, claims)
            }
            (Self::Values(answer), _) => answer.claim(context, bases, claims),
            (Self::Marks(_), Question::Values(_)) => Vec::new(),
        }
    }

    /// Its ciphertexts, one when the question is non-homomorphic.
    pub fn ciphertexts(&self) -> &[Ciphertext<G>] {
        match self {
            Self::Marks(answer) => &answer.choices,
            Self::Values(answer) => std::slice::from_ref(&answer.choices),
        }
    }
}

impl<G: Group> MarksAnswer<G> {
    fn make(
        question: &Marks,
        choice: &[u8],
        context: &Context<'_, G>,
        rng: &mut impl Randomness,
    ) -> Self {
        let y = context.y_table;
        let secrets: Vec<(G::Scalar, i64)> =
            choice.iter().map(|m| (G::Scalar::random(rng), i64::from(*m))).collect();
        // §4.11.1: α = gʳ, β = yʳ·gᵐ
        let choices = Ciphertext::all(
            secrets
                .iter()
                .map(|(r, m)| {
                    let mark = G::pow_g(&G::Scalar::from_i64(*m));
                    (G::pow_g(r), G::mul(&G::pow_fixed(y, r), &mark))
                })
                .collect(),
        );
        // §4.12: each is 0 or 1
        let individual_proofs = secrets
            .iter()
            .zip(&choices)
            .map(|((r, m), Ciphertext { alpha, beta })| {
                let prefix = ["prove|", &context.s0, "|", alpha.text(), ",", beta.text(), "|"];
                let branches = [0, 1].map(|claim| Secret { r: r.clone(), m: *m, claim });
                prove_one_of::<G>(&prefix, y, &branches, rng)
            })
            .collect();
        let spelled = spell(&choices);
        let marks = if question.blank_allowed() { secrets.get(1..) } else { secrets.get(..) };
        let (r_sum, m_sum) = marks
            .unwrap_or_default()
            .iter()
            .fold((G::Scalar::zero(), 0), |(r_sum, m_sum), (r, m)| (r_sum.plus(r), m_sum + m));
        let sum = |claim| Secret { r: r_sum.clone(), m: m_sum, claim };
        let range = i64::from(question.min)..=i64::from(question.max);
        let (overall_proof, blank_proof) = match secrets.first() {
            Some((r0, m0)) if question.blank_allowed() => {
                let blank = |claim| Secret { r: r0.clone(), m: *m0, claim };
                let s = [context.s0.as_str(), "|", &spelled, "|"];
                // §4.13: m₀ = 1 or the sum is in range; m₀ = 0 or the sum is 0. The paper tells the
                // vote that is not blank (§4.13.1) from the blank one (§4.13.2); here the branch
                // that holds is answered honestly, whichever it is
                let branches: Vec<_> = std::iter::once(blank(1)).chain(range.map(sum)).collect();
                let overall = prove_one_of::<G>(&with("bproof1|", &s), y, &branches, rng);
                let branches = [blank(0), sum(0)];
                let blank = prove_one_of::<G>(&with("bproof0|", &s), y, &branches, rng);
                (overall, Some(blank))
            }
            _ => {
                let total = Ciphertext::<G>::all(vec![product(&choices)]);
                let total = spell(&total);
                let s = [context.s0.as_str(), "|", &spelled, "|", &total, "|"];
                let branches: Vec<_> = range.map(sum).collect();
                (prove_one_of::<G>(&with("prove|", &s), y, &branches, rng), None)
            }
        };
        Self { choices, individual_proofs, overall_proof, blank_proof }
    }

    /// The ciphertexts of the answers, without that of the blank vote.
    fn counted(&self, question: &Marks) -> &[Ciphertext<G>] {
        self.choices.get(usize::from(question.blank_allowed())..).unwrap_or_default()
    }

    fn fits(&self, question: &Marks) -> bool {
        let width = question.width();
        let in_range = usize::try_from(question.max - question.min).unwrap_or(0) + 1;
        let pair = |proofs: &Vec<Proof<G>>| proofs.len() == 2;
        self.choices.len() == width
            && self.individual_proofs.len() == width
            && self.blank_proof.is_some() == question.blank_allowed()
            && self.individual_proofs.iter().all(pair)
            && self.overall_proof.len() == in_range + usize::from(question.blank_allowed())
            && self.blank_proof.as_ref().is_none_or(pair)
    }

    fn claim<'a>(
        &'a self,
        question: &Marks,
        context: &Context<'a, G>,
        bases: &'a [G::Base],
        claims: &mut Claims<'a, G>,
    ) -> Vec<Code> {
        let y = context.y_table;
        let mut codes = Vec::new();
        // §4.12: each is 0 or 1
        let (pairs, _) = bases.as_chunks::<2>();
        for ((choice, [a, b]), proof) in self.choices.iter().zip(pairs).zip(&self.individual_proofs)
        {
            let Ciphertext { alpha, beta } = choice;
            let prefix = ["prove|", &context.s0, "|", alpha.text(), ",", beta.text(), "|"];
            let branches = [0, 1].map(|claim| Branch { alpha: a, beta: b, claim });
            claims.one_of(&prefix, y, &branches, proof);
            codes.push(Code::BallotIndividualProof);
        }
        let (Some([a0, b0]), Some([a, b])) = (pairs.first(), pairs.last()) else { return codes };
        let spelled = spell(&self.choices);
        let sum = |claim| Branch { alpha: a, beta: b, claim };
        let range = i64::from(question.min)..=i64::from(question.max);
        codes.push(Code::BallotOverallProof);
        if let Some(blank_proof) = &self.blank_proof {
            // §4.13.3: m₀ = 1 or the sum is in range; m₀ = 0 or the sum is 0
            let blank = |claim| Branch { alpha: a0, beta: b0, claim };
            let s = [context.s0.as_str(), "|", &spelled, "|"];
            let branches: Vec<_> = std::iter::once(blank(1)).chain(range.map(sum)).collect();
            claims.one_of(&with("bproof1|", &s), y, &branches, &self.overall_proof);
            claims.one_of(&with("bproof0|", &s), y, &[blank(0), sum(0)], blank_proof);
            codes.push(Code::BallotBlankProof);
        } else {
            let total = spell(&Ciphertext::<G>::all(vec![product(&self.choices)]));
            let s = [context.s0.as_str(), "|", &spelled, "|", &total, "|"];
            let branches: Vec<_> = range.map(sum).collect();
            claims.one_of(&with("prove|", &s), y, &branches, &self.overall_proof);
        }
        codes
    }
}

/// The name of a hash before the parts of S.
fn with<'a>(name: &'a str, parts: &[&'a str]) -> Vec<&'a str> {
    std::iter::once(name).chain(parts.iter().copied()).collect()
}

/// The product of ciphertexts: it encrypts the sum.
fn product<G: Group>(choices: &[Ciphertext<G>]) -> (G::Point, G::Point) {
    choices.iter().fold((G::one(), G::one()), |(alpha, beta), choice| {
        (G::mul(&alpha, choice.alpha.point()), G::mul(&beta, choice.beta.point()))
    })
}

impl<G: Group> ValuesAnswer<G> {
    fn make(xi: &G::Point, context: &Context<'_, G>, rng: &mut impl Randomness) -> Self {
        let r = G::Scalar::random(rng);
        let alpha = Element::new(G::pow_g(&r));
        let beta = Element::new(G::mul(&G::pow_fixed(context.y_table, &r), xi));
        let choices = Ciphertext { alpha, beta };
        // H_raweg has the response w − r·challenge, as a proof of knowledge of r (§4.11.2)
        let proof = Proof::know(&Self::prefix(&choices, context), &r, rng);
        Self { choices, proof }
    }

    fn prefix<'a>(choices: &'a Ciphertext<G>, context: &'a Context<'_, G>) -> [&'a str; 9] {
        let Ciphertext { alpha, beta } = choices;
        ["raweg|", &context.s0, "|", context.y.text(), ",", alpha.text(), ",", beta.text(), "|"]
    }

    fn claim<'a>(
        &'a self,
        context: &Context<'a, G>,
        bases: &'a [G::Base],
        claims: &mut Claims<'a, G>,
    ) -> Vec<Code> {
        let Some(alpha) = bases.first() else { return Vec::new() };
        claims.know(&Self::prefix(&self.choices, context), alpha, &self.proof);
        vec![Code::BallotIndividualProof]
    }
}

/// `choices` of either kind.
enum Choices<G: Group> {
    Many(Vec<Ciphertext<G>>),
    One(Ciphertext<G>),
}

impl<'de, G: Group> Deserialize<'de> for Choices<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<G>(G);
        impl<'de, G: Group> Visitor<'de> for Either<G> {
            type Value = Choices<G>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("one or many ciphertexts")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                Vec::deserialize(value::SeqAccessDeserializer::new(seq)).map(Choices::Many)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Ciphertext::deserialize(value::MapAccessDeserializer::new(map)).map(Choices::One)
            }
        }
        deserializer.deserialize_any(Either(G::default()))
    }
}

impl<'de, G: Group> Deserialize<'de> for Answer<G> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields, bound = "")]
        struct Fields<G: Group> {
            choices: Choices<G>,
            #[serde(default)]
            individual_proofs: Option<Vec<Vec<Proof<G>>>>,
            #[serde(default)]
            overall_proof: Option<Vec<Proof<G>>>,
            #[serde(default)]
            blank_proof: Option<Vec<Proof<G>>>,
            #[serde(default)]
            proof: Option<Proof<G>>,
        }
        let Fields { choices, individual_proofs, overall_proof, blank_proof, proof } =
            Fields::deserialize(deserializer)?;
        match (choices, individual_proofs, overall_proof, proof) {
            (Choices::Many(choices), Some(individual_proofs), Some(overall_proof), None) => {
                Ok(Self::Marks(MarksAnswer {
                    choices,
                    individual_proofs,
                    overall_proof,
                    blank_proof,
                }))
            }
            (Choices::One(choices), None, None, Some(proof)) if blank_proof.is_none() => {
                Ok(Self::Values(ValuesAnswer { choices, proof }))
            }
            _ => Err(serde::de::Error::custom("not an answer")),
        }
    }
}
