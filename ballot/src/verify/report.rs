//! What a verifier reports.

use crate::archive::Stage;
use crate::finding::Finding;
use crate::hash::Hash;
use crate::tally::{ElectionResult, Outcome};

/// What an archive holds, as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The title of the election.
    pub name: String,
    /// Its identifier.
    pub uuid: String,
    /// Its group.
    pub group: String,
    /// φ.
    pub fingerprint: String,
    /// The hash of the setup: read it out before the first vote.
    pub setup: Option<Hash>,
    /// The hash of the last event.
    pub head: Option<Hash>,
    /// How many events there are.
    pub events: u64,
    /// Where the election stands.
    pub stage: Stage,
    /// How many may vote.
    pub eligible: u64,
    /// How many ballots were cast.
    pub cast: u64,
    /// How many of them count.
    pub counted: u64,
    /// Their weights together.
    pub weight: u64,
    /// How many ballots were replaced by a later one of the same voter.
    pub replaced: u64,
    /// How many ballots do not count for a reason that stands among the findings.
    pub refused: u64,
    /// How many trustees there are.
    pub trustees: u64,
    /// Questions and answers, for the reader.
    pub questions: Vec<(String, Vec<String>, bool)>,
    /// The published result.
    pub result: Option<ElectionResult>,
    /// Whether the trustees' shared key was made in the older, weaker form of 2.0.
    pub old_ceremony: bool,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            name: String::new(),
            uuid: String::new(),
            group: String::new(),
            fingerprint: String::new(),
            setup: None,
            head: None,
            events: 0,
            stage: Stage::Empty,
            eligible: 0,
            cast: 0,
            counted: 0,
            weight: 0,
            replaced: 0,
            refused: 0,
            trustees: 0,
            questions: Vec::new(),
            result: None,
            old_ceremony: false,
        }
    }
}

impl Summary {
    /// For each question of the result: its text and, for marks, every answer with its sum; the
    /// blank vote goes by the name `blank`.
    pub fn sums<'a>(&'a self, blank: &'a str) -> Vec<(&'a str, Vec<(&'a str, u64)>)> {
        let outcomes = self.result.iter().flat_map(|result| &result.result);
        self.questions
            .iter()
            .zip(outcomes)
            .map(|((text, answers, has_blank), outcome)| {
                let names = has_blank.then_some(blank).into_iter();
                let names = names.chain(answers.iter().map(String::as_str));
                let sums = match outcome {
                    Outcome::Sums(sums) => names.zip(sums.iter().copied()).collect(),
                    Outcome::Ballots(_) => Vec::new(),
                };
                (text.as_str(), sums)
            })
            .collect()
    }
}

/// Everything a verifier says about an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What is wrong; nothing when the archive may be trusted.
    pub findings: Vec<Finding>,
    /// What it holds.
    pub summary: Summary,
}

impl Report {
    /// Whether nothing is wrong. An election that still runs can be sound too.
    pub fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether nothing is wrong and the result is published.
    pub fn is_complete(&self) -> bool {
        self.is_sound() && self.summary.stage == Stage::Finished
    }
}
