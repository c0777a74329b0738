//! An archive larger than memory, streamed once: made piece by piece and written to `ballot-verify`, which stands beside us;
//! nothing of it is kept on disk. Voters vote again and again, so that the table of what counts stays small and what remains
//! is what the length of the archive costs: its peak of memory is the figure.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use konvent_ballot::ballot::Ballot;
use konvent_ballot::election::{Marks, Question, Template};
use konvent_ballot::group::Ed25519;
use konvent_ballot::random::Seeded;
use konvent_ballot::rehearsal::{Commission, Rehearsal};
use rayon::prelude::*;

use crate::clock::{children_millis, count, peak_kib};
use crate::row;

/// The size of the archive when none is named.
pub const MIB: usize = 4096;
/// Those who vote.
const VOTERS: usize = 10_000;
/// Ballots that are made at a time.
const BATCH: usize = 1024;

/// Streams so many MiB and prints the rows.
pub fn run(mib: usize) -> ExitCode {
    match stream(mib) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            println!("the archive was not verified: {why}");
            ExitCode::FAILURE
        }
    }
}

fn verifier() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    Some(own.parent()?.parent()?.join("ballot-verify"))
}

fn stream(mib: usize) -> Result<(), String> {
    let template = Template {
        description: String::new(),
        name: "giant".to_owned(),
        questions: vec![Question::Marks(Marks {
            answers: vec!["Ja".to_owned()],
            blank: None,
            min: 0,
            max: 1,
            question: "Dafür?".to_owned(),
        })],
        administrator: None,
        credential_authority: None,
    };
    let weights = vec![1; VOTERS];
    let mut scene = Rehearsal::<Ed25519>::new("giant", template, &weights, Commission::All(2))
        .ok_or("no election")?;
    let program = verifier().ok_or("no folder")?;
    let mut child = Command::new(&program)
        .args(["--json", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let mut pipe = child.stdin.take().ok_or("no pipe")?;
    let (mut written, mut ballots) = (0, 0_usize);
    let mut send = |bytes: Vec<u8>| {
        written += bytes.len();
        pipe.write_all(&bytes).map(|()| written).map_err(|error| error.to_string())
    };
    let mut so_far = send(std::mem::take(&mut scene.bytes))?;
    while so_far < mib << 20 {
        let (election, codes) = (&scene.election, &scene.codes);
        let batch: Vec<(usize, Ballot<Ed25519>)> = (ballots..ballots + BATCH)
            .into_par_iter()
            .filter_map(|number| {
                let voter = number % VOTERS;
                let secret = codes.get(voter)?.secret::<Ed25519>(&election.parameters.uuid);
                let choice = u8::try_from(number % 2).ok()?;
                let rng = &mut Seeded::new(&number.to_be_bytes());
                Some((voter, Ballot::make(election, &secret, &[vec![choice]], rng)?))
            })
            .collect();
        for (_, ballot) in &batch {
            scene.tally.add(ballot, 1);
            let appended = scene.writer.ballot(&ballot.write()).map_err(|e| e.to_string())?;
            so_far = send(appended.bytes)?;
        }
        ballots += batch.len();
    }
    scene.finish().ok_or("no result")?;
    let peak = peak_kib(child.id()).ok_or("no figures of the process")?;
    so_far = send(std::mem::take(&mut scene.bytes))?;
    drop(pipe);
    let before = children_millis().ok_or("no figures")?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let spent = children_millis().ok_or("no figures")? - before;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stdout).chars().take(300).collect());
    }
    let what = format!(
        "Ed25519: archive of {} MiB, {ballots} ballots of {VOTERS} voters, streamed",
        so_far >> 20
    );
    row(&format!("{what}: CPU"), "s", None, spent / 1000.0, None);
    row(&format!("{what}: peak memory"), "MiB", None, count(peak) / 1024.0, None);
    Ok(())
}
