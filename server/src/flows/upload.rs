//! What happens to a file, from the promise to the end.
//!
//! The order is what makes it safe: the bytes arrive beside the others and are synced; the row notes under which name they
//! will lie; they get that name; the row says that they are there; only then the sender hears of it. Wherever this breaks off,
//! the row or the list of gone bytes knows what lies around.

use std::io;
use std::sync::Arc;

use konvent_core::{AccountId, Answer, Millis};
use konvent_files::blobs::{BlobName, Incoming, UNUSABLE};
use konvent_files::upload::kinds::Kind;
use konvent_files::upload::{self, File, UNKNOWN, WRONG_SIZE, Wish, life};

use crate::flows::member::to_the_end;
use crate::house::House;

/// Promises a place.
pub async fn promise(house: &Arc<House>, wish: Wish) -> Answer<File> {
    let this = Arc::clone(house);
    house.db().write(move |tx| life::promise(tx, this.random(), &this.config().files, &wish)).await
}

/// The file with this key, however far it has come.
pub async fn look_up(house: &Arc<House>, key: String) -> Answer<File> {
    house.db().read(move |reader| upload::by_key(reader, &key)?.ok_or(UNKNOWN)).await
}

/// The bytes begin to come.
pub async fn begin(house: &Arc<House>, key: String) -> Answer<File> {
    house.db().write(move |tx| life::begin(tx, &key)).await
}

/// A piece of so many bytes has come, and not the last.
pub async fn rest(house: &Arc<House>, before: File, came: u64) -> Answer<()> {
    house.db().write(move |tx| life::rest(tx, &before, came)).await
}

/// All bytes have come. When this returns, the file is there for good; also when whoever sent it has gone away.
pub async fn put_away(house: &Arc<House>, file: File, incoming: Incoming) -> Answer<()> {
    let house = Arc::clone(house);
    to_the_end(async move { put_away_whole(&house, file, incoming).await }).await
}

async fn put_away_whole(house: &Arc<House>, file: File, incoming: Incoming) -> Answer<()> {
    let arrived = incoming.finish().await?;
    if arrived.size != file.size {
        return Err(WRONG_SIZE);
    }
    let (sha256, kind) = (arrived.sha256, Kind::of(&arrived.head));
    let blob = BlobName::draw(house.random());
    let (claimed, name) = (file.clone(), blob.clone());
    house.db().write(move |tx| life::claim(tx, &claimed, &name)).await?;
    let blobs = &house.arrivals().blobs;
    if let Err(refusal) = blobs.keep(arrived, &blob).await {
        house.db().write(move |tx| life::give_back(tx, &file, &blob)).await?;
        return Err(refusal);
    }
    let (this, name) = (Arc::clone(house), blob.clone());
    let settled = house
        .db()
        .write(move |tx| life::settle(tx, &this.config().files, &file, &name, &sha256, kind))
        .await;
    if settled.as_ref().is_err_and(|refusal| *refusal == UNKNOWN) {
        // Struck meanwhile: the row that knew of these bytes is gone.
        blobs.remove(&blob).await?;
    }
    // After any other refusal the row may be on disk all the same: a connection can break behind a commit. It knows of the bytes,
    // and if it still waits for them it lapses with them.
    settled
}

/// The file to fetch under this address.
pub async fn to_fetch(house: &Arc<House>, key: String, name: String) -> Answer<File> {
    let now = house.clock().now();
    house.db().read(move |reader| upload::to_fetch(reader, &key, &name, now)).await
}

/// The sender gives a file up that has not come yet.
pub async fn give_up(house: &Arc<House>, account: AccountId, key: String) -> Answer<()> {
    let struck = house
        .db()
        .write(move |tx| {
            let found = upload::by_key(tx, &key)?;
            let file = found.filter(|file| file.account == Some(account)).ok_or(UNKNOWN)?;
            life::strike(tx, &file)?;
            Ok(file)
        })
        .await?;
    clear_parts(house, &[struck]);
    Ok(())
}

/// What has lapsed goes: first the rows, then the bytes, then the note of them.
pub async fn time_passes(house: &Arc<House>, now: Millis) -> Answer<()> {
    if !house.arrivals().is_time_to_look(now) {
        return Ok(());
    }
    if !house.db().read(move |reader| life::is_due(reader, now)).await? {
        return Ok(());
    }
    let struck = house.db().write(life::sweep).await?;
    clear_parts(house, &struck);
    let gone = house.db().read(life::gone).await?;
    let mut forgotten = Vec::with_capacity(gone.len());
    for blob in gone {
        match house.arrivals().blobs.remove(&blob).await {
            Ok(()) => forgotten.push(blob),
            Err(refusal) => {
                tracing::error!(target: "upload", cause = refusal.chain(), "bytes could not be struck; tried again later");
            }
        }
    }
    house.db().write(move |tx| life::forget(tx, &forgotten)).await
}

/// Each node looks at its own table: pieces of what came whole at another node, or lapsed there, do not stay.
pub async fn tidy_up(house: &Arc<House>, now: Millis) -> Answer<()> {
    if !house.arrivals().is_time_to_tidy(now) {
        return Ok(());
    }
    let this = Arc::clone(house);
    // Listed before the table is asked: what begins meanwhile is in neither.
    let pieces = blocking(move || this.arrivals().pieces()).await?;
    if pieces.is_empty() {
        return Ok(());
    }
    let awaited = house.db().read(life::parts).await?.into_iter().collect();
    let this = Arc::clone(house);
    blocking(move || this.arrivals().tidy(&pieces, &awaited)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Answer<T> {
    let done = tokio::task::spawn_blocking(work).await.map_err(io::Error::other);
    done.flatten().map_err(|error| UNUSABLE.because(error))
}

fn clear_parts(house: &House, struck: &[File]) {
    for file in struck.iter().filter(|file| file.is_resumable) {
        let _ = std::fs::remove_file(house.arrivals().parts(file)); // never begun, or put away
    }
}
