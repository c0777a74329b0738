//! The checks of one election, once its group is known.

use std::collections::HashSet;

use super::report::Summary;
use crate::archive::Kind;
use crate::ballot::Ballot;
use crate::credential::{Roll, RollFault};
use crate::election::{Election, Question};
use crate::finding::{Code, Finding};
use crate::group::Group;
use crate::hash::Hash;
use crate::json;
use crate::shuffle::Shuffle;
use crate::tally::{
    ElectionResult, EncryptedTally, Owned, PartialDecryption, SizedTally, Tally, opened,
};
use crate::trustee::{Kind as Trustee, Trustees};

/// An audit whose group is not visible any more.
pub(super) trait Audit: Send {
    fn has_shuffles(&self) -> bool;
    /// Ballots with their heights, in order; those below `trusted` are not proven again.
    fn ballots(&mut self, batch: &[(u64, Vec<u8>)], trusted: u64) -> Vec<Finding>;
    /// Any other event with its data records.
    fn event(&mut self, kind: Kind, first: &[u8], second: &[u8]) -> Vec<Code>;
    fn describe(&self, summary: &mut Summary);
}

/// The state of an audit.
pub(super) struct Auditor<G: Group> {
    election: Election<G>,
    trustees: Trustees<G>,
    roll: Roll,
    seen: HashSet<Hash>,
    cast: u64,
    refused: u64,
    tally: Tally<G>,
    /// The tally that is decrypted: ours, with the ciphertexts of the last shuffle.
    encrypted: EncryptedTally<G>,
    shuffled: bool,
    decryptions: Vec<(usize, PartialDecryption<G>)>,
    owners: HashSet<usize>,
    result: Option<ElectionResult>,
}

impl<G: Group> Auditor<G> {
    /// Reads what the Setup event fixes. Without a readable election or trustees nothing can follow.
    pub(super) fn begin(
        [election, trustees, roll]: [&[u8]; 3],
    ) -> (Option<Box<dyn Audit>>, Vec<Code>) {
        let mut codes = Vec::new();
        let election = Election::<G>::read(election);
        if election.is_none() {
            codes.push(Code::SetupElection);
        }
        let trustees = Trustees::<G>::read(trustees);
        match &trustees {
            None => codes.push(Code::SetupTrustees),
            Some(trustees) => codes.extend(trustees.faults()),
        }
        let entries: Option<Vec<String>> = json::exact(roll);
        let roll = match entries.as_deref().map(Roll::read::<G>) {
            Some(Ok(roll)) => roll,
            Some(Err(RollFault::Twice)) => {
                codes.push(Code::SetupRollTwice);
                Roll::default()
            }
            Some(Err(RollFault::Entry)) | None => {
                codes.push(Code::SetupRoll);
                Roll::default()
            }
        };
        let (Some(election), Some(trustees)) = (election, trustees) else { return (None, codes) };
        if trustees.public_key().as_ref() != Some(election.parameters.public_key.point()) {
            codes.push(Code::SetupPublicKey);
        }
        // §4.18: a ballot that is opened one by one cannot weigh more than another
        if election.has_shuffles() && roll.is_weighted() {
            codes.push(Code::SetupWeights);
        }
        let auditor = Self {
            tally: Tally::new(&election),
            election,
            trustees,
            roll,
            seen: HashSet::new(),
            cast: 0,
            refused: 0,
            encrypted: Vec::new(),
            shuffled: false,
            decryptions: Vec::new(),
            owners: HashSet::new(),
            result: None,
        };
        (Some(Box::new(auditor)), codes)
    }

    /// What depends on this ballot alone: may run beside others.
    fn examine(&self, bytes: &[u8], trusted: bool) -> Result<Ballot<G>, Vec<Code>> {
        let ballot = Ballot::<G>::read(bytes).ok_or_else(|| vec![Code::BallotJson])?;
        let mut codes = Vec::new();
        if self.roll.find(ballot.credential.text()).is_none() {
            codes.push(Code::BallotCredential);
        }
        if !trusted {
            codes.extend(ballot.faults(&self.election));
        }
        if codes.is_empty() { Ok(ballot) } else { Err(codes) }
    }

