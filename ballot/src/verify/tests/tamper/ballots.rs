//! Forged ballots.

use super::{E, Forgery, bump, of, plain, scene};
use crate::answer::Answer;
use crate::archive::Kind;
use crate::ballot::{Ballot, Signature};
use crate::finding::Code;
use crate::group::{Group, Scalar as _};
use crate::hash::fingerprint;
use crate::json::{self, Element};
use crate::proof::Proof;
use crate::rehearsal::Commission;
use crate::verify::tests::workshop::Pieces;

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

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn ballots() -> Vec<Forgery> {
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
