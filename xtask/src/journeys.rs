//! Journeys: the real web client in Debian's Chromium, driven by playwright, against a demo of its own.
//!
//! With `SHOTS_DIR` set, the journeys lay their screenshots there (the handbook's pictures are made so).

use crate::demo::{self, Demo};
use crate::shell::{Done, npm, target, watched};
use crate::tally::Count;
use crate::{setup, web};

/// As a verb of its own; the arguments go to playwright (a file, `--grep`, …).
pub fn run(rest: &[String]) -> Done {
    setup::all()?;
    web::build()?;
    demo::build_binaries()?;
    travel(rest, &mut Count::default())
}

/// Starts a demo, runs playwright against it, stops the demo and looks how it ended.
pub fn travel(rest: &[String], count: &mut Count) -> Done {
    let demo = Demo::start("journeys")?;
    let mut playwright = npm(["run", "--silent", "e2e", "--"]);
    playwright.args(rest).env("KONVENT_READY_FILE", demo.ready_file());
    playwright.env("KONVENT_PROGRAM", target().join("debug/konvent"));
    watched(&mut playwright, |line| count.note(line))?;
    demo.stop()
}
