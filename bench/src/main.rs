//! Faults and figures: a real server in a process of its own, killed in the middle of its work, or measured beside a peer.
//!
//! `konvent-bench faults` kills and counts; `konvent-bench all` measures and writes `bench/RESULTS.md`. CPU time and memory
//! are those of the server's process as `/proc` tells them (Linux only). The load comes from this process, through the
//! client's side of `konvent-wire`. Left out: power cuts, full disks, PostgreSQL.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the command line")]

mod device;
mod faults;
mod house;
mod mam;
mod process;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
}

fn main() -> ExitCode {
    let done = match Cli::parse().verb {
        Verb::Faults(faults) => faults::run(&faults),
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
