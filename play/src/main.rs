//! `konvent-play FILE…`: plays scripts one after another and says how each went. `--read` only reads them.

#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (switches, files): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    if files.is_empty() {
        println!("usage: konvent-play [--read] FILE…");
        return ExitCode::FAILURE;
    }
    let play = if switches.iter().any(|switch| switch == "--read") {
        konvent_play::read
    } else {
        konvent_play::run
    };
    let mut failed = 0;
    for file in &files {
        match play(Path::new(file)) {
            Ok(()) => println!("played  {file}"),
            Err(failure) => {
                failed += 1;
                println!("FAILED  {file}\n{failure}\n");
            }
        }
    }
    println!("{} played, {failed} failed", files.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
