//! Three nodes under load (`[nodes]`): one is killed, the bus goes and comes back, the database is restarted as after a
//! crash, one is stopped until the others have gone on without it. Whatever was acknowledged must be there once.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::flood::Flood;
use super::oracle::{self, Verdict};
use crate::house::{Folk, Installation, Server, konvent};
use crate::{Done, sentence};

/// Nodes.
const NODES: usize = 3;
/// Between two faults: long enough that every part carries words.
const STEP: Duration = Duration::from_millis(1500);
/// How long a node may be silent.
const LEASE_SECS: u64 = 3;
/// How long a node is stopped. It may have stopped with the lock of all commits, which the database takes from it after five
/// seconds; then the others must have been awake for a lease before they declare anybody dead.
const STOPPED: Duration = Duration::from_secs(20);
/// How long a node that was left behind may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(30);

/// Runs it; whether all was well.
pub async fn run(template: &Installation, folk: &Folk, folder: &Path) -> Done<bool> {
    let database = Postgres::start(&folder.join("postgres"))?;
    let moved = konvent()
        .args(["move-to-postgres", "--config"])
        .arg(template.settings())
        .args(["--to", &database.url()])
        .stdout(Stdio::null())
        .status()
        .map_err(sentence("no move"))?;
    if !moved.success() {
        return Err("the organisation could not be moved to PostgreSQL".to_owned());
    }
    let port = free_port()?;
    let mut bus = nats(port)?;
    let homes = (0..NODES)
        .map(|node| home(template, folder, node, &database.url(), port))
        .collect::<Done<Vec<_>>>()?;
    let mut servers = serve(&homes)?;
    let doors: Vec<_> = servers.iter().map(|server| server.xmpp).collect();
    let mut flood = Flood::begin_at(&doors, folk).await?;
    let pause = || tokio::time::sleep(STEP); // a length of work, not a wait for a state
    pause().await;
    nth(&mut servers, 1)?.kill();
    pause().await;
    let _ = bus.kill(); // it lives, or the count shows it
    let _ = bus.wait();
    pause().await;
    bus = nats(port)?;
    database.restart()?;
    pause().await;
    let stopped = nth(&mut servers, 2)?;
    signal(stopped.pid(), "-STOP")?;
    tokio::time::sleep(STOPPED).await;
    signal(stopped.pid(), "-CONT")?;
    let ends = stopped.ends_within(ENDS_WITHIN);
    pause().await;
    servers.iter_mut().for_each(Server::kill);
    flood.end().await;
    drop(servers);
    let began = Instant::now();
    let servers = serve(&homes)?;
    let restart_secs = began.elapsed().as_secs_f64();
    let mut verdict = Verdict { restart_secs, ..Verdict::default() };
    // From another node than the words came to.
    let server = servers.get(1).ok_or("no node")?;
    let archives = oracle::read(server, folk).await?;
    oracle::after_the_fault(&flood, &archives, &mut verdict);
    let _ = bus.kill();
    let _ = bus.wait();
    println!(
        "  sent {}, acknowledged {}, of them refused {} (while the database was away); missing {}, doubled {}, halved {}; \
         the node that was stopped {}; all nodes again after {restart_secs:.1} s",
        verdict.sent,
        verdict.acked,
        verdict.refused,
        verdict.missing,
        verdict.doubled,
        verdict.halved,
        if ends { "ended by itself" } else { "DID NOT END" },
    );
    for example in &verdict.examples {
        println!("      ! {example}");
    }
    Ok(ends && verdict.acked > 0 && verdict.missing + verdict.doubled + verdict.halved == 0)
}

fn nth(servers: &mut [Server], at: usize) -> Done<&mut Server> {
    servers.get_mut(at).ok_or_else(|| "no such node".to_owned())
}

/// Starts all at once: one that starts alone would wait for the leases of the others to run out.
fn serve(homes: &[Installation]) -> Done<Vec<Server>> {
    let starting: Vec<_> =
        homes.iter().cloned().map(|home| std::thread::spawn(move || home.serve())).collect();
    let joined = starting.into_iter().map(|one| one.join().map_err(|_| "a start panicked")?);
    joined.collect()
}

