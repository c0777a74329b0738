//! CPU time of the heart: `cargo run --release -p konvent-ballot --example speed [-- VOTERS]`.
//!
//! The question is "1 of 5 plus blank", three trustees, one core (`RAYON_NUM_THREADS=1`) unless told
//! otherwise. `belenios-tool` is timed by bench/, on the archives that `--write DIR` leaves.

#![expect(clippy::print_stdout, reason = "the output of a command")]

use std::time::Instant as Wall;

use konvent_ballot::ballot::Ballot;
use konvent_ballot::election::{Marks, Question, Template};
use konvent_ballot::group::{Belenios2048, Ed25519, Group};
use konvent_ballot::rehearsal::{Commission, Rehearsal};
use konvent_ballot::verify::Verifier;

fn template(question: Question) -> Template {
    Template {
        description: String::new(),
        name: "speed".to_owned(),
        questions: vec![question],
        administrator: None,
        credential_authority: None,
    }
}

/// CPU time of this process where the system tells it (Linux), the clock on the wall elsewhere.
#[derive(Clone, Copy)]
struct Instant(Wall, Option<f64>);

/// Seconds on a CPU so far, of all threads.
fn cpu() -> Option<f64> {
    let mut nanos = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanos += text.split(' ').next()?.parse::<f64>().ok()?;
    }
    Some(nanos / 1e9)
}

impl Instant {
    fn now() -> Self {
        Self(Wall::now(), cpu())
    }

    fn elapsed(self) -> std::time::Duration {
        let cpu = cpu().zip(self.1).map(|(now, then)| now - then);
        cpu.map_or_else(|| self.0.elapsed(), std::time::Duration::from_secs_f64)
    }
}

fn millis(begin: Instant, count: usize) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0 / f64::from(u32::try_from(count).unwrap_or(1))
}

fn homomorphic<G: Group>(voters: usize, write: Option<&str>) {
    let question = Question::Marks(Marks {
        answers: ["A", "B", "C", "D", "E"].map(str::to_owned).to_vec(),
        blank: Some(true),
        min: 1,
        max: 1,
        question: "Wer?".to_owned(),
    });
    let weights = vec![1; voters];
    let Some(mut scene) =
        Rehearsal::<G>::new("speed", template(question), &weights, Commission::All(3))
    else {
        return;
    };
    let begin = Instant::now();
    let mut ballots = Vec::new();
    for voter in 0..voters {
        let mut choice = vec![0; 6];
        if let Some(mark) = choice.get_mut(voter % 6) {
            *mark = 1;
        }
        ballots.extend(scene.vote(voter, &[choice]));
    }
    println!("{:<14} make     {:8.3} ms a ballot", G::NAME, millis(begin, voters));
    let begin = Instant::now();
    let sound = ballots
        .iter()
        .filter(|b| Ballot::<G>::read(b).is_some_and(|b| b.faults(&scene.election).is_empty()))
        .count();
    println!("{:<14} verify   {:8.3} ms a ballot ({sound} sound)", G::NAME, millis(begin, voters));
    let begin = Instant::now();
    let result = scene.finish();
    println!(
        "{:<14} close    {:8.1} ms for {voters} ({})",
        G::NAME,
        millis(begin, 1),
        result.is_some()
    );
    let begin = Instant::now();
    let report = Verifier::verify(&scene.bytes);
    println!(
        "{:<14} archive  {:8.1} ms, {} bytes a voter, complete: {}",
        G::NAME,
        millis(begin, 1),
        scene.bytes.len() / voters.max(1),
        report.is_complete()
    );
    if let Some(dir) = write {
        let path = format!("{dir}/{}.bel", G::NAME);
        if let Err(error) = std::fs::write(&path, &scene.bytes) {
            println!("{path}: {error}");
        }
    }
}

fn ranked(voters: usize) {
    let people = ["A", "B", "C", "D", "E"].map(str::to_owned).to_vec();
    let question = Question::values("Reihung", people, None);
    let weights = vec![1; voters];
    let Some(mut scene) =
        Rehearsal::<Ed25519>::new("ranked", template(question), &weights, Commission::All(2))
    else {
        return;
    };
    for voter in 0..voters {
        scene.vote(voter, &[vec![1, 2, 3, 4, 5]]);
    }
    if scene.close().is_err() {
        return;
    }
    let begin = Instant::now();
    let input = scene.encrypted.clone();
    scene.shuffle(1);
    println!("Ed25519        shuffle  {:8.1} ms for {voters} ranked ballots", millis(begin, 1));
    let shuffled = Pair { input, output: scene };
    let begin = Instant::now();
    let report = Verifier::verify(&shuffled.output.bytes);
    println!(
        "Ed25519        verify   {:8.1} ms for {voters} ranked ballots ({}) and the shuffle of {}",
        millis(begin, 1),
        report.is_sound(),
        shuffled.input.iter().map(Vec::len).sum::<usize>()
    );
}

/// Keeps the input of a shuffle beside its election.
struct Pair<G: Group> {
    input: konvent_ballot::tally::EncryptedTally<G>,
    output: Rehearsal<G>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let voters = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(200);
    let write = arguments.iter().position(|a| a == "--write");
    let write = write.and_then(|place| arguments.get(place + 1)).map(String::as_str);
    homomorphic::<Ed25519>(voters, write);
    homomorphic::<Belenios2048>(voters.min(200), write);
    ranked(voters);
}
