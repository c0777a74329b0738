//! A whole organisation moves from the embedded database to PostgreSQL, and goes on there.

use konvent_core::audit::Actor;
use konvent_core::config::Config;
use konvent_core::db::{Storage, moving};
use konvent_core::testing::{START, postgres};
use konvent_core::{Answer, Clock, Random, Reader};
use konvent_people::{people, units};
use konvent_server::command::Files;
use konvent_server::{House, cards, flows};

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
