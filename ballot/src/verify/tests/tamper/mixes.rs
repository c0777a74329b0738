//! Forged shuffles and threshold ceremonies.

use super::{E, Forgery, bump, of, shuffled, threshold};
use crate::archive::Kind;
use crate::finding::Code;
use crate::json::{self, Exponent};
use crate::proof::Ciphertext;
use crate::shuffle::Shuffle;
use crate::tally::Owned;
use crate::trustee::{self, Kind as Trustee, Trustees};
use crate::verify::tests::workshop::Pieces;

pub(super) fn mixes() -> Vec<Forgery> {
    let (pieces, shares) = (shuffled(), threshold());
    let case = |forge: &dyn Fn(&mut Pieces)| of(pieces.clone(), forge);
    let share = |forge: &dyn Fn(&mut Pieces)| of(shares.clone(), forge);
    let pedersen = |forge: &dyn Fn(&mut trustee::ThresholdParameters<E>)| {
        share(&|p| {
            p.edit(Kind::Setup, 0, 1, |trustees: &mut Trustees<E>| {
                if let Trustee::Pedersen(parameters) = &mut trustees.0[1] {
                    forge(parameters);
                }
            });
        })
    };
    let foreign = crate::rehearsal::ceremony::<E>(2, 3, &mut crate::random::Seeded::new(b"other"));
    let (foreign, _) = foreign.unwrap();
    let proof = |p: &mut Pieces| {
        p.edit(Kind::Shuffle, 0, 0, |shuffle: &mut serde_json::Value| {
            let response = &mut shuffle["proofs"][0][1][0];
            let mut number: Exponent<E> = serde_json::from_value(response.clone()).unwrap();
            bump(&mut number);
            *response = serde_json::to_value(number).unwrap();
        });
    };
    let replaced = |p: &mut Pieces| {
        let tally: Vec<Vec<Ciphertext<E>>> =
            json::exact(p.body(Kind::EncryptedTally, 0, 0)).unwrap();
        p.edit(Kind::Shuffle, 0, 0, |s: &mut Shuffle<E>| s.ciphertexts[0][0] = tally[0][0].clone());
    };
    vec![
        ("shuffle proof altered", case(&proof), Code::ShuffleProof),
        ("ciphertext replaced in a shuffle", case(&replaced), Code::ShuffleProof),
        (
            "second shuffle shows the first",
            case(&|p| {
                p.events[7].1 = p.events[6].1.clone();
            }),
            Code::ShuffleProof,
        ),
        (
            "shuffles skipped",
            case(&|p| {
                p.events.drain(6..8);
            }),
            Code::ShuffleMissing,
        ),
        (
            "EndShuffles missing",
            case(&|p| {
                p.events.remove(8);
            }),
            Code::EventOrder,
        ),
        (
            "shuffle without an owner",
            case(&|p| p.edit(Kind::Shuffle, 0, 1, |o: &mut Owned| o.owner = 9)),
            Code::ShuffleOwner,
        ),
        (
            "certificate of a foreign trustee",
            pedersen(&|t| t.certs[0] = foreign.certs[0].clone()),
            Code::SetupCertificate,
        ),
        ("certificates swapped", pedersen(&|t| t.certs.swap(0, 1)), Code::SetupCertificate),
        ("signatures removed", pedersen(&|t| t.signatures = None), Code::SetupCertificate),
        (
            "commitments of another ceremony",
            pedersen(&|t| t.coefexps[0] = foreign.coefexps[0].clone()),
            Code::SetupCertificate,
        ),
        ("threshold lowered", pedersen(&|t| t.threshold = 1), Code::SetupCertificate),
        (
            "verification key replaced",
            pedersen(&|t| t.verification_keys[0] = foreign.verification_keys[0].clone()),
            Code::SetupThreshold,
        ),
        (
            "verification keys swapped",
            pedersen(&|t| t.verification_keys.swap(0, 1)),
            Code::SetupThreshold,
        ),
        (
            "fewer shares than the threshold",
            share(&|p| {
                p.events.remove(10);
            }),
            Code::DecryptionMissing,
        ),
        (
            "wrong Lagrange index",
            share(&|p| p.edit(Kind::PartialDecryption, 2, 1, |o: &mut Owned| o.owner = 4)),
            Code::DecryptionProof,
        ),
    ]
}
