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
