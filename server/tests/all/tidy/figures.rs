//! The tables of figures are honest: what is missed is looked at, and where a peer has no figure it is said why.

use super::files;
use super::none;

/// A row of `bench/RESULTS.md`.
struct Row<'t> {
    measure: &'t str,
    ours: &'t str,
    is_missed: bool,
    /// The cells of Prosody and ejabberd; none in the tables that compare with nobody, or with something else.
    peers: Option<[&'t str; 2]>,
}

fn text(path: &str) -> &'static str {
    let file = files::all().iter().find(|file| file.path == path);
    &file.unwrap_or_else(|| panic!("{path} is not in the list")).text
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut has_peers = false;
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, measure, _, ours, verdict, rest @ ..] = cells.as_slice() else { continue };
        if *measure == "measure" {
            has_peers = rest.starts_with(&["Prosody", "ejabberd"]);
        } else if !measure.starts_with("---") {
            let peers = rest.first_chunk::<2>().copied().filter(|_| has_peers);
            rows.push(Row { measure, ours, is_missed: *verdict == "missed", peers });
        }
    }
    rows
}

/// Every row that is missed stands in one section of `bench/MISSED.md` with its figure, and nothing else does.
fn unlooked(results: &str, missed: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let rows = rows(results);
    let mut named: Vec<&str> = Vec::new();
    for section in missed.split("\n## ").skip(1) {
        let heading = section.lines().next().unwrap_or_default();
        let list = section.lines().find_map(|line| line.strip_prefix("Rows: ")).unwrap_or_default();
        let listed: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
        if listed.is_empty() {
            findings.push(format!("\u{201e}{heading}\u{201c} names no row"));
        }
        for name in listed {
            match rows.iter().find(|row| row.is_missed && row.measure == name) {
                None => findings.push(format!("{name}: not missed, and yet looked at")),
                Some(row) => {
                    let figure = row.ours.split(' ').next().unwrap_or_default();
                    if !section.contains(figure) {
                        findings.push(format!("{name}: {figure} does not stand in its section"));
                    }
                }
            }
            named.push(name);
        }
    }
    for row in rows.iter().filter(|row| row.is_missed) {
        match named.iter().filter(|name| **name == row.measure).count() {
            1 => {}
            0 => findings.push(format!("{}: missed, and nobody says why", row.measure)),
            _ => findings.push(format!("{}: looked at twice", row.measure)),
        }
    }
    findings
}

/// Where one peer has a figure and the other has none, a line says why.
fn unsaid(results: &str) -> Vec<String> {
    let reasons: Vec<&str> = results.lines().filter_map(|line| line.strip_prefix("- ")).collect();
    let is_said = |row: &Row<'_>, peer: &str| {
        reasons.iter().any(|reason| {
            let mut parts = reason.split(": ");
            let (name, who, why) = (parts.next(), parts.next(), parts.next());
            name.is_some_and(|name| row.measure.contains(name))
                && who == Some(peer)
                && why.is_some()
        })
    };
    let mut findings = Vec::new();
    for row in rows(results) {
        let Some(cells) = row.peers else { continue };
        for (peer, cell) in ["Prosody", "ejabberd"].into_iter().zip(cells) {
            if cell.is_empty() && cells.iter().any(|cell| !cell.is_empty()) && !is_said(&row, peer)
            {
                findings.push(format!("{}: why has {peer} no figure?", row.measure));
            }
        }
    }
    findings
}

#[test]
fn what_is_missed_is_looked_at() {
    none(&unlooked(text("bench/RESULTS.md"), text("bench/MISSED.md")));
}

#[test]
fn where_a_peer_has_no_figure_it_is_said_why() {
    none(&unsaid(text("bench/RESULTS.md")));
}

#[test]
fn what_is_hidden_is_found() {
    let results = "| measure | goal | ours | | Prosody | ejabberd | ratio |\n|---|---|---|---|---|---|---|\n\
        | joins | \u{2264} 1 s | 2.00 s | missed |  | 3 s | 1\u{d7} |\n| chat | \u{2264} 1 s | 0.5 s | met | 1 s | 2 s | 2\u{d7} |\n";
    let missed = |section: &str| unlooked(results, &format!("# Goals\n\n## {section}"));
    assert!(missed("Joins: 2.00 s\n\nRows: `joins`.\n").is_empty());
    for wrong in [
        "Joins: 2.00 s\n",
        "Joins: 1.90 s\n\nRows: `joins`.\n",
        "Both: 2.00 s\n\nRows: `joins`, `chat`.\n",
        "Joins: 2.00 s\n\nRows: `joins`.\n\n## Again: 2.00 s\n\nRows: `joins`.\n",
    ] {
        assert!(!missed(wrong).is_empty(), "{wrong}");
    }
    assert!(!unlooked(results, "# Goals\n").is_empty());
    assert_eq!(unsaid(results), ["joins: why has Prosody no figure?"]);
    assert!(unsaid(&format!("{results}\n- joins: Prosody: it fell over.\n")).is_empty());
}
