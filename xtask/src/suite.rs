//! `cargo xtask test`: everything, floor by floor. A floor that fails does not stop the others; the table at the end
//! names it. Nothing is skipped silently: what cannot be installed or built fails with a sentence.

use crate::shell::{Done, cargo, watched};
use crate::tally::{Count, Tally};
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

/// One play, or all whose name contains a word.
pub fn play(rest: &[String]) -> Done {
    let Some(name) = rest.first() else {
        return Err("which play? For example: cargo xtask play first-answer".to_owned());
    };
    let mut count = Count::default();
    let mut tests = cargo(["test", "--workspace", "--test", "all", "--quiet", "--", "--nocapture"]);
    watched(tests.arg("plays::").env("KONVENT_PLAY", name), |line| count.note(line))?;
    if count.passed == 0 { Err(format!("there is no play named {name}")) } else { Ok(()) }
}
