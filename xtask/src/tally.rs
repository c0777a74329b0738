//! Counting: reads the closing lines of the runners (cargo test, vitest, playwright, our own `N passed, N failed`),
//! keeps a row for each floor, and prints the table at the end.

use std::fmt::Write as _;
use std::time::Instant;

use crate::shell::Done;

/// What a runner, or a whole run, has counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Count {
    /// Tests that ended well.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
    /// Tests that a runner left out; none should be.
    pub skipped: u64,
    /// What could not be tried on this machine, and why: printed again at the end, so that nobody takes it for passed.
    pub not_run: Vec<String>,
}

/// How a line begins by which a floor, or a program that it runs, says that something could not be tried here, and why.
const NOT_RUN: &str = "NOT RUN: ";

impl Count {
    /// Adds what a line of a runner's output says, if it is a closing line.
    pub fn note(&mut self, line: &str) {
        let line = line.trim();
        if let Some(sentence) = line.strip_prefix(NOT_RUN) {
            self.skipped += 1;
            self.not_run.push(sentence.to_owned());
            return;
        }
        let Some(said) = closing(line) else { return };
        for part in said.split([';', ',', '|']) {
            let mut words = part.split_whitespace();
            let (Some(number), Some(word)) = (words.next(), words.next()) else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word {
                "passed" => self.passed += number,
                "failed" | "flaky" | "interrupted" => self.failed += number,
                "ignored" | "skipped" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// Something cannot be tried here, and why: counted as skipped, never as passed.
    pub fn skip(&mut self, sentence: &str) {
        let line = format!("{NOT_RUN}{sentence}");
        println!("{line}");
        self.note(&line);
    }

    fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The counting part of a closing line.
fn closing(line: &str) -> Option<&str> {
    // cargo test: `test result: ok. 12 passed; 0 failed; 0 ignored; …`
    if let Some(rest) = line.strip_prefix("test result: ") {
        return rest.split_once(". ").map(|(_, counts)| counts);
    }
    // vitest: `Tests  1 failed | 45 passed (46)`
    if let Some(rest) = line.strip_prefix("Tests ") {
        return Some(rest.split('(').next().unwrap_or(rest));
    }
    // playwright: `7 passed (57.0s)` and `1 failed` on lines of their own; ours: `3 passed, 0 failed`
    let counts = line.split(" (").next().unwrap_or(line);
    let mut words = counts.split_whitespace();
    let starts_well = words.next().is_some_and(|word| word.parse::<u64>().is_ok());
    let known = |word: &str| {
        ["passed", "failed", "flaky", "interrupted", "skipped"]
            .contains(&word.trim_end_matches(','))
    };
    let is_short = counts.split_whitespace().count() <= 6;
    (starts_well && is_short && words.next().is_some_and(known)).then_some(counts)
}

/// One row of the table.
struct Floor {
    name: &'static str,
    count: Count,
    seconds: f64,
    complaint: Option<String>,
}

/// The run so far.
#[derive(Default)]
pub struct Tally {
    floors: Vec<Floor>,
}

impl Tally {
    /// Runs one floor and keeps what came of it. A floor without a counting runner counts as one test.
    pub fn floor(&mut self, name: &'static str, run: impl FnOnce(&mut Count) -> Done) -> bool {
        println!("\n=== {name} ===");
        let started = Instant::now();
        let mut count = Count::default();
        let complaint = run(&mut count).err();
        match &complaint {
            Some(sentence) => {
                println!("{name}: {sentence}");
                count.failed = count.failed.max(1);
            }
            None if count == Count::default() => count.passed = 1,
            None => {}
        }
        let seconds = started.elapsed().as_secs_f64();
        self.floors.push(Floor { name, count, seconds, complaint });
        self.floors.last().is_some_and(|floor| floor.count.failed == 0)
    }

    /// Prints the table and the closing line; an error when anything failed.
    pub fn close(self) -> Done {
        let mut sum = Count::default();
        let mut table = String::new();
        for floor in &self.floors {
            sum.add(&floor.count);
            let _ = writeln!(
                table,
                "{:<34} {:>7} {:>7} {:>8} {:>8.1}",
                floor.name,
                floor.count.passed,
                floor.count.failed,
                floor.count.skipped,
                floor.seconds
            );
        }
        println!(
            "\n{:<34} {:>7} {:>7} {:>8} {:>8}",
            "floor", "passed", "failed", "skipped", "seconds"
        );
        print!("{table}");
        for floor in &self.floors {
            if let Some(sentence) = &floor.complaint {
                println!("! {}: {sentence}", floor.name);
            }
            for sentence in &floor.count.not_run {
                println!("- {}: not run: {sentence}", floor.name);
            }
        }
        println!("\n{} passed, {} failed", sum.passed, sum.failed);
        if sum.failed == 0 { Ok(()) } else { Err("not everything passed".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lines: &[&str]) -> Count {
        let mut count = Count::default();
        for line in lines {
            count.note(line);
        }
        count
    }

    #[test]
    fn closing_lines_of_each_runner_are_read() {
        let all = counted(&[
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.10s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out",
            "      Tests  1 failed | 45 passed (46)",
            "  7 passed (57.0s)",
            "  1 flaky",
            "3 passed, 2 failed",
        ]);
        assert_eq!(all, Count { passed: 69, failed: 5, skipped: 1, not_run: Vec::new() });
    }

    #[test]
    fn what_cannot_be_tried_here_is_not_taken_for_passed() {
        let count = counted(&["  NOT RUN: no network namespaces", "3 passed, 0 failed"]);
        assert_eq!((count.passed, count.skipped), (3, 1));
        assert_eq!(count.not_run, ["no network namespaces"]);
        let mut tally = Tally::default();
        assert!(tally.floor("authority", |count| {
            count.skip("there is no authority");
            Ok(())
        }));
        let floor = tally.floors.first().unwrap();
        assert_eq!((floor.count.passed, floor.count.skipped), (0, 1));
        assert!(tally.close().is_ok(), "what is missing is no fault of the code");
    }

    #[test]
    fn other_lines_are_left_alone() {
        let none = counted(&[
            "running 3 tests",
            "12 members passed the gate on the way home",
            "Tests",
            "",
        ]);
        assert_eq!(none, Count::default());
    }

    #[test]
    fn a_floor_that_fails_without_counting_makes_the_run_fail() {
        let mut tally = Tally::default();
        assert!(tally.floor("fine", |_| Ok(())));
        assert!(!tally.floor("broken", |_| Err("it broke".to_owned())));
        assert!(tally.close().is_err());
    }
}
