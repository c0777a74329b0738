//! `cargo xtask test`: everything, floor by floor. A floor that fails does not stop the others; the table at the end
//! names it. Nothing is skipped silently: what cannot be installed or built fails with a sentence, and what cannot be tried on
//! this machine counts as not run and is named at the end.

use crate::shell::{self, Done, cargo};
use crate::tally::Tally;
use crate::{bench, check, demo, docs, floors, foreign, fuzz, journeys, setup};

/// Everything that continuous integration runs.
pub fn all() -> Done {
    let mut tally = Tally::default();
    if !tally.floor("setup", |_| setup::all()) {
        return tally.close();
    }
    check::steps(&mut tally);
    tally.floor("rules, machines, twins, plays", floors::workspace);
    tally.floor("property tests, many cases", fuzz::short);
    tally.floor("ballots before a foreign judge", bench::short_ballots);
    tally.floor("web: units", floors::web_units);
    tally.floor("web: budget", floors::web_budget);
    if tally.floor("binaries", |_| demo::build_binaries()) {
        tally.floor("generated documents", |_| docs::unchanged());
        tally.floor("journeys", |count| journeys::travel(&[], count));
        tally.floor("foreign clients", foreign::meet);
        tally.floor("faults, short", bench::short_faults);
    }
    tally.close()
}

/// One play, or all whose name contains a word, on both engines.
pub fn play(rest: &[String]) -> Done {
    let Some(name) = rest.first() else {
        return Err("which play? For example: cargo xtask play transfer".to_owned());
    };
    setup::packages()?;
    // A play is a test named after its file: `a-transfer-moves-him.play` is `plays::a_transfer_moves_him::…`.
    let word = name.trim_end_matches(".play").replace('-', "_");
    let mut listed = cargo(["test", "--workspace", "--test", "all", "--quiet", "--", "--list"]);
    let list = shell::said(&mut listed)?;
    let tests: Vec<&str> = list
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .filter(|test| test.starts_with("plays::") && test.contains(&word))
        .collect();
    if tests.is_empty() {
        return Err(format!("there is no play named {name}"));
    }
    let mut run = cargo(["test", "--workspace", "--test", "all", "--quiet", "--"]);
    shell::run(run.args(["--nocapture", "--exact"]).args(tests))
}
