//! Licences and advisories of what we depend on, by cargo-deny with `deny.toml`. The bans (OpenSSL, a second SQLite)
//! are also held by the tidy test, which needs no further program.
//!
//! cargo-deny is not installed by `setup`: building it takes longer than all our tests. Where it is missing this
//! says so; the advisory database is a snapshot beside the repository (`../shared/data`) when there is one.

use std::fs;

use crate::shell::{Done, cargo, command, has, run, top};
use crate::tally::Count;

/// The folder name under which cargo-deny looks for its default advisory database.
const DATABASE: &str = "advisory-db-3157b0e258782691";

/// Runs cargo-deny when it is there.
pub fn check(count: &mut Count) -> Done {
    if !has("cargo-deny") {
        count.skip(
            "licences and advisories: cargo-deny is not installed \
             (`cargo install cargo-deny --locked` brings it)",
        );
        return Ok(());
    }
    let mut deny = cargo(["deny", "--offline", "check", "bans", "licenses", "sources"]);
    if has_advisories()? {
        deny.arg("advisories");
    } else {
        count.skip("advisories: there is no snapshot of them beside the repository");
    }
    run(&mut deny)?;
    count.passed += 1;
    Ok(())
}

/// Lays the snapshot out as cargo-deny expects it: `target/advisories/NAME/` with an empty `.git/FETCH_HEAD`.
fn has_advisories() -> Done<bool> {
    let snapshot = top().join("../shared/data/rustsec-advisories.tar.gz");
    if !snapshot.exists() {
        return Ok(false);
    }
    let folder = top().join("target/advisories").join(DATABASE);
    let head = folder.join(".git");
    fs::create_dir_all(&head).map_err(|error| format!("{}: {error}", head.display()))?;
    run(command("tar").arg("-xzf").arg(&snapshot).arg("-C").arg(&folder))?;
    fs::write(head.join("FETCH_HEAD"), "").map_err(|error| error.to_string())?;
    Ok(true)
}
