//! Figures of the ballots beside `belenios-tool`, in CPU time: `cargo xtask bench ballots` runs this and keeps the table
//! in `bench/BALLOTS.md`; `--quick` is for looking whether it works.
//!
//! The question is "1 of 5 plus blank" with three trustees unless a row says otherwise. What needs a browser is measured by
//! `web/scripts/ballots.js`. `--giant [MIB]` instead streams an archive of 4 GiB, or of so many MiB, through the verifier;
//! `--at-most=avx2` and `--at-most=plain` only measure the finite fields, as processors without newer instructions do.

#![expect(clippy::print_stdout, reason = "the output of a command")]

mod clock;
mod giant;
mod judge;

use konvent_ballot::ballot::Ballot;
use konvent_ballot::election::{Marks, Question, Template};
use konvent_ballot::group::finite::Instructions;
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use konvent_ballot::rehearsal::{Commission, Rehearsal};
use konvent_ballot::verify::Verifier;

use clock::{count, timed};
use judge::{each, one_by_one, tool};

/// Voters of the archive that is verified as a whole; the tool needs a minute and a half for it, so it is not asked.
const WHOLE: usize = 10_000;
/// Ballots about which a newer tool is asked.
const ASKED: usize = 40;
/// How often the ballots are checked; the middle figure counts.
const PASSES: usize = 5;

/// Prints a row: measure, goal, ours, verdict, the tool's with its version, ratio.
pub fn row(measure: &str, unit: &str, goal: Option<f64>, ours: f64, tool: Option<(String, f64)>) {
    let verdict = goal.map_or("", |goal| if ours <= goal { "met" } else { "missed" });
    let goal = goal.map_or_else(String::new, |goal| format!("≤ {} {unit}", number(goal)));
    let (theirs, ratio) = tool.map_or_else(Default::default, |(version, tool)| {
        (format!("{} {unit} ({version})", number(tool)), format!("{:.1}×", tool / ours))
    });
    println!("| {measure} | {goal} | {} {unit} | {verdict} | {theirs} | {ratio} |", number(ours));
}

