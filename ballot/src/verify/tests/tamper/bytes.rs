//! Archives whose bytes were changed, and chains that were broken.

use super::{Forgery, plain};
use crate::archive::{Name, tar};
use crate::finding::Code;
use crate::hash::Hash;

pub(super) fn bytes() -> Vec<Forgery> {
    let pieces = plain();
    let sound = pieces.build();
    let with = |forge: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = sound.clone();
        forge(&mut bytes);
        bytes
    };
    let record = |time, body: &[u8]| tar::write(Name::Data(Hash::of(body)), time, body);
    let parent = |mut event: crate::archive::Event| {
        if event.height == 3 {
            event.parent = Some(Hash::of(b"another"));
        }
        event
    };
    let height = |mut event: crate::archive::Event| {
        event.height += u64::from(event.height >= 3);
        event
    };
    let payload = |mut event: crate::archive::Event| {
        if event.height == 3 {
            event.payload = None;
        }
        event
    };
    vec![
        ("byte flip in a record", with(&|b| b[1024 + 512 + 20] ^= 1), Code::ArchiveHash),
        ("byte flip in a record's head", with(&|b| b[1024 + 101] ^= 1), Code::ArchiveRecord),
        ("byte in the padding", with(&|b| b[1000] = 1), Code::ArchiveRecord),
        ("other time stamp", with(&|b| b.extend(record(5, b"{}"))), Code::ArchiveTime),
        (
            "stray record at the end",
            with(&|b| b.extend(record(1_795_298_225, b"{}"))),
            Code::ArchiveStray,
        ),
        ("end blocks", with(&|b| b.extend([0; 1024])), Code::ArchiveTrailing),
        ("truncation", with(&|b| b.truncate(b.len() - 700)), Code::ArchiveTruncated),
        ("empty file", Vec::new(), Code::ArchiveEmpty),
        ("no header", with(&|b| drop(b.drain(..1024))), Code::ArchiveHeader),
        ("wrong parent", pieces.build_with(parent), Code::EventParent),
        ("wrong height", pieces.build_with(height), Code::EventHeight),
        ("payload unnamed", pieces.build_with(payload), Code::EventPayload),
    ]
}
