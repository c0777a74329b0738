//! All SQL of the bookmarks.

use konvent_core::{AccountId, Answer, Reader, RoomId, Tx};

/// What a member has chosen about a room.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) autojoin: bool,
    pub(super) extensions: Option<Vec<u8>>,
}

pub(super) fn choices(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<(RoomId, Choice)>> {
    reader.rows(
        "select room, autojoin, extensions from bookmarks_choice where account = $1 order by room",
        &[account.into()],
        |row| Ok((row.get(0)?, Choice { autojoin: row.get(1)?, extensions: row.get(2)? })),
    )
}

/// What his clients noted beside one room.
pub(super) fn noted(
    reader: &mut Reader<'_>,
    account: AccountId,
    room: RoomId,
) -> Answer<Option<Vec<u8>>> {
    let found: Option<Option<Vec<u8>>> = reader.one(
        "select extensions from bookmarks_choice where account = $1 and room = $2",
        &[account.into(), room.into()],
        |row| row.get(0),
    )?;
    Ok(found.flatten())
}

pub(super) fn choose(
    tx: &mut Tx<'_>,
    account: AccountId,
    room: RoomId,
    autojoin: bool,
    extensions: Option<&[u8]>,
) -> Answer<u64> {
    let extensions = extensions.map_or(konvent_core::Value::Null, konvent_core::Value::Bytes);
    tx.run(
        "insert into bookmarks_choice (account, room, autojoin, extensions) values ($1, $2, $3, $4)
         on conflict (account, room) do update
         set autojoin = excluded.autojoin, extensions = excluded.extensions",
        &[account.into(), room.into(), autojoin.into(), extensions],
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from bookmarks_choice where account = $1", &[account.into()])
}
