//! What we depend on: no OpenSSL, one SQLite, no needless twins, and versions without known holes.

use super::{files, none};

/// Packages that must not come in, and why.
const BANNED: &[(&str, &str)] = &[
    ("openssl-sys", "rustls is our TLS; a second library doubles what must be kept safe"),
    ("openssl", "as openssl-sys"),
    ("native-tls", "as openssl-sys"),
    ("sqlx", "2 to 5 times the CPU time on SQLite"),
    ("xmpp-parsers", "not in the first slice: docs/decisions/0003"),
];

/// Packages of which there may be only one version: two of them would clash when linked.
const ALONE: &[&str] =
    &["libsqlite3-sys", "rusqlite", "rustls", "tokio", "minidom", "jid", "aws-lc-sys"];

/// The oldest version without a known hole (from the advisory database).
const OLDEST: &[(&str, (u32, u32, u32))] = &[
    ("h2", (0, 4, 16)),
    ("quick-xml", (0, 41, 0)),
    ("rustls-webpki", (0, 103, 13)),
    ("time", (0, 3, 47)),
    ("tar", (0, 4, 45)),
    ("lettre", (0, 11, 22)),
];

/// Names and versions in the lock file.
fn locked() -> Vec<(String, String)> {
    let lock = files::all().iter().find(|file| file.path == "Cargo.lock").expect("Cargo.lock");
    let mut found = Vec::new();
    let mut name = String::new();
    for line in lock.text.lines() {
        if let Some(value) = line.strip_prefix("name = ") {
            value.trim_matches('"').clone_into(&mut name);
        } else if let Some(value) = line.strip_prefix("version = ")
            && !name.is_empty()
        {
            found.push((std::mem::take(&mut name), value.trim_matches('"').to_owned()));
        }
    }
    found
}

#[test]
fn nothing_banned_came_in() {
    let locked = locked();
    assert!(locked.len() > 50, "the lock file was not understood");
    let mut findings = Vec::new();
    for (name, reason) in BANNED {
        if locked.iter().any(|(locked, _)| locked == name) {
            findings.push(format!("{name} is in Cargo.lock: {reason}"));
        }
    }
    none(&findings);
}

#[test]
fn what_must_be_alone_is_alone() {
    let locked = locked();
    let mut findings = Vec::new();
    for name in ALONE {
        let versions: Vec<&str> =
            locked.iter().filter(|(locked, _)| locked == name).map(|(_, v)| v.as_str()).collect();
        if versions.len() > 1 {
            findings.push(format!("{name} is there in several versions: {}", versions.join(", ")));
        }
    }
    none(&findings);
}

#[test]
fn nothing_is_older_than_its_last_known_hole() {
    let mut findings = Vec::new();
    for (name, version) in locked() {
        let Some((_, oldest)) = OLDEST.iter().find(|(known, _)| *known == name) else { continue };
        let mut numbers = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
        let mut next = || numbers.next().unwrap_or(0);
        if (next(), next(), next()) < *oldest {
            findings.push(format!("{name} {version} is older than {oldest:?}"));
        }
    }
    none(&findings);
}
