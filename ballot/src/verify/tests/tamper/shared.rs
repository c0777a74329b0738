//! The forgeries for the web client, whose verifier must find the same codes in each of them.
//!
//! Most of an archive is the same in all: bodies are written down once, and a forgery is a list of
//! them; one that breaks the form of records is the change that it makes to the sound archive.
//! `KONVENT_WRITE_VECTORS=1 cargo test -p konvent-ballot vectors forgeries` writes the file again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{codes, forgeries, plain};
use crate::archive::{Name, Records};
use crate::finding::Code;
use crate::hash::Hash;
use crate::verify::Verifier;

const PLACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/src/ballot/forgeries.json");
/// The time stamp of every record.
const TIME: u64 = 1_795_298_225;

/// The archive as kinds and places of bodies; none when its records are not all well formed.
fn records(archive: &[u8], bodies: &mut Vec<String>) -> Option<Vec<(char, usize)>> {
    let mut records = Records::default();
    records.push(archive);
    let mut list = Vec::new();
    while let Some(record) = records.next_record() {
        let record = record.ok().filter(|record| record.time == TIME)?;
        let kind = match record.name {
            Name::Header => 'h',
            Name::Data(hash) if hash == Hash::of(&record.body) => 'd',
            Name::Event(hash) if hash == Hash::of(&record.body) => 'e',
            _ => return None,
        };
        list.push((kind, String::from_utf8(record.body).ok()?));
    }
    (records.left_over() == 0).then(|| {
        let place = |body: String| {
            bodies.iter().position(|known| *known == body).unwrap_or_else(|| {
                bodies.push(body);
                bodies.len() - 1
            })
        };
        let mut place = place;
        list.into_iter().map(|(kind, body)| (kind, place(body))).collect()
    })
}

/// What stands where in the sound archive, and what stands there instead.
fn splice(sound: &[u8], archive: &[u8]) -> Value {
    let start = sound.iter().zip(archive).take_while(|(a, b)| a == b).count();
    let ends = sound[start..].iter().rev().zip(archive[start..].iter().rev());
    let end = ends.take_while(|(a, b)| a == b).count();
    let removed = sound.len() - start - end;
    json!([start, removed, STANDARD.encode(&archive[start..archive.len() - end])])
}

#[test]
fn the_web_client_has_our_forgeries() {
    let mut bodies = Vec::new();
    let sound = plain().build();
    let first = records(&sound, &mut bodies).unwrap();
    let list: Vec<Value> = forgeries()
        .into_iter()
        .map(|(name, archive, _)| {
            let report = Verifier::verify(&archive);
            let mut codes: Vec<&str> = codes(&report).into_iter().map(Code::as_str).collect();
            codes.sort_unstable();
            codes.dedup();
            match records(&archive, &mut bodies) {
                Some(records) if !records.is_empty() => {
                    json!({ "name": name, "codes": codes, "records": records })
                }
                _ => json!({ "name": name, "codes": codes, "splice": splice(&sound, &archive) }),
            }
        })
        .collect();
    let all = json!({ "time": TIME, "bodies": bodies, "sound": first, "forgeries": list });
    let text = serde_json::to_string(&all).unwrap() + "\n";
    if std::env::var_os("KONVENT_WRITE_VECTORS").is_some() {
        std::fs::write(PLACE, &text).unwrap();
    }
    assert!(std::fs::read_to_string(PLACE).is_ok_and(|found| found == text), "write them again");
}
