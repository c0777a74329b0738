//! A PostgreSQL of our own for faults: with `fsync` on, on a socket in its folder, and, where several machines are played, at
//! an address of theirs. It crashes and comes back.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Done, sentence};

/// How long it may take to be made, and to recover from its log.
const START: Duration = Duration::from_mins(1);
/// How often it is asked whether it is there.
const LOOK: Duration = Duration::from_millis(50);

/// A PostgreSQL of our own. Dropped, it is killed.
pub struct Cluster {
    server: Child,
    folder: tempfile::TempDir,
    /// Where it listens besides the socket in its folder.
    address: Option<String>,
}

impl Cluster {
    /// On a socket alone.
    pub fn make() -> Done<Self> {
        Self::make_at(None)
    }

    /// Also at an address, for whoever is in the same network.
    pub fn make_at(address: Option<&str>) -> Done<Self> {
        // Not below the folder of the faults, which the user who runs PostgreSQL may not enter.
        let folder = tempfile::Builder::new().prefix("konvent-faults-pg-").tempdir();
        let folder = folder.map_err(sentence("no folder for PostgreSQL"))?;
        if is_root(folder.path()) {
            obey(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        obey(
            as_nobody_special(folder.path(), "initdb")?
                .args(["-U", "konvent", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-D"])
                .arg(folder.path().join("data")),
        )?;
        if address.is_some() {
            let rules =
                OpenOptions::new().append(true).open(folder.path().join("data/pg_hba.conf"));
            let added =
                rules.and_then(|mut rules| rules.write_all(b"host all konvent samenet trust\n"));
            added.map_err(sentence("PostgreSQL lets nobody in"))?;
        }
        let address = address.map(str::to_owned);
        let server = Self::spawn(folder.path(), address.as_deref())?;
        let own = Self { server, folder, address };
        own.wait()?;
        Ok(own)
    }

    fn spawn(folder: &Path, address: Option<&str>) -> Done<Child> {
        as_nobody_special(folder, "postgres")?
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .arg("-c")
            .arg(format!("listen_addresses={}", address.unwrap_or_default()))
            .args(["-c", "fsync=on"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(sentence("PostgreSQL does not start"))
    }

    fn wait(&self) -> Done {
        let began = Instant::now();
        while began.elapsed() < START {
            let mut ask = Command::new(binaries()?.join("pg_isready"));
            ask.args(["-q", "-U", "konvent", "-h"]).arg(self.folder.path());
            if ask.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(LOOK); // it tells nobody when it is ready
        }
        Err("PostgreSQL is not ready".to_owned())
    }

    /// As an immediate shutdown does it: no checkpoint, connections cut, recovery from the log at the next start.
    pub fn crash(&mut self) -> Done {
        obey(Command::new("kill").arg("-QUIT").arg(self.server.id().to_string()))?;
        self.server.wait().map(drop).map_err(sentence("PostgreSQL does not end"))
    }

    /// After a crash: it recovers what is on its disk, and is there.
    pub fn come_back(&mut self) -> Done {
        self.server = Self::spawn(self.folder.path(), self.address.as_deref())?;
        self.wait()
    }

    /// Stops all its processes: connections stay open, and nobody answers on them.
    pub fn hang(&self) -> Done {
        self.signal_all("-STOP")
    }

    /// They go on.
    pub fn go_on(&self) -> Done {
        self.signal_all("-CONT")
    }

    fn signal_all(&self, signal: &str) -> Done {
        let own = self.server.id();
        obey(Command::new("kill").args([signal, &own.to_string()]))?; // from now on it makes no others
        let children = fs::read_to_string(format!("/proc/{own}/task/{own}/children"));
        let children = children.map_err(sentence("no processes of PostgreSQL"))?;
        let mut all = Command::new("kill");
        all.arg(signal).args(children.split_whitespace());
        let _ = all.output(); // one of them may end meanwhile
        Ok(())
    }

    /// Changes exactly one row.
    pub fn change_one(&self, sql: &str) -> Done {
        let mut psql = Command::new(binaries()?.join("psql"));
        psql.args(["-X", "-q", "-At", "-U", "konvent", "-d", "postgres", "-h"]);
        psql.arg(self.folder.path()).arg("-c").arg(format!("{sql} returning 'changed'"));
        let output = psql.output().map_err(sentence("no psql"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let rows = said.lines().filter(|line| *line == "changed").count();
        let why = String::from_utf8_lossy(&output.stderr);
        if rows == 1 {
            Ok(())
        } else {
            Err(format!("{rows} rows were changed instead of one: {why}"))
        }
    }

    /// How somebody on this machine finds it.
    pub fn url(&self) -> String {
        format!("host={} user=konvent dbname=postgres", self.folder.path().display())
    }

    /// How somebody in the same network finds it.
    pub fn url_over_the_net(&self) -> Option<String> {
        let address = self.address.as_ref()?;
        Some(format!("host={address} user=konvent dbname=postgres"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.crash(); // its processes end with the first one; the folder goes after that
    }
}

fn obey(command: &mut Command) -> Done {
    let output = command.stdin(Stdio::null()).output().map_err(sentence("PostgreSQL"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {said}")) }
}

fn is_root(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|meta| meta.uid() == 0)
}

/// PostgreSQL refuses to run as root, so root hands over to the user that Debian's package makes.
fn as_nobody_special(folder: &Path, program: &str) -> Done<Command> {
    let program = binaries()?.join(program);
    let is_root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout == b"0\n");
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    Ok(command)
}

/// The newest PostgreSQL of Debian's layout.
fn binaries() -> Done<PathBuf> {
    let found = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = found.map(|entry| entry.path().join("bin"));
    let newest = found.filter(|folder| folder.join("initdb").exists()).max();
    newest.ok_or_else(|| "PostgreSQL is not installed (apt-get install postgresql)".to_owned())
}
