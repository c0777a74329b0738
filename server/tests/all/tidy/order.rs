//! The order of features: a feature uses those above it in its area's list, never those below.

use super::rust::parts;
use super::{AREAS, Feature, files, none};

#[test]
fn features_lean_only_on_those_above_them() {
    let features = Feature::all();
    let mut findings = Vec::new();
    for (place, feature) in features.iter().enumerate() {
        let below: Vec<&str> = features[place + 1..]
            .iter()
            .filter(|other| other.area == feature.area)
            .map(|other| other.about.name)
            .collect();
        for file in feature.sources() {
            for used in used_from_the_crate(&parts(&file.text).code) {
                if below.contains(&used.as_str()) {
                    findings
                        .push(format!("{}: crate::{used} stands further down the list", file.path));
                }
            }
        }
    }
    none(&findings);
}

#[test]
fn every_listed_feature_has_its_folder_and_every_folder_is_listed() {
    let features = Feature::all();
    let mut findings = Vec::new();
    for feature in &features {
        let card = format!("{}mod.rs", feature.folder());
        if !files::all().iter().any(|file| file.path == card) {
            findings
                .push(format!("`{}` is on the list, but there is no {card}", feature.about.name));
        }
    }
    for file in files::with_ending("/mod.rs") {
        let area = AREAS.iter().find(|area| file.path.starts_with(&format!("{area}/src/")));
        let has_card = parts(&file.text).code.contains("const ABOUT: About");
        if area.is_some()
            && has_card
            && !features.iter().any(|f| file.path == format!("{}mod.rs", f.folder()))
        {
            findings.push(format!("{} has a visiting card that is on no list", file.path));
        }
    }
    none(&findings);
}

#[test]
fn the_server_hands_out_the_cards_in_the_order_of_the_lists() {
    let handed_out: Vec<&str> = konvent_server::cards::features().iter().map(|a| a.name).collect();
    let listed: Vec<&str> = Feature::all().iter().map(|feature| feature.about.name).collect();
    let without_core: Vec<&str> =
        handed_out.iter().copied().filter(|name| listed.contains(name)).collect();
    assert_eq!(without_core, listed);
    let mut names = handed_out.clone();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), handed_out.len(), "two features have one name: {handed_out:?}");
}

/// The first word after each `crate::`, also inside `crate::{a, b::c}`.
fn used_from_the_crate(code: &str) -> Vec<String> {
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let after = code[at + "crate::".len()..].trim_start();
        if let Some(group) = after.strip_prefix('{') {
            let mut depth = 0;
            let mut takes = true;
            let mut name = String::new();
            for c in group.chars() {
                match c {
                    '}' if depth == 0 => break,
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        used.push(std::mem::take(&mut name));
                        takes = true;
                    }
                    ':' => takes = false,
                    c if takes && depth == 0 && !c.is_whitespace() => name.push(c),
                    _ => {}
                }
            }
            used.push(name);
        } else {
            used.push(after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    used
}

#[test]
fn uses_are_found_alone_and_in_groups() {
    let code = "use crate::units; use crate::{people::{Person, X}, offices, slug::of}; crate::days::day(1)";
    assert_eq!(used_from_the_crate(code), ["units", "people", "offices", "slug", "days"]);
}
