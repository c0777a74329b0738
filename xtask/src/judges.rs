//! Newer foreign judges of ballots than Debian 12 has: `belenios-tool` of Debian 13 and of sid, unpacked with their own C
//! library below `target/belenios` and started through its loader. Nothing is installed, and nothing breaks without them:
//! the gate is Debian's package of version 2.0.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Done, command, said, target};
use crate::stamp;
use crate::tally::Count;

/// The suites whose tool is wanted; the newest that can be had judges Ed25519.
const SUITES: [&str; 2] = ["trixie", "sid"];
/// The package without which there is no judge, and the program in it.
const TOOL: &str = "belenios-tool";
/// What the tool needs beside itself; a library of another version has another name, so not every suite has each.
const PACKAGES: [&str; 9] = [
    TOOL,
    "libc6",
    "libgmp10",
    "zlib1g",
    "libsodium23",
    "libsodium26",
    "libev4t64",
    "libssl3t64",
    "libzstd1",
];
/// Debian's signatures.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Fetches what is missing and says what cannot be had: such a judge is missing in the matrix, and counted as not asked. The
/// folder with the tools, for the search path.
pub fn fetch(count: &mut Count) -> PathBuf {
    let folder = target().join("belenios");
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    for suite in SUITES {
        if let Err(sentence) = one(&folder, suite) {
            count.skip(&format!(
                "ballots before belenios-tool of Debian {suite}: it cannot be had: {sentence}"
            ));
        }
    }
    folder
}

/// Lets a command find the judges, before any others of the same name.
pub fn beside<'a>(command: &'a mut Command, judges: &Path) -> Done<&'a mut Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(judges.to_path_buf()).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(all).map_err(|error| format!("the search path: {error}"))?;
    Ok(command.env("PATH", path))
}

fn one(folder: &Path, suite: &str) -> Done {
    let place = folder.join(suite);
    let stamp = stamp::of(&[], &PACKAGES.join(" "))?;
    stamp::unless_stamped(&place.join("stamp"), &stamp, || {
        let _ = std::fs::remove_dir_all(&place);
        let done = unpack(&place, suite).and_then(|()| starter(folder, suite));
        if done.is_err() {
            let _ = std::fs::remove_file(folder.join(format!("belenios-tool-{suite}")));
        }
        done
    })
}

/// Fetches the packages with an apt that has its own lists and knows no installed packages, and unpacks them.
fn unpack(place: &Path, suite: &str) -> Done {
    for below in ["lists/partial", "cache/archives/partial", "root"] {
        let below = place.join(below);
        std::fs::create_dir_all(&below).map_err(|error| format!("{}: {error}", below.display()))?;
    }
    let line = format!("deb [signed-by={KEYRING}] {} {suite} main\n", mirror()?);
    let sources = place.join("sources.list");
    std::fs::write(&sources, line).map_err(|error| format!("{}: {error}", sources.display()))?;
    said(apt(place).arg("update"))?;
    for package in PACKAGES {
        // of a library of which the suite has another version there is nothing to fetch
        let fetched = said(apt(place).args(["download", package]).current_dir(place));
        if package == TOOL {
            fetched?;
        }
    }
    for file in stamp::files_below(place, &["lists", "cache", "root"]) {
        if file.extension().is_some_and(|ending| ending == "deb") {
            said(command("dpkg-deb").arg("--extract").arg(&file).arg(place.join("root")))?;
            let _ = std::fs::remove_file(file);
        }
    }
    Ok(())
}

/// An apt that leaves the machine's lists, caches and packages alone.
fn apt(place: &Path) -> Command {
    let mut apt = command("apt-get");
    let at = |option: &str, below: &str| format!("{option}={}", place.join(below).display());
    apt.args(["-qq", "-o", &at("Dir::State::lists", "lists"), "-o", &at("Dir::Cache", "cache")]);
    apt.args(["-o", &at("Dir::Etc::sourcelist", "sources.list"), "-o", "Dir::Etc::sourceparts=-"]);
    apt.args(["-o", "Dir::State::status=/dev/null", "-o", "APT::Sandbox::User=root"]);
    apt.args(["-o", "Acquire::Languages=none", "-o", "Acquire::http::Timeout=20"]);
    apt
}

/// Where this machine gets its own Debian from.
fn mirror() -> Done<String> {
    let words = ["indextargets", "--format", "$(REPO_URI) $(LABEL)", "Created-By: Packages"];
    let list = said(command("apt-get").args(words))?;
    list.lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(address, label)| (label == "Debian").then(|| address.to_owned()))
        .ok_or_else(|| "this machine's apt knows no mirror of Debian".to_owned())
}

/// Writes the program that starts the tool through its own loader, and starts it once.
fn starter(folder: &Path, suite: &str) -> Done {
    let root = folder.join(suite).join("root");
    let files = stamp::files_below(&root, &[]);
    let named = |file: &Path| file.file_name().map(|name| name.to_string_lossy().into_owned());
    let loader = files
        .iter()
        .find(|file| named(file).is_some_and(|name| name.starts_with("ld-linux")))
        .ok_or("no loader in libc6")?;
    let tool = files
        .iter()
        .find(|file| file.ends_with(Path::new("bin").join(TOOL)))
        .ok_or("no program in its package")?;
    let mut libraries = String::new();
    let mut folders: Vec<_> = files
        .iter()
        .filter(|file| named(file).is_some_and(|name| name.contains(".so")))
        .filter_map(|file| file.parent())
        .collect();
    folders.dedup();
    for folder in folders {
        let _ = write!(libraries, "{}:", folder.display());
    }
    let text = format!(
        "#!/bin/sh\nexec '{}' --library-path '{}' '{}' \"$@\"\n",
        loader.display(),
        libraries.trim_end_matches(':'),
        tool.display()
    );
    let file = folder.join(format!("belenios-tool-{suite}"));
    std::fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))?;
    said(command("chmod").arg("755").arg(&file))?;
    said(command(&file).arg("--version"))
        .map(|version| println!("belenios-tool {}", version.trim()))
}
