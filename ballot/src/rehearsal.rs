//! A whole election in one process: for tests, benchmarks and the matrix against foreign tools.
//!
//! Everybody's secrets are in one hand here, so it is never used for a real election.

use crate::archive::{Refused, Writer};
use crate::ballot::Ballot;
use crate::credential::{Code, roll_entry};
use crate::election::{Election, Template};
use crate::group::{Group, Scalar as _};
use crate::json;
use crate::random::{Randomness, Seeded};
use crate::shuffle::Shuffle;
use crate::tally::{ElectionResult, EncryptedTally, PartialDecryption, Tally, opened};
use crate::trustee::{
    self, Ceremony, Kind, Member, Pki, Polynomial, ThresholdParameters, Trustees, VOutput,
};

/// Who can open the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commission {
    /// So many trustees, all of them needed.
    All(usize),
    /// One mandatory trustee, and `threshold` of `size` others.
    Threshold {
        /// How many are needed.
        threshold: u32,
        /// How many there are.
        size: u32,
    },
}

/// An election with all its secrets.
#[derive(Debug)]
pub struct Rehearsal<G: Group> {
    /// The election.
    pub election: Election<G>,
    /// The trustees.
    pub trustees: Trustees<G>,
    /// The voters' codes, in the order of the roll.
    pub codes: Vec<Code>,
    /// Their weights.
    pub weights: Vec<u64>,
    /// Private keys by trustee number.
    pub keys: Vec<(usize, G::Scalar)>,
    /// The archive so far.
    pub bytes: Vec<u8>,
    /// Its end.
    pub writer: Writer,
    /// The running tally.
    pub tally: Tally<G>,
    /// What trustees decrypt.
    pub encrypted: EncryptedTally<G>,
    /// What they have decrypted.
    pub decryptions: Vec<(usize, PartialDecryption<G>)>,
    /// The source of all randomness.
    pub rng: Seeded,
}

/// The threshold ceremony of §4.6 with all members in one room: the parameters and private keys.
pub fn ceremony<G: Group>(
    threshold: u32,
    size: u32,
    rng: &mut impl Randomness,
) -> Option<(ThresholdParameters<G>, Vec<G::Scalar>)> {
    let members: Vec<Member<G>> = (1..=size)
        .map(|index| {
            let context = Ceremony { group: G::NAME.to_owned(), size, threshold, index };
            Member::new(&Pki::<G>::seed(rng), &context)
        })
        .collect::<Option<_>>()?;
    let certs: Vec<_> = members.iter().map(|member| member.certificate(rng)).collect();
    let polynomials: Vec<Polynomial<G>> =
        members.iter().map(|member| member.polynomial(&certs, rng)).collect::<Option<_>>()?;
    let commitments: Vec<_> = polynomials.iter().map(Polynomial::commitment).collect();
    let outputs: Vec<VOutput<G>> = members
        .iter()
        .enumerate()
        .map(|(place, member)| {
            let input = ThresholdParameters::vinput(&polynomials, place + 1)?;
            member.voutput(&certs, &input, rng)
        })
        .collect::<Option<_>>()?;
    let parameters =
        ThresholdParameters::assemble(threshold, certs, &commitments, &polynomials, &outputs)?;
    let keys = members
        .iter()
        .zip(&outputs)
        .map(|(member, output)| member.private_key(&output.private_key))
        .collect::<Option<_>>()?;
    Some((parameters, keys))
}

impl<G: Group> Rehearsal<G> {
    /// Sets an election up. None when the template is not sound in this group.
    pub fn new(seed: &str, template: Template, weights: &[u64], who: Commission) -> Option<Self> {
        let mut rng = Seeded::new(seed.as_bytes());
        let (x, public) = trustee::generate::<G>(&mut rng);
        let mut kinds = vec![Kind::Single(public)];
        let mut keys = vec![(1, x)];
        match who {
            Commission::All(count) => {
                for number in 2..=count {
                    let (x, public) = trustee::generate::<G>(&mut rng);
                    kinds.push(Kind::Single(public));
                    keys.push((number, x));
                }
            }
            Commission::Threshold { threshold, size } => {
                let (parameters, shares) = ceremony::<G>(threshold, size, &mut rng)?;
                kinds.push(Kind::Pedersen(Box::new(parameters)));
                keys.extend(shares.into_iter().zip(2..).map(|(x, number)| (number, x)));
            }
        }
        let trustees = Trustees(kinds);
        let mut uuid: String = Code::generate(&mut rng).text();
        uuid.retain(|c| c != '-');
        uuid.truncate(14);
        let codes: Vec<Code> = weights.iter().map(|_| Code::generate(&mut rng)).collect();
        let roll: Vec<String> = codes
            .iter()
            .zip(weights)
            .map(|(code, weight)| roll_entry::<G>(&G::pow_g(&code.secret::<G>(&uuid)), *weight))
            .collect();
        let election = Election::<G>::new(&uuid, &trustees.public_key()?, template)?;
        let (mut writer, mut bytes) = Writer::new(1_795_298_225, election.has_shuffles());
        let setup = writer.setup(&election.bytes, &trustees.write(), &json::write(&roll));
        bytes.extend(setup.ok()?.bytes);
        Some(Self {
            tally: Tally::new(&election),
            election,
            trustees,
            codes,
            weights: weights.to_vec(),
            keys,
            bytes,
            writer,
            encrypted: Vec::new(),
            decryptions: Vec::new(),
            rng,
        })
    }

