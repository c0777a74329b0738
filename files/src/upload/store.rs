//! All SQL of the uploads.

use konvent_core::{AccountId, Answer, Millis, Reader, Row, Tx, UnitId, Value};

use super::kinds::Kind;
use super::{File, State};
use crate::blobs::BlobName;
use crate::blobs::carry::Known;

fn file(row: &Row<'_>) -> Answer<File> {
    let state = match row.get::<i64>(6)? {
        0 => State::Promised,
        1 => State::PutAway,
        _ => State::Stored,
    };
    Ok(File {
        id: row.get(0)?,
        key: row.get(1)?,
        account: row.get(2)?,
        name: row.get(3)?,
        size: u64::try_from(row.get::<i64>(4)?).unwrap_or_default(),
        media_type: row.get(5)?,
        state,
        is_resumable: row.get(7)?,
        room: row.get(8)?,
        expires_at: row.get(9)?,
        blob: row.get::<Option<String>>(10)?.as_deref().and_then(BlobName::parse),
        sha256: row.get(11)?,
        kind: Kind::from_number(row.get::<Option<i64>>(12)?.unwrap_or_default()),
    })
}

/// As a number of the table; sizes are bounded far below.
fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

pub(super) fn by_key(reader: &mut Reader<'_>, key: &str) -> Answer<Option<File>> {
    reader.one(
        "select id, key, account, name, size, media_type, state, resumable, room, expires_at, blob, sha256, kind
         from upload_file where key = $1",
        &[key.into()],
        file,
    )
}

/// All files of an account, oldest first.
pub(super) fn of(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<File>> {
    reader.rows(
        "select id, key, account, name, size, media_type, state, resumable, room, expires_at, blob, sha256, kind
         from upload_file where account = $1 order by id",
        &[account.into()],
        file,
    )
}

/// Files that come in pieces and are not whole.
pub(super) fn resumable(reader: &mut Reader<'_>) -> Answer<Vec<File>> {
    reader.rows(
        "select id, key, account, name, size, media_type, state, resumable, room, expires_at, blob, sha256, kind
         from upload_file where resumable = 1 and state = 0",
        &[],
        file,
    )
}

/// What has lapsed, and what belongs to nobody.
pub(super) fn due(reader: &mut Reader<'_>, now: Millis, most: i64) -> Answer<Vec<File>> {
    reader.rows(
        "select id, key, account, name, size, media_type, state, resumable, room, expires_at, blob, sha256, kind
         from upload_file where expires_at <= $1 or account is null order by id limit $2",
        &[now.into(), most.into()],
        file,
    )
}

pub(super) fn promises(reader: &mut Reader<'_>, account: AccountId, now: Millis) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from upload_file where account = $1 and state = 0 and expires_at > $2",
        &[account.into(), now.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

/// Bytes promised to or stored for an account.
pub(super) fn held_by(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let sum = reader.one(
        "select cast(coalesce(sum(size), 0) as bigint) from upload_file where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(sum.unwrap_or(0))
}

/// The same for all who were at home in a unit when they sent.
pub(super) fn held_in(reader: &mut Reader<'_>, unit: UnitId) -> Answer<i64> {
    let sum = reader.one(
        "select cast(coalesce(sum(size), 0) as bigint) from upload_file where unit = $1",
        &[unit.into()],
        |row| row.get(0),
    )?;
    Ok(sum.unwrap_or(0))
}

pub(super) fn insert(tx: &mut Tx<'_>, file: &File, unit: Option<UnitId>) -> Answer<u64> {
    let now = tx.now();
    tx.run(
        "insert into upload_file
         (id, key, account, unit, name, size, media_type, state, resumable, room, promised_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9, $10, $11)",
        &[
            file.id.into(),
            (&file.key).into(),
            file.account.into(),
            unit.into(),
            (&file.name).into(),
            number(file.size).into(),
            (&file.media_type).into(),
            file.is_resumable.into(),
            (&file.room).into(),
            now.into(),
            file.expires_at.into(),
        ],
    )
}

pub(super) fn wait_until(tx: &mut Tx<'_>, id: i64, until: Millis) -> Answer<u64> {
    tx.run(
        "update upload_file set expires_at = $2 where id = $1 and state = 0",
        &[id.into(), until.into()],
    )
}

pub(super) fn claim(tx: &mut Tx<'_>, id: i64, blob: &BlobName, until: Millis) -> Answer<u64> {
    tx.run(
        "update upload_file set state = 1, blob = $2, expires_at = $3 where id = $1 and state = 0",
        &[id.into(), blob.as_str().into(), until.into()],
    )
}

pub(super) fn settle(
    tx: &mut Tx<'_>,
    id: i64,
    blob: &BlobName,
    sha256: &[u8],
    kind: Kind,
    until: Option<Millis>,
) -> Answer<u64> {
    let now = tx.now();
    tx.run(
        "update upload_file set state = 2, sha256 = $3, kind = $4, stored_at = $5, expires_at = $6
         where id = $1 and blob = $2 and state = 1",
        &[
            id.into(),
            blob.as_str().into(),
            Value::Bytes(sha256),
            kind.number().into(),
            now.into(),
            until.into(),
        ],
    )
}

pub(super) fn give_back(tx: &mut Tx<'_>, id: i64, blob: &BlobName, until: Millis) -> Answer<u64> {
    tx.run(
        "update upload_file set state = 0, blob = null, expires_at = $3
         where id = $1 and blob = $2 and state = 1",
        &[id.into(), blob.as_str().into(), until.into()],
    )
}

pub(super) fn strike(tx: &mut Tx<'_>, id: i64) -> Answer<u64> {
    tx.run("delete from upload_file where id = $1", &[id.into()])
}

pub(super) fn note_gone(tx: &mut Tx<'_>, blob: &str) -> Answer<()> {
    tx.run(
        "insert into upload_gone (blob) values ($1) on conflict (blob) do nothing",
        &[blob.into()],
    )
    .map(drop)
}

pub(super) fn gone(reader: &mut Reader<'_>, most: i64) -> Answer<Vec<String>> {
    reader.rows("select blob from upload_gone order by blob limit $1", &[most.into()], |row| {
        row.get(0)
    })
}

pub(super) fn forget(tx: &mut Tx<'_>, blob: &str) -> Answer<()> {
    tx.run("delete from upload_gone where blob = $1", &[blob.into()]).map(drop)
}

/// When each stored file of an account was stored, by number.
pub(super) fn stored_at(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<(i64, Option<Millis>)>> {
    reader.rows(
        "select id, stored_at from upload_file where account = $1 order by id",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Stored files with a number above this one: what is known of their bytes.
pub(super) fn stored_after(
    reader: &mut Reader<'_>,
    id: i64,
    most: i64,
) -> Answer<Vec<(i64, Known)>> {
    let rows = reader.rows(
        "select id, blob, size, sha256 from upload_file where state = 2 and id > $1 order by id limit $2",
        &[id.into(), most.into()],
        |row| {
            let (id, blob, size): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((id, blob, size, row.get::<Vec<u8>>(3)?))
        },
    )?;
    let known = rows.into_iter().filter_map(|(id, blob, size, sha256)| {
        let (name, size) = (BlobName::parse(&blob)?, u64::try_from(size).unwrap_or_default());
        Some((id, Known { name, size, sha256 }))
    });
    Ok(known.collect())
}
