//! Every forgery we could think of, each refused with its code. The table is printed by
//! `cargo test -p konvent-ballot tamper -- --nocapture`.

use super::workshop::Pieces;
use super::{marks, ranked, template};
use crate::answer::Answer;
use crate::archive::{Kind, Name, tar};
use crate::ballot::{Ballot, Signature};
use crate::finding::Code;
use crate::group::{Belenios2048, Ed25519, Group, Scalar as _};
use crate::hash::{Hash, fingerprint};
use crate::json::{self, Element, Exponent};
use crate::proof::{Ciphertext, Proof};
use crate::rehearsal::{Commission, Rehearsal};
use crate::shuffle::Shuffle;
use crate::tally::{ElectionResult, Outcome, Owned, PartialDecryption, SizedTally, Tally};
use crate::trustee::{self, Kind as Trustee, Trustees};
use crate::verify::{Report, Verifier};

type E = Ed25519;

/// The election that is tampered with: voter 0 votes twice.
fn scene(who: Commission) -> Rehearsal<E> {
    let questions = vec![marks(3, true, 1, 2)];
    let mut scene = Rehearsal::new("tamper", template(questions), &[1, 1, 1, 4], who).unwrap();
    for (voter, choice) in [
        (0, [0, 1, 0, 0]),
        (1, [0, 1, 1, 0]),
        (2, [1, 0, 0, 0]),
        (0, [0, 0, 1, 0]),
        (3, [0, 0, 0, 1]),
    ] {
        scene.vote(voter, &[choice.to_vec()]).unwrap();
    }
    scene
}

fn plain() -> Pieces {
    let mut scene = scene(Commission::All(2));
    scene.finish().unwrap();
    Pieces::of(&scene.bytes)
}

fn threshold() -> Pieces {
    let mut scene = scene(Commission::Threshold { threshold: 2, size: 3 });
    scene.finish().unwrap();
    Pieces::of(&scene.bytes)
}

fn shuffled() -> Pieces {
    let questions = vec![ranked(2)];
    let mut scene =
        Rehearsal::<E>::new("mix", template(questions), &[1; 3], Commission::All(2)).unwrap();
    for voter in 0..3 {
        scene.vote(voter, &[vec![1, u8::try_from(voter).unwrap()]]).unwrap();
    }
    scene.finish().unwrap();
    Pieces::of(&scene.bytes)
}

fn codes(report: &Report) -> Vec<Code> {
    report.findings.iter().map(|finding| finding.code).collect()
}

/// Changes the first ballot as a value.
fn ballot(pieces: &mut Pieces, change: impl FnOnce(&mut Ballot<E>)) {
    pieces.edit(Kind::Ballot, 0, 0, change);
}

fn answer(ballot: &mut Ballot<E>) -> &mut crate::answer::MarksAnswer<E> {
    match &mut ballot.answers[0] {
        Answer::Marks(answer) => answer,
        Answer::Values(_) => unreachable!(),
    }
}

fn bump(exponent: &mut Exponent<E>) {
    exponent.0 = exponent.0.plus(&<E as Group>::Scalar::from_u64(1));
}

/// Signs a changed ballot again, as its dishonest owner would.
fn sign(ballot: &mut Ballot<E>, secret: &<E as Group>::Scalar) {
    ballot.signature = None;
    let hash = fingerprint(&json::write(ballot));
    let rng = &mut crate::random::Seeded::new(b"forger");
    let proof = Proof::know(&["sig|", &hash, "|"], secret, rng);
    ballot.signature = Some(Signature { hash, proof });
}

/// q as the specification prints it, added to a number in decimal.
fn plus_q(text: &str) -> String {
    let q = "7237005577332262213973186563042994240857116359379907606001950938285454250989";
    let (mut out, mut carry) = (Vec::new(), 0);
    let digits = |t: &str| t.bytes().rev().map(|d| d - b'0').collect::<Vec<_>>();
    let (a, b) = (digits(text), digits(q));
    for i in 0..a.len().max(b.len()) {
        let sum = a.get(i).unwrap_or(&0) + b.get(i).unwrap_or(&0) + carry;
        out.push(b'0' + sum % 10);
        carry = sum / 10;
    }
    if carry > 0 {
        out.push(b'0' + carry);
    }
    out.reverse();
    String::from_utf8(out).unwrap()
}