/// Three digits that matter.
fn number(value: f64) -> String {
    match value {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.095 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// What less a processor may have, and what the rows then say.
const LESS: [(&str, Instructions, &str); 2] = [
    ("avx2", Instructions::Avx2, " with AVX2 only"),
    ("plain", Instructions::Plain, " without vectors"),
];

/// How the rows call the group.
fn name<G: Group>() -> String {
    let here = Instructions::here();
    let less = LESS.iter().find(|(_, less, _)| G::NAME != Ed25519::NAME && *less == here);
    format!("{}{}", G::NAME, less.map_or("", |(_, _, words)| words))
}

fn scene<G: Group>(question: Question, voters: usize, trustees: usize) -> Option<Rehearsal<G>> {
    let template = Template {
        description: String::new(),
        name: "figures".to_owned(),
        questions: vec![question],
        administrator: None,
        credential_authority: None,
    };
    Rehearsal::new("figures", template, &vec![1; voters], Commission::All(trustees))
}

fn one_of_five() -> Question {
    Question::Marks(Marks {
        answers: ["A", "B", "C", "D", "E"].map(str::to_owned).to_vec(),
        blank: Some(true),
        min: 1,
        max: 1,
        question: "Wer?".to_owned(),
    })
}

/// The newest tool on an election with a small roll.
fn small<G: Group>() -> Option<(String, f64)> {
    let mut scene = scene::<G>(one_of_five(), ASKED, 3)?;
    let setup = scene.bytes.clone();
    let mut ballots = Vec::new();
    for voter in 0..ASKED {
        ballots.push(scene.vote(voter, &[vec![0, 1, 0, 0, 0, 0]])?);
    }
    one_by_one::<G>(&setup, &ballots)
}

/// Makes, verifies, closes and verifies the whole.
fn homomorphic<G: Group>(voters: usize, goal: f64) -> Option<()> {
    let mut scene = scene::<G>(one_of_five(), voters, 3)?;
    let (ballots, made) = timed(|| {
        let mut ballots = Vec::new();
        for voter in 0..voters {
            let mut choice = vec![0; 6];
            if let Some(mark) = choice.get_mut(voter % 6) {
                *mark = 1;
            }
            ballots.extend(scene.vote(voter, &[choice]));
        }
        ballots
    });
    let name = name::<G>();
    row(&format!("{name}: make a ballot"), "ms", None, made / count(voters), None);
    // the tables of the election are made once, not for each ballot
    let sound = |ballot: &Vec<u8>| {
        Ballot::<G>::read(ballot).is_some_and(|b| b.faults(&scene.election).is_empty())
    };
    ballots.first().filter(|ballot| sound(ballot))?;
    let mut passes = Vec::new();
    for _ in 0..if voters < WHOLE { PASSES } else { 1 } {
        let (all, spent) = timed(|| ballots.iter().all(sound));
        all.then(|| passes.push(spent))?;
    }
    passes.sort_by(f64::total_cmp);
    let verified = *passes.get(passes.len() / 2)?;
    let judged = match G::NAME {
        _ if voters >= WHOLE || name != G::NAME => None,
        Ed25519::NAME => small::<G>(),
        _ => each::<G>(&scene.bytes, ballots.len()),
    };
    let label = format!("{name}: verify a ballot, of {voters}");
    row(&label, "ms", Some(goal), verified / count(voters), judged);
    let (closed, spent) = timed(|| {
        scene.finish()?;
        let keys = scene.trustees.keys();
        let fingerprint = &scene.election.fingerprint;
        scene
            .decryptions
            .iter()
            .all(|(owner, part)| {
                let key = keys.get(owner - 1);
                key.is_some_and(|key| part.is_of(fingerprint, &scene.encrypted, &key.public_key))
            })
            .then_some(())
    });
    closed?;
    let label = format!("{name}: tally of {voters} verified on arrival, decrypted and checked");
    row(&label, "ms", Some(2000.0), spent, None);
    let begin = std::time::Instant::now();
    let (report, whole) = timed(|| Verifier::verify(&scene.bytes));
    let wall = begin.elapsed().as_secs_f64();
    if !report.is_complete() {
        return None;
    }
    let goal = (voters == WHOLE && name == Ed25519::NAME).then_some(12.0);
    let label = format!("{name}: archive of {voters} verified, CPU of both cores");
    row(&label, "s", goal, whole / 1000.0, None);
    row(&format!("{name}: the same by the clock"), "s", goal.map(|_| 6.0), wall, None);
    let size = count(scene.bytes.len()) / count(voters) / 1000.0;
    row(&format!("{name}: archive per voter"), "KB", None, size, None);
    Some(())
}

/// A shuffle of ranked ballots, and its verification.
fn ranked<G: Group>(voters: usize) -> Option<()> {
    let people = ["A", "B", "C", "D", "E"].map(str::to_owned).to_vec();
    let mut scene = scene::<G>(Question::values("Reihung", people, None), voters, 2)?;
    for voter in 0..voters {
        scene.vote(voter, &[vec![1, 2, 3, 4, 5]])?;
    }
    scene.close().ok()?;
    let before = scene.bytes.clone();
    let (report, without) = timed(|| Verifier::verify(&before));
    report.is_sound().then_some(())?;
    let group = name::<G>();
    let asked = |archive: &[u8], words: &[&str]| {
        if group == G::NAME { tool::<G>(archive, words) } else { None }
    };
    let theirs = asked(&before, &["election", "shuffle", "--trustee-id=1"]);
    let (done, shuffled) = timed(|| scene.shuffle(1));
    done?;
    let (report, with) = timed(|| Verifier::verify(&scene.bytes));
    report.is_sound().then_some(())?;
    let name = format!("{group}: shuffle of {voters} ranked ballots");
    row(&name, "ms", None, shuffled, theirs);
    let first = asked(&before, &["election", "verify"]);
    let second = asked(&scene.bytes, &["election", "verify"]);
    let theirs = second.zip(first).map(|((version, with), (_, without))| (version, with - without));
    let theirs = theirs.filter(|(_, ms)| *ms > 0.0);
    row(&format!("{name}, verified"), "ms", None, with - without, theirs);
    Some(())
}

fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let quick = words.iter().any(|word| word == "--quick");
    if words.iter().any(|word| word == "--giant") {
        let size = words.iter().find_map(|word| word.parse().ok());
        return giant::run(size.unwrap_or(giant::MIB));
    }
    let (many, few, ranks) = if quick { (100, 20, 10) } else { (WHOLE, 200, 50) };
    let finite = || [homomorphic::<Belenios2048>(few, 12.0), ranked::<Rfc3526>(ranks)];
    let least =
        |(word, ..): &&(&str, Instructions, &str)| words.contains(&format!("--at-most={word}"));
    let done = if let Some((_, less, _)) = LESS.iter().find(least) {
        Instructions::at_most(*less) && finite().iter().all(Option::is_some)
    } else {
        println!("| measure | goal | ours | | belenios-tool | ratio |\n|---|---|---|---|---|---|");
        let done = [
            homomorphic::<Ed25519>(if quick { 50 } else { 1_000 }, 1.0),
            homomorphic::<Ed25519>(many, 1.0),
            ranked::<Ed25519>(if quick { 20 } else { 1_000 }),
        ];
        done.into_iter().chain(finite()).all(|done| done.is_some()) && older(quick)
    };
    if done {
        std::process::ExitCode::SUCCESS
    } else {
        println!("a measure could not be taken: a ballot, a shuffle or a result was not sound");
        std::process::ExitCode::FAILURE
    }
}

/// The finite fields once more, as processors older than this one do.
fn older(quick: bool) -> bool {
    let own = std::env::current_exe();
    LESS.iter().filter(|(_, less, _)| *less < Instructions::here()).all(|(word, ..)| {
        let Ok(own) = &own else { return false };
        let mut again = std::process::Command::new(own);
        again.arg(format!("--at-most={word}")).args(quick.then_some("--quick"));
        again.status().is_ok_and(|status| status.success())
    })
}
