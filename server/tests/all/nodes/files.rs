//! Files of members where several nodes share a folder or a store: in at one and out at another, counted once, gone from both,
//! and what becomes of them when a node dies while it brings one in.

use std::net::TcpListener;

use konvent_core::Clock;
use konvent_core::config::Config;
use konvent_core::testing::START;
use konvent_files::upload::{ACCOUNT_FULL, ARRIVAL_SECS, Wish};
use konvent_server::flows;
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Runtime;

use super::{Nats, fresh_database, open, open_at, settings, settings_with, until};
use crate::files::bucket::Bucket;
use crate::files::resumable;
use crate::files::stage::Stage;

/// So short that the death of a node is noticed within a test, so long that a busy machine kills none.
const SHORT_LEASE_SECS: u32 = 5;

/// What all files of one account may have together in these tests.
const ACCOUNT_MAX: usize = 1_000_000;

fn words(size: u32) -> Vec<u8> {
    (0..size).map(|n| n.to_be_bytes()[3]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_in_at_one_node_and_comes_out_at_another() {
    let folder = tempfile::tempdir().unwrap();
    let database = fresh_database();
    let one = open(settings(&database, folder.path(), "one", "")).await.unwrap();
    let two = open(settings(&database, folder.path(), "two", "")).await.unwrap();
    let one = Stage::around(one, Clock::manual(START), tempfile::tempdir().unwrap()).await;
    let two = one.at(two).await;
    let words = words(300_000);

    let file = one.promise("Plan.bin", words.len() as u64).await;
    assert_eq!(two.get(&file.path(), &[]).await.status, 404, "promised, and not there yet");
    assert_eq!(two.put(&file, &words).await.status, 201);
    for node in [&one, &two] {
        let whole = node.get(&file.path(), &[]).await;
        assert!(whole.status == 200 && whole.body == words, "{}", whole.head);
        let part = node.get(&file.path(), &["Range: bytes=70000-79999"]).await;
        assert!(part.status == 206 && part.body == words[70_000..80_000], "{}", part.head);
    }
    assert_ne!(one.put(&file, &words).await.status, 201, "it is there already");

    // In pieces, each brought to another node than the one before.
    let (path, fetched) = resumable::begin(&one, words.len()).await;
    for (count, piece) in words.chunks(100_000).enumerate() {
        let (at, node) = (count * 100_000, [&one, &two][(count + 1) % 2]);
        for asked in [&one, &two] {
            assert_eq!(resumable::offset(asked, &path).await, at);
        }
        let taken = resumable::piece(node, &path, at, piece).await;
        assert_eq!(taken.status, 204, "{taken:?}");
    }
    for node in [&one, &two] {
        assert!(node.get(&fetched, &[]).await.body == words, "as it went in");
    }
}

/// The threads of a node that can be taken away with everything it does.
struct Threads(Option<Runtime>);

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}

/// Two nodes with a bus, a database and a store of their own.
struct Town {
    folder: tempfile::TempDir,
    database: String,
    bucket: Bucket,
    bus: String,
    clock: Clock,
    _nats: Nats,
}

impl Town {
    async fn build() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: fresh_database(),
            bucket: Bucket::open().await,
            bus: format!("'nats://127.0.0.1:{port}'"),
            clock: Clock::manual(START),
            _nats: Nats::start(port),
        }
    }

    /// The first node.
    async fn doomed(&self) -> (Threads, Stage) {
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let threads = threads.worker_threads(2).enable_all().build().unwrap();
        let (config, clock) = (self.settings("one"), self.clock.clone());
        let opened = threads.spawn(async move {
            let house = open_at(config, clock.clone()).await.unwrap();
            Stage::around(house, clock, tempfile::tempdir().unwrap()).await
        });
        let stage = opened.await.unwrap();
        (Threads(Some(threads)), stage)
    }

    fn settings(&self, name: &str) -> Config {
        let files = format!("[files]\nkeep_days = 30\naccount_max = {ACCOUNT_MAX}\n");
        let files = format!("{files}{}", self.bucket.settings());
        let node = (name, SHORT_LEASE_SECS);
        settings_with(&self.database, self.folder.path(), node, &self.bus, &files)
    }

    /// The second node, with the people of the first.
    async fn beside(&self, one: &Stage) -> Stage {
        let two = open_at(self.settings("two"), self.clock.clone()).await.unwrap();
        one.at(two).await
    }

    /// What has arrived at a node and is not in the store yet.
    fn arriving(&self, name: &str) -> usize {
        let arrivals = self.folder.path().join(name).join("incoming");
        std::fs::read_dir(arrivals).unwrap().count()
    }

    fn pass(&self, secs: i64) {
        self.clock.advance(secs * 1_000);
    }
}

/// A node is gone at once, with everything it was doing.
async fn kill(threads: Threads, one: Stage, other: &Stage) {
    drop((threads, one));
    until("the other goes on alone", || other.house.leads()).await;
}

