//! Figures of the ballots beside `belenios-tool`, in CPU time: `cargo xtask bench ballots` runs this and keeps the table
//! in `bench/BALLOTS.md`; `--quick` is for looking whether it works.
//!
//! The question is "1 of 5 plus blank" with three trustees unless a row says otherwise. Our CPU time is that of all our
//! threads, the tool's that of its process with start and reading (getrusage(2) by way of proc(5), Linux only). What needs a
//! browser is measured by `web/e2e`.

#![expect(clippy::print_stdout, reason = "the output of a command")]

use std::path::Path;
use std::process::{Command, Stdio};

use konvent_ballot::ballot::Ballot;
use konvent_ballot::election::{Marks, Question, Template};
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use konvent_ballot::rehearsal::{Commission, Rehearsal};
use konvent_ballot::verify::Verifier;

/// Clock ticks in a second: `USER_HZ` on all Linux machines that matter here.
const TICKS: f64 = 100.0;

/// Milliseconds on a CPU so far, of all our threads.
fn own_millis() -> Option<f64> {
    // the kernel brings the running thread's account up to date when it is asked to schedule
    std::thread::yield_now();
    let mut nanos = 0.0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanos += text.split(' ').next()?.parse::<f64>().ok()?;
    }
    Some(nanos / 1e6)
}

/// Milliseconds on a CPU so far, of all programs that we started and that have ended.
fn children_millis() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(13);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) * 1000.0 / TICKS)
}

/// What a step gives, and the CPU milliseconds it took.
fn timed<T>(step: impl FnOnce() -> T) -> (T, f64) {
    let before = own_millis();
    let out = step();
    let spent = own_millis().zip(before).map_or(f64::NAN, |(now, then)| now - then);
    (out, spent)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Prints a row: measure, goal, ours, verdict, the tool's, ratio.
fn row(measure: &str, unit: &str, goal: Option<f64>, ours: f64, tool: Option<f64>) {
    let verdict = goal.map_or("", |goal| if ours <= goal { "met" } else { "missed" });
    let goal = goal.map_or_else(String::new, |goal| format!("≤ {goal:.2} {unit}"));
    let ratio = tool.map_or_else(String::new, |tool| format!("{:.1}×", tool / ours));
    let tool = tool.map_or_else(String::new, |tool| format!("{tool:.2} {unit}"));
    println!("| {measure} | {goal} | {ours:.2} {unit} | {verdict} | {tool} | {ratio} |");
}

/// CPU milliseconds of a command of `belenios-tool` on an archive; none when it is not there or refuses.
fn tool(archive: &[u8], words: &[&str], key: Option<&str>) -> Option<f64> {
    let folder = std::env::temp_dir().join(format!("ballot-figures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    let spent = tool_in(&folder, archive, words, key);
    std::fs::remove_dir_all(&folder).ok()?;
    spent
}

fn tool_in(folder: &Path, archive: &[u8], words: &[&str], key: Option<&str>) -> Option<f64> {
    std::fs::write(folder.join("election.bel"), archive).ok()?;
    if let Some(key) = key {
        std::fs::write(folder.join("key"), key).ok()?;
    }
    let before = children_millis()?;
    let status = Command::new("belenios-tool")
        .args(words)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    let spent = children_millis()? - before;
    status.success().then_some(spent)
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
    let name = G::NAME;
    row(&format!("{name}: make a ballot"), "ms", None, made / count(voters), None);
    // the tables of the election are made once, not for each ballot
    let sound = |ballot: &Vec<u8>| {
        Ballot::<G>::read(ballot).is_some_and(|b| b.faults(&scene.election).is_empty())
    };
    ballots.first().filter(|ballot| sound(ballot))?;
    let (all, verified) = timed(|| ballots.iter().all(sound));
    if !all {
        return None;
    }
    let voted = scene.bytes.clone();
    let judged = tool(&voted, &["election", "verify"], None).map(|ms| ms / count(voters));
    row(&format!("{name}: verify a ballot"), "ms", Some(goal), verified / count(voters), judged);
    let (result, closed) = timed(|| scene.finish());
    result?;
    let label = format!("{name}: tally of {voters} verified on arrival to its result");
    row(&label, "ms", Some(2000.0), closed, None);
    let begin = std::time::Instant::now();
    let (report, whole) = timed(|| Verifier::verify(&scene.bytes));
    let wall = begin.elapsed().as_secs_f64();
    if !report.is_complete() {
        return None;
    }
    let goal = (voters == 10_000 && name == Ed25519::NAME).then_some(12.0);
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
    let theirs = tool(&before, &["election", "shuffle", "--trustee-id=1"], None);
    let (done, shuffled) = timed(|| scene.shuffle(1));
    done?;
    let (report, with) = timed(|| Verifier::verify(&scene.bytes));
    report.is_sound().then_some(())?;
    let name = format!("{}: shuffle of {voters} ranked ballots", G::NAME);
    row(&name, "ms", None, shuffled, theirs);
    let first = tool(&before, &["election", "verify"], None);
    let second = tool(&scene.bytes, &["election", "verify"], None);
    let theirs = second.zip(first).map(|(with, without)| with - without).filter(|ms| *ms > 0.0);
    row(&format!("{name}, verified"), "ms", None, with - without, theirs);
    Some(())
}

fn main() -> std::process::ExitCode {
    let quick = std::env::args().any(|word| word == "--quick");
    let (many, few, ranks) = if quick { (100, 20, 10) } else { (10_000, 200, 50) };
    println!("| measure | goal | ours | | belenios-tool 2.0 | ratio |\n|---|---|---|---|---|---|");
    let done = [
        homomorphic::<Ed25519>(if quick { 50 } else { 1_000 }, 1.0),
        homomorphic::<Ed25519>(many, 1.0),
        homomorphic::<Belenios2048>(few, 12.0),
        ranked::<Ed25519>(if quick { 20 } else { 1_000 }),
        ranked::<Rfc3526>(ranks),
    ];
    if done.iter().all(Option::is_some) {
        std::process::ExitCode::SUCCESS
    } else {
        println!("a measure could not be taken: a ballot, a shuffle or a result was not sound");
        std::process::ExitCode::FAILURE
    }
}
