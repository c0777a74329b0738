//! A whole organisation moves from the embedded database to PostgreSQL, and goes on there.

use std::path::Path;
use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::config::free_rooms::MadeBy;
use konvent_core::config::{Config, FreeRooms};
use konvent_core::db::{Storage, moving};
use konvent_core::testing::{START, postgres};
use konvent_core::{Answer, Clock, Random, Reader, SessionId};
use konvent_files::blobs::Incoming;
use konvent_files::upload::{self, File, Wish};
use konvent_people::{accounts, people, units};
use konvent_play::stage::fresh_database;
use konvent_server::command::Files;
use konvent_server::flows::moving::{move_in, move_out};
use konvent_server::{House, cards, files, flows};
use konvent_talk::Session;
use konvent_talk::rooms::{Caller, free};

/// Two accounts with contacts, messages, nodes, bookmarks, cards and private things, as another server writes them.
const DOCUMENT: &str = include_str!("portable.xml");

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_moves_with_everything_it_has() {
    let folder = tempfile::tempdir().unwrap();
    konvent_people::sample::write(folder.path(), 300, 7).unwrap();
    let mut config = Config::parse("domain = 'verona.example'\nadmin = '100001'").unwrap();
    config.data = folder.path().join("data");
    let house = House::open(config.clone(), Clock::manual(START), Random::system()).unwrap();
    let files = ["gliederungen.csv", "mitglieder.csv", "aemter.csv"];
    let files = Files(files.map(|name| folder.path().join(name)).to_vec()).read().unwrap();
    let plan = flows::member::plan(&house, files).await.unwrap();
    flows::member::apply(&house, plan, Actor::Operator, false).await.unwrap();
    let before = house.db().read(count).await.unwrap();
    assert!(before > 250, "{before}");
    drop(house);

    let scratch = postgres();
    let Storage::Postgres { url, schema } = scratch.0.clone() else { unreachable!() };
    let (file, features) = (config.data.join("konvent.db"), cards::features());
    let moved = tokio::task::spawn_blocking(move || {
        moving::to_postgres(&file, &url, &schema, &features, &Clock::manual(START))
    });
    let moved = moved.await.unwrap().unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
    let people = moved.iter().find(|moved| moved.table == "people_person").unwrap();
    assert!(i64::try_from(people.sum.rows).unwrap() >= before);
    assert!(moved.iter().any(|moved| moved.table == "audit_note" && moved.sum.rows > 250));

    let storage = scratch.0.clone();
    let after = tokio::task::spawn_blocking(move || {
        let db = konvent_core::Db::open(&storage, &cards::features(), &Clock::manual(START))?;
        db.read_blocking(count)
    });
    assert_eq!(after.await.unwrap().unwrap(), before);
}

/// Members of the whole organisation.
fn count(reader: &mut Reader<'_>) -> Answer<i64> {
    let units = units::all(reader)?;
    let top = units.iter().find(|unit| unit.parent.is_none()).unwrap();
    people::count_under(reader, top.id)
}

async fn open(config: &Config) -> Arc<House> {
    let config = config.clone();
    let open = move || House::open(config, Clock::manual(START), Random::system());
    let house = tokio::task::spawn_blocking(open).await.unwrap();
    house.unwrap_or_else(|refusal| panic!("{}", refusal.chain()))
}

async fn given_out(house: &Arc<House>, folder: &Path) -> String {
    let path = folder.join("out.xml");
    move_out(house, path.clone(), None).await.unwrap_or_else(|r| panic!("{}", r.chain()));
    std::fs::read_to_string(path).unwrap()
}

/// A file of Juliet's.
async fn stored(house: &Arc<House>) -> File {
    let juliet = house.db().read(|reader| accounts::by_localpart(reader, "juliet")).await;
    let juliet = juliet.unwrap().unwrap();
    let wish = Wish {
        account: juliet.id,
        person: juliet.person,
        name: "Balkon.jpg".to_owned(),
        size: 300_000,
        media_type: None,
        room: None,
        is_resumable: false,
    };
    let file = flows::upload::promise(house, wish).await.unwrap();
    let arrivals = house.arrivals().blobs.arrivals();
    let mut incoming = Incoming::begin(&arrivals, "balkon.put").await.unwrap();
    incoming.write(&vec![7; 300_000]).await.unwrap();
    let key = file.key.clone();
    flows::upload::put_away(house, file, incoming).await.unwrap();
    flows::upload::look_up(house, key).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn words_rooms_and_nodes_are_the_same_on_the_other_engine() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::parse("domain = 'verona.example'").unwrap();
    config.data = folder.path().join("data");
    let house = open(&config).await;
    let document = folder.path().join("in.xml");
    std::fs::write(&document, DOCUMENT).unwrap();
    move_in(&house, document).await.unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
    // A room of Juliet's.
    let domain = house.domain().clone();
    let room = house.db().write(move |tx| {
        let juliet = accounts::by_localpart(tx, "juliet")?.unwrap();
        let address = domain.account("juliet")?.with_resource_str("x").unwrap().into();
        let (account, person, name) = (juliet.id, juliet.person, juliet.name);
        let session = Session { id: SessionId(1), account, person, address, name };
        let rules = FreeRooms { made_by: MadeBy::Everybody, ..FreeRooms::default() };
        free::found(tx, &rules, &Caller::from(&session), "garten")
    });
    let room = room.await.unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
    let picture = stored(&house).await;
    let before = given_out(&house, folder.path()).await;
    for what in ["Balkon &amp; Garten", "masken@rooms", "Guten Morgen"] {
        assert!(before.contains(what), "{what} is not there to be moved");
    }
    drop(house);

    let url = fresh_database().unwrap();
    let (file, features) = (config.data.join("konvent.db"), cards::features());
    let to = url.clone();
    let moved = tokio::task::spawn_blocking(move || {
        moving::to_postgres(&file, &to, "public", &features, &Clock::manual(START))
    });
    let moved = moved.await.unwrap().unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
    // Bookmarks of rooms elsewhere are items of a node.
    for table in ["archive_entry", "pubsub_item", "rooms_free", "rooms_affiliation", "upload_file"]
    {
        let rows = moved.iter().find(|moved| moved.table == table).map(|moved| moved.sum.rows);
        assert!(rows.is_some_and(|rows| rows > 0), "{table}: {rows:?}");
    }

    config.postgres = Some(url);
    let house = open(&config).await;
    assert_eq!(given_out(&house, folder.path()).await, before);
    let found = house.db().read(|reader| free::at(reader, "garten")).await.unwrap().unwrap();
    assert_eq!(found.info, room.info);
    // Files stay where they are, and the rows still lead there.
    let known = house.db().read(move |reader| upload::by_key(reader, &picture.key)).await.unwrap();
    assert_eq!(known.unwrap().sha256, picture.sha256);
    let tally = files::check(house.db(), &house.arrivals().blobs).await.unwrap();
    assert_eq!((tally.sound, tally.outcome()), (1, Ok(())), "{tally:?}");
    let damaged = house.db().read(konvent_talk::archive::look_over).await.unwrap();
    assert!(
        damaged.0 > 0 && damaged.1 == 0,
        "{damaged:?}: rows, and those that are not as they were written"
    );
}
