//! Verifies an archive: every finding, with the height of its event and a stable code.
//!
//! Stricter than every version of `belenios-tool`: repeated ballots, ballots after the end, a
//! published tally that is not the recomputed one, wrong sizes, extra members and stray records are
//! all refused. Bytes come in pieces ([`Verifier::push`]), so an archive of any size is streamed;
//! ballots are checked in batches, on all cores with the feature `parallel`.

mod audit;
mod report;
#[cfg(test)]
mod tests;

use crate::archive::{Event, Fault, Header, Kind, Name, Record, Records, Stage};
use crate::election::{SetupData, group_name};
use crate::finding::{Code, Finding};
use crate::group::{Belenios2048, Ed25519, Group, Rfc3526};
use crate::hash::Hash;
use crate::json;

use audit::{Audit, Auditor};
pub use report::{Report, Summary};

/// Ballots that are checked together.
const BATCH: usize = 256;
/// Findings that are kept; a broken archive of a million ballots needs no million lines.
const MOST_FINDINGS: usize = 10_000;

/// A data record that waits for its event.
#[derive(Debug, Clone)]
struct Waiting {
    hash: Hash,
    body: Vec<u8>,
}

/// Reads an archive and collects what is wrong with it.
pub struct Verifier {
    records: Records,
    header: Option<u64>,
    waiting: Vec<Waiting>,
    batch: Vec<(u64, Vec<u8>)>,
    audit: Option<Box<dyn Audit>>,
    stage: Stage,
    head: Option<Hash>,
    height: u64,
    ended: bool,
    trusted: u64,
    previous: Option<(u64, Hash)>,
    findings: Vec<Finding>,
    summary: Summary,
}