/// A forgery of the pieces of an archive, built with an unbroken chain.
fn of(mut pieces: Pieces, forge: impl FnOnce(&mut Pieces)) -> Vec<u8> {
    forge(&mut pieces);
    pieces.build()
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn ballots() -> Vec<(&'static str, Vec<u8>, Code)> {
    let pieces = plain();
    let case = |forge: &dyn Fn(&mut Pieces)| of(pieces.clone(), forge);
    let paper = |forge: &dyn Fn(&mut Ballot<E>)| case(&|p| ballot(p, forge));
    let other = scene(Commission::All(2)).ballot(1, &[vec![0, 1, 0, 0]]).unwrap();
    let secret = scene(Commission::All(2)).secret(0).unwrap();
    let heavy = |ballot: &mut Ballot<E>| {
        let choice = &mut answer(ballot).choices[1];
        let more = E::pow_g(&<E as Group>::Scalar::from_u64(499));
        choice.beta = Element::new(E::mul(choice.beta.point(), &more));
        sign(ballot, &secret);
    };
    let stranger = |p: &mut Pieces| {
        let mut scene = scene(Commission::All(2));
        let secret = scene.random();
        let choices = [vec![0, 1, 0, 0]];
        let ballot = Ballot::<E>::make(&scene.election, &secret, &choices, &mut scene.rng).unwrap();
        *p.body(Kind::Ballot, 0, 0) = ballot.write();
    };
    let torsion = |ballot: &mut Ballot<E>| {
        // y = 0 has order 4
        let t = E::parse(&"0".repeat(64)).unwrap();
        let choice = &mut answer(ballot).choices[1];
        choice.alpha = Element::new(E::mul(choice.alpha.point(), &t));
        sign(ballot, &secret);
    };
    let number = |p: &mut Pieces, key: &str, change: &dyn Fn(&str) -> String| {
        let text = String::from_utf8(p.body(Kind::Ballot, 0, 0).clone()).unwrap();
        let key = format!("\"{key}\":\"");
        let start = text.find(&key).unwrap() + key.len();
        let end = start + text[start..].find('"').unwrap();
        let old = format!("{key}{}\"", &text[start..end]);
        p.replace(Kind::Ballot, 0, 0, &old, &format!("{key}{}\"", change(&text[start..end])));
    };
    vec![
        (
            "ciphertexts swapped",
            paper(&|b| answer(b).choices.swap(1, 2)),
            Code::BallotIndividualProof,
        ),
        (
            "individual proof altered",
            paper(&|b| bump(&mut answer(b).individual_proofs[0][1].response)),
            Code::BallotIndividualProof,
        ),
        (
            "overall proof altered",
            paper(&|b| bump(&mut answer(b).overall_proof[0].response)),
            Code::BallotOverallProof,
        ),
        (
            "blank proof altered",
            paper(&|b| bump(&mut answer(b).blank_proof.as_mut().unwrap()[0].challenge)),
            Code::BallotBlankProof,
        ),
        ("blank proof removed", paper(&|b| answer(b).blank_proof = None), Code::BallotShape),
        ("answer removed", paper(&|b| b.answers.clear()), Code::BallotShape),
        (
            "signature altered",
            paper(&|b| bump(&mut b.signature.as_mut().unwrap().proof.response)),
            Code::BallotSignature,
        ),
        ("signature removed", paper(&|b| b.signature = None), Code::BallotSignature),
        (
            "signature of another ballot",
            paper(&|b| b.signature.clone_from(&other.signature)),
            Code::BallotSignature,
        ),
        (
            "foreign credential",
            paper(&|b| b.credential = other.credential.clone()),
            Code::BallotSignature,
        ),
        ("credential not on the roll", case(&stranger), Code::BallotCredential),
        ("forged heavy ballot (500 votes)", paper(&heavy), Code::BallotIndividualProof),
        ("element with torsion", paper(&torsion), Code::BallotNotInGroup),
        (
            "hash of another election",
            paper(&|b| b.election_hash = "x".repeat(43)),
            Code::BallotElection,
        ),
        (
            "uuid of another election",
            paper(&|b| b.election_uuid = "1".repeat(14)),
            Code::BallotElection,
        ),
        (
            "white space in a ballot",
            case(&|p| p.replace(Kind::Ballot, 0, 0, ",", ", ")),
            Code::BallotJson,
        ),
        (
            "extra member in a ballot",
            case(&|p| p.replace(Kind::Ballot, 0, 0, "{", "{\"x\":1,")),
            Code::BallotJson,
        ),
        (
            "members reordered",
            case(&|p| p.edit(Kind::Ballot, 0, 0, |_: &mut serde_json::Value| {})),
            Code::BallotJson,
        ),
        ("leading zero", case(&|p| number(p, "challenge", &|n| format!("0{n}"))), Code::BallotJson),
        ("challenge + q", case(&|p| number(p, "challenge", &plus_q)), Code::BallotJson),
        ("response + q", case(&|p| number(p, "response", &plus_q)), Code::BallotJson),
        (
            "point not on the curve",
            case(&|p| number(p, "alpha", &|_| format!("{}2", "0".repeat(63)))),
            Code::BallotJson,
        ),
        (
            "replay",
            case(&|p| {
                let again = p.events[2].clone();
                p.events.insert(3, again);
            }),
            Code::BallotRepeated,
        ),
        (
            "replay of the older ballot after a revote",
            case(&|p| {
                let again = p.events[1].clone();
                p.events.insert(6, again);
            }),
            Code::BallotRepeated,
        ),
        (
            "ballot dropped",
            case(&|p| {
                p.events.remove(2);
            }),
            Code::TallyWrong,
        ),
        ("ballot after EndBallots", case(&|p| p.events.swap(5, 6)), Code::EventOrder),
    ]
}

fn setups() -> Vec<(&'static str, Vec<u8>, Code)> {
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

#[expect(clippy::too_many_lines, reason = "a table")]
fn closings() -> Vec<(&'static str, Vec<u8>, Code)> {
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

fn mixes() -> Vec<(&'static str, Vec<u8>, Code)> {
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

fn bytes() -> Vec<(&'static str, Vec<u8>, Code)> {
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

#[test]
fn every_forgery_is_refused_with_its_code() {
    for sound in [plain(), threshold(), shuffled()] {
        assert_eq!(Verifier::verify(&sound.build()).findings, [], "taking apart changes nothing");
    }
    let all = [ballots(), setups(), closings(), mixes(), bytes()].concat();
    let mut missed = Vec::new();
    for (name, archive, code) in &all {
        let found = codes(&Verifier::verify(archive));
        let list: Vec<&str> = found.iter().map(|code| code.as_str()).collect();
        println!("{name:<44} {code:<24} {}", list.join(" "));
        if !found.contains(code) {
            missed.push(*name);
        }
    }
    println!("{} forgeries", all.len());
    assert_eq!(missed, [""; 0]);
}

/// Two boards that are each sound: only somebody who kept the older one can tell.
#[test]
fn a_rewritten_board_is_caught_by_those_who_kept_the_old_one() {
    let voting = Pieces::of(&scene(Commission::All(2)).bytes);
    let old = Verifier::verify(&voting.build());
    assert!(old.is_sound());
    let mut complete = scene(Commission::All(2));
    complete.finish().unwrap();
    let new = |archive: &[u8]| {
        let mut verifier = Verifier::default().resuming(&old);
        verifier.push(archive);
        codes(&verifier.finish())
    };
    assert_eq!(new(&complete.bytes), []);
    let dropped = of(voting.clone(), |p| drop(p.events.remove(2)));
    let swapped = of(voting.clone(), |p| p.events.swap(2, 3));
    for forged in [dropped, swapped] {
        assert!(Verifier::verify(&forged).is_sound(), "alone it looks sound");
        assert_eq!(new(&forged), [Code::PreviousDiffers]);
    }
}

#[test]
fn a_number_outside_the_subgroup_is_refused() {
    let questions = vec![marks(2, false, 1, 1)];
    let mut scene =
        Rehearsal::<Belenios2048>::new("p", template(questions), &[1], Commission::All(1)).unwrap();
    let mut ballot = scene.ballot(0, &[vec![1, 0]]).unwrap();
    if let Answer::Marks(answer) = &mut ballot.answers[0] {
        answer.choices[0].alpha = Element::new(Belenios2048::parse("2").unwrap());
    }
    assert!(ballot.faults(&scene.election).contains(&Code::BallotNotInGroup));
}
