//! Ballots (§4.16, §4.17): answers, signed with the voter's credential. `check.rs` checks them.

use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Context};
use crate::election::Election;
use crate::group::Group;
use crate::hash::fingerprint;
use crate::json::{self, Element};
use crate::proof::Proof;
use crate::random::{Randomness, Seeded};

/// `signature` of §4.16.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Signature<G: Group> {
    /// The fingerprint of the ballot without its signature.
    pub hash: String,
    /// Knowledge of the secret credential.
    pub proof: Proof<G>,
}

/// `ballot` of §4.17.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Ballot<G: Group> {
    /// The election.
    pub election_uuid: String,
    /// φ.
    pub election_hash: String,
    /// The public credential.
    pub credential: Element<G>,
    /// One answer for each question.
    pub answers: Vec<Answer<G>>,
    /// The signature; absent only while it is being computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature<G>>,
}

impl<G: Group> Ballot<G> {
    /// Encrypts, proves and signs; none when a choice is not one the election allows.
    ///
    /// `choices` holds for each question the marks (a leading blank mark where a blank vote is
    /// allowed) or the values.
    pub fn make(
        election: &Election<G>,
        secret: &G::Scalar,
        choices: &[Vec<u8>],
        rng: &mut impl Randomness,
    ) -> Option<Self> {
        if choices.len() != election.questions().len() {
            return None;
        }
        let credential = Element::new(G::pow_g(secret));
        let context = Self::context(election, &credential);
        let answers: Option<Vec<_>> = election
            .questions()
            .iter()
            .zip(choices)
            .map(|(question, choice)| Answer::make(question, choice, &context, rng))
            .collect();
        let mut ballot = Self {
            election_uuid: election.parameters.uuid.clone(),
            election_hash: election.fingerprint.clone(),
            credential,
            answers: answers?,
            signature: None,
        };
        let hash = fingerprint(&json::write(&ballot));
        // §4.16: `H_sig` over the hash and A = gʷ, with the secret credential
        let proof = Proof::know(&["sig|", &hash, "|"], secret, rng);
        ballot.signature = Some(Signature { hash, proof });
        Some(ballot)
    }

    /// Makes a ballot from a seed, for challenge-or-cast: whoever learns the seed of a *spoiled*
    /// ballot can make it again and see what it holds. Never show the seed of a ballot that is cast.
    pub fn make_seeded(
        election: &Election<G>,
        secret: &G::Scalar,
        choices: &[Vec<u8>],
        seed: &[u8; 32],
    ) -> Option<Self> {
        Self::make(election, secret, choices, &mut Seeded::new(seed))
    }

    /// Whether a spoiled ballot holds these choices: makes the encrypted answers again from its
    /// seed. The signature is left out, so the secret credential is not needed.
    pub fn holds(&self, election: &Election<G>, choices: &[Vec<u8>], seed: &[u8; 32]) -> bool {
        let mut rng = Seeded::new(seed);
        let context = Self::context(election, &self.credential);
        choices.len() == election.questions().len()
            && choices.len() == self.answers.len()
            && election.questions().iter().zip(choices).zip(&self.answers).all(
                |((question, choice), answer)| {
                    Answer::make(question, choice, &context, &mut rng).as_ref() == Some(answer)
                },
            )
    }

    pub(crate) fn context<'a>(
        election: &'a Election<G>,
        credential: &Element<G>,
    ) -> Context<'a, G> {
        Context {
            s0: format!("{}|{}", election.fingerprint, credential.text()),
            y: &election.parameters.public_key,
            y_table: &election.y,
        }
    }

    /// Reads a ballot that is spelled as we would spell it (§4.1).
    pub fn read(bytes: &[u8]) -> Option<Self> {
        json::exact(bytes)
    }

    /// The bytes that go into the archive.
    pub fn write(&self) -> Vec<u8> {
        json::write(self)
    }

    /// The smart ballot tracker of a ballot's bytes (§4.17).
    pub fn tracker(bytes: &[u8]) -> String {
        fingerprint(bytes)
    }

    /// The fingerprint of the ballot without its signature: what is signed (§4.16).
    pub(crate) fn unsigned(&self) -> String {
        fingerprint(&json::write(&Unsigned {
            election_uuid: &self.election_uuid,
            election_hash: &self.election_hash,
            credential: &self.credential,
            answers: &self.answers,
        }))
    }
}

/// A ballot without its signature, borrowed.
#[derive(Serialize)]
#[serde(bound = "")]
struct Unsigned<'a, G: Group> {
    election_uuid: &'a str,
    election_hash: &'a str,
    credential: &'a Element<G>,
    answers: &'a [Answer<G>],
}
