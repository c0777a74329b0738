//! The standards that a feature obeys are those on its visiting card, and the other way round.
//!
//! A citation with a section (`XEP-0045 §7.2`) says that a line obeys it: it must be on the card. A mention without one
//! (“XEP-0115 is left out”) binds nothing. What is on the card must be cited or mentioned somewhere in the folder.

use std::collections::BTreeSet;

use super::{Feature, none};

#[test]
fn cited_standards_and_visiting_cards_agree() {
    let mut findings = Vec::new();
    for feature in Feature::all() {
        let spoken: BTreeSet<String> =
            feature.about.speaks.iter().map(|s| (*s).to_owned()).collect();
        let mut cited = BTreeSet::new();
        for file in feature.sources() {
            if file.path.ends_with("leaves_out.rs") {
                continue; // What is left out is not obeyed.
            }
            let text = without_card(&file.text);
            for (standard, is_obeyed) in standards_in(&text) {
                if is_obeyed && !spoken.contains(&standard) {
                    findings
                        .push(format!("{}: obeys {standard}, which is not on the card", file.path));
                }
                cited.insert(standard);
            }
        }
        for standard in spoken.difference(&cited) {
            findings.push(format!(
                "{}: {standard} is on the card, but no line cites it",
                feature.folder()
            ));
        }
    }
    none(&findings);
}

/// The text without the visiting card itself, which cites everything.
fn without_card(text: &str) -> String {
    let Some(start) = text.find("const ABOUT: About") else { return text.to_owned() };
    let end = text[start..].find("\n};").map_or(text.len(), |end| start + end);
    format!("{}{}", &text[..start], &text[end..])
}

/// `XEP-0045` and `RFC 6121`, and whether a section of them is cited.
fn standards_in(text: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    for start in ["XEP-", "RFC "] {
        for (at, _) in text.match_indices(start) {
            let after = &text[at + start.len()..];
            let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
            if digits.len() == 4 {
                let is_obeyed = after[4..].trim_start_matches([',', ' ']).starts_with('§');
                found.push((format!("{start}{digits}"), is_obeyed));
            }
        }
    }
    found
}

#[test]
fn what_is_left_out_names_its_rule_and_its_reason() {
    let mut findings = Vec::new();
    let mut look = |name: &str, rules: &[(&str, &str)]| {
        for (rule, because) in rules {
            let is_rule = standards_in(rule).first().is_some_and(|(_, has_section)| *has_section);
            if !is_rule || because.len() < 12 || because.contains(['|', '\n']) {
                findings.push(format!("{name}: `{rule}` because `{because}`"));
            }
        }
    };
    for feature in Feature::all() {
        look(feature.about.name, feature.about.leaves_out);
    }
    look("wire", konvent_wire::LEAVES_OUT);
    look("server", konvent_server::net::LEAVES_OUT);
    none(&findings);
}

#[test]
fn citations_are_found_and_the_card_does_not_count() {
    let text = "//! RFC 6121\npub const ABOUT: About = About {\n speaks: &[\"XEP-0030\"],\n};\n// XEP-0280 §7, XEP-12";
    let found = standards_in(&without_card(text));
    assert_eq!(found, [("XEP-0280".to_owned(), true), ("RFC 6121".to_owned(), false)]);
}
