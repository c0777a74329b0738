//! Writes an archive (§4.4): only appends, and only what the state machine allows.

use super::{Event, Header, Kind, Name, Stage, tar};
use crate::election::SetupData;
use crate::hash::Hash;
use crate::json;
use crate::tally::Owned;

/// The event is not allowed at this point of the election.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not allowed when the archive stands at {1:?}")]
pub struct Refused(pub Kind, pub Stage);

/// What was appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The bytes to add to the file; nothing before them ever changes.
    pub bytes: Vec<u8>,
    /// The new event's height.
    pub height: u64,
    /// The new event's hash: the head of the chain.
    pub head: Hash,
}

/// The end of an archive, ready for more. It holds no bytes: each call returns those to append.
#[derive(Debug, Clone)]
pub struct Writer {
    time: u64,
    stage: Stage,
    shuffles: bool,
    head: Option<Hash>,
    height: u64,
}

impl Writer {
    /// A new archive: its first bytes and its writer. `shuffles` tells whether the election has
    /// non-homomorphic questions; `time` is seconds since 1970, below 2³³.
    pub fn new(time: u64, shuffles: bool) -> (Self, Vec<u8>) {
        let header = Header { version: 1, timestamp: time.to_string() };
        let bytes = tar::write(Name::Header, time, &json::write(&header));
        (Self { time, stage: Stage::Empty, shuffles, head: None, height: 0 }, bytes)
    }

    /// Goes on with an archive that was read: what is its time stamp, stage, last event?
    pub fn resume(time: u64, shuffles: bool, stage: Stage, head: Hash, height: u64) -> Self {
        Self { time, stage, shuffles, head: Some(head), height: height + 1 }
    }

    /// Where the election stands.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The hash of the last event.
    pub fn head(&self) -> Option<Hash> {
        self.head
    }

    /// The only way in which anything is appended.
    fn append(&mut self, kind: Kind, data: &[&[u8]]) -> Result<Appended, Refused> {
        let stage = self.stage.after(kind, self.shuffles).ok_or(Refused(kind, self.stage))?;
        let mut bytes = Vec::new();
        let mut payload = None;
        for body in data {
            let hash = Hash::of(body);
            bytes.extend(tar::write(Name::Data(hash), self.time, body));
            payload = Some(hash);
        }
        let height = self.height;
        let event = json::write(&Event { parent: self.head, height, kind, payload });
        let head = Hash::of(&event);
        bytes.extend(tar::write(Name::Event(head), self.time, &event));
        self.stage = stage;
        self.head = Some(head);
        self.height += 1;
        Ok(Appended { bytes, height, head })
    }

    /// The election begins.
    pub fn setup(
        &mut self,
        election: &[u8],
        trustees: &[u8],
        credentials: &[u8],
    ) -> Result<Appended, Refused> {
        let data = json::write(&SetupData {
            election: Hash::of(election),
            trustees: Hash::of(trustees),
            credentials: Hash::of(credentials),
        });
        self.append(Kind::Setup, &[election, trustees, credentials, &data])
    }

    /// Somebody votes; the ballot was checked before.
    pub fn ballot(&mut self, ballot: &[u8]) -> Result<Appended, Refused> {
        self.append(Kind::Ballot, &[ballot])
    }

    /// Nobody votes any more.
    pub fn end_ballots(&mut self) -> Result<Appended, Refused> {
        self.append(Kind::EndBallots, &[])
    }

    /// The payloads of [`Tally::payloads`](crate::tally::Tally::payloads).
    pub fn encrypted_tally(&mut self, tally: &[u8], sized: &[u8]) -> Result<Appended, Refused> {
        self.append(Kind::EncryptedTally, &[tally, sized])
    }

    /// A trustee, numbered from 1, shuffles.
    pub fn shuffle(&mut self, owner: usize, shuffle: &[u8]) -> Result<Appended, Refused> {
        self.append(Kind::Shuffle, &[shuffle, &owned(owner, shuffle)])
    }

    /// Nobody shuffles any more.
    pub fn end_shuffles(&mut self) -> Result<Appended, Refused> {
        self.append(Kind::EndShuffles, &[])
    }

    /// A trustee, numbered from 1, decrypts.
    pub fn partial_decryption(
        &mut self,
        owner: usize,
        decryption: &[u8],
    ) -> Result<Appended, Refused> {
        self.append(Kind::PartialDecryption, &[decryption, &owned(owner, decryption)])
    }

    /// The result: the archive is complete.
    pub fn result(&mut self, result: &[u8]) -> Result<Appended, Refused> {
        self.append(Kind::Result, &[result])
    }
}

fn owned(owner: usize, payload: &[u8]) -> Vec<u8> {
    json::write(&Owned { owner, payload: Hash::of(payload) })
}
