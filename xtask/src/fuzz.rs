//! Fuzzing. The long way needs cargo-fuzz and a nightly toolchain; the short way, part of `test`, runs the property
//! tests (the same parsers, any bytes) with many more cases than usual.

use std::path::{Path, PathBuf};

use crate::shell::{self, Done, cargo, command, has, top, watched};
use crate::tally::Count;

/// Seconds for each target when none are named.
const SECONDS: u32 = 60;

/// How many cases a property test tries in the short way (proptest's own default is 256).
const CASES: &str = "2048";

/// Every target of every `fuzz` folder, for so many seconds each.
pub fn run(rest: &[String]) -> Done {
    let seconds = match rest.first() {
        Some(word) => word.parse().map_err(|_| format!("`{word}` is no number of seconds"))?,
        None => SECONDS,
    };
    if !has("cargo-fuzz") {
        return Err("cargo-fuzz is missing: `cargo install cargo-fuzz --locked`".to_owned());
    }
    let targets = targets()?;
    for (folder, target) in &targets {
        shell::run(
            command("cargo")
                .args(["+nightly", "fuzz", "run", "--fuzz-dir"])
                .arg(folder)
                .args([target, "--", &format!("-max_total_time={seconds}")])
                // The nightly toolchain must not inherit the one that runs us.
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("CARGO"),
        )?;
    }
    println!("{} passed, 0 failed", targets.len());
    Ok(())
}

/// The property tests, whose names begin with `any_`, with [`CASES`] cases each.
pub fn short(count: &mut Count) -> Done {
    let mut tests = cargo(["test", "--workspace", "--no-fail-fast", "--quiet", "--", "any_"]);
    watched(tests.env("PROPTEST_CASES", CASES), |line| count.note(line))
}

/// Folder and name of each target: `CRATE/fuzz/fuzz_targets/NAME.rs`.
fn targets() -> Done<Vec<(PathBuf, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(top()).map_err(|error| error.to_string())?.flatten() {
        let folder = entry.path().join("fuzz");
        let files = std::fs::read_dir(folder.join("fuzz_targets")).into_iter().flatten().flatten();
        for file in files {
            let path = file.path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                found.extend(name_of(&path).map(|name| (folder.clone(), name)));
            }
        }
    }
    found.sort();
    if found.is_empty() { Err("there is no fuzz target".to_owned()) } else { Ok(found) }
}

fn name_of(path: &Path) -> Option<String> {
    Some(path.file_stem()?.to_str()?.to_owned())
}