fn wish(stage: &Stage, size: usize) -> Wish {
    Wish {
        account: stage.romeo.id,
        person: stage.romeo.person,
        name: "Plan.bin".to_owned(),
        size: size as u64,
        media_type: None,
        room: None,
        is_resumable: false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_store_serves_all_nodes_and_counts_once() {
    let town = Town::build().await;
    let (_threads, one) = town.doomed().await;
    let two = town.beside(&one).await;
    let words = words(600_000);
    let file = one.promise("Plan.bin", words.len() as u64).await;
    assert_eq!(one.put(&file, &words).await.status, 201);
    assert_eq!((town.bucket.count(), town.arriving("one")), (1, 0));
    for node in [&one, &two] {
        let whole = node.get(&file.path(), &[]).await;
        assert!(whole.status == 200 && whole.body == words, "{}", whole.head);
        let part = node.get(&file.path(), &["Range: bytes=70000-79999"]).await;
        assert!(part.status == 206 && part.body == words[70_000..80_000], "{}", part.head);
    }
    assert_ne!(two.put(&file, &words).await.status, 201, "it is there already");

    // What one node was told counts at the other, and of two wishes at the same moment one fits.
    let rest = ACCOUNT_MAX - words.len();
    let more = flows::upload::promise(&two.house, wish(&two, rest + 1)).await;
    assert_eq!(more.unwrap_err(), ACCOUNT_FULL);
    let (here, there) = tokio::join!(
        flows::upload::promise(&one.house, wish(&one, rest - 1)),
        flows::upload::promise(&two.house, wish(&two, rest - 1)),
    );
    let outcomes = [here.map(drop), there.map(drop)];
    assert_eq!(outcomes.iter().filter(|one| one.is_ok()).count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&Err(ACCOUNT_FULL)), "{outcomes:?}");

    // Its time is over at both, and the one that leads clears it away, once.
    town.pass(30 * 86_400);
    for node in [&one, &two] {
        assert_eq!(node.get(&file.path(), &[]).await.status, 404);
    }
    two.house.tick().await;
    assert_eq!(town.bucket.count(), 1, "the other node leads");
    one.house.tick().await;
    assert_eq!(town.bucket.count(), 0);
    assert!(flows::upload::promise(&two.house, wish(&two, ACCOUNT_MAX)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_with_a_file_in_its_hands_leaves_nothing_behind() {
    let town = Town::build().await;
    let (threads, one) = town.doomed().await;
    let two = town.beside(&one).await;
    let words = words(400_000);
    // Three files on their way: one of which half has come, one in pieces, one that lies in the store unacknowledged.
    let half = one.promise("halb.bin", words.len() as u64).await;
    let length = format!("Content-Length: {}", words.len());
    let mut line = one.begin("PUT", &half.path(), &[&one.secret(&half), &length]).await;
    line.write_all(&words[..200_000]).await.unwrap();
    until("the beginning has come", || town.arriving("one") == 1).await;
    let (path, fetched) = resumable::begin(&one, 100_000).await;
    assert_eq!(resumable::piece(&one, &path, 0, &words[..50_000]).await.status, 204);
    assert_eq!(town.arriving("one"), 2);
    town.bucket.hold(true);
    let unsaid = one.promise("ungesagt.bin", words.len() as u64).await;
    let mut whole = one.begin("PUT", &unsaid.path(), &[&one.secret(&unsaid), &length]).await;
    whole.write_all(&words).await.unwrap();
    until("the store has it, and does not say so", || town.bucket.count() == 1).await;

    kill(threads, one, &two).await;
    town.bucket.hold(false);
    // The sender brings it to the other node, under the same promise. What comes in pieces begins anew there.
    assert_eq!(two.get(&half.path(), &[]).await.status, 404, "never acknowledged");
    assert_eq!(two.put(&half, &words).await.status, 201);
    assert!(two.get(&half.path(), &[]).await.body == words);
    assert_eq!(resumable::offset(&two, &path).await, 0);
    assert_eq!(resumable::piece(&two, &path, 0, &words[..100_000]).await.status, 204);
    assert!(two.get(&fetched, &[]).await.body == words[..100_000]);
    // Nobody knows what of the third was stored: it was not acknowledged, so it goes, and so does what it counted.
    assert_eq!(two.get(&unsaid.path(), &[]).await.status, 404);
    assert_eq!(town.bucket.count(), 3);
    let left = ACCOUNT_MAX - words.len() - 100_000;
    assert_eq!(
        flows::upload::promise(&two.house, wish(&two, left)).await.unwrap_err(),
        ACCOUNT_FULL
    );
    town.pass(ARRIVAL_SECS);
    two.house.tick().await;
    assert_eq!(town.bucket.count(), 2);
    let again = flows::upload::promise(&two.house, wish(&two, left)).await;
    assert!(again.is_ok(), "{again:?}");

    // The node that comes back clears its table, also of what a process leaves that could not clean up.
    std::fs::write(town.folder.path().join("one/incoming/1-0123456789abcdef.put"), b"half")
        .unwrap();
    assert!(town.arriving("one") >= 2, "that, and the pieces");
    let one = open_at(town.settings("one"), town.clock.clone()).await.unwrap();
    assert_eq!(town.arriving("one"), 0);
    let one = two.at(one).await;
    assert!(
        one.get(&half.path(), &[]).await.body == words,
        "what the other has stored is here, too"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_of_what_came_whole_at_another_node_do_not_stay() {
    let town = Town::build().await;
    let (_threads, one) = town.doomed().await;
    let two = town.beside(&one).await;
    let words = words(100_000);
    let (path, fetched) = resumable::begin(&one, words.len()).await;
    assert_eq!(resumable::piece(&one, &path, 0, &words[..60_000]).await.status, 204);
    assert_eq!(resumable::piece(&two, &path, 0, &words).await.status, 204);
    assert!(one.get(&fetched, &[]).await.body == words);
    let (other, _) = resumable::begin(&two, words.len()).await;
    assert_eq!(resumable::piece(&two, &other, 0, &words[..60_000]).await.status, 204);
    assert_eq!((town.arriving("one"), town.arriving("two")), (1, 1));
    town.pass(3_600);
    for node in [&one, &two] {
        node.house.tick().await;
    }
    assert_eq!(
        (town.arriving("one"), town.arriving("two")),
        (0, 1),
        "one is still to be gone on with"
    );
    assert_eq!(resumable::piece(&two, &other, 60_000, &words[60_000..]).await.status, 204);
}
