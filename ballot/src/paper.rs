//! Holds the crate and the paper together: every section cited is one of specification 3.3.0, and every
//! section that says how something is computed is cited, so that both can be laid side by side.

use std::collections::BTreeSet;
use std::path::Path;

/// The sections of the Belenios specification 3.3.0. Processes and messages that are told in words (§1, §2, §3.2–§3.5) need
/// no line of code; those marked `false` are not part of this crate (lists).
const SECTIONS: [(&str, bool); 49] = [
    ("3.1", true),
    ("3.1.1", true),
    ("3.5.1", true),
    ("4.1", true),
    ("4.2", true),
    ("4.3", true),
    ("4.4", true),
    ("4.5", true),
    ("4.6", true),
    ("4.6.1", true),
    ("4.6.2", true),
    ("4.6.3", true),
    ("4.6.4", true),
    ("4.6.5", true),
    ("4.6.6", true),
    ("4.6.7", true),
    ("4.7", true),
    ("4.8", true),
    ("4.9", true),
    ("4.9.1", true),
    ("4.9.2", true),
    ("4.9.3", false),
    ("4.10", true),
    ("4.11", true),
    ("4.11.1", true),
    ("4.11.2", true),
    ("4.11.3", false),
    ("4.12", true),
    ("4.13", true),
    ("4.13.1", true),
    ("4.13.2", true),
    ("4.13.3", true),
    ("4.14", false),
    ("4.15", false),
    ("4.16", true),
    ("4.17", true),
    ("4.18", true),
    ("4.19", true),
    ("4.20", true),
    ("4.21", true),
    ("5", true),
    ("5.1", true),
    ("5.1.1", true),
    ("5.1.2", true),
    ("5.2", false),
    ("5.2.1", true),
    ("6", true),
    ("3.4", false),
    ("3.5", false),
];

/// Every file below a folder.
fn texts(folder: &Path, all: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "ts") {
            all.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The sections that a text cites, but those of other papers, whose name and number stand right before.
fn cited(text: &str) -> Vec<String> {
    let mut parts = text.split('§');
    let mut before = parts.next().unwrap_or_default();
    let mut found = Vec::new();
    for part in parts {
        let mut words = before.split_whitespace().rev();
        let number = words.next().is_some_and(|word| word.parse::<u32>().is_ok());
        if !(number && before.ends_with(' ') && words.next() == Some("RFC")) {
            let end = part.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(part.len());
            let section = part.get(..end).unwrap_or_default().trim_end_matches('.');
            if !section.is_empty() {
                found.push(section.to_owned());
            }
        }
        before = part;
    }
    found
}

#[test]
fn the_crate_and_the_paper_can_be_laid_side_by_side() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    texts(&own.join("src"), &mut all);
    let code: BTreeSet<String> = all
        .iter()
        .filter(|(path, _)| !path.ends_with("paper.rs"))
        .flat_map(|(_, text)| cited(text))
        .collect();
    texts(&own.join("../web/src/ballot"), &mut all);
    for (path, text) in all.iter().filter(|(path, _)| !path.ends_with("paper.rs")) {
        for section in cited(text) {
            let known = SECTIONS.iter().any(|(name, _)| *name == section);
            assert!(known, "{path} cites §{section}, which specification 3.3.0 does not have");
        }
    }
    let missing: Vec<&str> = SECTIONS
        .iter()
        .filter(|(name, needed)| *needed && !code.contains(*name))
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(missing, [""; 0], "sections that no line of the crate cites");
}