/// One node's folder: the keys and the certificate of the template, files that all share.
fn home(
    template: &Installation,
    folder: &Path,
    node: usize,
    database: &str,
    port: u16,
) -> Done<Installation> {
    let own = Installation { folder: folder.join(format!("node-{node}")) };
    own.write_settings()?;
    let keys = own.data().join("keys");
    fs::create_dir_all(&keys).map_err(sentence("no folder"))?;
    fs::copy(template.data().join("keys/server.key"), keys.join("server.key"))
        .map_err(sentence("no key"))?;
    let settings = fs::read_to_string(own.settings()).map_err(sentence("no settings"))?;
    let text = format!(
        "{settings}postgres = \"{database}\"\n[files]\nfolder = '{}'\n[nodes]\nname = 'node-{node}'\n\
         lease_secs = {LEASE_SECS}\nbus = ['nats://127.0.0.1:{port}']\n",
        folder.join("shared-files").display()
    );
    fs::write(own.settings(), text).map_err(sentence("no settings"))?;
    Ok(own)
}

fn free_port() -> Done<u16> {
    let door = TcpListener::bind("127.0.0.1:0").map_err(sentence("no port"))?;
    Ok(door.local_addr().map_err(sentence("no port"))?.port())
}

fn nats(port: u16) -> Done<Child> {
    Command::new("/usr/sbin/nats-server")
        .args(["-a", "127.0.0.1", "-p", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(sentence("no nats-server"))
}

fn signal(pid: u32, name: &str) -> Done {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status();
    if sent.is_ok_and(|status| status.success()) { Ok(()) } else { Err("no signal".to_owned()) }
}

/// A PostgreSQL of our own, as careful with the disk as in service.
struct Postgres {
    folder: PathBuf,
}

impl Postgres {
    fn start(folder: &Path) -> Done<Self> {
        fs::create_dir_all(folder).map_err(sentence("no folder"))?;
        let own = Self { folder: folder.to_owned() };
        if is_root(folder) {
            // PostgreSQL must be able to walk there.
            for folder in folder.ancestors().take(2) {
                let _ = Command::new("chmod").arg("a+x").arg(folder).status();
            }
            let owned = Command::new("chown").arg("postgres").arg(folder).status();
            owned.map_err(sentence("no user postgres"))?;
        }
        own.tool("initdb", &["-U", "konvent", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"])?;
        let options = format!("-k {} -c listen_addresses=", folder.display());
        own.tool("pg_ctl", &["-w", "-l", &own.log(), "-o", &options, "start"])?;
        Ok(own)
    }

    fn log(&self) -> String {
        self.folder.join("log").display().to_string()
    }

    fn url(&self) -> String {
        format!("host={} user=konvent dbname=postgres", self.folder.display())
    }

    /// As after a crash: what is on its disk is all it has.
    fn restart(&self) -> Done {
        self.tool("pg_ctl", &["-w", "-m", "immediate", "-l", &self.log(), "restart"])
    }

    fn tool(&self, name: &str, words: &[&str]) -> Done {
        let mut command = if is_root(&self.folder) || is_root(Path::new("/proc/self")) {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
                .arg(found(name));
            command
        } else {
            Command::new(found(name))
        };
        command.arg("-D").arg(self.folder.join("data")).args(words).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().map_err(sentence("no PostgreSQL"))?;
        if status.success() { Ok(()) } else { Err(format!("{name} failed ({status})")) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.tool("pg_ctl", &["-m", "immediate", "stop"]);
    }
}

fn is_root(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|meta| meta.uid() == 0)
}

/// A program of the newest PostgreSQL of Debian's layout.
fn found(name: &str) -> PathBuf {
    let mut all: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin").join(name)))
        .filter(|program| program.exists())
        .collect();
    all.sort();
    all.pop().unwrap_or_else(|| PathBuf::from(name))
}
