//! All SQL of what waits for a member's next device.

use konvent_core::{AccountId, Answer, Reader, Tx};

/// Notes a message, and says at which place; nothing when it was noted before.
pub(super) fn insert(tx: &mut Tx<'_>, account: AccountId, entry: i64) -> Answer<Option<i64>> {
    tx.one(
        "insert into offline_message (account, entry, place)
         select cast($1 as bigint), cast($2 as bigint), coalesce(max(place), 0) + 1
         from offline_message where account = $1
         on conflict (account, entry) do nothing returning place",
        &[account.into(), entry.into()],
        |row| row.get(0),
    )
}

/// Forgets all up to a place.
pub(super) fn forget_up_to(tx: &mut Tx<'_>, account: AccountId, place: i64) -> Answer<u64> {
    tx.run(
        "delete from offline_message where account = $1 and place <= $2",
        &[account.into(), place.into()],
    )
}

pub(super) fn has_waiting(reader: &mut Reader<'_>, account: AccountId) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select 1 from offline_message where account = $1 limit 1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// The newest so many, newest first.
pub(super) fn newest(reader: &mut Reader<'_>, account: AccountId, limit: i64) -> Answer<Vec<i64>> {
    reader.rows(
        "select entry from offline_message where account = $1 order by entry desc limit $2",
        &[account.into(), limit.into()],
        |row| row.get(0),
    )
}

/// Those between two, both included.
pub(super) fn between(
    reader: &mut Reader<'_>,
    account: AccountId,
    (first, last): (i64, i64),
) -> Answer<Vec<i64>> {
    reader.rows(
        "select entry from offline_message where account = $1 and entry >= $2 and entry <= $3 order by entry",
        &[account.into(), first.into(), last.into()],
        |row| row.get(0),
    )
}

pub(super) fn forget(tx: &mut Tx<'_>, account: AccountId, entry: i64) -> Answer<u64> {
    tx.run(
        "delete from offline_message where account = $1 and entry = $2",
        &[account.into(), entry.into()],
    )
}

/// Forgets all with a higher number.
pub(super) fn forget_after(tx: &mut Tx<'_>, account: AccountId, entry: i64) -> Answer<u64> {
    tx.run(
        "delete from offline_message where account = $1 and entry > $2",
        &[account.into(), entry.into()],
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from offline_message where account = $1", &[account.into()])
}
