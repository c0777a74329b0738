//! Three nodes under load (`[nodes]`): one is killed, the bus goes and comes back, the database is restarted as after a
//! crash and hangs for a while, one is stopped until the others have gone on without it. Whatever was acknowledged must be there once.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::cluster::Cluster;
use super::flood::Flood;
use super::hanging;
use super::oracle::{self, Verdict};
use crate::device::Target;
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
    let mut database = Cluster::make()?;
    move_in(template, &database)?;
    let port = free_port()?;
    let bus = nats("127.0.0.1", port)?;
    let bell = format!("127.0.0.1:{port}");
    let homes = (0..NODES)
        .map(|node| home(template, folder, node, &database.url(), &bell))
        .collect::<Done<Vec<_>>>()?;
    let mut servers = serve(&homes)?;
    let doors: Vec<_> = servers.iter().map(|server| Target::plain(server.xmpp)).collect();
    let mut flood = Flood::begin_at(&doors, folk).await?;
    let pause = || tokio::time::sleep(STEP); // a length of work, not a wait for a state
    pause().await;
    nth(&mut servers, 1)?.kill();
    pause().await;
    drop(bus);
    pause().await;
    let bus = nats("127.0.0.1", port)?;
    database.crash()?;
    database.come_back()?;
    pause().await;
    let first = doors.first().ok_or("no door")?;
    let is_silent = hanging::is_silent(&database, first, folk).await?;
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
    drop(bus);
    println!(
        "  sent {}, {}; while the database hung {}; the node that was stopped {}; all nodes again after {restart_secs:.1} s",
        verdict.sent,
        verdict.counted(),
        if is_silent { "nothing was acknowledged" } else { "SOMETHING WAS, OR NOTHING AFTERWARDS" },
        if ends { "ended by itself" } else { "DID NOT END" },
    );
    verdict.show_examples();
    Ok(ends
        && is_silent
        && verdict.acked > 0
        && verdict.missing + verdict.doubled + verdict.halved == 0)
}

/// Gives the organisation of the template to the nodes.
pub fn move_in(template: &Installation, database: &Cluster) -> Done {
    let moved = konvent()
        .args(["move-to-postgres", "--config"])
        .arg(template.settings())
        .args(["--to", &database.url()])
        .stdout(Stdio::null())
        .status()
        .map_err(sentence("no move"))?;
    if moved.success() {
        Ok(())
    } else {
        Err("the organisation could not be moved to PostgreSQL".to_owned())
    }
}

fn nth(servers: &mut [Server], at: usize) -> Done<&mut Server> {
    servers.get_mut(at).ok_or_else(|| "no such node".to_owned())
}

/// Starts all at once: one that starts alone would wait for the leases of the others to run out.
pub fn serve(homes: &[Installation]) -> Done<Vec<Server>> {
    let starting: Vec<_> =
        homes.iter().cloned().map(|home| std::thread::spawn(move || home.serve())).collect();
    let joined = starting.into_iter().map(|one| one.join().map_err(|_| "a start panicked")?);
    joined.collect()
}

/// One node's folder: the keys and the certificate of the template, files that all share.
pub fn home(
    template: &Installation,
    folder: &Path,
    node: usize,
    database: &str,
    bell: &str,
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
         lease_secs = {LEASE_SECS}\nbus = ['nats://{bell}']\n",
        folder.join("shared-files").display()
    );
    fs::write(own.settings(), text).map_err(sentence("no settings"))?;
    Ok(own)
}

/// One that nobody listens at just now.
pub fn free_port() -> Done<u16> {
    let door = TcpListener::bind("127.0.0.1:0").map_err(sentence("no port"))?;
    Ok(door.local_addr().map_err(sentence("no port"))?.port())
}

/// The bus. Dropped, it is killed.
pub struct Bus(Child);

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.0.kill(); // it lives, or the count shows it
        let _ = self.0.wait();
    }
}

/// The bus at an address.
pub fn nats(address: &str, port: u16) -> Done<Bus> {
    let bus = Command::new("/usr/sbin/nats-server")
        .args(["-a", address, "-p", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    bus.map(Bus).map_err(sentence("no nats-server"))
}

/// Sends a signal to a process of ours.
pub fn signal(pid: u32, name: &str) -> Done {
    let sent = Command::new("kill").args([name, &pid.to_string()]).status();
    if sent.is_ok_and(|status| status.success()) { Ok(()) } else { Err("no signal".to_owned()) }
}
