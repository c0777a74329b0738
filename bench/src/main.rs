//! Faults and figures: a real server in a process of its own, killed in the middle of its work, or measured beside a peer.
//!
//! `konvent-bench faults` kills and counts; `konvent-bench all` measures and writes `bench/RESULTS.md`. CPU time and memory
//! are those of the server's process as `/proc` tells them (Linux only). The load comes from this process, through the
//! client's side of `konvent-wire`. Left out: power cuts, PostgreSQL.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod device;
mod faults;
mod figures;
mod house;
mod load;
mod mam;
mod peers;
mod process;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use figures::{Measure, Wishes};

/// A step that worked, or a sentence that says why not.
type Done<T = ()> = Result<T, String>;

#[derive(Debug, Parser)]
#[command(name = "konvent-bench")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// `kill -9` during floods of messages and during imports.
    Faults(faults::Faults),
    /// All figures, written to `bench/RESULTS.md`.
    All(Wishes),
    /// Import of 2,000, 60,000 and 370,000 members.
    Import(Wishes),
    /// Messages between two members at full speed, without and with an archive.
    Chat(Wishes),
    /// 500 messages a second.
    Pace(Wishes),
    /// "Is typing", with and without block lists.
    Typing(Wishes),
    /// Signing in.
    Login(Wishes),
    /// Messages across one, two and three nodes.
    Nodes(Wishes),
    /// Memory of idle sessions.
    Idle(Wishes),
    /// A room with 200 occupants.
    Rooms(Wishes),
    /// A room with 2,000 occupants.
    Convention(Wishes),
    /// Reading an archive of a million messages.
    History(Wishes),
    /// The first load of the web client.
    Web(Wishes),
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Faults(faults) => faults::run(&faults),
        Verb::All(wishes) => figures::run(Measure::All, wishes),
        Verb::Import(wishes) => figures::run(Measure::Import, wishes),
        Verb::Chat(wishes) => figures::run(Measure::Chat, wishes),
        Verb::Pace(wishes) => figures::run(Measure::Pace, wishes),
        Verb::Typing(wishes) => figures::run(Measure::Typing, wishes),
        Verb::Login(wishes) => figures::run(Measure::Login, wishes),
        Verb::Nodes(wishes) => figures::run(Measure::Nodes, wishes),
        Verb::Convention(wishes) => figures::run(Measure::Convention, wishes),
        Verb::History(wishes) => figures::run(Measure::History, wishes),
        Verb::Idle(wishes) => figures::run(Measure::Idle, wishes),
        Verb::Rooms(wishes) => figures::run(Measure::Rooms, wishes),
        Verb::Web(wishes) => figures::run(Measure::Web, wishes),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("konvent-bench: {sentence}");
            ExitCode::FAILURE
        }
    }
}

/// Turns any error into the sentence of a step.
fn sentence<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String + '_ {
    move |error| format!("{what}: {error}")
}
