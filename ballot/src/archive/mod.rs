//! The archive of an election, a `.bel` file (§4.4): append-only records, chained by hashes.
//!
//! [`Stage`] is the state machine that both the [`Writer`] and every verifier ask; [`Records`] reads
//! a stream of bytes without holding more than one record. The form on disk is fixed to the byte:
//! an old-style tar without end blocks, each record with the one time stamp of the header.

pub(crate) mod tar;
#[cfg(test)]
mod tests;
mod writer;

use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::json;

pub use tar::{Fault, Name, Record, Records};
pub use writer::{Appended, Refused, Writer};

/// The first record's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// 1.
    pub version: u32,
    /// Seconds since 1970, written as a string.
    pub timestamp: String,
}

impl Header {
    /// Reads the header; none when the version is not ours.
    pub fn read(bytes: &[u8]) -> Option<(Self, u64)> {
        let header: Self = json::exact(bytes)?;
        let time: u64 = header.timestamp.parse().ok()?;
        // eleven octal digits in tar
        let sound = header.version == 1 && time.to_string() == header.timestamp && time < 1 << 33;
        sound.then_some((header, time))
    }
}

/// `event_type` of §4.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Election, trustees and roll are fixed.
    Setup,
    /// Somebody votes.
    Ballot,
    /// Nobody votes any more.
    EndBallots,
    /// The encrypted tally is published.
    EncryptedTally,
    /// A trustee shuffles.
    Shuffle,
    /// Nobody shuffles any more.
    EndShuffles,
    /// A trustee decrypts.
    PartialDecryption,
    /// The result.
    Result,
}

impl Kind {
    /// How many data records stand before the event, its payload last.
    pub const fn records(self) -> usize {
        match self {
            Self::Setup => 4,
            Self::Ballot | Self::Result => 1,
            Self::EndBallots | Self::EndShuffles => 0,
            Self::EncryptedTally | Self::Shuffle | Self::PartialDecryption => 2,
        }
    }
}

/// `event` of §4.4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The hash of the event before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Hash>,
    /// Counted from 0.
    pub height: u64,
    /// What happens.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The hash of the last data record before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<Hash>,
}

/// Where an election stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing has happened.
    Empty,
    /// Ballots come in.
    Voting,
    /// Voting is over.
    Ended,
    /// The tally waits for its first shuffle.
    Tallied,
    /// There is at least one shuffle.
    Shuffling,
    /// Trustees may decrypt.
    Decrypting,
    /// There is a result: nothing can follow.
    Finished,
}

impl Stage {
    /// Where the election stands after an event; none when the event is not allowed here.
    ///
    /// `shuffles` tells whether the election has questions that are shuffled.
    pub const fn after(self, kind: Kind, shuffles: bool) -> Option<Self> {
        match (self, kind) {
            (Self::Empty, Kind::Setup) | (Self::Voting, Kind::Ballot) => Some(Self::Voting),
            (Self::Voting, Kind::EndBallots) => Some(Self::Ended),
            (Self::Ended, Kind::EncryptedTally) if shuffles => Some(Self::Tallied),
            (Self::Tallied | Self::Shuffling, Kind::Shuffle) => Some(Self::Shuffling),
            (Self::Ended, Kind::EncryptedTally)
            | (Self::Shuffling, Kind::EndShuffles)
            | (Self::Decrypting, Kind::PartialDecryption) => Some(Self::Decrypting),
            (Self::Decrypting, Kind::Result) => Some(Self::Finished),
            _ => None,
        }
    }
}
