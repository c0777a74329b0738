//! Several writers on one PostgreSQL: one order for all, nothing lost, and nobody writes after his death.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Membership, NODES_AT_WORK, News, OTHER_KEY, OTHER_VERSION};
use crate::about::{About, Migration};
use crate::clock::Clock;
use crate::db::{Db, Storage, Tx};
use crate::refusal::{Answer, Kind, Refusal};
use crate::testing::{START, postgres};

const SAYINGS: About = About {
    name: "sayings",
    sentence: "What was said, for tests.",
    speaks: &[],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common(
        "0001_said",
        "create table said (id bigint primary key, node bigint not null)",
    )],
    keeps: None,
};

/// Short enough for a test, long enough for a machine that has much to do.
const LEASE_MS: i64 = 2_000;

/// Somebody of that name with our key, of our version.
fn membership(name: &str) -> Membership {
    Membership { name: name.to_owned(), fingerprint: 7, version: 1, lease_ms: LEASE_MS }
}

fn join(storage: &Storage, name: &str) -> Answer<Db> {
    Db::join(storage, &[&SAYINGS], &Clock::manual(START), &membership(name))
}

/// What a node has heard: its own sayings and those of others, in order, and who is gone.
#[derive(Default)]
struct Heard {
    said: Vec<i64>,
    gone: Vec<i64>,
    is_fenced: bool,
}

fn listening(db: &Db) -> Arc<Mutex<Heard>> {
    let heard = Arc::new(Mutex::new(Heard::default()));
    let noted = Arc::clone(&heard);
    let listener = move |news: News<'_>| {
        let mut heard = noted.lock().unwrap();
        match news {
            News::Said { said, .. } => {
                let ids = said.chunks(8).map(|id| i64::from_be_bytes(id.try_into().unwrap()));
                heard.said.extend(ids);
            }
            News::Joined(node) => return Some(format!("state for {node}").into_bytes()),
            News::Gone(node) => heard.gone.push(node),
            News::Written => {}
            News::Fenced => heard.is_fenced = true,
        }
        None
    };
    db.listen(Arc::new(listener), None);
    heard
}

/// Says something: a row, and a word to the others.
fn say(db: &Db, heard: &Arc<Mutex<Heard>>) -> Answer<()> {
    let (answer, answered) = std::sync::mpsc::channel();
    let (node, noted) = (db.node().unwrap(), Arc::clone(heard));
    db.writer.submit_blocking(
        move |tx| {
            let id = tx.fresh_id();
            tx.run("insert into said (id, node) values ($1, $2)", &[id.into(), node.into()])?;
            tx.share(id.to_be_bytes().to_vec());
            Ok(id)
        },
        move |done| {
            let _ = answer.send(done.map(|id| noted.lock().unwrap().said.push(id)));
        },
    );
    answered.recv().unwrap()
}

/// Beats until something is so.
fn until(db: &Db, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "it never came to be");
        let _ = db.write_blocking(|_| Ok(())); // what is waited for may be that this fails
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn all_nodes_hear_everything_once_and_in_the_same_order() {
    let scratch = postgres();
    let nodes: Vec<_> = ["north", "south", "west"]
        .iter()
        .map(|name| {
            let db = join(&scratch.0, name).unwrap();
            let heard = listening(&db);
            (db, heard)
        })
        .collect();
    let mut speakers = Vec::new();
    for (db, heard) in &nodes {
        for _ in 0..8 {
            let (db, heard) = (db.clone(), Arc::clone(heard));
            speakers.push(std::thread::spawn(move || {
                for _ in 0..25 {
                    say(&db, &heard).unwrap();
                }
            }));
        }
    }
    for speaker in speakers {
        speaker.join().unwrap();
    }
    let kept = nodes[0]
        .0
        .read_blocking(|reader| {
            reader.rows("select id from said order by id", &[], |row| row.get::<i64>(0))
        })
        .unwrap();
    assert_eq!(kept.len(), 600);
    for (db, heard) in &nodes {
        until(db, || heard.lock().unwrap().said.len() >= 600);
        assert_eq!(heard.lock().unwrap().said, kept, "the order of the ids is the order of all");
    }
}

#[test]
fn nobody_hears_of_what_was_refused() {
    const NO: Refusal = Refusal::new(Kind::Conflict, "test.no");
    let scratch = postgres();
    let (one, two) = (join(&scratch.0, "one").unwrap(), join(&scratch.0, "two").unwrap());
    let heard = listening(&two);
    let refused = one.write_blocking(|tx| {
        tx.share(vec![0; 8]);
        Err::<(), _>(NO)
    });
    assert_eq!(refused.unwrap_err().code, NO.code);
    say(&one, &Arc::default()).unwrap();
    until(&two, || !heard.lock().unwrap().said.is_empty());
    assert_eq!(heard.lock().unwrap().said.len(), 1);
    assert_ne!(heard.lock().unwrap().said, [0]);
}

