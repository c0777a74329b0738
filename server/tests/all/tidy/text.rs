//! What each file must have (a first sentence, a module that declares it, a bearable length) and must not have
//! (names of one machine, registries, tests that are switched off).

use super::files::{self, Source};
use super::none;
use super::rust::parts;

/// From here on a file holds a second idea.
const LINES_MAX: usize = 500;

/// Files that may be longer, and why.
const LONG: &[(&str, &str)] = &[];

/// How the first sentence of a file begins, by the ending of its name.
const HEADS: &[(&str, &[&str])] = &[
    (".rs", &["//! "]),
    (".ts", &["// ", "/** ", "/* "]),
    (".svelte", &["<!-- "]),
    (".js", &["// ", "/** ", "/* "]),
    (".mjs", &["// ", "#!"]),
    (".css", &["/* "]),
    (".py", &["\"\"\"", "#!"]),
    (".sh", &["#!"]),
    (".sql", &["-- "]),
    (".play", &["# "]),
    (".md", &["# ", "<!-- "]),
];

/// Folders of other people's text or of data that must stay as it is.
const NOT_OURS: &[&str] = &["ballot/vectors/", "ballot/tests/vectors/"];

fn ours() -> impl Iterator<Item = &'static Source> {
    files::all().iter().filter(|file| !NOT_OURS.iter().any(|folder| file.path.starts_with(folder)))
}

#[test]
fn every_file_opens_with_a_sentence() {
    let mut findings = Vec::new();
    // A test of the client is named after the file whose sentence it shares, a journey after where it goes.
    let is_named = |path: &str| path.ends_with(".test.ts") || path.ends_with(".spec.ts");
    for file in ours().filter(|file| !is_named(&file.path)) {
        let Some((_, heads)) = HEADS.iter().find(|(ending, _)| file.path.ends_with(ending)) else {
            continue;
        };
        // A byte that is no text, a licence line or a blank line in front would hide the sentence.
        if !heads.iter().any(|head| file.text.starts_with(head)) {
            findings
                .push(format!("{}: does not open with a sentence that says what it is", file.path));
        }
    }
    none(&findings);
}

#[test]
fn no_file_is_too_long() {
    let mut findings = Vec::new();
    for file in ours() {
        let is_source = [".rs", ".ts", ".svelte", ".py", ".js", ".mjs", ".css", ".sh", ".sql"]
            .iter()
            .any(|ending| file.path.ends_with(ending));
        let lines = file.text.lines().count();
        if is_source && lines > LINES_MAX && !LONG.iter().any(|(path, _)| *path == file.path) {
            findings.push(format!("{}: {lines} lines; where is the second idea?", file.path));
        }
    }
    for (path, reason) in LONG {
        if reason.is_empty() || !ours().any(|file| file.path == *path) {
            findings.push(format!("{path} is on the list of long files for no reason"));
        }
    }
    none(&findings);
}

#[test]
fn every_rust_file_is_declared_by_the_one_above_it() {
    let mut findings = Vec::new();
    for file in ours().filter(|file| file.is("rs")) {
        let Some(declared_by) = parents_of(file) else { continue };
        let stem = match file.name() {
            "mod.rs" => file.folder().rsplit('/').next().unwrap_or_default(),
            name => name.trim_end_matches(".rs"),
        };
        let is_declared = ours().filter(|other| declared_by.contains(&other.path)).any(|other| {
            let code = parts(&other.text).code;
            code.contains(&format!("mod {stem};")) || other.text.contains(&format!("{stem}.rs\"]"))
        });
        if !is_declared {
            findings.push(format!(
                "{}: no `mod {stem};` in {}",
                file.path,
                declared_by.join(" or ")
            ));
        }
    }
    none(&findings);
}

/// The files that may declare this one; `None` for roots of crates (binaries, examples, fuzz targets, build scripts).
fn parents_of(file: &Source) -> Option<Vec<String>> {
    let (folder, name) = (file.folder(), file.name());
    let holder = folder.rsplit('/').next().unwrap_or_default();
    let is_root = matches!(name, "lib.rs" | "main.rs" | "build.rs")
        || matches!(holder, "bin" | "examples" | "fuzz_targets" | "benches" | "tests");
    if is_root {
        return None;
    }
    let (above, own) = if name == "mod.rs" { folder.rsplit_once('/')? } else { (folder, "") };
    let mut parents: Vec<String> =
        ["mod.rs", "lib.rs", "main.rs"].iter().map(|parent| format!("{above}/{parent}")).collect();
    parents.push(format!("{above}.rs"));
    // A folder of a binary: src/bin/tool/main.rs.
    parents.retain(|parent| parent != &format!("{above}/{own}.rs"));
    Some(parents)
}

#[test]
fn every_play_lies_where_the_theatre_looks() {
    let mut findings = Vec::new();
    for file in ours().filter(|file| file.is("play")) {
        if !file.folder().ends_with("/plays") {
            findings.push(format!("{}: plays lie in a folder `plays` of their feature", file.path));
        }
    }
    none(&findings);
}

#[test]
fn nothing_names_one_machine_or_a_registry() {
    // Put together here, so that this file does not name them.
    let words: Vec<String> = [
        ("/tm", "p/"),
        ("/hom", "e/"),
        ("/roo", "t/"),
        ("registry.np", "mjs"),
        ("pypi", ".org"),
        ("pythonhos", "ted"),
        ("deb.deb", "ian"),
        ("static.crat", "es.io"),
        ("index.crat", "es.io"),
    ]
    .iter()
    .map(|(start, end)| format!("{start}{end}"))
    .collect();
    let mut findings = Vec::new();
    for file in ours() {
        for (number, line) in file.text.lines().enumerate() {
            for word in words.iter().filter(|word| line.contains(word.as_str())) {
                findings.push(format!("{}:{}: names {word}", file.path, number + 1));
            }
        }
    }
    none(&findings);
}

#[test]
fn no_test_is_switched_off() {
    let mut findings = Vec::new();
    for file in ours() {
        let words: &[&str] = if file.is("rs") {
            &["#[ignore"]
        } else if file.is("ts") {
            &[".skip(", ".only(", ".fixme(", ".todo("]
        } else {
            continue;
        };
        let text = if file.is("rs") { parts(&file.text).code } else { file.text.clone() };
        for word in words.iter().filter(|word| text.contains(**word)) {
            findings.push(format!("{}: {word} switches a test off", file.path));
        }
    }
    none(&findings);
}
