//! A house moves out and another takes everything in: what it then writes is the same, on both engines.

use std::path::Path;
use std::sync::Arc;

use konvent_core::config::Config;
use konvent_core::testing::START;
use konvent_core::{Clock, Random};
use konvent_people::accounts;
use konvent_play::stage::fresh_database;
use konvent_server::flows::moving::report::{self, Outcome};
use konvent_server::flows::moving::{Report, move_in, move_out};
use konvent_server::{House, flows};
use konvent_wire::sasl::Hash;

/// A document as other servers write it: keys of one hash, an agreement that both have, one that only one has, a contact
/// elsewhere, a request that waits, nodes, bookmarks, messages with and without marks, one that waits, and what is unknown.
const DOCUMENT: &str = include_str!("portable.xml");

async fn house(folder: &Path, postgres: Option<String>) -> Arc<House> {
    let mut config =
        Config::parse("domain = 'verona.example'\n[free_rooms]\nmade_by = 'nobody'").unwrap();
    config.data = folder.join("data");
    config.postgres = postgres;
    let open = move || House::open(config, Clock::manual(START), Random::system());
    let house = tokio::task::spawn_blocking(open).await.unwrap();
    house.unwrap_or_else(|refusal| panic!("{}", refusal.chain()))
}

async fn take(house: &Arc<House>, folder: &Path, document: &str) -> Report {
    let path = folder.join("in.xml");
    std::fs::write(&path, document).unwrap();
    move_in(house, path).await.unwrap_or_else(|refusal| panic!("{}", refusal.chain()))
}

async fn given_out(house: &Arc<House>, folder: &Path) -> String {
    let path = folder.join("out.xml");
    move_out(house, path.clone(), None).await.unwrap_or_else(|r| panic!("{}", r.chain()));
    std::fs::read_to_string(path).unwrap()
}

