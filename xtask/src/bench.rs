//! Faults, figures and the ballot matrix: the verbs that hand over to `konvent-bench` and to the ballot crate.

use crate::shell::{self, Done, cargo, command, target, watched};
use crate::tally::Count;
use crate::{setup, web};

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

/// The figures of the ballots beside belenios-tool's, kept in `bench/BALLOTS.md` unless they are `--quick`.
fn ballot_figures(rest: &[String]) -> Done {
    setup::packages()?;
    let mut figures = cargo(["run", "--release", "--quiet", "--package", "konvent-ballot"]);
    figures.args(["--example", "figures", "--"]).args(rest);
    let mut table = String::from(
        "# Figures of the ballots\n\nWritten by `cargo xtask bench ballots`. CPU time in release; the tool's holds the start \
         of its process. \"1 of 5 plus blank\", three trustees, unless a row says otherwise.\n\n",
    );
    watched(&mut figures, |line| {
        table.push_str(line);
        table.push('\n');
    })?;
    if rest.is_empty() {
        let file = shell::top().join("bench/BALLOTS.md");
        std::fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
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

/// The reduced matrix, for the whole suite: Debian's belenios-tool judges our ballots, and we judge its.
pub fn short_ballots(count: &mut Count) -> Done {
    let mut matrix =
        cargo(["run", "--quiet", "--package", "konvent-ballot", "--example", "matrix"]);
    watched(matrix.args(["--", "--reduced"]), |line| count.note(line))
}

/// Our ballots against belenios-tool, both ways: the ballot crate prints the matrix.
pub fn ballots(rest: &[String]) -> Done {
    shell::run(
        cargo(["run", "--release", "--package", "konvent-ballot", "--example", "matrix", "--"])
            .args(rest),
    )
}
