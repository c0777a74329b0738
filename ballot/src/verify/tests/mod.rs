//! Whole elections: sound ones are accepted.

mod tamper;
mod workshop;

use super::*;
use crate::election::{Marks, Question, Template};
use crate::rehearsal::{Commission, Rehearsal};
use crate::tally::Outcome;

pub(super) fn template(questions: Vec<Question>) -> Template {
    Template {
        description: "Grüße 🎉".to_owned(),
        name: "Wahl".to_owned(),
        questions,
        administrator: None,
        credential_authority: None,
    }
}

pub(super) fn marks(answers: usize, blank: bool, min: u32, max: u32) -> Question {
    Question::Marks(Marks {
        answers: (0..answers).map(|n| format!("Antwort {n}")).collect(),
        blank: blank.then_some(true),
        min,
        max,
        question: "Frage?".to_owned(),
    })
}

pub(super) fn ranked(answers: usize) -> Question {
    let answers = (0..answers).map(|n| format!("Person {n}")).collect();
    Question::values("Reihung?", answers, None)
}

fn homomorphic<G: Group>(who: Commission) {
    let questions = vec![marks(3, true, 1, 2), marks(2, false, 0, 1)];
    let mut scene = Rehearsal::<G>::new("h", template(questions), &[1, 5, 1], who).unwrap();
    scene.vote(0, &[vec![0, 1, 0, 1], vec![0, 1]]).unwrap();
    scene.vote(1, &[vec![0, 1, 0, 0], vec![1, 0]]).unwrap();
    assert!(Verifier::verify(&scene.bytes).is_sound());
    scene.vote(0, &[vec![1, 0, 0, 0], vec![0, 0]]).unwrap();
    assert!(scene.vote(2, &[vec![1, 1, 0, 0], vec![0, 0]]).is_none(), "blank and marked");
    assert!(scene.vote(2, &[vec![0, 1, 1, 1], vec![0, 0]]).is_none(), "too many marks");
    let result = scene.finish().unwrap();
    let expected = vec![Outcome::Sums(vec![1, 5, 0, 0]), Outcome::Sums(vec![5, 0])];
    assert_eq!(result.result, expected);
    let report = Verifier::verify(&scene.bytes);
    assert_eq!(report.findings, []);
    assert!(report.is_complete());
    let summary = &report.summary;
    assert_eq!((summary.cast, summary.counted, summary.weight, summary.replaced), (3, 2, 6, 1));
    assert_eq!(summary.result, Some(result));
}

fn shuffled<G: Group>() {
    let questions = vec![ranked(3), marks(2, false, 1, 1)];
    let who = Commission::All(2);
    let mut scene = Rehearsal::<G>::new("s", template(questions), &[1; 4], who).unwrap();
    let ballots = [vec![1, 2, 3], vec![3, 2, 1], vec![1, 2, 3], vec![0, 0, 255]];
    for (voter, ballot) in ballots.iter().enumerate() {
        scene.vote(voter, &[ballot.clone(), vec![1, 0]]).unwrap();
    }
    let result = scene.finish().unwrap();
    let [Outcome::Ballots(found), Outcome::Sums(sums)] = result.result.as_slice() else {
        panic!("{result:?}");
    };
    let sorted = |ballots: &[Vec<u8>]| {
        let mut ballots = ballots.to_vec();
        ballots.sort();
        ballots
    };
    assert_eq!((sorted(found), sums), (sorted(&ballots), &vec![4, 0]));
    assert_eq!(Verifier::verify(&scene.bytes).findings, []);
}

#[test]
pub(super) fn marks_are_added_up_and_the_last_ballot_counts() {
    homomorphic::<Ed25519>(Commission::All(3));
    homomorphic::<Belenios2048>(Commission::All(1));
}

#[test]
fn two_of_three_trustees_open_the_result() {
    homomorphic::<Ed25519>(Commission::Threshold { threshold: 2, size: 3 });
}

#[test]
fn ranks_come_out_of_two_shuffles() {
    shuffled::<Ed25519>();
    shuffled::<Rfc3526>();
}

/// No bytes make the verifier panic, and no flipped bit of a finished archive goes unnoticed.
#[test]
fn no_flipped_bit_goes_unnoticed() {
    let questions = vec![marks(2, false, 0, 1)];
    let who = Commission::Threshold { threshold: 2, size: 3 };
    let mut scene = Rehearsal::<Ed25519>::new("flip", template(questions), &[1, 2], who).unwrap();
    scene.vote(0, &[vec![1, 0]]).unwrap();
    scene.finish().unwrap();
    let mut rng = crate::random::Seeded::new(b"flips");
    for _ in 0..150 {
        let mut bytes = scene.bytes.clone();
        let place = crate::random::Randomness::below(&mut rng, bytes.len());
        bytes[place] ^= 1 << crate::random::Randomness::below(&mut rng, 8);
        assert!(!Verifier::verify(&bytes).is_sound(), "byte {place}");
        let cut = &scene.bytes[..place];
        assert!(!Verifier::verify(cut).is_complete(), "cut at {place}");
    }
}
