//! An archive as the subcommands see it: verified first, then read and extended.

use std::fs::{self, OpenOptions};
use std::io::Write as _;

use konvent_ballot::archive::{Event, Kind, Name, Records, Refused, Writer};
use konvent_ballot::ballot::Ballot;
use konvent_ballot::credential::Roll;
use konvent_ballot::election::Election;
use konvent_ballot::group::Group;
use konvent_ballot::json;
use konvent_ballot::shuffle::Shuffle;
use konvent_ballot::tally::{EncryptedTally, Owned, PartialDecryption, Tally};
use konvent_ballot::trustee::Trustees;
use konvent_ballot::verify::Verifier;

use crate::arguments::{Trial, wrong};

/// An archive that was verified, with what its next event needs.
pub struct Board<G: Group> {
    pub path: String,
    pub election: Election<G>,
    pub trustees: Trustees<G>,
    pub roll: Roll,
    pub tally: Tally<G>,
    pub encrypted: EncryptedTally<G>,
    pub decryptions: Vec<(usize, PartialDecryption<G>)>,
    pub writer: Writer,
}

impl<G: Group> Board<G> {
    /// Verifies the archive first: nobody should decrypt or extend what is not sound.
    pub fn open(path: &str) -> Trial<Self> {
        let bytes = fs::read(path).map_err(|e| format!("{path}: {e}"))?;
        let report = Verifier::verify(&bytes);
        if let Some(finding) = report.findings.first() {
            return Err(format!("{path}: {} ({})", finding.code.german(), finding.code));
        }
        let mut records = Records::default();
        records.push(&bytes);
        let mut data: Vec<Vec<u8>> = Vec::new();
        let mut board: Option<Self> = None;
        while let Some(Ok(record)) = records.next_record() {
            let Name::Event(head) = record.name else {
                data.push(record.body);
                continue;
            };
            let event: Event = json::exact(&record.body).ok_or_else(wrong(path))?;
            if event.kind == Kind::Setup {
                board = Some(Self::begin(path, &data)?);
            }
            let board = board.as_mut().ok_or_else(wrong(path))?;
            board.follow(event.kind, &data)?;
            let (shuffles, stage) = (board.election.has_shuffles(), report.summary.stage);
            board.writer = Writer::resume(record.time, shuffles, stage, head, event.height);
            data.clear();
        }
        board.ok_or_else(wrong(path))
    }

    pub fn begin(path: &str, data: &[Vec<u8>]) -> Trial<Self> {
        // the header is a record too, and the first
        let [_, election, trustees, roll, _] = data else { return Err(wrong(path)()) };
        let election = Election::<G>::read(election).ok_or_else(wrong("Wahl"))?;
        let trustees = Trustees::read(trustees).ok_or_else(wrong("Vertrauenspersonen"))?;
        let entries: Vec<String> = json::exact(roll).ok_or_else(wrong("Wählerverzeichnis"))?;
        let roll = Roll::read::<G>(&entries).map_err(|_| wrong("Wählerverzeichnis")())?;
        let (writer, _) = Writer::new(0, election.has_shuffles());
        Ok(Self {
            path: path.to_owned(),
            tally: Tally::new(&election),
            election,
            trustees,
            roll,
            encrypted: Vec::new(),
            decryptions: Vec::new(),
            writer,
        })
    }

    pub fn follow(&mut self, kind: Kind, data: &[Vec<u8>]) -> Trial<()> {
        match (kind, data) {
            (Kind::Ballot, [bytes]) => {
                let ballot = Ballot::<G>::read(bytes).ok_or_else(wrong("Stimmzettel"))?;
                let weight = self.roll.find(ballot.credential.text()).map_or(1, |(_, w)| w);
                self.tally.add(&ballot, weight);
            }
            (Kind::EncryptedTally, _) => self.encrypted = self.tally.encrypted(),
            (Kind::Shuffle, [bytes, _]) => {
                let shuffle: Shuffle<G> = json::exact(bytes).ok_or_else(wrong("Mischung"))?;
                for (place, ciphertexts) in self.mixed().into_iter().zip(shuffle.ciphertexts) {
                    if let Some(part) = self.encrypted.get_mut(place) {
                        *part = ciphertexts;
                    }
                }
            }
            (Kind::PartialDecryption, [bytes, owned]) => {
                let part = json::exact(bytes).ok_or_else(wrong("Teilentschlüsselung"))?;
                let owned: Owned = json::exact(owned).ok_or_else(wrong("Teilentschlüsselung"))?;
                self.decryptions.push((owned.owner, part));
            }
            _ => {}
        }
        Ok(())
    }

    pub fn mixed(&self) -> Vec<usize> {
        let questions = self.election.questions().iter().enumerate();
        questions.filter(|(_, question)| question.is_shuffled()).map(|(place, _)| place).collect()
    }

    pub fn append(&self, bytes: &[u8]) -> Trial<()> {
        let fail = |e: std::io::Error| format!("{}: {e}", self.path);
        let mut file = OpenOptions::new().append(true).open(&self.path).map_err(fail)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(fail)
    }
}

pub fn refused(refused: Refused) -> String {
    format!("An dieser Stelle nicht erlaubt: {refused}")
}
