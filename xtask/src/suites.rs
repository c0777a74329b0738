//! Foreign test suites: the end-to-end tests of aioxmpp, against a server of their own.
//!
//! The suite stands in no package that installs; it is in the source package of Debian's `python3-aioxmpp`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::setup;
use crate::shell::{self, Done, command, target, top, watched};
use crate::tally::Count;

/// Fetches a source package's upstream archive with a package list of its own, so that the machine's lists stay as they are.
/// `$1` is the folder to work in, `$2` the package.
const FETCH: &str = r#"
    set -e
    cd "$1"
    mkdir -p lists/partial cache/archives/partial parts
    for list in /etc/apt/sources.list.d/*.sources; do
        [ -e "$list" ] && sed 's/^Types:.*/Types: deb-src/' "$list" > "parts/$(basename "$list")"
    done
    [ -s /etc/apt/sources.list ] && sed -n 's/^deb /deb-src /p' /etc/apt/sources.list > parts/main.list
    set -- "$2" -qq -o APT::Sandbox::User=root -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$1/parts" \
        -o "Dir::State::lists=$1/lists" -o "Dir::Cache=$1/cache"
    package=$1
    shift
    apt-get "$@" update
    apt-get "$@" source --download-only --tar-only "$package"
    mkdir -p sources
    tar -xf ./*.orig.tar.* -C sources
"#;

/// Runs the suite and counts its cases.
pub fn aioxmpp(count: &mut Count) -> Done {
    let folder = target().join("suites/aioxmpp");
    let sources = sources(&folder, "python-aioxmpp")?;
    let python = setup::environment("aioxmpp", &top().join("interop/aioxmpp/requirements.txt"))?;
    let run = folder.join("run");
    let _ = fs::remove_dir_all(&run); // each run begins with an empty server
    let mut suite = command(python);
    suite.arg("interop/aioxmpp/suite.py").arg(target().join("debug/konvent")).arg(sources).arg(run);
    watched(&mut suite, |line| count.note(line))
}

/// Where the sources of a Debian package lie, fetched when they are not there yet.
fn sources(folder: &Path, package: &str) -> Done<PathBuf> {
    let sources = folder.join("sources");
    if !sources.join("tests").exists() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        shell::run(command("sh").args(["-c", FETCH, "sh"]).arg(folder).arg(package))?;
    }
    Ok(sources)
}