fn counts(report: &Report, name: &str, kind: &str) -> (u64, u64, u64) {
    let line = report.accounts.iter().find(|line| line.name == name).unwrap();
    let count = line.counts.get(kind).cloned().unwrap_or_default();
    (count.new, count.again, count.left + count.refused.values().sum::<u64>())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_in_moves_out_again_and_twice_is_once() {
    for (from, to) in
        [(None, Some(fresh_database().unwrap())), (Some(fresh_database().unwrap()), None)]
    {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = house(one.path(), from).await;
        let report = take(&first, one.path(), DOCUMENT).await;
        println!("{}", report.in_words());
        let outcomes: Vec<_> =
            report.accounts.iter().map(|line| (line.name.as_str(), &line.outcome)).collect();
        assert_eq!(
            outcomes,
            [
                ("juliet", &Outcome::Opened),
                ("romeo", &Outcome::Opened),
                ("tybalt/x", &Outcome::Refused("accounts.bad-name")),
            ]
        );
        assert_eq!(counts(&report, "juliet", report::PASSWORD), (1, 0, 0));
        assert_eq!(counts(&report, "juliet", report::CONTACTS), (3, 0, 1));
        assert_eq!(counts(&report, "juliet", report::REQUESTS), (1, 0, 0));
        assert_eq!(counts(&report, "juliet", report::BLOCKED), (1, 0, 0));
        assert_eq!(counts(&report, "juliet", report::PRIVATE), (1, 0, 0));
        assert_eq!(counts(&report, "juliet", report::CARD), (1, 0, 0));
        assert_eq!(counts(&report, "juliet", report::BOOKMARKS), (1, 0, 0));
        assert_eq!(counts(&report, "juliet", report::NODES), (2, 0, 0));
        assert_eq!(counts(&report, "juliet", report::ITEMS), (4, 0, 1));
        assert_eq!(counts(&report, "juliet", report::MESSAGES), (6, 0, 2));
        assert_eq!(report.unsettled, 1, "Paris was seen by nobody");
        assert_eq!(report.foreign.get("mantua.example"), Some(&1));
        assert_eq!(report.unknown.get("colours"), Some(&1));
        let written = given_out(&first, one.path()).await;

        // Once more: nothing is new, and nothing is changed.
        let again = take(&first, one.path(), DOCUMENT).await;
        for line in again.accounts.iter().filter(|line| line.outcome == Outcome::Known) {
            assert!(line.counts.values().all(|count| count.new == 0), "{}", again.in_words());
        }
        assert_eq!(given_out(&first, one.path()).await, written);
        // What it wrote itself is nothing new to it either.
        let own = take(&first, one.path(), &written).await;
        assert!(
            own.accounts.iter().all(|line| line.counts.values().all(|count| count.new == 0)),
            "{}",
            own.in_words()
        );

        let second = house(other.path(), to).await;
        let moved = take(&second, other.path(), &written).await;
        assert!(
            moved.accounts.iter().all(|line| line.outcome == Outcome::Opened),
            "{}",
            moved.in_words()
        );
        assert_eq!(given_out(&second, other.path()).await, written, "{}", moved.in_words());

        assert!(
            written.contains("Balkon &amp; Garten") && written.contains("masken@rooms"),
            "{written}"
        );
        // What was said within one second stays in its order.
        let places =
            ["Guten Morgen &amp;", "Guten Morgen</", "Komm zu mir", "In derselben", "Auch danach"];
        let places = places.map(|words| written.find(words).unwrap());
        assert!(places.is_sorted(), "{places:?}");
        // The words are there at their times, the keys are those of the old server, and the house offers what they fit.
        assert!(written.contains("stamp=\"2020-05-01T10:00:00.000Z\""), "{written}");
        assert_eq!(second.stream_settings().hashes, [Hash::Sha1]);
        let key = second.key().clone();
        let offer = second
            .db()
            .read(move |r| accounts::scram(r, &key, "juliet", accounts::ScramHash::Sha1))
            .await
            .unwrap();
        assert_eq!((offer.iterations, offer.candidates.len()), (10_000, 1));
        let unread = second
            .db()
            .read(|reader| {
                let juliet = accounts::by_localpart(reader, "juliet")?.unwrap();
                konvent_talk::reading::positions(reader, juliet.id)
            })
            .await
            .unwrap();
        assert!(unread.contains_key("romeo@verona.example"), "history is read: {unread:?}");
        // The connections of PostgreSQL do not end on a thread that serves.
        tokio::task::spawn_blocking(move || drop((first, second))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_a_file_for_each_account_that_nobody_else_reads() {
    use std::os::unix::fs::PermissionsExt as _;

    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = house(one.path(), None).await;
    take(&first, one.path(), DOCUMENT).await;
    let target = one.path().join("out/");
    let done = move_out(&first, target.clone(), None).await.unwrap();
    assert_eq!((done.accounts, done.messages), (2, 7));
    for name in ["konvent.xml", "verona.example.xml", "verona.example/juliet.xml"] {
        let mode = std::fs::metadata(target.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let second = house(other.path(), None).await;
    let report = move_in(&second, target).await.unwrap_or_else(|r| panic!("{}", r.chain()));
    assert_eq!(report.accounts.len(), 2);
    assert_eq!(given_out(&second, other.path()).await, given_out(&first, one.path()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_stays_the_directory() {
    let folder = tempfile::tempdir().unwrap();
    konvent_people::sample::write(folder.path(), 60, 7).unwrap();
    let members = std::fs::read_to_string(folder.path().join("mitglieder.csv")).unwrap();
    let is_number = |cell: &&str| cell.len() == 6 && cell.bytes().all(|byte| byte.is_ascii_digit());
    let number = members.split([';', '\n']).find(is_number).unwrap().to_owned();
    let mut config = Config::parse("domain = 'verona.example'").unwrap();
    config.data = folder.path().join("data");
    let house = House::open(config, Clock::manual(START), Random::system()).unwrap();
    let files =
        ["gliederungen.csv", "mitglieder.csv", "aemter.csv"].map(|name| folder.path().join(name));
    let files = konvent_server::command::Files(files.to_vec()).read().unwrap();
    let plan = flows::member::plan(&house, files).await.unwrap();
    flows::member::apply(&house, plan, konvent_core::audit::Actor::Operator, false).await.unwrap();
    let (name, before) = house
        .db()
        .write(move |tx| {
            let person = konvent_people::people::by_number(tx, &number)?.unwrap().id;
            let (account, _) = accounts::open(tx, &accounts::ServerKey::new([1; 32]), person)?;
            Ok((account.localpart, account.name))
        })
        .await
        .unwrap();
    let document = DOCUMENT.replace("name='juliet'", &format!("name='{name}'"));
    let report = take(&house, folder.path(), &document).await;
    let line = &report.accounts[0];
    assert_eq!(line.outcome, Outcome::Known);
    assert_eq!(line.counts[report::PASSWORD].refused.get("accounts.directory-owns-it"), Some(&1));
    let after = house.db().read(move |reader| accounts::by_localpart(reader, &name)).await.unwrap();
    assert_eq!(after.unwrap().name, before);
    let words = report.in_words();
    assert!(words.contains("Mitglieder melden sich mit ihrem Brief an"), "{words}");
}
