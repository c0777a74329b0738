//! Installs what the other verbs need: Debian packages, the web client's packages, a Python environment for the
//! foreign clients. Quick when there is nothing to do. It names no registry: each client asks its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Done, command, has, npm, run, said, target, top};
use crate::stamp;

/// What a Debian package brings, so that its presence can be seen without asking the package manager.
struct Need {
    package: &'static str,
    is_there: fn() -> bool,
}

/// PostgreSQL for the storage twins, Chromium and fonts for the journeys, profanity in tmux, Dino and Gajim on screens of their own
/// as foreign clients, nats-server as the bus between nodes, belenios-tool as foreign judge of ballots, Prosody and ejabberd as other servers, openssl for their
/// certificates.
const NEEDS: &[Need] = &[
    Need { package: "postgresql", is_there: postgres_is_there },
    Need { package: "chromium", is_there: || has("chromium") },
    Need { package: "fonts-dejavu-core", is_there: fonts_are_there },
    Need { package: "nats-server", is_there: || Path::new("/usr/sbin/nats-server").exists() },
    Need { package: "profanity", is_there: || has("profanity") },
    Need { package: "tmux", is_there: || has("tmux") },
    Need { package: "dino-im", is_there: || has("dino-im") },
    Need { package: "gajim", is_there: || has("gajim") },
    Need { package: "xvfb", is_there: || has("Xvfb") },
    Need { package: "xdotool", is_there: || has("xdotool") },
    Need { package: "dbus", is_there: || has("dbus-daemon") },
    Need { package: "iproute2", is_there: || has("ip") },
    Need { package: "python3-venv", is_there: venv_is_there },
    Need { package: "belenios-tool", is_there: || has("belenios-tool") },
    Need { package: "prosody", is_there: || has("prosody") },
    Need { package: "ejabberd", is_there: || Path::new("/usr/sbin/ejabberdctl").exists() },
    Need { package: "libnss-wrapper", is_there: nss_wrapper_is_there },
    Need { package: "openssl", is_there: || has("openssl") },
    Need { package: "libfaketime", is_there: faketime_is_there },
];

/// The peers of the benchmarks, and the store that they are measured with.
const PEERS: &[Need] = &[
    Need { package: "prosody", is_there: || has("prosody") },
    Need { package: "lua-dbi-sqlite3", is_there: dbi_is_there },
    Need { package: "ejabberd", is_there: || Path::new("/usr/sbin/ejabberdctl").exists() },
    Need { package: "erlang-p1-sqlite3", is_there: erlang_sqlite_is_there },
    Need { package: "openssl", is_there: || has("openssl") },
];

/// The oldest Node.js that the web client's tools accept.
const NODE_MIN: (u32, u32) = (20, 19);

/// Everything, for `test` and for who wants to go offline afterwards.
pub fn all() -> Done {
    packages()?;
    node()?;
    python().map(|_| ())
}

/// The Debian packages that are missing: installed when we are root, otherwise named in one command to run.
pub fn packages() -> Done {
    installed(NEEDS)
}

/// The same for what only the benchmarks need.
pub fn peers() -> Done {
    installed(PEERS)
}

fn installed(needs: &[Need]) -> Done {
    let missing: Vec<&str> =
        needs.iter().filter(|need| !(need.is_there)()).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let by_hand = format!("sudo apt-get update && sudo apt-get install -y {}", missing.join(" "));
    if !has("apt-get") {
        return Err(format!(
            "these programs are missing: {}. Install them with your system's package manager \
             (the names are Debian's).",
            missing.join(", ")
        ));
    }
    if said(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!("some programs are missing. Please run once:\n  {by_hand}"));
    }
    run(command("apt-get").args(["update", "-qq"]))?;
    run(command("apt-get")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    let still: Vec<&str> =
        needs.iter().filter(|need| !(need.is_there)()).map(|need| need.package).collect();
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!("apt-get installed {}, but they cannot be found", still.join(", ")))
    }
}

/// Node.js of a sufficient age, and the web client's packages as its lock file names them.
pub fn node() -> Done {
    let version = said(Command::new("node").arg("--version")).map_err(|_| {
        format!("Node.js is missing: install version {}.{} or newer.", NODE_MIN.0, NODE_MIN.1)
    })?;
    if !is_recent(&version) {
        return Err(format!(
            "Node.js {} is too old: the web client's tools need {}.{} or newer.",
            version.trim(),
            NODE_MIN.0,
            NODE_MIN.1
        ));
    }
    modules("web")
}

/// The Node.js packages that the lock file in a folder of the repository names.
pub fn modules(folder: &str) -> Done {
    let folder = top().join(folder);
    let version = said(Command::new("node").arg("--version"))?;
    let stamp = stamp::of(&[folder.join("package-lock.json")], version.trim())?;
    // The stamp lies inside what was made: who removes node_modules removes the stamp.
    stamp::unless_stamped(&folder.join("node_modules/.konvent-installed"), &stamp, || {
        run(npm(["ci"]).args(["--no-audit", "--no-fund"]).current_dir(&folder))
    })
}

/// The Python of an environment with what `interop/requirements.txt` pins.
pub fn python() -> Done<PathBuf> {
    environment("venv", &top().join("interop/requirements.txt"))
}

/// The Python of an environment of this name with what a file of requirements pins.
pub fn environment(name: &str, wanted: &Path) -> Done<PathBuf> {
    let folder = target().join(name);
    let wanted = wanted.to_owned();
    let stamp =
        stamp::of(std::slice::from_ref(&wanted), &said(command("python3").arg("--version"))?)?;
    let python = folder.join("bin/python");
    stamp::unless_stamped(&folder.join(".konvent-installed"), &stamp, || {
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        run(command(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .arg("-r")
            .arg(&wanted))
    })?;
    Ok(python)
}

fn postgres_is_there() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    debian.map(|entry| entry.path().join("bin/initdb")).any(|path| path.exists())
        || has("pg_config")
}

fn fonts_are_there() -> bool {
    Path::new("/usr/share/fonts/truetype/dejavu").exists()
        || said(Command::new("fc-list").arg(":lang=de")).is_ok_and(|list| !list.trim().is_empty())
}

fn venv_is_there() -> bool {
    said(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_ok()
}

fn nss_wrapper_is_there() -> bool {
    let libraries = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    libraries.map(|folder| folder.path().join("libnss_wrapper.so")).any(|path| path.exists())
}

fn faketime_is_there() -> bool {
    let libraries = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let files = libraries.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    files.filter(|path| path.exists()).count() > 0
}

fn dbi_is_there() -> bool {
    let libraries = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    libraries.map(|folder| folder.path().join("lua/5.4/dbd/sqlite3.so")).any(|path| path.exists())
}

fn erlang_sqlite_is_there() -> bool {
    let libraries = std::fs::read_dir("/usr/lib/erlang/lib").into_iter().flatten().flatten();
    libraries
        .map(|entry| entry.file_name())
        .any(|name| name.to_string_lossy().starts_with("p1_sqlite3-"))
}

/// Whether `v20.19.3` is at least [`NODE_MIN`].
fn is_recent(version: &str) -> bool {
    let mut parts = version.trim().trim_start_matches('v').split('.').map(str::parse::<u32>);
    let (Some(Ok(major)), Some(Ok(minor))) = (parts.next(), parts.next()) else { return false };
    (major, minor) >= NODE_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_node_versions_are_told_apart() {
        assert!(is_recent("v20.19.0\n") && is_recent("v20.20.2") && is_recent("v24.1.0"));
        assert!(!is_recent("v20.18.9") && !is_recent("v18.99.0") && !is_recent("nonsense"));
    }
}
