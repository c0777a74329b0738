//! Whether a ballot is one (§4.16, §4.17): all its powers are prepared, all its memberships asked
//! and all its proofs checked at once, since that is several times cheaper than one by one.

use std::ops::Range;

use crate::ballot::{Ballot, Signature};
use crate::election::Election;
use crate::finding::Code;
use crate::group::Group;
use crate::proof::Claims;

/// Where the elements of an answer stand among all of the ballot.
struct Part {
    /// All of them; empty when the answer has not the shape that its question asks for.
    whole: Range<usize>,
    /// Those that must be members of the group.
    members: Range<usize>,
}

/// What is said of an answer or of the signature.
struct Verdict {
    /// What is known to be wrong.
    faults: Vec<Code>,
    /// What each proof that was taken up means, if it does not hold.
    claimed: Vec<Code>,
}

impl Verdict {
    fn fault(code: Code) -> Self {
        Self { faults: vec![code], claimed: Vec::new() }
    }
    fn claim(claimed: Vec<Code>) -> Self {
        Self { faults: Vec::new(), claimed }
    }
}

impl<G: Group> Ballot<G> {
    /// Every reason to refuse this ballot, whoever cast it. Whether its credential is on the roll
    /// and whether it was cast before is the caller's question.
    pub fn faults(&self, election: &Election<G>) -> Vec<Code> {
        if self.election_uuid != election.parameters.uuid
            || self.election_hash != election.fingerprint
        {
            return vec![Code::BallotElection];
        }
        if self.answers.len() != election.questions().len() {
            return vec![Code::BallotShape];
        }
        // the credential stands first, then answer by answer
        let (points, parts) = self.elements(election);
        let bases = G::bases(&points.iter().collect::<Vec<_>>());
        let strangers = strangers::<G>(&bases, &parts);
        let context = Self::context(election, &self.credential);
        let mut claims = Claims::default();
        let mut verdicts = Vec::with_capacity(parts.len() + 1);
        for ((question, answer), part) in election.questions().iter().zip(&self.answers).zip(&parts)
        {
            verdicts.push(match bases.get(part.whole.clone()) {
                Some(own) if !own.is_empty() => {
                    if strangers.iter().any(|place| part.members.contains(place)) {
                        Verdict::fault(Code::BallotNotInGroup)
                    } else {
                        Verdict::claim(answer.claim(question, &context, own, &mut claims))
                    }
                }
                _ => Verdict::fault(Code::BallotShape),
            });
        }
        // §4.16: the hash is that of the ballot without its signature, and the proof holds
        let signed = self.signature.as_ref().filter(|signature| self.unsigned() == signature.hash);
        verdicts.push(match (signed, bases.first()) {
            (Some(Signature { hash, proof }), Some(credential)) if !strangers.contains(&0) => {
                claims.know(&["sig|", hash, "|"], credential, proof);
                Verdict::claim(vec![Code::BallotSignature])
            }
            _ => Verdict::fault(Code::BallotSignature),
        });
        let mut hold = claims.hold().into_iter();
        verdicts
            .into_iter()
            .flat_map(|Verdict { mut faults, claimed }| {
                for code in claimed {
                    if hold.next() != Some(true) && faults.last() != Some(&code) {
                        faults.push(code);
                    }
                }
                faults
            })
            .collect()
    }

    /// The elements whose powers the proofs need.
    fn elements(&self, election: &Election<G>) -> (Vec<G::Point>, Vec<Part>) {
        let mut points = vec![self.credential.point().clone()];
        let mut parts = Vec::with_capacity(self.answers.len());
        for (question, answer) in election.questions().iter().zip(&self.answers) {
            let start = points.len();
            if answer.fits(question) {
                points.extend(answer.elements(question));
            }
            let halves = 2 * answer.ciphertexts().len();
            let members = start..points.len().min(start + halves);
            parts.push(Part { whole: start..points.len(), members });
        }
        (points, parts)
    }
}

/// The places of the elements that are no members though they must be: §5 asks it of the credential
/// and of both halves of every ciphertext; products of members are members.
fn strangers<G: Group>(bases: &[G::Base], parts: &[Part]) -> Vec<usize> {
    let asked: Vec<(usize, &G::Base)> = std::iter::once(0)
        .chain(parts.iter().flat_map(|part| part.members.clone()))
        .filter_map(|place| Some((place, bases.get(place)?)))
        .collect();
    let members = G::members(&asked.iter().map(|(_, base)| *base).collect::<Vec<_>>());
    asked
        .into_iter()
        .zip(members)
        .filter(|(_, member)| !member)
        .map(|((place, _), _)| place)
        .collect()
}
