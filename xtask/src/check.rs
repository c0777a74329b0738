//! What is quick enough before each commit: format, lints, tidy, generated documents, licences, web types.

use crate::shell::{Done, cargo, npm, run, watched};
use crate::tally::{Count, Tally};
use crate::{deny, docs, setup, web};

/// All checks, each as a row of its own.
pub fn all() -> Done {
    setup::node()?;
    let mut tally = Tally::default();
    steps(&mut tally);
    tally.floor("tidy", tidy);
    tally.floor("generated documents", |_| docs::unchanged());
    tally.close()
}

/// The checks without the tidy test, which the whole suite runs with the other tests.
pub fn steps(tally: &mut Tally) {
    // The server embeds the built client, so it comes before everything that compiles the server.
    tally.floor("web: build", |_| web::build());
    tally.floor("format", |_| run(&mut cargo(["fmt", "--all", "--check"])));
    tally.floor("lints", |_| {
        run(&mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]))
    });
    tally.floor("licences and advisories", deny::check);
    tally.floor("web: types, lints, format", |_| run(&mut npm(["run", "--silent", "check"])));
}

fn tidy(count: &mut Count) -> Done {
    let mut tests = cargo(["test", "--workspace", "--test", "all", "--quiet", "--", "tidy::"]);
    // The findings are the message; where in the test they were put together helps nobody.
    watched(tests.env("RUST_BACKTRACE", "0"), |line| count.note(line))
}
