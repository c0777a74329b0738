//! Faults, figures and the ballot matrix: the verbs that hand over to `konvent-bench` and to the ballot crate.

use std::path::Path;

use crate::shell::{self, Done, cargo, command, target, watched};
use crate::tally::Count;
use crate::{judges, setup, web};

/// `kill -9` during floods and imports, in release, twenty times each unless told otherwise.
pub fn faults(rest: &[String]) -> Done {
    let mut words = vec!["faults".to_owned()];
    if rest.is_empty() {
        words.extend(["--runs".to_owned(), "20".to_owned()]);
    }
    words.extend_from_slice(rest);
    in_release(&words)
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
    let judges = judges::fetch();
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
    browser.arg("scripts/ballots.js").current_dir(shell::top().join("web"));
    watched(&mut browser, &mut note)?;
    if rest.is_empty() {
        let folder = shell::top().join("bench");
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
    ]))?;
    shell::run(command(target().join("release/konvent-bench")).args(words))
}

/// The faults in the development profile and few times, for the whole suite.
pub fn short_faults(count: &mut Count) -> Done {
    let mut faults = command(target().join("debug/konvent-bench"));
    watched(faults.args(["faults", "--runs", "2"]), |line| count.note(line))
}

/// The reduced matrix, for the whole suite: belenios-tool judges our ballots, and we judge its.
pub fn short_ballots(count: &mut Count) -> Done {
    let judges = judges::fetch();
    let mut matrix =
        cargo(["run", "--quiet", "--package", "konvent-ballot", "--example", "matrix"]);
    matrix.args(["--", "--reduced"]);
    watched(judges::beside(&mut matrix, &judges)?, |line| count.note(line))
}

/// Our ballots against belenios-tool, both ways: the ballot crate prints the matrix.
pub fn ballots(rest: &[String]) -> Done {
    setup::packages()?;
    let judges = judges::fetch();
    let mut matrix = cargo(["run", "--release", "--package", "konvent-ballot", "--example"]);
    matrix.args(["matrix", "--"]).args(rest);
    shell::run(judges::beside(&mut matrix, &judges)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ballots_section_is_added_once_and_then_replaced() {
        let first = with_section("# Figures\n\n| a |\n", "## Ballots\n\nold\n");
        assert_eq!(first, "# Figures\n\n| a |\n\n## Ballots\n\nold\n");
        let second = with_section(&first, "## Ballots\n\nnew\n");
        assert_eq!(second, "# Figures\n\n| a |\n\n## Ballots\n\nnew\n");
    }
}
