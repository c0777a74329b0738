//! Forged elections, trustees and rolls.

use super::{E, Forgery, bump, of, plain};
use crate::archive::Kind;
use crate::finding::Code;
use crate::trustee::{self, Kind as Trustee, Trustees};
use crate::verify::tests::workshop::Pieces;

pub(super) fn setups() -> Vec<Forgery> {
    let pieces = plain();
    let case = |forge: &dyn Fn(&mut Pieces)| of(pieces.clone(), forge);
    let roll = |forge: &dyn Fn(&mut Vec<String>)| {
        case(&|p| p.edit(Kind::Setup, 0, 2, |roll: &mut Vec<String>| forge(roll)))
    };
    let keys = |forge: &dyn Fn(&mut Vec<Trustee<E>>)| {
        case(&|p| p.edit(Kind::Setup, 0, 1, |trustees: &mut Trustees<E>| forge(&mut trustees.0)))
    };
    let altered = |kinds: &mut Vec<Trustee<E>>| {
        if let Trustee::Single(key) = &mut kinds[0] {
            bump(&mut key.pok.response);
        }
    };
    let replaced = |p: &mut Pieces| {
        let (_, key) = trustee::generate::<E>(&mut crate::random::Seeded::new(b"thief"));
        let text = String::from_utf8(p.body(Kind::Setup, 0, 0).clone()).unwrap();
        let old = text.split("\"public_key\":\"").nth(1).unwrap()[..64].to_owned();
        p.replace(Kind::Setup, 0, 0, &old, key.public_key.text());
    };
    vec![
        ("duplicate on the roll", roll(&|r| r.push(r[0].clone())), Code::SetupRollTwice),
        (
            "duplicate with another weight",
            roll(&|r| r.push(format!("{},2", r[0]))),
            Code::SetupRollTwice,
        ),
        ("garbage on the roll", roll(&|r| r.push("garbage".to_owned())), Code::SetupRoll),
        (
            "neutral element on the roll",
            roll(&|r| r.push(format!("{}1", "0".repeat(63)))),
            Code::SetupRoll,
        ),
        ("weight 0 on the roll", roll(&|r| r[0].push_str(",0")), Code::SetupRoll),
        ("weight changed after the vote", roll(&|r| r[0].push_str(",9")), Code::TallyWeight),
        ("proof of possession altered", keys(&altered), Code::SetupTrusteeProof),
        ("trustee removed", keys(&|k| drop(k.pop())), Code::SetupPublicKey),
        ("no trustees", keys(&Vec::clear), Code::SetupTrustees),
        ("election key replaced", case(&replaced), Code::SetupPublicKey),
        (
            "question text changed",
            case(&|p| p.replace(Kind::Setup, 0, 0, "Frage?", "Frage!")),
            Code::BallotElection,
        ),
        (
            "answers reordered",
            case(&|p| {
                p.replace(
                    Kind::Setup,
                    0,
                    0,
                    "\"Antwort 0\",\"Antwort 1\"",
                    "\"Antwort 1\",\"Antwort 0\"",
                );
            }),
            Code::BallotElection,
        ),
        (
            "white space in the election",
            case(&|p| p.replace(Kind::Setup, 0, 0, ":1,", ": 1,")),
            Code::SetupElection,
        ),
        (
            "extra member in the election",
            case(&|p| p.replace(Kind::Setup, 0, 0, "{", "{\"x\":1,")),
            Code::SetupElection,
        ),
        (
            "version 2 of the election",
            case(&|p| p.replace(Kind::Setup, 0, 0, "\"version\":1", "\"version\":2")),
            Code::SetupElection,
        ),
        (
            "unknown group",
            case(&|p| p.replace(Kind::Setup, 0, 0, "Ed25519", "Ed25520")),
            Code::SetupElection,
        ),
        (
            "min above max",
            case(&|p| p.replace(Kind::Setup, 0, 0, "\"min\":1", "\"min\":3")),
            Code::SetupElection,
        ),
        (
            "version 2 of the archive",
            case(&|p| p.header = br#"{"version":2,"timestamp":"1795298225"}"#.to_vec()),
            Code::ArchiveHeader,
        ),
    ]
}