    fn shuffled_parts(&self) -> Vec<usize> {
        let questions = self.election.questions().iter().enumerate();
        questions.filter(|(_, question)| question.is_shuffled()).map(|(place, _)| place).collect()
    }

    fn encrypted_tally(&mut self, tally: &[u8], sized: &[u8]) -> Vec<Code> {
        let mut codes = Vec::new();
        self.encrypted = self.tally.encrypted();
        match json::exact::<EncryptedTally<G>>(tally) {
            None => codes.push(Code::TallyJson),
            Some(published) if published != self.encrypted => codes.push(Code::TallyWrong),
            Some(_) => {}
        }
        match json::exact::<SizedTally>(sized) {
            None => codes.push(Code::TallyJson),
            Some(sized) => {
                if sized.encrypted_tally != Hash::of(tally) {
                    codes.push(Code::EventPayload);
                }
                if sized.num_tallied != self.tally.count() {
                    codes.push(Code::TallyCount);
                }
                if sized.total_weight != self.tally.weight() {
                    codes.push(Code::TallyWeight);
                }
            }
        }
        codes
    }

    fn owner(&self, owned: &[u8], payload: &[u8]) -> Result<usize, Option<Code>> {
        let Some(owned) = json::exact::<Owned>(owned) else { return Err(None) };
        if owned.payload != Hash::of(payload) {
            return Err(Some(Code::EventPayload));
        }
        let known = (1..=self.trustees.keys().len()).contains(&owned.owner);
        known.then_some(owned.owner).ok_or(Some(Code::DecryptionOwner))
    }

    fn shuffle(&mut self, bytes: &[u8], owned: &[u8]) -> Vec<Code> {
        let mut codes = Vec::new();
        match self.owner(owned, bytes) {
            Ok(_) => {}
            Err(None) => codes.push(Code::ShuffleJson),
            Err(Some(Code::DecryptionOwner)) => codes.push(Code::ShuffleOwner),
            Err(Some(code)) => codes.push(code),
        }
        let Some(shuffle) = json::exact::<Shuffle<G>>(bytes) else {
            codes.push(Code::ShuffleJson);
            return codes;
        };
        let parts = self.shuffled_parts();
        let input: Vec<_> =
            parts.iter().filter_map(|place| self.encrypted.get(*place).cloned()).collect();
        let key = &self.election.parameters.public_key;
        if !shuffle.is_of(&self.election.fingerprint, key, &input) {
            codes.push(Code::ShuffleProof);
        }
        // §4.19: merge back into the tally
        for (place, ciphertexts) in parts.into_iter().zip(shuffle.ciphertexts) {
            if let Some(part) = self.encrypted.get_mut(place) {
                *part = ciphertexts;
            }
        }
        self.shuffled = true;
        codes
    }

    fn decryption(&mut self, bytes: &[u8], named: &[u8]) -> Vec<Code> {
        let number = match self.owner(named, bytes) {
            Ok(number) => number,
            Err(code) => return vec![code.unwrap_or(Code::DecryptionJson)],
        };
        let Some(decryption) = json::exact::<PartialDecryption<G>>(bytes) else {
            return vec![Code::DecryptionJson];
        };
        if !self.owners.insert(number) {
            return vec![Code::DecryptionTwice];
        }
        let fits = self.trustees.keys().get(number - 1).is_some_and(|key| {
            decryption.is_of(&self.election.fingerprint, &self.encrypted, &key.public_key)
        });
        if !fits {
            return vec![Code::DecryptionProof];
        }
        self.decryptions.push((number, decryption));
        Vec::new()
    }

