//! Every forgery we could think of, each refused with its code. The table is printed by
//! `cargo test -p konvent-ballot tamper -- --nocapture`.

mod ballots;
mod bytes;
mod closings;
mod mixes;
mod setups;
mod shared;

use super::workshop::Pieces;
use super::{marks, ranked, template};
use crate::answer::Answer;
use crate::finding::Code;
use crate::group::{Belenios2048, Ed25519, Group, Scalar as _};
use crate::json::{Element, Exponent};
use crate::rehearsal::{Commission, Rehearsal};
use crate::verify::{Report, Verifier};

/// What it is called, the archive, and a code that must be found.
type Forgery = (&'static str, Vec<u8>, Code);
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

fn bump(exponent: &mut Exponent<E>) {
    exponent.0 = exponent.0.plus(&<E as Group>::Scalar::from_u64(1));
}

/// A forgery of the pieces of an archive, built with an unbroken chain.
fn of(mut pieces: Pieces, forge: impl FnOnce(&mut Pieces)) -> Vec<u8> {
    forge(&mut pieces);
    pieces.build()
}

fn forgeries() -> Vec<Forgery> {
    let tables = [
        ballots::ballots(),
        setups::setups(),
        closings::closings(),
        mixes::mixes(),
        bytes::bytes(),
    ];
    tables.concat()
}

#[test]
fn every_forgery_is_refused_with_its_code() {
    for sound in [plain(), threshold(), shuffled()] {
        assert_eq!(Verifier::verify(&sound.build()).findings, [], "taking apart changes nothing");
    }
    let all = forgeries();
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

#[test]
fn a_ballot_that_is_refused_is_counted_as_refused_and_not_as_replaced() {
    let all = forgeries();
    let (_, replay, _) = all.iter().find(|(name, ..)| *name == "replay").unwrap();
    let summary = Verifier::verify(replay).summary;
    let sound = Verifier::verify(&plain().build()).summary;
    assert_eq!((summary.cast, summary.refused), (sound.cast + 1, 1));
    assert_eq!((summary.counted, summary.replaced), (sound.counted, sound.replaced));
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
