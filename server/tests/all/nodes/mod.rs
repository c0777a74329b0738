//! Several nodes: the bell between them, who takes whose place, and plays that need more than one.
//!
//! What members send each other is in `files.rs`. All other plays run on several nodes as well (`plays.rs`); the storage's part
//! is tested beside it, and real processes are killed by `cargo xtask faults`.

mod files;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use konvent_core::config::Config;
use konvent_core::testing::{START, postgres};
use konvent_core::{Answer, Clock, Random, Storage};
use konvent_server::House;
use konvent_server::hall::happening::Happening;

/// With beats so rare that they are no reason why something is heard.
const LEASE_SECS: u32 = 600;

/// How often the bell is rung: each ring is waited for, so looking by oneself once a second would take as many seconds.
const ROUNDS: u64 = 20;

/// A safety net.
const PATIENCE: Duration = Duration::from_secs(30);

/// A bus of the test's own; it ends with it.
struct Nats(Child);

impl Nats {
    fn start(port: u16) -> Self {
        let child = Command::new("/usr/sbin/nats-server")
            .args(["-a", "127.0.0.1", "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nats-server is installed (cargo xtask setup)");
        Self(child)
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A database of its own in the PostgreSQL of this process.
pub(crate) fn fresh_database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Storage::Postgres { url, .. } = postgres().0.clone() else { unreachable!() };
    let name = format!("nodes{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let host = url.split(' ').find_map(|part| part.strip_prefix("host=")).unwrap();
    let made = Command::new("createdb").args(["-h", host, "-U", "konvent", &name]).status();
    assert!(made.unwrap().success());
    url.replace("dbname=postgres", &format!("dbname={name}"))
}

fn settings(database: &str, folder: &Path, name: &str, bus: &str) -> Config {
    let files = format!("[files]\nfolder = '{}/files'\n", folder.display());
    settings_with(database, folder, (name, LEASE_SECS), bus, &files)
}

/// The same with files elsewhere, and how long a node of that name may be silent.
fn settings_with(
    database: &str,
    folder: &Path,
    (name, lease_secs): (&str, u32),
    bus: &str,
    files: &str,
) -> Config {
    let text = format!(
        "domain = 'verona.example'\nadmin = '1'\npostgres = \"{database}\"\ndata = '{}/{name}'\n\
         {files}[nodes]\nname = '{name}'\nlease_secs = {lease_secs}\nbus = [{bus}]\n",
        folder.display()
    );
    let config = Config::parse(&text).unwrap();
    let (first, keys) = (folder.join("one/keys/server.key"), config.data.join("keys"));
    if first.exists() && !keys.exists() {
        std::fs::create_dir_all(&keys).unwrap();
        std::fs::copy(first, keys.join("server.key")).unwrap();
    }
    config
}

async fn open(config: Config) -> Answer<Arc<House>> {
    open_at(config, Clock::manual(START)).await
}

async fn open_at(config: Config, clock: Clock) -> Answer<Arc<House>> {
    let opening = move || House::open(config, clock, Random::system());
    let house = tokio::task::spawn_blocking(opening).await.unwrap()?;
    tokio::spawn(Arc::clone(&house).keep_company());
    Ok(house)
}

/// How often rooms have followed the directory, as a node knows it: the simplest thing that happens to a hall.
fn known(house: &House) -> u64 {
    house.hall().occupants.followed()
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bell_rings_and_without_it_nodes_look_by_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let database = fresh_database();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let bus = format!("'nats://127.0.0.1:{port}'");
    let nats = Nats::start(port);
    let one = open(settings(&database, folder.path(), "one", &bus)).await.unwrap();
    let two = open(settings(&database, folder.path(), "two", &bus)).await.unwrap();
    for house in [&one, &two] {
        until("the bus is there", || house.hears_the_bus()).await;
    }
    let began = Instant::now();
    for count in 1..=ROUNDS {
        one.happens(Happening::Looked).await.unwrap();
        until("the bell was heard", || known(&two) == count).await;
    }
    assert!(
        began.elapsed() < Duration::from_secs(ROUNDS) / 2,
        "who only looks by himself needs a second for each"
    );
    drop(nats);
    until("the silence is noticed", || !one.hears_the_bus() && !two.hears_the_bus()).await;
    two.happens(Happening::Looked).await.unwrap();
    until("heard without the bell", || known(&one) == ROUNDS + 1).await;
    let _nats = Nats::start(port);
    until("the bus is back", || one.hears_the_bus() && two.hears_the_bus()).await;
    one.happens(Happening::Looked).await.unwrap();
    until("the bell is heard again", || known(&two) == ROUNDS + 2).await;
    assert_eq!(known(&one), ROUNDS + 2, "nothing twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_of_the_same_name_ends_the_first_and_strangers_stay_outside() {
    let folder = tempfile::tempdir().unwrap();
    let database = fresh_database();
    let one = open(settings(&database, folder.path(), "one", "")).await.unwrap();
    let two = open(settings(&database, folder.path(), "two", "")).await.unwrap();
    one.happens(Happening::Looked).await.unwrap();
    until("both know", || known(&two) == 1).await;

    let mut again = settings(&database, folder.path(), "two", "");
    again.data = folder.path().join("elsewhere");
    std::fs::create_dir_all(again.data.join("keys")).unwrap();
    let key = folder.path().join("one/keys/server.key");
    std::fs::copy(&key, again.data.join("keys/server.key")).unwrap();
    let again = open(again).await.unwrap();
    assert_eq!(known(&again), 1, "it has the state of things from the node that runs");
    assert!(two.happens(Happening::Looked).await.is_err(), "the first of the name writes no more");
    tokio::time::timeout(PATIENCE, two.is_fenced()).await.expect("it knows that it must end");
    one.happens(Happening::Looked).await.unwrap();
    until("the others go on", || known(&again) == 2).await;

    let mut stranger = settings(&database, folder.path(), "stranger", "");
    stranger.data = folder.path().join("another-key");
    assert_eq!(open(stranger).await.unwrap_err().code, "nodes.other-key");
    let mut alone = settings(&database, folder.path(), "alone", "");
    alone.nodes = None;
    assert_eq!(open(alone).await.unwrap_err().code, "nodes.at-work");
    let mut own_files = settings(&database, folder.path(), "own-files", "");
    own_files.files.folder = None;
    assert_eq!(open(own_files).await.unwrap_err().code, "nodes.files-not-shared");
}

fn play(name: &str) {
    let play = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/nodes/plays").join(name);
    if let Err(failure) = konvent_play::run_on(&play, konvent_play::Engine::Nodes) {
        panic!("{failure}");
    }
}

#[test]
fn a_node_goes_and_the_others_go_on() {
    play("a-node-goes.play");
}

#[test]
fn a_closing_node_hands_its_sessions_over() {
    play("a-closing-node-hands-its-sessions-over.play");
}

#[test]
fn a_session_outlives_its_node() {
    play("a-session-outlives-its-node.play");
}

#[test]
fn what_a_lost_node_took_along_waits() {
    play("what-a-lost-node-took-along-waits.play");
}

#[test]
fn words_are_sent_once_across_nodes() {
    play("words-are-sent-once-across-nodes.play");
}
