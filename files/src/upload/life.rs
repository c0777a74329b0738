//! The life of a file, from the promise to the end. Each step is one transaction; who is first wins in the database.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvent_core::config::Files;
use konvent_core::{Answer, Millis, Random, Reader, Tx};
use konvent_people::people;

use super::kinds::Kind;
use super::{
    ACCOUNT_FULL, ALREADY_THERE, ARRIVAL_SECS, ARRIVAL_SLACK_SECS, BAD_REQUEST, File,
    MEDIA_TYPE_MAX, PACE_BYTES_PER_SEC, PROGRESS_BYTES_MIN, PROMISE_SECS, PROMISES_MAX,
    RESUMABLE_SECS, State, TOO_LARGE, TOO_MANY, UNIT_FULL, UNKNOWN, Wish, names, store,
};
use crate::blobs::BlobName;

/// How many rows one look clears away: the writer is free again after a moment, the next look goes on.
const SWEPT_AT_ONCE: i64 = 200;

/// Promises a place for a file.
///
/// # Errors
/// [`BAD_REQUEST`], [`TOO_LARGE`], [`ACCOUNT_FULL`], [`UNIT_FULL`], [`TOO_MANY`].
pub fn promise(tx: &mut Tx<'_>, random: &Random, rules: &Files, wish: &Wish) -> Answer<File> {
    if wish.size == 0 || wish.name.is_empty() {
        return Err(BAD_REQUEST);
    }
    if wish.size > rules.size_max {
        return Err(TOO_LARGE);
    }
    let now = tx.now();
    if store::promises(tx, wish.account, now)? >= PROMISES_MAX {
        return Err(TOO_MANY);
    }
    // A promise counts like the file itself: a thousand promises at once do not slip through.
    if exceeds(store::held_by(tx, wish.account)?, wish.size, rules.account_max) {
        return Err(ACCOUNT_FULL);
    }
    let unit = people::home(tx, wish.person)?;
    if let Some(unit) = unit
        && rules.unit_max > 0
        && exceeds(store::held_in(tx, unit)?, wish.size, rules.unit_max)
    {
        return Err(UNIT_FULL);
    }
    let secs = if wish.is_resumable { RESUMABLE_SECS } else { PROMISE_SECS };
    let media_type = wish.media_type.as_ref().filter(|kind| kind.len() <= MEDIA_TYPE_MAX);
    let file = File {
        id: tx.fresh_id(),
        key: URL_SAFE_NO_PAD.encode(random.bytes::<20>()),
        account: Some(wish.account),
        name: names::clean(&wish.name),
        size: wish.size,
        media_type: media_type.cloned(),
        state: State::Promised,
        is_resumable: wish.is_resumable,
        room: wish.room.clone(),
        expires_at: Some(now.plus_secs(secs)),
        blob: None,
        sha256: None,
        kind: Kind::Other,
    };
    store::insert(tx, &file, unit)?;
    Ok(file)
}

fn exceeds(held: i64, more: u64, bound: u64) -> bool {
    u64::try_from(held).unwrap_or(u64::MAX).saturating_add(more) > bound
}

/// How long the bytes of a file may take: twice as long as at the slowest pace that is borne.
fn arrival_secs(size: u64) -> i64 {
    let secs = i64::try_from(size / PACE_BYTES_PER_SEC).unwrap_or(ARRIVAL_SECS);
    secs.saturating_mul(2).saturating_add(ARRIVAL_SLACK_SECS).min(ARRIVAL_SECS)
}

/// The bytes begin to come (or go on): from now on the promise waits as long as an upload of this size may take. The file comes
/// back as it was before: until when it would have waited.
///
/// # Errors
/// [`UNKNOWN`] when there is no such promise or it has lapsed, [`ALREADY_THERE`].
pub fn begin(tx: &mut Tx<'_>, key: &str) -> Answer<File> {
    let now = tx.now();
    let file = store::by_key(tx, key)?.ok_or(UNKNOWN)?;
    if file.state != State::Promised {
        return Err(ALREADY_THERE);
    }
    if file.expires_at.is_some_and(|at| at <= now) {
        return Err(UNKNOWN);
    }
    let until = now.plus_secs(arrival_secs(file.size));
    // A rest in pieces that is longer stays.
    let until = file.expires_at.filter(|at| file.is_resumable && *at > until).unwrap_or(until);
    store::wait_until(tx, file.id, until)?;
    Ok(file)
}

