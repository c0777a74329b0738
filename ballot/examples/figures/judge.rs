//! What `belenios-tool` needs for the same work, in CPU time of its process with start and reading (proc(5), Linux only).

use std::path::Path;
use std::process::{Command, Stdio};

use konvent_ballot::group::{Ed25519, Group};

use crate::clock::{children_millis, count};

/// Where the tools are looked for, the newest first.
const TOOLS: [&str; 3] = ["belenios-tool-sid", "belenios-tool-trixie", "belenios-tool"];

/// The `belenios-tool` that judges a group, and its version: Debian 12's where it knows the group, since its `verify` waits
/// for the ballots; the newest for Ed25519.
fn judge<G: Group>() -> Option<(&'static str, String)> {
    let mut places = TOOLS;
    if G::NAME != Ed25519::NAME {
        places.reverse();
    }
    places.into_iter().find_map(|program| {
        let output = Command::new(program).arg("--version").output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        let version = text.split_whitespace().next()?.to_owned();
        let knows = G::NAME != Ed25519::NAME || !version.starts_with("2.");
        knows.then_some((program, version))
    })
}

/// CPU milliseconds of a command of `belenios-tool` on an archive; none when it is not there or refuses.
pub fn tool<G: Group>(archive: &[u8], words: &[&str]) -> Option<(String, f64)> {
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

/// What the tool needs for one ballot, by `verify` of an archive with these, and how it was asked.
pub fn each<G: Group>(voted: &[u8], ballots: usize) -> Option<(String, f64)> {
    let (version, whole) = tool::<G>(voted, &["election", "verify"])?;
    Some((version, whole / count(ballots)))
}

/// The same of the newer tools, whose `verify` ends without having waited for the ballots: they are asked ballot by ballot,
/// without the cost of starting and reading the setup. The roll should be small, since it is read for each.
pub fn one_by_one<G: Group>(setup: &[u8], ballots: &[Vec<u8>]) -> Option<(String, f64)> {
    let mut spent = 0.0;
    let mut version = String::new();
    for ballot in ballots {
        let asked = ["election", "verify-ballot", "--ballot", "ballot"];
        let (said, with) = tool_with::<G>(setup, &asked, ballot)?;
        spent += with - tool::<G>(setup, &["election", "verify"])?.1;
        version = format!("{said}, roll of {}", ballots.len());
    }
    Some((version, spent / count(ballots.len())))
}
