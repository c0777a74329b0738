//! All SQL of the read positions.

use konvent_core::{AccountId, Answer, Reader, Tx};

pub(super) fn positions(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<(String, i64)>> {
    reader.rows(
        "select peer, position from reading_position where account = $1 order by at desc, peer",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Moves a position forward; 0 when it is there already or further.
pub(super) fn move_to(
    tx: &mut Tx<'_>,
    account: AccountId,
    peer: &str,
    position: i64,
) -> Answer<u64> {
    let now = tx.now();
    tx.run(
        "insert into reading_position (account, peer, position, at) values ($1, $2, $3, $4)
         on conflict (account, peer) do update set position = excluded.position, at = excluded.at
         where reading_position.position < excluded.position",
        &[account.into(), peer.into(), position.into(), now.into()],
    )
}

pub(super) fn forget(tx: &mut Tx<'_>, account: AccountId, peer: &str) -> Answer<u64> {
    tx.run(
        "delete from reading_position where account = $1 and peer = $2",
        &[account.into(), peer.into()],
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from reading_position where account = $1", &[account.into()])
}
