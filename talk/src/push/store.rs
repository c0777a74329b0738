//! All SQL of push.

use super::due::Due;
use super::{By, New, Through};
use konvent_core::{AccountId, Answer, Millis, Reader, RoomId, Row, Tx};

pub(super) fn enable(tx: &mut Tx<'_>, account: AccountId, new: New<'_>) -> Answer<u64> {
    let (id, now) = (tx.fresh_id(), tx.now());
    let (device, password) = new.by.columns();
    tx.run(
        "insert into push_device (id, account, kind, service, node, secret, device, app_password, made_at,
             waiting, is_due, is_urgent, last_owner, last_entry, pushed, failures, next_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, null, null, 0, 0, $9)
         on conflict (account, kind, service, node) do update
         set secret = excluded.secret, device = excluded.device, app_password = excluded.app_password,
             made_at = excluded.made_at, failures = 0",
        &[
            id.into(),
            account.into(),
            new.through.number().into(),
            new.service.into(),
            new.node.into(),
            new.secret.into(),
            device.into(),
            password.into(),
            now.into(),
        ],
    )
}

pub(super) fn disable(
    tx: &mut Tx<'_>,
    account: AccountId,
    through: Through,
    service: &str,
    node: Option<&str>,
) -> Answer<u64> {
    let kind = through.number();
    match node {
        Some(node) => tx.run(
            "delete from push_device where account = $1 and kind = $2 and service = $3 and node = $4",
            &[account.into(), kind.into(), service.into(), node.into()],
        ),
        None => tx.run(
            "delete from push_device where account = $1 and kind = $2 and service = $3",
            &[account.into(), kind.into(), service.into()],
        ),
    }
}

/// The device there was signed in anew.
pub(super) fn hold_by(
    tx: &mut Tx<'_>,
    account: AccountId,
    (through, service, node): (Through, &str, &str),
    by: By,
) -> Answer<u64> {
    let (device, password) = by.columns();
    tx.run(
        "update push_device set device = $5, app_password = $6
         where account = $1 and kind = $2 and service = $3 and node = $4",
        &[
            account.into(),
            through.number().into(),
            service.into(),
            node.into(),
            device.into(),
            password.into(),
        ],
    )
}

