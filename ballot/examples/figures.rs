//! Figures of the ballots beside `belenios-tool`, in CPU time: `cargo xtask bench ballots` runs this and keeps the table
//! in `bench/BALLOTS.md`; `--quick` is for looking whether it works.
//!
//! The question is "1 of 5 plus blank" with three trustees unless a row says otherwise. Our CPU time is that of all our
//! threads (`clock_gettime(2)`), the tool's that of its process with start and reading (proc(5), Linux only). The tool is the
//! newest that knows the group; only Debian 13's and later know Ed25519. What needs a browser is measured by
//! `web/scripts/ballots.js`.

#![expect(clippy::print_stdout, reason = "the output of a command")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use konvent_ballot::ballot::Ballot;
use konvent_ballot::election::{Marks, Question, Template};
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use konvent_ballot::rehearsal::{Commission, Rehearsal};
use konvent_ballot::verify::Verifier;
use rustix::time::{ClockId, clock_gettime};

/// Clock ticks in a second: `USER_HZ` on all Linux machines that matter here.
const TICKS: f64 = 100.0;

/// Where the tools are looked for, the newest first.
const TOOLS: [&str; 3] = ["belenios-tool-sid", "belenios-tool-trixie", "belenios-tool"];
/// Voters of the archive that is verified as a whole; the tool needs a minute and a half for it, so it is not asked.
const WHOLE: usize = 10_000;
/// Ballots about which a newer tool is asked.
const ASKED: usize = 40;
/// How often the ballots are checked; the middle figure counts.
const PASSES: usize = 5;

/// Milliseconds on a CPU so far, of all our threads.
fn own_millis() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).map_or(f64::NAN, |spent| spent.as_secs_f64() * 1000.0)
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
    (out, own_millis() - before)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Prints a row: measure, goal, ours, verdict, the tool's with its version, ratio.
fn row(measure: &str, unit: &str, goal: Option<f64>, ours: f64, tool: Option<(String, f64)>) {
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

/// The newest `belenios-tool` that knows a group, and its version: Debian 12's does not know Ed25519.
fn judge<G: Group>() -> Option<(&'static str, String)> {
    TOOLS.into_iter().find_map(|program| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.split_whitespace().next()?.to_owned();
        (G::NAME != Ed25519::NAME || !version.starts_with("2.")).then_some((program, version))
    })
}

/// CPU milliseconds of a command of `belenios-tool` on an archive; none when it is not there or refuses.
fn tool<G: Group>(archive: &[u8], words: &[&str]) -> Option<(String, f64)> {
    tool_with::<G>(archive, words, &[])
}

/// The same with a ballot beside the archive.
fn tool_with<G: Group>(archive: &[u8], words: &[&str], ballot: &[u8]) -> Option<(String, f64)> {
    let (program, version) = judge::<G>()?;
    let folder = std::env::temp_dir().join(format!("ballot-figures-{}", std::process::id()));
    std::fs::create_dir_all(&folder).ok()?;
    std::fs::write(folder.join("ballot"), ballot).ok()?;
    let spent = tool_in(&folder, program, archive, words);
    std::fs::remove_dir_all(&folder).ok()?;
    Some((version, spent?))
}

fn tool_in(folder: &Path, program: &str, archive: &[u8], words: &[&str]) -> Option<f64> {
    std::fs::write(folder.join("election.bel"), archive).ok()?;
    let before = children_millis()?;
    let status = Command::new(program)
        .args(words)
        .current_dir(folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .ok()?;
    let spent = children_millis()? - before;
    status.success().then_some(spent)
}

/// What the tool needs for one ballot. `verify` of the newer ones ends without having waited for the ballots, so those are
/// asked ballot by ballot, without the cost of starting and reading the setup.
fn each<G: Group>(setup: &[u8], voted: &[u8], ballots: &[Vec<u8>]) -> Option<(String, f64)> {
    let verify = ["election", "verify"];
    let (version, whole) = tool::<G>(voted, &verify)?;
    if version.starts_with("2.") {
        return Some((version, whole / count(ballots.len())));
    }
    let mut spent = 0.0;
    for ballot in ballots.iter().take(ASKED) {
        spent +=
            tool_with::<G>(setup, &["election", "verify-ballot", "--ballot", "ballot"], ballot)?.1;
        spent -= tool::<G>(setup, &verify)?.1;
    }
    Some((version, spent / count(ASKED)))
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
    let setup = scene.bytes.clone();
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
    let mut passes = Vec::new();
    for _ in 0..if voters < WHOLE { PASSES } else { 1 } {
        let (all, spent) = timed(|| ballots.iter().all(sound));
        all.then(|| passes.push(spent))?;
    }
    passes.sort_by(f64::total_cmp);
    let verified = *passes.get(passes.len() / 2)?;
    let judged = (voters < WHOLE).then(|| each::<G>(&setup, &scene.bytes, &ballots)).flatten();
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
    let theirs = tool::<G>(&before, &["election", "shuffle", "--trustee-id=1"]);
    let (done, shuffled) = timed(|| scene.shuffle(1));
    done?;
    let (report, with) = timed(|| Verifier::verify(&scene.bytes));
    report.is_sound().then_some(())?;
    let name = format!("{}: shuffle of {voters} ranked ballots", G::NAME);
    row(&name, "ms", None, shuffled, theirs);
    let first = tool::<G>(&before, &["election", "verify"]);
    let second = tool::<G>(&scene.bytes, &["election", "verify"]);
    let theirs = second.zip(first).map(|((version, with), (_, without))| (version, with - without));
    let theirs = theirs.filter(|(_, ms)| *ms > 0.0);
    row(&format!("{name}, verified"), "ms", None, with - without, theirs);
    Some(())
}

fn main() -> std::process::ExitCode {
    let quick = std::env::args().any(|word| word == "--quick");
    let (many, few, ranks) = if quick { (100, 20, 10) } else { (WHOLE, 200, 50) };
    println!("| measure | goal | ours | | belenios-tool | ratio |\n|---|---|---|---|---|---|");
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
