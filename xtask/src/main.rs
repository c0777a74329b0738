//! Everything a developer types: `cargo xtask VERB`. Each verb first installs what it needs (`setup`), so a fresh
//! clone needs nothing but Rust, Node.js, Python and, on Debian, root or one `apt-get` line that is printed.
//!
//! It leaves out releases and packages; they come with the first version that is shipped.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod bench;
mod check;
mod demo;
mod deny;
mod docs;
mod floors;
mod foreign;
mod fuzz;
mod journeys;
mod judges;
mod setup;
mod shell;
mod stamp;
mod suite;
mod suites;
mod tally;
mod web;

use std::process::ExitCode;

use shell::Done;

const HELP: &str = "\
cargo xtask VERB

  demo [ARGUMENTS…]     build everything and start `konvent demo` (--data, --members, --http, --xmpp, …)
  test                  everything that continuous integration runs; a table at the end
  check                 format, lints, tidy, generated documents, web types: quick, before each commit
  play NAME             one play (or all whose name contains NAME)
  docs                  write docs/protocols.md from the visiting cards
  web                   build the web client when its sources have changed
  journeys [ARGUMENTS…] the browser journeys against a demo of their own (arguments go to playwright)
  foreign               foreign XMPP clients against a demo of their own
  pictures              take the handbook's pictures anew
  faults [ARGUMENTS…]   kill -9 during floods and imports, with a table
  bench [ARGUMENTS…]    figures beside those of peers, into bench/RESULTS.md; `bench ballots` for those only
  fuzz [SECONDS] [NAME…] every fuzz target for SECONDS each (60 when left out)
  ballots [ARGUMENTS…]  our ballots against belenios-tool of several versions, both ways
  setup                 install what the others need (they call it themselves)
";

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let verb = words.next().unwrap_or_default();
    let rest: Vec<String> = words.collect();
    match obey(&verb, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("xtask {verb}: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn obey(verb: &str, rest: &[String]) -> Done {
    match verb {
        "setup" => setup::all(),
        "web" => setup::node().and_then(|()| web::build()),
        "check" => check::all(),
        "test" => suite::all(),
        "play" => suite::play(rest),
        "demo" => demo::run(rest),
        "docs" => docs::write(),
        "journeys" => journeys::run(rest),
        "foreign" => foreign::run(),
        "pictures" => foreign::pictures(),
        "faults" => bench::faults(rest),
        "bench" => bench::figures(rest),
        "fuzz" => fuzz::run(rest),
        "ballots" => bench::ballots(rest),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no verb `{other}`.\n\n{HELP}")),
    }
}
