//! The matrix against foreign tools: each election ours → theirs, theirs → ours, and mixed.
//!
//! `cargo run -p konvent-ballot --example matrix [-- --reduced] [TOOL …]`. Tools that are not named
//! are looked for as `belenios-tool`, `belenios-tool-trixie` and `belenios-tool-sid`. The gate is
//! version 2.0: without it, or when any cell fails, the exit status is not zero.

#![expect(clippy::print_stdout, reason = "the output of a command")]

mod cases;
mod ceremony;
mod elections;
mod methods;
mod tool;

use std::process::ExitCode;
use std::time::Instant;

use cases::Case;
use elections::{mixed, ours, theirs};
use konvent_ballot::group::{Belenios2048, Ed25519, Group, Rfc3526};
use methods::Agreed;
use tool::{Tool, Trial};

/// Where the tools are looked for.
const PLACES: [&str; 3] = ["belenios-tool", "belenios-tool-trixie", "belenios-tool-sid"];
/// Rows of the reduced matrix.
const REDUCED: [&str; 4] =
    ["k of n with blank", "revote", "threshold 2 of 3", "ranked, 2 shuffles"];

/// The three cells of a row in one group.
fn cells<G: Group>(tool: &Tool, case: &Case) -> [Option<Trial<()>>; 3] {
    // archives of 2.0 with threshold trustees have a form that newer versions do not read either
    [Some(ours::<G>(tool, case)), Some(theirs::<G>(tool, case)), Some(mixed::<G>(tool, case))]
}

fn row(tool: &Tool, group: &str, case: &Case) -> Option<[Option<Trial<()>>; 3]> {
    match (group, case.shuffles()) {
        (Ed25519::NAME, _) if tool.is_old() => None,
        (Ed25519::NAME, _) => Some(cells::<Ed25519>(tool, case)),
        (_, true) => Some(cells::<Rfc3526>(tool, case)),
        (_, false) => Some(cells::<Belenios2048>(tool, case)),
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let reduced = arguments.iter().any(|a| a == "--reduced");
    let named: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|a| !a.starts_with("--")).collect();
    let places = if named.is_empty() { PLACES.to_vec() } else { named };
    let tools: Vec<Tool> = places.iter().filter_map(|place| Tool::find(place)).collect();
    for place in &places {
        if !tools.iter().any(|tool| tool.program == *place) {
            println!("{place}: cannot be had here, its columns are missing");
        }
    }
    let begin = Instant::now();
    let only_methods = arguments.iter().any(|a| a == "--methods");
    let mut failures = Vec::new();
    let (mut passed, mut cells) = (0, 0);
    println!("\n{:<8} {:<14} {:<20} ours→theirs  theirs→ours  mixed", "tool", "group", "election");
    for tool in &tools {
        for group in [Belenios2048::NAME, Ed25519::NAME] {
            for case in cases::all() {
                if only_methods {
                    continue;
                }
                if reduced && !REDUCED.contains(&case.name) {
                    continue;
                }
                let Some(trials) = row(tool, group, &case) else { continue };
                let shown =
                    if group != Ed25519::NAME && case.shuffles() { Rfc3526::NAME } else { group };
                let mut line = Vec::new();
                for trial in trials {
                    let word = match trial {
                        None => "–",
                        Some(Ok(())) => {
                            passed += 1;
                            cells += 1;
                            "ok"
                        }
                        Some(Err(why)) => {
                            cells += 1;
                            failures.push(format!("{} {shown} {}: {why}", tool.version, case.name));
                            "FAILED"
                        }
                    };
                    line.push(format!("{word:<13}"));
                }
                println!("{:<8} {:<14} {:<20} {}", tool.version, shown, case.name, line.join(""));
            }
        }
    }
    let profiles = if reduced { 50 } else { 1000 };
    for tool in &tools {
        match methods::compare(tool, profiles) {
            Ok(Agreed { both, stv, rounded, refused }) => println!(
                "{:<8} of {profiles} random profiles each equal: schulze {both}, majority judgment \
                 {both}, stv {stv} ({rounded} differ by the tool's rounding; it refuses {refused}, \
                 where fewer stand than there are seats)",
                tool.version
            ),
            Err(why) => failures.push(why),
        }
    }
    for failure in &failures {
        println!("! {failure}");
    }
    println!("{cells} cells in {:.0} s", begin.elapsed().as_secs_f64());
    println!("{passed} passed, {} failed", cells - passed);
    let gate = tools.iter().any(Tool::is_old);
    if !gate {
        println!("! the gate is missing: belenios-tool 2.0");
    }
    if failures.is_empty() && gate { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
