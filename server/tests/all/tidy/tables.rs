//! A feature reads and writes only its own tables, its SQL stands in `store.rs` (or a folder `store/`), every
//! migration is on its card, and foreign keys point up the list.

use super::rust::parts;
use super::{Feature, files, none};

/// The words with which a statement begins.
const VERBS: &[&str] = &["select ", "insert into ", "insert ", "update ", "delete from ", "with "];

#[test]
fn a_feature_touches_only_its_own_tables() {
    let mut findings = Vec::new();
    for feature in Feature::all() {
        let prefix = format!("{}_", feature.about.name);
        for file in feature.sources() {
            for (line, sql) in statements(&file.text) {
                for table in tables_of(&sql) {
                    if !table.starts_with(&prefix) {
                        findings
                            .push(format!("{}:{line}: table {table} is not its own", file.path));
                    }
                }
            }
        }
    }
    none(&findings);
}

#[test]
fn sql_stands_in_store_files_only() {
    let mut findings = Vec::new();
    for feature in Feature::all() {
        for file in feature.sources() {
            let is_store = file.name() == "store.rs" || file.path.contains("/store/");
            if !is_store {
                let found = statements(&file.text).into_iter();
                findings.extend(
                    found.map(|(line, _)| format!("{}:{line}: SQL outside store.rs", file.path)),
                );
            }
        }
    }
    none(&findings);
}

#[test]
fn every_migration_stands_on_its_card() {
    let features = Feature::all();
    let mut findings = Vec::new();
    for file in files::with_ending(".sql") {
        let Some(feature) = features.iter().find(|f| file.path.starts_with(&f.folder())) else {
            continue;
        };
        let named = format!("include_str!(\"migrations/{}\")", file.name());
        if !feature.sources().iter().any(|source| source.text.contains(&named)) {
            findings.push(format!("{} is on no card: it would never run", file.path));
        }
    }
    none(&findings);
}

#[test]
fn migrations_make_own_tables_and_point_up_the_list() {
    let mut findings = Vec::new();
    let mut above: Vec<String> = vec!["audit_".to_owned()];
    for feature in Feature::all() {
        let own = format!("{}_", feature.about.name);
        above.push(own.clone());
        for migration in feature.about.migrations {
            for sql in [migration.sqlite, migration.postgres] {
                let words = words_of(sql);
                for pair in words.windows(2) {
                    let (verb, table) = (pair[0].as_str(), pair[1].as_str());
                    let name = format!("{}/{}", feature.about.name, migration.name);
                    if matches!(verb, "table" | "into") && !table.starts_with(&own) && table != "if"
                    {
                        findings.push(format!("{name}: makes or fills {table}"));
                    }
                    if verb == "references"
                        && !above.iter().any(|prefix| table.starts_with(prefix.as_str()))
                    {
                        findings.push(format!("{name}: points down the list, to {table}"));
                    }
                }
            }
        }
    }
    none(&findings);
}

/// Each statement of each feature with its place, for the test that prepares them all.
///
/// The texts live as long as the process: the storage takes literals only.
pub fn statements_of_all_features() -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    for file in Feature::all().iter().flat_map(Feature::sources) {
        for (line, sql) in statements(&file.text) {
            let sql: &'static str = Box::leak(unescaped(&sql).into_boxed_str());
            found.push((format!("{}:{line}", file.path), sql));
        }
    }
    found
}

/// A string literal as the program sees it: `\"`, and a backslash at the end of a line that swallows what follows.
fn unescaped(literal: &str) -> String {
    let mut text = String::with_capacity(literal.len());
    let mut rest = literal.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\\', Some('\n')) => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                rest.next();
                text.push('\n');
            }
            ('\\', Some(_)) => text.extend(rest.next()),
            _ => text.push(c),
        }
    }
    text
}

/// The string literals that are SQL statements.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut found = parts(text).strings;
    found.retain(|(_, literal)| {
        let literal = literal.trim_start();
        VERBS.iter().any(|verb| literal.starts_with(verb))
            && tables_of(literal).iter().any(|t| t.contains('_'))
    });
    found
}

/// The tables that a statement names, without those that it makes up itself (`with x as (…)`).
fn tables_of(sql: &str) -> Vec<String> {
    let words = words_of(sql);
    let mut made_up: Vec<&str> = Vec::new();
    for triple in words.windows(2) {
        if triple[1] == "as" {
            made_up.push(&triple[0]);
        }
    }
    let is_with = words.first().is_some_and(|word| word == "with");
    words
        .windows(2)
        .filter(|pair| matches!(pair[0].as_str(), "from" | "join" | "into" | "update"))
        .map(|pair| pair[1].clone())
        .filter(|table| {
            !matches!(table.as_str(), "select" | "set" | "excluded" | "unnest" | "values")
        })
        .filter(|table| !(is_with && made_up.contains(&table.as_str())))
        .collect()
}

/// Lower-case words of a statement; comments to the end of a line do not count.
fn words_of(sql: &str) -> Vec<String> {
    let without: Vec<&str> =
        sql.lines().map(|line| line.split("--").next().unwrap_or(line)).collect();
    without
        .join("\n")
        .to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn tables_are_found_in_each_kind_of_statement() {
    assert_eq!(tables_of("select a from x_a join y_b on 1 = 1"), ["x_a", "y_b"]);
    assert_eq!(
        tables_of("insert into x_a (b) values ($1) on conflict (b) do update set b = 1"),
        ["x_a"]
    );
    assert_eq!(
        tables_of("with t as (select 1 from x_a) delete from y_b where c in (select d from t)"),
        ["x_a", "y_b"]
    );
    assert_eq!(
        statements("one(\"select from many people\"); rows(\"select a from x_a\")").len(),
        1
    );
}
