//! PostgreSQL crashes and comes back in the middle of a flood, twice: our server stays up and goes on by itself; what was
//! acknowledged is there once; what was refused meanwhile, sent again under the same ids, is there once as well, although
//! nobody can know of a commit under way whether it still got through. TRUST R1, R5.
//!
//! A cluster of our own with `fsync` on, on a socket in its folder.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::flood::Flood;
use super::oracle::{self, Verdict};
use super::{MEMBERS, PAIRS, SPEAKERS, probe};
use crate::house::Installation;
use crate::{Done, sentence};

/// How long the flood runs before each crash, and after the last.
const FLOOD: Duration = Duration::from_secs(2);
/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_millis(700);
/// How often it crashes.
const CRASHES: usize = 2;
/// How long it may take to be made, and to recover from its log.
const START: Duration = Duration::from_mins(1);
/// How often it is asked whether it is there.
const LOOK: Duration = Duration::from_millis(50);

/// A PostgreSQL of our own. Dropped, it is killed.
struct Cluster {
    server: Child,
    folder: tempfile::TempDir,
}

impl Cluster {
    fn make() -> Done<Self> {
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
        let own = Self { server: Self::spawn(folder.path())?, folder };
        own.wait()?;
        Ok(own)
    }

    fn spawn(folder: &Path) -> Done<Child> {
        as_nobody_special(folder, "postgres")?
            .arg("-D")
            .arg(folder.join("data"))
            .arg("-k")
            .arg(folder)
            .args(["-c", "listen_addresses=", "-c", "fsync=on"])
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
    fn crash(&mut self) -> Done {
        obey(Command::new("kill").arg("-QUIT").arg(self.server.id().to_string()))?;
        self.server.wait().map(drop).map_err(sentence("PostgreSQL does not end"))
    }

    fn come_back(&mut self) -> Done {
        self.server = Self::spawn(self.folder.path())?;
        self.wait()
    }

    fn url(&self) -> String {
        format!("host={} user=konvent dbname=postgres", self.folder.path().display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.crash(); // its processes end with the first one; the folder goes after that
    }
}

/// Floods, crashes the database, counts, sends the rest again, counts again. Whether all was well.
pub async fn run(folder: &Path) -> Done<bool> {
    let mut cluster = Cluster::make()?;
    let house = Installation::found(&folder.join("postgres"), MEMBERS)?;
    house.use_postgres(&cluster.url())?;
    house.import_all()?;
    let (own, count) = (house.clone(), 2 * PAIRS + SPEAKERS);
    // It waits for the database, which must not be done on a thread that serves others.
    let folk = tokio::task::spawn_blocking(move || own.people(count))
        .await
        .map_err(sentence("no people"))??;
    let mut server = house.serve()?;
    let mut flood = Flood::begin(&server, &folk).await?;
    let mut back = Duration::ZERO;
    for _ in 0..CRASHES {
        tokio::time::sleep(FLOOD).await; // a length of work, not a wait for a state
        cluster.crash()?;
        tokio::time::sleep(AWAY).await;
        cluster.come_back()?;
        back = back.max(probe::until_kept(&server, &folk).await?);
    }
    tokio::time::sleep(FLOOD).await;
    server.kill();
    flood.end().await;
    let server = house.serve()?;
    let archives = oracle::read(&server, &folk).await?;
    let mut verdict = Verdict::default();
    oracle::after_the_fault(&flood, &archives, &mut verdict);
    verdict.resent = flood.send_again(&server, &folk).await?;
    let archives = oracle::read(&server, &folk).await?;
    oracle::after_the_repetition(&flood, &archives, &mut verdict);
    println!(
        "  acknowledged {}, of them refused {}; missing {}, doubled {}, halved {}; sent again {}: missing {}, doubled {}; keeps \
         again after {} ms at most",
        verdict.acked,
        verdict.refused,
        verdict.missing,
        verdict.doubled,
        verdict.halved,
        verdict.resent,
        verdict.missing_after,
        verdict.doubled_after,
        back.as_millis(),
    );
    for example in &verdict.examples {
        println!("      ! {example}");
    }
    Ok(verdict.is_lossless() && verdict.acked > 0)
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