    /// The secret of a voter.
    pub fn secret(&self, voter: usize) -> Option<G::Scalar> {
        Some(self.codes.get(voter)?.secret::<G>(&self.election.parameters.uuid))
    }

    /// A voter's ballot, not cast.
    pub fn ballot(&mut self, voter: usize, choices: &[Vec<u8>]) -> Option<Ballot<G>> {
        let secret = self.secret(voter)?;
        Ballot::make(&self.election, &secret, choices, &mut self.rng)
    }

    /// A voter votes.
    pub fn vote(&mut self, voter: usize, choices: &[Vec<u8>]) -> Option<Vec<u8>> {
        let ballot = self.ballot(voter, choices)?;
        let weight = self.weights.get(voter).copied()?;
        self.tally.add(&ballot, weight);
        let bytes = ballot.write();
        self.bytes.extend(self.writer.ballot(&bytes).ok()?.bytes);
        Some(bytes)
    }

    /// Voting ends and the encrypted tally is published.
    pub fn close(&mut self) -> Result<(), Refused> {
        self.bytes.extend(self.writer.end_ballots()?.bytes);
        let (tally, sized) = self.tally.payloads();
        self.bytes.extend(self.writer.encrypted_tally(&tally, &sized)?.bytes);
        self.encrypted = self.tally.encrypted();
        Ok(())
    }

    /// A trustee shuffles the questions that need it.
    pub fn shuffle(&mut self, owner: usize) -> Option<()> {
        let places: Vec<usize> = self
            .election
            .questions()
            .iter()
            .enumerate()
            .filter(|(_, question)| question.is_shuffled())
            .map(|(place, _)| place)
            .collect();
        let input: Vec<_> = places.iter().filter_map(|p| self.encrypted.get(*p).cloned()).collect();
        let key = &self.election.parameters.public_key;
        let shuffle = Shuffle::make(&self.election.fingerprint, key, &input, &mut self.rng)?;
        self.bytes.extend(self.writer.shuffle(owner, &json::write(&shuffle)).ok()?.bytes);
        for (place, ciphertexts) in places.into_iter().zip(shuffle.ciphertexts) {
            *self.encrypted.get_mut(place)? = ciphertexts;
        }
        Some(())
    }

    /// Nobody shuffles any more.
    pub fn end_shuffles(&mut self) -> Result<(), Refused> {
        self.bytes.extend(self.writer.end_shuffles()?.bytes);
        Ok(())
    }

    /// A trustee decrypts.
    pub fn decrypt(&mut self, owner: usize) -> Option<()> {
        let (_, x) = self.keys.iter().find(|(number, _)| *number == owner)?;
        let fingerprint = &self.election.fingerprint;
        let part = PartialDecryption::make(fingerprint, &self.encrypted, x, &mut self.rng);
        let bytes = json::write(&part);
        self.bytes.extend(self.writer.partial_decryption(owner, &bytes).ok()?.bytes);
        self.decryptions.push((owner, part));
        Some(())
    }

    /// The result is published.
    pub fn publish(&mut self) -> Option<ElectionResult> {
        let parts: Vec<_> = self.decryptions.iter().map(|(owner, part)| (*owner, part)).collect();
        let opened = opened(&self.encrypted, &self.trustees, &parts)?;
        let most = self.weights.iter().sum();
        let result = ElectionResult::read::<G>(self.election.questions(), &opened, most).ok()?;
        self.bytes.extend(self.writer.result(&json::write(&result)).ok()?.bytes);
        Some(result)
    }

    /// From the end of voting to the result: shuffles by the first two trustees where needed,
    /// decryption by the mandatory trustees and the first of the others.
    pub fn finish(&mut self) -> Option<ElectionResult> {
        self.close().ok()?;
        if self.election.has_shuffles() {
            self.shuffle(1)?;
            self.shuffle(2)?;
            self.end_shuffles().ok()?;
        }
        let numbers: Vec<usize> = self.keys.iter().map(|(number, _)| *number).collect();
        for number in 1..=numbers.len() {
            let present: Vec<usize> = self.decryptions.iter().map(|(owner, _)| *owner).collect();
            if self.trustees.combination(&present).is_none() {
                self.decrypt(number)?;
            }
        }
        self.publish()
    }

    /// A random exponent from the rehearsal's own stream.
    pub fn random(&mut self) -> G::Scalar {
        G::Scalar::random(&mut self.rng)
    }
}
