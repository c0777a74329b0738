//! A house joins the nodes that run already: it opens their storage, takes over how things stand, and listens from then on.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use konvent_core::config::{Config, Nodes as Settings};
use konvent_core::db::nodes::{Membership, News};
use konvent_core::{About, Answer, Clock, Db, Kind, Refusal};
use konvent_people::accounts::ServerKey;
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::{Company, LOOK_EVERY_MS};
use crate::hall::state::Nodes;
use crate::hall::{Hall, Relay};
use crate::house::House;

/// How long a starting node waits for the state of things, in milliseconds.
const PATIENCE_MS: u64 = 60_000;

/// What nodes tell each other in. Another word, when an older node would not understand a newer one any more.
const TONGUE: &str = "1";

/// The other nodes did not say how things stand.
const NO_STATE: Refusal = Refusal::new(Kind::NotNow, "nodes.nobody-answers");

/// Files of one node would not be found by the others: name a folder that all share, or a store, in `[files]`.
const FILES_OF_ITS_OWN: Refusal = Refusal::new(Kind::BadRequest, "nodes.files-not-shared");

/// Opens the storage, as one of several nodes if the settings say so.
pub(in crate::house) fn open(
    config: &Config,
    features: &[&About],
    clock: &Clock,
    key: &ServerKey,
) -> Answer<Db> {
    let storage = config.storage();
    let Some(Settings { name, lease_secs, .. }) = &config.nodes else {
        return Db::open(&storage, features, clock);
    };
    if config.files.s3.is_none() && config.files.folder.is_none() {
        return Err(FILES_OF_ITS_OWN);
    }
    let mac = key.mac("nodes.fingerprint", &[]);
    let fingerprint = i64::from_be_bytes(mac.first_chunk().copied().unwrap_or_default());
    let lease_ms = i64::from(*lease_secs) * 1_000;
    let version = version(features);
    let membership = Membership { name: name.clone(), fingerprint, version, lease_ms };
    Db::join(&storage, features, clock, &membership)
}

/// Stands for what this version tells other nodes and keeps in the storage.
fn version(features: &[&About]) -> i64 {
    let steps = features.iter().flat_map(|about| about.migrations.iter().map(|step| step.name));
    let mut digest = Sha256::new();
    for word in [env!("CARGO_PKG_VERSION"), TONGUE].into_iter().chain(steps) {
        digest.update(word);
        digest.update([0]);
    }
    i64::from_be_bytes(digest.finalize().first_chunk().copied().unwrap_or_default())
}

/// Takes over how things stand on the nodes that run already. Blocks.
pub(in crate::house) fn catch_up(
    db: &Db,
    hall: &mut Hall,
    company: &Company,
) -> Answer<Option<i64>> {
    let Some(own) = db.node() else { return Ok(None) };
    let house = Arc::clone(&company.house);
    let relay = Relay::new(move |posts| {
        if let Some(house) = house.get().and_then(Weak::upgrade) {
            house.pass_on(posts);
        }
    });
    hall.set_nodes(Nodes::of(Some(own)), relay);
    let deadline = Instant::now() + Duration::from_millis(PATIENCE_MS);
    while Instant::now() < deadline {
        if let Some((heard, state)) = db.snapshot()? {
            hall.take_over(&state)?;
            return Ok(Some(heard));
        }
        // The oldest of those that live waits for nobody: whoever came later waits for it.
        if db.nodes()?.first().is_none_or(|first| *first == own) {
            return Ok(None);
        }
        db.write_blocking(|_| Ok(()))?; // a beat: I am here, and who is silent is not
        std::thread::sleep(Duration::from_millis(LOOK_EVERY_MS));
    }
    Err(NO_STATE)
}

/// From now on this house hears what the others do.
pub(in crate::house) fn listen(house: &Arc<House>, heard: Option<i64>) {
    if house.db.node().is_none() {
        return;
    }
    let hearing: Weak<House> = Arc::downgrade(house);
    let _ = house.company.house.set(Weak::clone(&hearing)); // there is one house
    if let Ok(runtime) = Handle::try_current() {
        let _ = house.company.runtime.set(runtime); // the first is as good as any
    }
    let listener = move |news: News<'_>| hearing.upgrade().and_then(|house| house.hears(news));
    house.db.listen(Arc::new(listener), heard);
}
