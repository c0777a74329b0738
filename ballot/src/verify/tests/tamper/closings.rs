//! Forged tallies, decryptions and results.

use super::{E, Forgery, bump, of, plain, scene};
use crate::archive::Kind;
use crate::ballot::Ballot;
use crate::finding::Code;
use crate::proof::Ciphertext;
use crate::rehearsal::Commission;
use crate::tally::{ElectionResult, Outcome, Owned, PartialDecryption, SizedTally, Tally};
use crate::verify::tests::workshop::Pieces;

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn closings() -> Vec<Forgery> {
    let pieces = plain();
    let case = |forge: &dyn Fn(&mut Pieces)| of(pieces.clone(), forge);
    let sized =
        |forge: &dyn Fn(&mut SizedTally)| case(&|p| p.edit(Kind::EncryptedTally, 0, 1, forge));
    let part = |forge: &dyn Fn(&mut PartialDecryption<E>)| {
        case(&|p| p.edit(Kind::PartialDecryption, 0, 0, forge))
    };
    let owner =
        |n| case(&move |p| p.edit(Kind::PartialDecryption, 1, 1, |o: &mut Owned| o.owner = n));
    let result = |change: i64| {
        case(&move |p| {
            p.edit(Kind::Result, 0, 0, |result: &mut ElectionResult| {
                if let Outcome::Sums(sums) = &mut result.result[0] {
                    sums[1] = sums[1].checked_add_signed(change).unwrap();
                }
            });
        })
    };
    // everything after the tally is honest about a tally that leaves ballots out
    let mut subset = scene(Commission::All(2));
    subset.tally = Tally::new(&subset.election);
    let first = Pieces::of(&subset.bytes).body(Kind::Ballot, 2, 0).clone();
    subset.tally.add(&Ballot::read(&first).unwrap(), 1);
    subset.finish().unwrap();
    vec![
        (
            "EndBallots missing",
            case(&|p| {
                p.events.remove(6);
            }),
            Code::EventOrder,
        ),
        (
            "tally swapped",
            case(&|p| {
                p.edit(Kind::EncryptedTally, 0, 0, |t: &mut Vec<Vec<Ciphertext<E>>>| {
                    t[0].swap(1, 2);
                });
            }),
            Code::TallyWrong,
        ),
        ("tally of a subset", subset.bytes, Code::TallyWrong),
        ("num_tallied", sized(&|s| s.num_tallied += 1), Code::TallyCount),
        ("total_weight", sized(&|s| s.total_weight += 1), Code::TallyWeight),
        ("factor altered", part(&|d| d.decryption_factors[0].swap(0, 1)), Code::DecryptionProof),
        (
            "decryption proof altered",
            part(&|d| bump(&mut d.decryption_proofs[0][0].response)),
            Code::DecryptionProof,
        ),
        (
            "decryption shortened",
            part(&|d| drop(d.decryption_factors[0].pop())),
            Code::DecryptionProof,
        ),
        (
            "trustee missing",
            case(&|p| {
                p.events.remove(9);
            }),
            Code::DecryptionMissing,
        ),
        (
            "share used twice",
            case(&|p| {
                let again = p.events[8].clone();
                p.events.insert(9, again);
            }),
            Code::DecryptionTwice,
        ),
        ("share under another name", owner(1), Code::DecryptionTwice),
        ("owner out of range", owner(3), Code::DecryptionOwner),
        ("owner zero", owner(0), Code::DecryptionOwner),
        ("result + 1", result(1), Code::ResultWrong),
        ("result − 1", result(-1), Code::ResultWrong),
        (
            "extra result member",
            case(&|p| p.replace(Kind::Result, 0, 0, "{", "{\"x\":1,")),
            Code::ResultJson,
        ),
        (
            "second result",
            case(&|p| {
                let again = p.events[10].clone();
                p.events.push(again);
            }),
            Code::EventOrder,
        ),
        (
            "second setup",
            case(&|p| {
                let again = p.events[0].clone();
                p.events.insert(1, again);
            }),
            Code::EventOrder,
        ),
        (
            "ballot after the result",
            case(&|p| {
                let again = p.events[1].clone();
                p.events.push(again);
            }),
            Code::EventOrder,
        ),
        ("stray record", case(&|p| p.events[3].1.insert(0, b"{}".to_vec())), Code::ArchiveStray),
    ]
}
