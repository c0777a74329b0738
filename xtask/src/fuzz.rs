//! Fuzzing. The targets are functions of the crate `fuzz`, whose own tests try each a few thousand times. The long way needs a
//! nightly toolchain, and cargo-fuzz, which it installs below `target/tools`; the short way, part of `test`, runs the property
//! tests with many more cases than usual.

use std::path::PathBuf;

use crate::shell::{self, Done, cargo, command, target, top, watched};
use crate::stamp;
use crate::tally::Count;

/// Seconds for each target when none are named.
const SECONDS: u32 = 60;

/// How many cases a property test tries in the short way (proptest's own default is 256).
const CASES: &str = "2048";

/// The fuzzer's own workspace.
const FOLDER: &str = "fuzz/libfuzzer";

/// The fuzzer's front for cargo.
const TOOL: &str = "cargo-fuzz";

/// Every target for so many seconds; or those alone whose names follow.
pub fn run(rest: &[String]) -> Done {
    let seconds = match rest.first() {
        Some(word) => word.parse().map_err(|_| format!("`{word}` is no number of seconds"))?,
        None => SECONDS,
    };
    let named = rest.get(1..).unwrap_or_default();
    let mut targets = targets()?;
    targets.retain(|target| named.is_empty() || named.contains(target));
    if targets.is_empty() {
        return Err(format!("there is no fuzz target called {}", named.join(" or ")));
    }
    let tool = tool()?;
    for target in &targets {
        println!("\n=== {target} ===");
        let seeds = below("fuzz-corpus")?.join(target);
        std::fs::create_dir_all(&seeds).map_err(|error| format!("{}: {error}", seeds.display()))?;
        shell::run(
            nightly(command(&tool))
                .args(["fuzz", "run", "--fuzz-dir"])
                .arg(top().join(FOLDER))
                .arg("--target-dir")
                .arg(below("fuzz")?)
                .arg("any")
                .arg(&seeds)
                .args(["--", &format!("-max_total_time={seconds}")])
                .env("KONVENT_FUZZ", target)
                .env("KONVENT_FUZZ_SEEDS", &seeds)
                .current_dir(top().join(FOLDER)),
        )?;
    }
    println!("{} passed, 0 failed", targets.len());
    Ok(())
}

/// The fuzzer's program; installed first where it is missing.
fn tool() -> Done<PathBuf> {
    let root = below("tools")?;
    let program = root.join("bin").join(TOOL);
    if !program.exists() {
        let mut install = cargo(["install", TOOL, "--locked", "--root"]);
        shell::run(install.arg(&root))?;
    }
    Ok(program)
}

/// A folder below that of the builds, wherever it is called from.
fn below(name: &str) -> Done<PathBuf> {
    std::path::absolute(target().join(name)).map_err(|error| format!("{name}: {error}"))
}

/// Lets a command choose the nightly toolchain; it must not inherit the one that runs us.
fn nightly(mut command: std::process::Command) -> std::process::Command {
    command.env("RUSTUP_TOOLCHAIN", "nightly").env_remove("CARGO").env_remove("RUSTC");
    // SQLite's C is built by another compiler than ours; what both call a global differs, and nothing else does.
    command.env("ASAN_OPTIONS", "detect_odr_violation=0");
    command
}

/// Every property test of the workspace with [`CASES`] cases.
pub fn short(count: &mut Count) -> Done {
    let names = property_tests();
    if names.is_empty() {
        return Err("there is no property test".to_owned());
    }
    let mut tests = cargo(["test", "--workspace", "--no-fail-fast", "--quiet", "--"]);
    watched(tests.args(names).env("PROPTEST_CASES", CASES), |line| count.note(line))
}

/// The names of the functions that stand in a `proptest!` block, as filters for the test runner.
fn property_tests() -> Vec<String> {
    let mut names: Vec<String> =
        stamp::files_below(&top(), &["target", "web", "fuzz", ".git", "xtask"])
            .into_iter()
            .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
            .filter_map(|path| std::fs::read_to_string(path).ok())
            .flat_map(|text| names_in(&text))
            .collect();
    names.sort();
    names.dedup();
    names
}

fn names_in(text: &str) -> Vec<String> {
    let blocks = text.split("proptest! {").skip(1);
    let lines = blocks.flat_map(|block| block.split("\n}\n").next().unwrap_or(block).lines());
    lines
        .filter_map(|line| line.trim().strip_prefix("fn ")?.split('(').next())
        .map(str::to_owned)
        .collect()
}

/// The name of each target: `fuzz/src/targets/NAME.rs`.
fn targets() -> Done<Vec<String>> {
    let folder = top().join("fuzz/src/targets");
    let files =
        std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|file| Some(file.file_name().to_str()?.strip_suffix(".rs")?.to_owned()))
        .filter(|name| name != "mod")
        .collect();
    names.sort();
    if names.is_empty() { Err("there is no fuzz target".to_owned()) } else { Ok(names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_targets_are_found() {
        let found = targets().unwrap();
        assert!(found.contains(&"stream".to_owned()) && !found.contains(&"mod".to_owned()));
    }

    #[test]
    fn property_tests_are_found_and_others_left_alone() {
        let text = "fn helper() {}\nproptest! {\n    #[test]\n    fn any_text(a in \".*\") {\n    }\n}\n\n#[test]\nfn plain() {}\n";
        assert_eq!(names_in(text), ["any_text"]);
        assert!(names_in("fn alone() {}").is_empty());
    }
}
