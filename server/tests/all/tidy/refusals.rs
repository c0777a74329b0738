//! The code of a refusal begins with the name of the feature that gives it, and each code is made in one folder
//! (the two engines of the storage are twins and say the same).
//!
//! The server's flows and routes are the faces of features (docs/decisions/0008), so they may refuse in a feature's name.

use std::collections::{BTreeMap, BTreeSet};

use super::rust::parts;
use super::{Feature, files, none};

/// Calls that make a refusal; the code is the string literal among their arguments.
const MAKERS: &[&str] = &["Refusal::new(", "Refusal::broken("];

#[test]
fn codes_begin_with_the_name_of_their_feature() {
    let features = Feature::all();
    let mut findings = Vec::new();
    for file in files::with_ending(".rs") {
        if file.is_test() {
            continue;
        }
        let owner = features.iter().find(|feature| file.path.starts_with(&feature.folder()));
        for (line, code) in codes_in(&file.text) {
            let prefix = code.split('.').next().unwrap_or_default();
            let is_foreign = features.iter().any(|feature| feature.about.name == prefix);
            let is_well = match owner {
                Some(owner) => owner.about.name == prefix,
                None => !is_foreign || file.path.starts_with("server/src/"),
            };
            if !is_well || !code.contains('.') {
                findings.push(format!("{}:{line}: `{code}` does not belong here", file.path));
            }
        }
    }
    none(&findings);
}

#[test]
fn each_code_has_one_place() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files::with_ending(".rs").into_iter().filter(|file| !file.is_test()) {
        for (_, code) in codes_in(&file.text) {
            places.entry(code).or_default().insert(file.folder().to_owned());
        }
    }
    let twice: Vec<String> = places
        .into_iter()
        .filter(|(_, places)| places.len() > 1)
        .map(|(code, places)| format!("`{code}` is made in {places:?}"))
        .collect();
    none(&twice);
}

/// Beginnings of codes that no member meets: whoever runs the machine reads them, in the words of the program that says them,
/// and nodes are about what programs publish, whose own conditions say it (XEP-0060).
const NOT_FOR_MEMBERS: &[&str] = &[
    "acme.",
    "blobs.",
    "command.",
    "config.",
    "control.",
    "demo.",
    "doctor.",
    "federation.",
    "house.data-folder",
    "house.story",
    "keys.",
    "moving.",
    "net.",
    "nodes.",
    "pubsub.",
    "scene.",
    "storage.",
    "tls.",
];

/// A member who is told no is told why and what to do, not a code.
#[test]
fn what_a_member_may_be_refused_is_said_in_sentences() {
    let said: BTreeSet<&str> = konvent_server::words::codes().collect();
    let mut made = BTreeSet::new();
    let mut findings = Vec::new();
    for file in files::with_ending(".rs").into_iter().filter(|file| !file.is_test()) {
        if !["people/", "talk/", "files/", "server/"].iter().any(|at| file.path.starts_with(at)) {
            continue;
        }
        for (line, code, is_ours) in makers_in(&file.text) {
            let is_for_members = !NOT_FOR_MEMBERS.iter().any(|start| code.starts_with(start));
            if is_for_members && !is_ours && !said.contains(code.as_str()) {
                findings.push(format!("{}:{line}: `{code}` has no sentence", file.path));
            }
            made.insert(code);
        }
    }
    let faults = |code: &&&str| code.starts_with("commands.") || code.starts_with("storage.");
    for code in said.iter().filter(|code| !made.contains(**code) && !faults(code)) {
        findings.push(format!("`{code}` has a sentence, and nobody says it"));
    }
    none(&findings);
}

/// As [`codes_in`], and whether the refusal is a fault of our own, of which members learn nothing.
fn makers_in(text: &str) -> Vec<(usize, String, bool)> {
    let lines: Vec<&str> = text.lines().collect();
    let is_ours = |line: usize| {
        let near = lines[line.saturating_sub(3)..line.min(lines.len())].join(" ");
        near.contains("Refusal::broken(") || near.contains("Kind::Broken")
    };
    codes_in(text).into_iter().map(|(line, code)| (line, code, is_ours(line))).collect()
}

/// The codes that a file makes, with their lines; what follows `mod tests {` does not count.
fn codes_in(text: &str) -> Vec<(usize, String)> {
    let text = text.split("\nmod tests {").next().unwrap_or(text);
    let taken = parts(text);
    let lines: Vec<&str> = taken.code.lines().collect();
    let mut found = Vec::new();
    for (line, code) in taken.strings {
        let looks_like_a_code = code.contains('.')
            && code
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c));
        // The maker stands on the same line, or up to two lines above when the call is broken.
        let near = lines[line.saturating_sub(3)..line.min(lines.len())].join(" ");
        if looks_like_a_code && MAKERS.iter().any(|maker| near.contains(maker)) {
            found.push((line, code));
        }
    }
    found
}

#[test]
fn codes_are_found_on_broken_lines_too() {
    let text = "const A: Refusal = Refusal::new(\n    Kind::Conflict,\n    \"desk.already-taken\",\n);\nlet x = \"desk.txt\";\n\n\nlet y = \"other.txt\";";
    let codes: Vec<String> = codes_in(text).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes[0], "desk.already-taken");
    assert!(!codes.contains(&"other.txt".to_owned()));
}
