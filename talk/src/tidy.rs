//! The order of this area: cards and citations agree, every statement is understood by both engines, a feature touches its
//! own tables only and looks up the list, never down.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use konvent_core::testing::statements_of;

use crate::FEATURES;
use crate::scene::play;

fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs" || end == "sql") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name)
}

/// Everything in a text that begins with `start` and goes on with digits.
fn cited(text: &str, start: &str) -> BTreeSet<String> {
    text.match_indices(start)
        .map(|(at, _)| {
            let rest = &text[at + start.len()..];
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            format!("{start}{digits}")
        })
        .filter(|citation| citation.len() > start.len())
        .collect()
}

#[test]
fn a_card_names_exactly_the_standards_that_its_folder_cites() {
    for about in FEATURES {
        let mut found = BTreeSet::new();
        for (path, text) in sources(&folder(about.name)) {
            // Neither the card itself nor what it leaves out counts as a citation.
            if path.ends_with("leaves_out.rs") {
                continue;
            }
            let (before, card) = text.split_once("const ABOUT: About").unwrap_or((&text, ""));
            let code = format!("{before}{}", card.split_once("\n};").map_or("", |(_, rest)| rest));
            found.extend(cited(&code, "XEP-"));
            found.extend(cited(&code, "RFC "));
        }
        let on_card: BTreeSet<String> = about.speaks.iter().map(ToString::to_string).collect();
        assert_eq!(found, on_card, "{}", about.name);
    }
}

#[test]
fn a_feature_uses_those_above_it_only() {
    for (place, about) in FEATURES.iter().enumerate() {
        for (path, text) in sources(&folder(about.name)) {
            for below in FEATURES.iter().skip(place + 1) {
                let uses = [format!("crate::{}::", below.name), format!("crate::{{{}", below.name)];
                assert!(
                    !uses.iter().any(|uses| text.contains(uses.as_str())),
                    "{} uses {}",
                    path.display(),
                    below.name
                );
            }
        }
    }
}

#[test]
fn a_store_touches_the_tables_of_its_own_feature_only() {
    for about in FEATURES {
        let store = folder(about.name).join("store.rs");
        let Ok(text) = fs::read_to_string(store) else { continue };
        for word in ["from ", "into ", "update ", "join "] {
            for (at, _) in text.match_indices(word) {
                let table: String = text[at + word.len()..]
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                if table.contains('_') && text[..at].ends_with(['"', ' ', '\n']) {
                    assert!(
                        table.starts_with(&format!("{}_", about.name)),
                        "{table} in {}",
                        about.name
                    );
                }
            }
        }
    }
}

#[test]
fn every_file_says_first_what_it_is() {
    for (path, text) in sources(&folder("")) {
        let start = if path.extension().is_some_and(|end| end == "sql") { "--" } else { "//!" };
        assert!(text.starts_with(start), "{}", path.display());
    }
}

#[test]
fn every_statement_is_understood_by_both_engines() {
    let statements = statements_of(&folder(""));
    assert!(statements.len() > 20, "only {} statements found", statements.len());
    play(|scene| {
        for &sql in &statements {
            scene.db.check_statement(sql).unwrap_or_else(|r| panic!("{sql}: {}", r.chain()));
        }
    });
}