pub(super) fn count(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from push_device where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

pub(super) fn has_browser(
    reader: &mut Reader<'_>,
    account: AccountId,
    device: i64,
) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select id from push_device where account = $1 and device = $2 and kind = 1 limit 1",
        &[account.into(), device.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

pub(super) fn forget_oldest(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run(
        "delete from push_device where id = (
             select id from push_device where account = $1 order by made_at, id limit 1)",
        &[account.into()],
    )
}

pub(super) fn forget_of_others(tx: &mut Tx<'_>, account: AccountId, service: &str) -> Answer<u64> {
    tx.run(
        "delete from push_device where kind = 1 and service = $1 and account <> $2",
        &[service.into(), account.into()],
    )
}

pub(super) fn forget_app_password(
    tx: &mut Tx<'_>,
    account: AccountId,
    password: i64,
) -> Answer<u64> {
    tx.run(
        "delete from push_device where account = $1 and app_password = $2",
        &[account.into(), password.into()],
    )
}

pub(super) fn forget_browser(tx: &mut Tx<'_>, account: AccountId, device: i64) -> Answer<u64> {
    tx.run(
        "delete from push_device where account = $1 and device = $2 and kind = 1",
        &[account.into(), device.into()],
    )
}

/// More words wait for all devices of an account.
pub(super) fn owe(
    tx: &mut Tx<'_>,
    account: AccountId,
    words: i64,
    (owner, entry): (Option<i64>, Option<i64>),
    is_urgent: bool,
) -> Answer<u64> {
    tx.run(
        "update push_device set waiting = waiting + $2, is_due = 1,
             is_urgent = case when $3 = 1 then 1 else is_urgent end,
             last_owner = coalesce($4, last_owner), last_entry = coalesce($5, last_entry)
         where account = $1",
        &[account.into(), words.into(), is_urgent.into(), owner.into(), entry.into()],
    )
}

pub(super) fn owe_in_room(tx: &mut Tx<'_>, room: RoomId, entry: i64) -> Answer<u64> {
    let any: Option<i64> = tx.one("select id from push_device limit 1", &[], |row| row.get(0))?;
    if any.is_none() {
        return Ok(0);
    }
    let id = tx.fresh_id();
    tx.run(
        "insert into push_owed (id, room, entry) values ($1, $2, $3)",
        &[id.into(), room.into(), entry.into()],
    )
}

pub(super) fn owed(reader: &mut Reader<'_>, limit: i64) -> Answer<Vec<(i64, RoomId, i64)>> {
    reader.rows(
        "select id, room, entry from push_owed order by id limit $1",
        &[limit.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn is_owed(reader: &mut Reader<'_>, row: i64) -> Answer<bool> {
    let found: Option<i64> =
        reader.one("select id from push_owed where id = $1", &[row.into()], |row| row.get(0))?;
    Ok(found.is_some())
}

pub(super) fn settle(tx: &mut Tx<'_>, row: i64) -> Answer<u64> {
    tx.run("delete from push_owed where id = $1", &[row.into()])
}

/// The accounts that can be told, so many at most.
pub(super) fn accounts(reader: &mut Reader<'_>, limit: i64) -> Answer<Vec<AccountId>> {
    reader.rows(
        "select distinct account from push_device order by account limit $1",
        &[limit.into()],
        |row| row.get(0),
    )
}

pub(super) fn has_waiting(reader: &mut Reader<'_>, account: AccountId) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select id from push_device where account = $1 and (waiting > 0 or pushed > 0) limit 1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

pub(super) fn looked(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run(
        "update push_device set waiting = 0, is_due = 0, is_urgent = 0, pushed = 0
         where account = $1 and (waiting > 0 or pushed > 0)",
        &[account.into()],
    )
}

pub(super) fn due(reader: &mut Reader<'_>, now: Millis, limit: i64) -> Answer<Vec<Due>> {
    reader.rows(
        "select id, account, kind, service, node, secret, device, app_password, waiting, is_urgent, last_owner,
             last_entry, pushed, failures, next_at
         from push_device where is_due = 1 and next_at <= $1 order by next_at, id limit $2",
        &[now.into(), limit.into()],
        read,
    )
}

pub(super) fn of_account(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Due>> {
    reader.rows(
        "select id, account, kind, service, node, secret, device, app_password, waiting, is_urgent, last_owner,
             last_entry, pushed, failures, next_at
         from push_device where account = $1 order by id",
        &[account.into()],
        read,
    )
}

fn read(row: &Row<'_>) -> Answer<Due> {
    let (device, password): (Option<i64>, Option<i64>) = (row.get(6)?, row.get(7)?);
    let (owner, entry): (Option<i64>, Option<i64>) = (row.get(10)?, row.get(11)?);
    Ok(Due {
        id: row.get(0)?,
        account: row.get(1)?,
        through: Through::of(row.get(2)?),
        service: row.get(3)?,
        node: row.get(4)?,
        secret: row.get(5)?,
        by: match device {
            Some(device) => By::Device(device),
            None => By::AppPassword(password.unwrap_or(0)),
        },
        waiting: row.get(8)?,
        is_urgent: row.get(9)?,
        newest: owner.zip(entry),
        pushed: row.get(12)?,
        failures: row.get(13)?,
        next_at: row.get(14)?,
    })
}

pub(super) fn claim(tx: &mut Tx<'_>, id: i64, seen: Millis, until: Millis) -> Answer<u64> {
    tx.run(
        "update push_device set next_at = $3 where id = $1 and next_at = $2 and is_due = 1",
        &[id.into(), seen.into(), until.into()],
    )
}

/// Of what was due, `words` are told.
pub(super) fn delivered(tx: &mut Tx<'_>, id: i64, words: i64, next_at: Millis) -> Answer<u64> {
    tx.run(
        "update push_device set failures = 0, is_urgent = 0, next_at = $3,
             pushed = case when waiting > 0 then pushed + 1 else 0 end,
             is_due = case when waiting > $2 then 1 else 0 end
         where id = $1",
        &[id.into(), words.into(), next_at.into()],
    )
}

pub(super) fn failed(tx: &mut Tx<'_>, id: i64, next_at: Millis) -> Answer<u64> {
    tx.run(
        "update push_device set failures = failures + 1, next_at = $2 where id = $1",
        &[id.into(), next_at.into()],
    )
}

pub(super) fn postpone(tx: &mut Tx<'_>, id: i64, next_at: Millis) -> Answer<u64> {
    tx.run("update push_device set next_at = $2 where id = $1", &[id.into(), next_at.into()])
}

pub(super) fn forget(tx: &mut Tx<'_>, id: i64) -> Answer<u64> {
    tx.run("delete from push_device where id = $1", &[id.into()])
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from push_device where account = $1", &[account.into()])
}

pub(super) fn level(
    reader: &mut Reader<'_>,
    account: AccountId,
    peer: &str,
) -> Answer<Option<String>> {
    reader.one(
        "select level from push_level where account = $1 and peer = $2",
        &[account.into(), peer.into()],
        |row| row.get(0),
    )
}

pub(super) fn levels(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<(String, String)>> {
    reader.rows(
        "select peer, level from push_level where account = $1 order by peer",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn count_levels(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from push_level where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(super) fn put_level(
    tx: &mut Tx<'_>,
    account: AccountId,
    peer: &str,
    level: &str,
) -> Answer<u64> {
    tx.run(
        "insert into push_level (account, peer, level) values ($1, $2, $3)",
        &[account.into(), peer.into(), level.into()],
    )
}

pub(super) fn drop_level(tx: &mut Tx<'_>, account: AccountId, peer: &str) -> Answer<u64> {
    tx.run(
        "delete from push_level where account = $1 and peer = $2",
        &[account.into(), peer.into()],
    )
}

pub(super) fn erase_levels(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from push_level where account = $1", &[account.into()])
}