#[test]
fn who_is_silent_is_declared_dead_and_writes_nothing_any_more() {
    let scratch = postgres();
    let (awake, silent) = (join(&scratch.0, "awake").unwrap(), join(&scratch.0, "silent").unwrap());
    let heard = listening(&awake);
    let own = listening(&silent);
    say(&silent, &Arc::default()).unwrap();
    let number = silent.node().unwrap();
    until(&awake, || heard.lock().unwrap().gone.contains(&number));
    assert_eq!(heard.lock().unwrap().gone, [number], "once");
    assert!(say(&silent, &Arc::default()).is_err());
    assert!(own.lock().unwrap().is_fenced);
    assert_eq!(awake.nodes().unwrap(), [awake.node().unwrap()]);
}

#[test]
fn a_newcomer_gets_the_state_of_things_and_a_second_of_the_name_takes_the_place() {
    let scratch = postgres();
    let first = join(&scratch.0, "first").unwrap();
    let heard = listening(&first);
    let second = join(&scratch.0, "second").unwrap();
    let number = second.node().unwrap();
    until(&first, || second.snapshot().unwrap().is_some());
    let (_, state) = second.snapshot().unwrap().unwrap();
    assert_eq!(state, format!("state for {number}").into_bytes());
    let again = join(&scratch.0, "second").unwrap();
    until(&first, || heard.lock().unwrap().gone.contains(&number));
    assert!(say(&second, &Arc::default()).is_err());
    say(&again, &Arc::default()).unwrap();
    let leaving = again.node().unwrap();
    drop(again); // a clean end waits for nothing
    until(&first, || heard.lock().unwrap().gone.contains(&leaving));
}

#[test]
fn what_a_newcomer_begins_with_outlives_a_job_that_is_taken_back_and_is_struck_once_read() {
    const NO: Refusal = Refusal::new(Kind::Conflict, "test.no");
    let scratch = postgres();
    let first = join(&scratch.0, "first").unwrap();
    let _heard = listening(&first);
    let second = join(&scratch.0, "second").unwrap();
    // The batch in which the newcomer is heard of is rolled back and done again.
    let (answer, answered) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(first.submit_repeatable(
        |tx: &mut Tx<'_>| {
            tx.run("insert into said (id, node) values (1, 1)", &[])?;
            Err::<(), _>(NO)
        },
        move |done| answer.send(done).unwrap(),
    ));
    assert_eq!(answered.recv().unwrap().unwrap_err().code, NO.code);
    assert!(second.snapshot().unwrap().is_some(), "it is made only once");
    let _heard = listening(&second); // it has what it needs
    until(&second, || second.snapshot().unwrap().is_none());
    // What nobody has fetched goes with him for whom it was meant.
    let third = join(&scratch.0, "third").unwrap();
    let kept = || {
        let count = "select count(*) from storage_snapshot";
        first.read_blocking(|reader| reader.one(count, &[], |row| row.get::<i64>(0))).unwrap()
    };
    until(&first, || kept() == Some(1));
    drop(third);
    until(&first, || kept() == Some(0));
}

#[test]
fn another_key_and_a_server_that_is_no_node_stay_outside() {
    let scratch = postgres();
    let _node = join(&scratch.0, "node").unwrap();
    let stranger = Membership { fingerprint: 8, ..membership("x") };
    let clock = Clock::manual(START);
    let refused = Db::join(&scratch.0, &[&SAYINGS], &clock, &stranger).unwrap_err();
    assert_eq!(refused.code, OTHER_KEY.code);
    let refused = Db::open(&scratch.0, &[&SAYINGS], &clock).unwrap_err();
    assert_eq!(refused.code, NODES_AT_WORK.code);
}

#[test]
fn a_node_of_another_version_waits_until_all_others_are_gone() {
    let scratch = postgres();
    let old = join(&scratch.0, "old").unwrap();
    let newer = Membership { version: 2, ..membership("newer") };
    let clock = Clock::manual(START);
    let refused = Db::join(&scratch.0, &[&SAYINGS], &clock, &newer).unwrap_err();
    assert_eq!((refused.code, refused.chain().contains("old")), (OTHER_VERSION.code, true));
    say(&old, &Arc::default()).unwrap(); // it was not disturbed
    drop(old);
    let newer = Db::join(&scratch.0, &[&SAYINGS], &clock, &newer).unwrap();
    assert_eq!(join(&scratch.0, "old").unwrap_err().code, OTHER_VERSION.code);
    assert_eq!(newer.nodes().unwrap(), [newer.node().unwrap()]);
}
