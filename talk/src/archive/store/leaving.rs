//! The SQL of what goes: taken along, replaced by a mark, or struck.

use konvent_core::{AccountId, Answer, Reader, Tx};
use sha2::{Digest, Sha256};

use super::{Found, checksum, read};
use crate::archive::Entry;

/// The next of what a member said in rooms: its id, the archive in which it stands, and what it is.
pub(in crate::archive) fn said_in_rooms(
    reader: &mut Reader<'_>,
    account: AccountId,
    after: i64,
    count: i64,
) -> Answer<Vec<(i64, i64, Found)>> {
    reader.rows(
        "select id, at, peer, outgoing, stanza, checksum, owner from archive_entry
         where sender = $1 and outgoing = 1 and owner <> sender and id > $2 order by id limit $3",
        &[account.into(), after.into(), count.into()],
        |row| {
            let owner: i64 = row.get(6)?;
            Ok((row.get(0)?, owner, read(owner, row)?))
        },
    )
}

/// Strikes a whole archive.
pub(in crate::archive) fn strike(tx: &mut Tx<'_>, owner: i64) -> Answer<u64> {
    tx.run("delete from archive_entry where owner = $1", &[owner.into()])
}

/// The oldest rows of an archive, so many at once.
pub(in crate::archive) fn strike_oldest(tx: &mut Tx<'_>, owner: i64, count: i64) -> Answer<u64> {
    tx.run(
        "delete from archive_entry where id in
         (select id from archive_entry where owner = $1 order by id limit $2)",
        &[owner.into(), count.into()],
    )
}

/// The oldest of what a member said in rooms, so many at once.
pub(in crate::archive) fn strike_said_in_rooms(
    tx: &mut Tx<'_>,
    account: AccountId,
    count: i64,
) -> Answer<u64> {
    tx.run(
        "delete from archive_entry where id in (select id from archive_entry
         where sender = $1 and outgoing = 1 and owner <> sender order by id limit $2)",
        &[account.into(), count.into()],
    )
}

/// Strikes a member's own archive and what he said in rooms; the other side of a conversation keeps its copy.
pub(in crate::archive) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    let own = strike(tx, account.0)?;
    let in_rooms = tx.run(
        "delete from archive_entry where sender = $1 and outgoing = 1 and owner <> sender",
        &[account.into()],
    )?;
    Ok(own + in_rooms)
}

/// Puts a mark in the place of what was said; the row keeps its number and its time.
pub(in crate::archive) fn replace(
    tx: &mut Tx<'_>,
    owner: i64,
    entry: &Entry,
    stanza: &[u8],
    is_words: bool,
) -> Answer<u64> {
    let checksum = checksum(entry.id, owner, entry.at, &Sha256::digest(stanza));
    tx.run(
        "update archive_entry set stanza = $3, checksum = $4, words = $5 where owner = $1 and id = $2",
        &[owner.into(), entry.id.into(), stanza.into(), checksum.as_slice().into(), is_words.into()],
    )
}
