//! Faults, figures and the ballot matrix: the verbs that hand over to `konvent-bench` and to the ballot crate.

use std::path::Path;

use crate::shell::{self, Done, cargo, command, target, top, watched};
use crate::tally::Count;
use crate::{judges, setup, web};

/// All faults, in release: floods and imports are killed twenty times each. What they print is kept in `bench/FAULTS.md`,
/// unless only some are wanted or they run less often.
pub fn faults(rest: &[String]) -> Done {
    let mut words = vec!["faults".to_owned()];
    if !rest.is_empty() {
        words.extend_from_slice(rest);
        return in_release(&words);
    }
    words.extend(["--runs".to_owned(), "20".to_owned()]);
    let day = shell::said(command("date").arg("--iso-8601"))?;
    let mut printed = String::new();
    build_release()?;
    let mut bench = command(target().join("release/konvent-bench"));
    let outcome = watched(bench.args(words), |line| {
        printed.push_str(line);
        printed.push('\n');
    });
    write(&top().join("bench/FAULTS.md"), &faults_page(day.trim(), &machine(), &printed))?;
    outcome
}

/// The page of faults around what they print.
fn faults_page(day: &str, machine: &str, printed: &str) -> String {
    format!(
        "# Faults\n\nWritten by `cargo xtask faults` (release, 20 floods and 20 imports of each kind) on {day}; {machine}.\n\n\
         Killed with `kill -9` at a random moment of a flood or of an import and started again on the same folder; a full disk, a \
         clock that jumps, a PostgreSQL that crashes and hangs, three nodes that lose one another, the bus and the database, one \
         that is cut off; strangers at the doors. Everything acknowledged must be in both archives exactly once, also after what \
         was not acknowledged is sent again.\n\n```\n{}\n```\n",
        printed.trim()
    )
}

/// The figures; all of them unless some are named.
pub fn figures(rest: &[String]) -> Done {
    if let Some((first, rest)) = rest.split_first()
        && first == "ballots"
    {
        return ballot_figures(rest);
    }
    setup::peers()?;
    if rest.is_empty() { in_release(&["all".to_owned()]) } else { in_release(rest) }
}

/// The figures of the ballots beside belenios-tool's, kept in `bench/BALLOTS.md` and as a section of `bench/RESULTS.md`
/// unless they are `--quick`. `--giant [MIB]` only streams a large archive, which takes minutes.
fn ballot_figures(rest: &[String]) -> Done {
    shell::fresh_curve()?;
    if rest.iter().any(|word| word == "--giant") {
        let package = ["build", "--release", "--quiet", "--package", "konvent-ballot"];
        shell::run(cargo(package).args(["--bins", "--example", "figures"]))?;
        return shell::run(command(target().join("release/examples/figures")).args(rest));
    }
    setup::packages()?;
    setup::node()?;
    let judges = judges::fetch(&mut Count::default());
    let day = shell::said(command("date").arg("--iso-8601"))?;
    let mut table = format!(
        "{SECTION}\n\nWritten by `cargo xtask bench ballots` on {}; {}. CPU time of release builds; the tool's holds the start \
         of its process. What Chromium does is by the clock, beside whatever else ran. \"1 of 5 plus blank\", three trustees, \
         unless a row says otherwise.\n\n",
        day.trim(),
        machine(),
    );
    let mut note = |line: &str| {
        table.push_str(line);
        table.push('\n');
    };
    let mut figures = cargo(["run", "--release", "--quiet", "--package", "konvent-ballot"]);
    figures.args(["--example", "figures", "--"]).args(rest);
    watched(judges::beside(&mut figures, &judges)?, &mut note)?;
    let mut browser = command("node");
    browser.arg("scripts/ballots.js").current_dir(top().join("web"));
    watched(&mut browser, &mut note)?;
    if rest.is_empty() {
        let folder = top().join("bench");
        write(&folder.join("BALLOTS.md"), &table.replacen("## ", "# ", 1))?;
        let results = folder.join("RESULTS.md");
        let others = std::fs::read_to_string(&results).unwrap_or_default();
        write(&results, &with_section(&others, &table))?;
    }
    Ok(())
}

/// How the ballots' section of `bench/RESULTS.md` begins; `konvent-bench all` leaves what stands from there on.
const SECTION: &str = "## Ballots";

/// The results with the ballots' section, which is their last, replaced or added.
fn with_section(results: &str, section: &str) -> String {
    let others = results.split_once(SECTION).map_or(results, |(others, _)| others);
    format!("{}\n\n{section}", others.trim_end())
}

fn write(file: &Path, text: &str) -> Done {
    std::fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

/// The processors and what they have to do, for who compares figures.
fn machine() -> String {
    let read = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let models: Vec<&str> = info
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split(": ").nth(1))
        .collect();
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("?");
    format!("{} × {}, load {load}", models.len(), models.first().unwrap_or(&"processor"))
}

fn in_release(words: &[String]) -> Done {
    build_release()?;
    shell::run(command(target().join("release/konvent-bench")).args(words))
}

fn build_release() -> Done {
    setup::packages()?;
    setup::node()?;
    web::build()?;
    shell::run(&mut cargo([
        "build",
        "--release",
        "--package",
        "konvent-server",
        "--package",
        "konvent-bench",
        "--bins",
    ]))
}

/// The faults in the development profile and few times, for the whole suite.
pub fn short_faults(count: &mut Count) -> Done {
    let mut faults = command(target().join("debug/konvent-bench"));
    watched(faults.args(["faults", "--runs", "2"]), |line| count.note(line))
}

/// The reduced matrix, for the whole suite: belenios-tool judges our ballots, and we judge its.
pub fn short_ballots(count: &mut Count) -> Done {
    let judges = judges::fetch(count);
    let mut matrix =
        cargo(["run", "--quiet", "--package", "konvent-ballot", "--example", "matrix"]);
    matrix.args(["--", "--reduced"]);
    watched(judges::beside(&mut matrix, &judges)?, |line| count.note(line))
}

/// Our ballots against belenios-tool, both ways: the ballot crate prints the matrix.
pub fn ballots(rest: &[String]) -> Done {
    setup::packages()?;
    let judges = judges::fetch(&mut Count::default());
    let mut matrix = cargo(["run", "--release", "--package", "konvent-ballot", "--example"]);
    matrix.args(["matrix", "--"]).args(rest);
    shell::run(judges::beside(&mut matrix, &judges)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_faults_holds_all_that_was_printed() {
        let page = faults_page(
            "2026-11-22",
            "2 × processor",
            "\ncontrol\n  a lost row\n\n9 passed, 0 failed\n",
        );
        assert!(page.starts_with("# Faults\n") && page.contains("on 2026-11-22; 2 × processor."));
        assert!(
            page.ends_with("```\ncontrol\n  a lost row\n\n9 passed, 0 failed\n```\n"),
            "{page}"
        );
    }

    #[test]
    fn the_ballots_section_is_added_once_and_then_replaced() {
        let first = with_section("# Figures\n\n| a |\n", "## Ballots\n\nold\n");
        assert_eq!(first, "# Figures\n\n| a |\n\n## Ballots\n\nold\n");
        let second = with_section(&first, "## Ballots\n\nnew\n");
        assert_eq!(second, "# Figures\n\n| a |\n\n## Ballots\n\nnew\n");
    }
}
