//! Takes archives apart and puts them together again with an unbroken chain of hashes, so that a
//! forgery is found by what it says and not by a careless hash.

use crate::archive::tar;
use crate::archive::{Event, Kind, Name, Records};
use crate::election::SetupData;
use crate::hash::Hash;
use crate::json;
use crate::tally::{Owned, SizedTally};

/// An archive as events with their data records.
#[derive(Debug, Clone)]
pub struct Pieces {
    pub time: u64,
    pub header: Vec<u8>,
    pub events: Vec<(Kind, Vec<Vec<u8>>)>,
}

impl Pieces {
    pub fn of(archive: &[u8]) -> Self {
        let mut records = Records::default();
        records.push(archive);
        let mut pieces = Self { time: 0, header: Vec::new(), events: Vec::new() };
        let mut waiting = Vec::new();
        while let Some(record) = records.next_record() {
            let record = record.unwrap();
            match record.name {
                Name::Header => (pieces.time, pieces.header) = (record.time, record.body),
                Name::Data(_) => waiting.push(record.body),
                Name::Event(_) => {
                    let event: Event = json::exact(&record.body).unwrap();
                    pieces.events.push((event.kind, std::mem::take(&mut waiting)));
                }
            }
        }
        pieces
    }

    /// Everything again, with the hashes that belong to it.
    pub fn build(&self) -> Vec<u8> {
        self.build_with(|event| event)
    }

    /// As [`Pieces::build`], with a last change to each event.
    pub fn build_with(&self, change: impl Fn(Event) -> Event) -> Vec<u8> {
        let mut bytes = tar::write(Name::Header, self.time, &self.header);
        let mut parent = None;
        for (height, (kind, data)) in (0..).zip(&self.events) {
            let mut data = data.clone();
            relink(*kind, &mut data);
            for body in &data {
                bytes.extend(tar::write(Name::Data(Hash::of(body)), self.time, body));
            }
            let payload = data.last().map(|body| Hash::of(body));
            let event = change(Event { parent, height, kind: *kind, payload });
            let event = json::write(&event);
            bytes.extend(tar::write(Name::Event(Hash::of(&event)), self.time, &event));
            parent = Some(Hash::of(&event));
        }
        bytes
    }

    /// The places of events of a kind.
    pub fn places(&self, kind: Kind) -> Vec<usize> {
        let found = self.events.iter().enumerate().filter(|(_, event)| event.0 == kind);
        found.map(|(place, _)| place).collect()
    }

    /// A data record of the n-th event of a kind.
    pub fn body(&mut self, kind: Kind, n: usize, record: usize) -> &mut Vec<u8> {
        let place = self.places(kind)[n];
        &mut self.events[place].1[record]
    }

    /// Replaces text in a record; it must be there.
    pub fn replace(&mut self, kind: Kind, n: usize, record: usize, from: &str, to: &str) {
        let body = self.body(kind, n, record);
        let text = String::from_utf8(body.clone()).unwrap();
        assert!(text.contains(from), "{from} is not in {}", &text[..text.len().min(300)]);
        *body = text.replacen(from, to, 1).into_bytes();
    }

    /// Changes a record as a JSON value; members may come out in another order.
    pub fn edit<T: serde::de::DeserializeOwned + serde::Serialize>(
        &mut self,
        kind: Kind,
        n: usize,
        record: usize,
        change: impl FnOnce(&mut T),
    ) {
        let body = self.body(kind, n, record);
        let mut value: T = serde_json::from_slice(body).unwrap();
        change(&mut value);
        *body = json::write(&value);
    }
}

/// Records that name others by their hash.
fn relink(kind: Kind, data: &mut [Vec<u8>]) {
    match (kind, data) {
        (Kind::Setup, [election, trustees, credentials, setup]) => {
            *setup = json::write(&SetupData {
                election: Hash::of(election),
                trustees: Hash::of(trustees),
                credentials: Hash::of(credentials),
            });
        }
        (Kind::EncryptedTally, [tally, sized]) => {
            let mut value: SizedTally = json::exact(sized).unwrap();
            value.encrypted_tally = Hash::of(tally);
            *sized = json::write(&value);
        }
        (Kind::Shuffle | Kind::PartialDecryption, [payload, owned]) => {
            let mut value: Owned = json::exact(owned).unwrap();
            value.payload = Hash::of(payload);
            *owned = json::write(&value);
        }
        _ => {}
    }
}