impl Default for Verifier {
    fn default() -> Self {
        Self {
            records: Records::default(),
            header: None,
            waiting: Vec::new(),
            batch: Vec::new(),
            audit: None,
            stage: Stage::Empty,
            head: None,
            height: 0,
            ended: false,
            trusted: 0,
            previous: None,
            findings: Vec::new(),
            summary: Summary::default(),
        }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Checks that the archive continues one that was read before (§3.5.1): the last event of the
    /// old one must stand at the same height of the new. Each event names its parent and payload by
    /// their hashes, so nothing before it can differ.
    #[must_use]
    pub fn continuing(mut self, previous: &Report) -> Self {
        self.previous = previous.summary.events.checked_sub(1).zip(previous.summary.head);
        self
    }

    /// As [`Verifier::continuing`], and does not prove again the ballots of the old archive if that
    /// was sound. When the archives differ the report says so, and nothing is trusted.
    #[must_use]
    pub fn resuming(self, previous: &Report) -> Self {
        let mut verifier = self.continuing(previous);
        if previous.is_sound() {
            verifier.trusted = previous.summary.events;
        }
        verifier
    }

    /// More bytes of the archive.
    pub fn push(&mut self, bytes: &[u8]) {
        self.records.push(bytes);
        while let Some(record) = self.records.next_record() {
            match record {
                Ok(record) => self.record(record),
                Err(Fault::EndBlock) => self.broken(Code::ArchiveTrailing),
                Err(Fault::Form) => self.broken(Code::ArchiveRecord),
            }
        }
    }

    /// The archive ends here.
    pub fn finish(mut self) -> Report {
        self.flush();
        if !self.ended && self.records.left_over() > 0 {
            self.broken(Code::ArchiveTruncated);
        }
        if self.waiting.is_empty() {
            if self.audit.is_none() && self.findings.is_empty() {
                self.find(None, Code::ArchiveEmpty);
            }
        } else {
            self.find(None, Code::ArchiveStray);
        }
        if let Some(audit) = &self.audit {
            audit.describe(&mut self.summary);
        }
        if self.previous.is_some() {
            // the archive ends before the event that the older one had
            self.find(None, Code::PreviousDiffers);
        }
        self.summary.stage = self.stage;
        self.summary.head = self.head;
        self.summary.events = self.height;
        Report { findings: self.findings, summary: self.summary }
    }

    /// A whole archive that is in memory.
    pub fn verify(bytes: &[u8]) -> Report {
        let mut verifier = Self::default();
        verifier.push(bytes);
        verifier.finish()
    }

    /// How many events were read.
    pub fn events(&self) -> u64 {
        self.height
    }

    fn find(&mut self, height: Option<u64>, code: Code) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding { height, code });
        }
    }

    fn broken(&mut self, code: Code) {
        self.flush();
        self.ended = true;
        self.find(None, code);
    }

    fn record(&mut self, record: Record) {
        match (self.header, record.name) {
            (None, Name::Header) => {
                let time = Header::read(&record.body).map(|(_, time)| time);
                if time != Some(record.time) {
                    self.find(None, Code::ArchiveHeader);
                }
                self.header = Some(record.time);
            }
            (None, _) => {
                self.find(None, Code::ArchiveHeader);
                self.header = Some(record.time);
                self.named(record);
            }
            (Some(_), Name::Header) => self.find(None, Code::ArchiveRecord),
            (Some(time), _) => {
                if record.time != time {
                    self.find(Some(self.height), Code::ArchiveTime);
                }
                self.named(record);
            }
        }
    }

    fn named(&mut self, record: Record) {
        let (Name::Data(hash) | Name::Event(hash)) = record.name else { return };
        if Hash::of(&record.body) != hash {
            self.find(Some(self.height), Code::ArchiveHash);
        }
        match record.name {
            Name::Event(_) => self.event(hash, &record.body),
            _ => self.waiting.push(Waiting { hash, body: record.body }),
        }
    }

    fn event(&mut self, hash: Hash, body: &[u8]) {
        let height = self.height;
        self.height += 1;
        if self.previous.is_some_and(|(at, _)| at == height) {
            let same = self.previous.take().is_some_and(|(_, head)| head == hash);
            if !same {
                self.find(Some(height), Code::PreviousDiffers);
            }
        }
        let data = std::mem::take(&mut self.waiting);
        let Some(event) = json::exact::<Event>(body) else {
            self.head = Some(hash);
            return self.find(Some(height), Code::EventJson);
        };
        if event.parent != self.head {
            self.find(Some(height), Code::EventParent);
        }
        if event.height != height {
            self.find(Some(height), Code::EventHeight);
        }
        self.head = Some(hash);
        let shuffles = self.audit.as_ref().is_some_and(|audit| audit.has_shuffles());
        let Some(stage) = self.stage.after(event.kind, shuffles) else {
            self.find(Some(height), Code::EventOrder);
            return self.out_of_order(event.kind, height, data);
        };
        self.stage = stage;
        self.content(&event, height, data);
    }

    /// An event that may not stand here: what can still be said about the rest of the archive?
    fn out_of_order(&mut self, kind: Kind, height: u64, data: Vec<Waiting>) {
        let skipped = match kind {
            Kind::EncryptedTally if self.stage == Stage::Voting => Stage::Ended,
            Kind::EndShuffles | Kind::PartialDecryption if self.stage == Stage::Tallied => {
                self.find(Some(height), Code::ShuffleMissing);
                Stage::Shuffling
            }
            _ => return,
        };
        self.stage = skipped;
        let shuffles = self.audit.as_ref().is_some_and(|audit| audit.has_shuffles());
        if let Some(stage) = self.stage.after(kind, shuffles) {
            self.stage = stage;
            let payload = data.last().map(|last| last.hash);
            let event = Event { parent: None, height, kind, payload };
            self.content(&event, height, data);
        }
    }

    fn content(&mut self, event: &Event, height: u64, mut data: Vec<Waiting>) {
        if event.payload != data.last().map(|last| last.hash) {
            self.find(Some(height), Code::EventPayload);
        }
        let wanted = event.kind.records();
        if data.len() > wanted {
            self.find(Some(height), Code::ArchiveStray);
            data.drain(..data.len() - wanted);
        }
        if data.len() < wanted {
            return self.find(Some(height), Code::EventPayload);
        }
        if event.kind != Kind::Ballot {
            self.flush();
        }
        let mut bodies = data.into_iter();
        match (event.kind, bodies.next(), bodies.next(), bodies.next(), bodies.next()) {
            (Kind::Setup, Some(election), Some(trustees), Some(roll), Some(setup)) => {
                self.setup(height, &[election, trustees, roll], &setup);
            }
            (Kind::Ballot, Some(ballot), ..) => {
                self.batch.push((height, ballot.body));
                if self.batch.len() >= BATCH {
                    self.flush();
                }
            }
            (kind, first, second, ..) => {
                let body = |waiting: Option<Waiting>| waiting.map(|w| w.body).unwrap_or_default();
                if let Some(audit) = &mut self.audit {
                    let codes = audit.event(kind, &body(first), &body(second));
                    for code in codes {
                        self.find(Some(height), code);
                    }
                }
            }
        }
    }

    /// Chooses the group and begins the audit.
    fn setup(&mut self, height: u64, [election, trustees, roll]: &[Waiting; 3], setup: &Waiting) {
        let expected =
            SetupData { election: election.hash, trustees: trustees.hash, credentials: roll.hash };
        if json::exact::<SetupData>(&setup.body) != Some(expected) {
            self.find(Some(height), Code::EventPayload);
        }
        let bodies = [&election.body, &trustees.body, &roll.body].map(Vec::as_slice);
        let begun = match group_name(&election.body).as_deref() {
            Some(Ed25519::NAME) => Auditor::<Ed25519>::begin(bodies),
            Some(Belenios2048::NAME) => Auditor::<Belenios2048>::begin(bodies),
            Some(Rfc3526::NAME) => Auditor::<Rfc3526>::begin(bodies),
            _ => (None, vec![Code::SetupElection]),
        };
        let (audit, codes) = begun;
        self.audit = audit;
        self.summary.setup = Some(setup.hash);
        for code in codes {
            self.find(Some(height), code);
        }
    }

    /// Checks the ballots that wait.
    fn flush(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        if batch.is_empty() {
            return;
        }
        let Some(audit) = &mut self.audit else { return };
        for finding in audit.ballots(&batch, self.trusted) {
            self.find(finding.height, finding.code);
        }
    }
}