    fn result(&mut self, bytes: &[u8]) -> Vec<Code> {
        let Some(published) = json::exact::<ElectionResult>(bytes) else {
            return vec![Code::ResultJson];
        };
        let decryptions: Vec<_> = self.decryptions.iter().map(|(owner, d)| (*owner, d)).collect();
        let codes = match opened(&self.encrypted, &self.trustees, &decryptions) {
            None => vec![Code::DecryptionMissing],
            Some(opened) => {
                let most = self.roll.total_weight();
                match ElectionResult::read::<G>(self.election.questions(), &opened, most) {
                    // as bytes: an empty list can be read as sums and as ballots
                    Ok(computed) if json::write(&computed) == bytes => Vec::new(),
                    _ => vec![Code::ResultWrong],
                }
            }
        };
        self.result = Some(published);
        codes
    }
}

/// Runs a check over all ballots of a batch, on all cores if the feature is there.
fn each<T: Send, A: Sync>(items: &[A], check: impl Fn(&A) -> T + Send + Sync) -> Vec<T> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        items.par_iter().map(check).collect()
    }
    #[cfg(not(feature = "parallel"))]
    {
        items.iter().map(check).collect()
    }
}

impl<G: Group> Audit for Auditor<G> {
    fn has_shuffles(&self) -> bool {
        self.election.has_shuffles()
    }

    fn ballots(&mut self, batch: &[(u64, Vec<u8>)], trusted: u64) -> Vec<Finding> {
        let examined = each(batch, |(height, bytes)| {
            (Hash::of(bytes), self.examine(bytes, *height < trusted))
        });
        let mut findings = Vec::new();
        for ((height, _), (hash, examined)) in batch.iter().zip(examined) {
            let mut find = |code| findings.push(Finding { height: Some(*height), code });
            self.cast += 1;
            // a replay could undo a second vote: every ballot stands here once
            let repeated = !self.seen.insert(hash);
            if repeated {
                find(Code::BallotRepeated);
            }
            match examined {
                Err(codes) => {
                    self.refused += 1;
                    codes.into_iter().for_each(find);
                }
                Ok(_) if repeated => self.refused += 1,
                Ok(ballot) => {
                    let weight = self.roll.find(ballot.credential.text()).map_or(1, |(_, w)| w);
                    self.tally.add(&ballot, weight);
                }
            }
        }
        findings
    }

    fn event(&mut self, kind: Kind, first: &[u8], second: &[u8]) -> Vec<Code> {
        match kind {
            Kind::EncryptedTally => self.encrypted_tally(first, second),
            Kind::Shuffle => self.shuffle(first, second),
            Kind::PartialDecryption => self.decryption(first, second),
            Kind::Result => self.result(first),
            Kind::EndShuffles if !self.shuffled => vec![Code::ShuffleMissing],
            Kind::Setup | Kind::Ballot | Kind::EndBallots | Kind::EndShuffles => Vec::new(),
        }
    }

    fn describe(&self, summary: &mut Summary) {
        let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        summary.name.clone_from(&self.election.parameters.name);
        summary.uuid.clone_from(&self.election.parameters.uuid);
        G::NAME.clone_into(&mut summary.group);
        summary.fingerprint.clone_from(&self.election.fingerprint);
        summary.eligible = number(self.roll.len());
        summary.cast = self.cast;
        summary.counted = self.tally.count();
        summary.refused = self.refused;
        summary.replaced = self.cast.saturating_sub(self.refused + self.tally.count());
        summary.weight = self.tally.weight();
        summary.trustees = number(self.trustees.keys().len());
        summary.questions = self
            .election
            .questions()
            .iter()
            .map(|question| {
                let blank = matches!(question, Question::Marks(marks) if marks.blank_allowed());
                (question.text().to_owned(), question.answers().to_vec(), blank)
            })
            .collect();
        summary.result.clone_from(&self.result);
        summary.old_ceremony = self.trustees.0.iter().any(
            |kind| matches!(kind, Trustee::Pedersen(parameters) if !parameters.is_strengthened()),
        );
    }
}