/// A piece has come, so many bytes, and not the last: enough of them, and the rest may wait anew; else no longer than before.
pub fn rest(tx: &mut Tx<'_>, before: &File, came: u64) -> Answer<()> {
    let now = tx.now();
    let is_progress = came >= PROGRESS_BYTES_MIN;
    let anew = is_progress.then(|| now.plus_secs(RESUMABLE_SECS));
    store::wait_until(tx, before.id, anew.or(before.expires_at).unwrap_or(now))?;
    Ok(())
}

/// All bytes have come. Whoever is first gets the place and notes where the bytes will be, before they are there.
///
/// # Errors
/// [`ALREADY_THERE`] for all others; [`UNKNOWN`] when the file was struck meanwhile.
pub fn claim(tx: &mut Tx<'_>, file: &File, blob: &BlobName) -> Answer<()> {
    let until = tx.now().plus_secs(ARRIVAL_SECS);
    if store::claim(tx, file.id, blob, until)? == 1 {
        return Ok(());
    }
    Err(if store::by_key(tx, &file.key)?.is_some() { ALREADY_THERE } else { UNKNOWN })
}

/// The bytes are durable: after the commit of this the file is acknowledged.
///
/// # Errors
/// [`UNKNOWN`] when the file was struck while its bytes were put away; then the bytes are known to be gone, too.
pub fn settle(
    tx: &mut Tx<'_>,
    rules: &Files,
    file: &File,
    blob: &BlobName,
    sha256: &[u8],
    kind: Kind,
) -> Answer<()> {
    let now = tx.now();
    let until = rules.days_in(file.room.as_deref()).map(|days| now.plus_days(days));
    if store::settle(tx, file.id, blob, sha256, kind, until)? == 1 { Ok(()) } else { Err(UNKNOWN) }
}

/// The bytes could not be put away (a full disk): the promise stands again, what may lie there is struck.
pub fn give_back(tx: &mut Tx<'_>, file: &File, blob: &BlobName) -> Answer<()> {
    let until = tx.now().plus_secs(PROMISE_SECS);
    if store::give_back(tx, file.id, blob, until)? == 1 {
        store::note_gone(tx, blob.as_str())?;
    }
    Ok(())
}

/// Strikes a file: its row now, its bytes at the next look.
pub fn strike(tx: &mut Tx<'_>, file: &File) -> Answer<()> {
    store::strike(tx, file.id)?;
    match &file.blob {
        Some(blob) => store::note_gone(tx, blob.as_str()),
        None => Ok(()),
    }
}

/// Whether there is anything to sweep.
pub fn is_due(reader: &mut Reader<'_>, now: Millis) -> Answer<bool> {
    Ok(!store::due(reader, now, 1)?.is_empty() || !store::gone(reader, 1)?.is_empty())
}

/// Strikes what has lapsed and what belongs to nobody any more. Returns the files, so that their parts can be cleared away.
pub fn sweep(tx: &mut Tx<'_>) -> Answer<Vec<File>> {
    let now = tx.now();
    let due = store::due(tx, now, SWEPT_AT_ONCE)?;
    for file in &due {
        strike(tx, file)?;
    }
    Ok(due)
}

/// Bytes whose rows are gone.
pub fn gone(reader: &mut Reader<'_>) -> Answer<Vec<BlobName>> {
    Ok(store::gone(reader, SWEPT_AT_ONCE)?
        .iter()
        .filter_map(|text| BlobName::parse(text))
        .collect())
}

/// These bytes are struck from the store.
pub fn forget(tx: &mut Tx<'_>, blobs: &[BlobName]) -> Answer<()> {
    blobs.iter().try_for_each(|blob| store::forget(tx, blob.as_str()))
}

/// The names of the parts of all files that are still coming in: what else lies among the arrivals is left over.
pub fn parts(reader: &mut Reader<'_>) -> Answer<Vec<String>> {
    Ok(store::resumable(reader)?.iter().map(File::parts).collect())
}
