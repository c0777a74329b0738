//! All SQL of the free rooms: the rooms and their lists; the versions of these have a file of their own.

mod versions;

use std::sync::Arc;

use konvent_core::{Answer, Millis, PersonId, Reader, Refusal, RoomId, Row, Tx};

use crate::rooms::stanzas::Subject;
use crate::rooms::{Affiliation, Posting, RoomInfo, RoomKind, Terms};

pub(super) use versions::{adopt, changed_since, forget, reserve};

/// A free room as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What all features see of it.
    pub info: RoomInfo,
    /// Whether its owner has still to say what shall hold there.
    pub is_locked: bool,
    /// What it is about.
    pub subject: Subject,
    /// How often somebody came in.
    pub visit: i64,
    /// The number of the last change of its lists.
    pub version: i64,
    /// What changed since older versions than this is not known any more.
    pub versions_from: i64,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose: a bare address.
    pub address: String,
    /// What he is.
    pub affiliation: Affiliation,
    /// The nickname he has reserved.
    pub nick: Option<String>,
    /// Why he is what he is.
    pub reason: Option<String>,
}

fn read(row: &Row<'_>) -> Answer<Kept> {
    let terms: Terms = serde_json::from_str(&row.get::<String>(3)?)
        .map_err(|error| Refusal::broken("rooms.terms-unreadable", error))?;
    Ok(Kept {
        info: RoomInfo {
            id: row.get(0)?,
            address: row.get(1)?,
            name: row.get(2)?,
            kind: RoomKind::Free,
            posting: Posting::Everybody,
            terms: Arc::new(terms),
        },
        is_locked: row.get(4)?,
        subject: Subject {
            text: row.get(5)?,
            by: row.get(6)?,
            occupant: row.get(11)?,
            at: row.get(7)?,
        },
        visit: row.get(8)?,
        version: row.get(9)?,
        versions_from: row.get(10)?,
    })
}

pub(super) fn by_address(reader: &mut Reader<'_>, address: &str) -> Answer<Option<Kept>> {
    reader.one(
        "select id, address, name, terms, is_locked, subject, subject_by, subject_at, visit, version,
         versions_from, subject_occupant from rooms_free where address = $1",
        &[address.into()],
        read,
    )
}

pub(super) fn by_id(reader: &mut Reader<'_>, id: RoomId) -> Answer<Option<Kept>> {
    reader.one(
        "select id, address, name, terms, is_locked, subject, subject_by, subject_at, visit, version,
         versions_from, subject_occupant from rooms_free where id = $1",
        &[id.into()],
        read,
    )
}

/// The address of the room that looks like this one.
pub(super) fn looking_like(reader: &mut Reader<'_>, skeleton: &str) -> Answer<Option<String>> {
    reader.one("select address from rooms_free where skeleton = $1", &[skeleton.into()], |row| {
        row.get(0)
    })
}

/// Public rooms after this name and number, in the order of their names.
pub(super) fn public_after(
    reader: &mut Reader<'_>,
    name: &str,
    id: i64,
    limit: i64,
) -> Answer<Vec<(i64, String, String)>> {
    reader.rows(
        "select id, address, name from rooms_free
         where is_public = 1 and is_locked = 0 and (name > $1 or (name = $1 and id > $2))
         order by name, id limit $3",
        &[name.into(), id.into(), limit.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// How many public rooms there are.
pub(super) fn count_public(reader: &mut Reader<'_>) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from rooms_free where is_public = 1 and is_locked = 0",
        &[],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// How many rooms somebody owns.
pub(super) fn count_owned(reader: &mut Reader<'_>, address: &str) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from rooms_affiliation where address = $1 and affiliation = 'owner'",
        &[address.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// A new room, locked.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    info: &RoomInfo,
    skeleton: &str,
    terms: &str,
    by: &str,
) -> Answer<u64> {
    let now = tx.now();
    let (is_public, is_persistent) = (info.terms.is_public, info.terms.is_persistent);
    tx.run(
        "insert into rooms_free (id, address, skeleton, name, is_public, is_persistent, is_locked, terms, subject,
         visit, version, created_at, created_by) values ($1, $2, $3, $4, $5, $6, 1, $7, '', 0, 0, $8, $9)
         on conflict do nothing",
        &[
            info.id.into(),
            (&info.address).into(),
            skeleton.into(),
            (&info.name).into(),
            is_public.into(),
            is_persistent.into(),
            terms.into(),
            now.into(),
            by.into(),
        ],
    )
}

/// Other terms, another name; from now on it is open.
pub(super) fn set_terms(tx: &mut Tx<'_>, info: &RoomInfo, terms: &str) -> Answer<u64> {
    tx.run(
        "update rooms_free set name = $2, is_public = $3, is_persistent = $4, terms = $5, is_locked = 0 where id = $1",
        &[
            info.id.into(),
            (&info.name).into(),
            info.terms.is_public.into(),
            info.terms.is_persistent.into(),
            terms.into(),
        ],
    )
}

pub(super) fn set_subject(tx: &mut Tx<'_>, room: RoomId, subject: &Subject) -> Answer<u64> {
    tx.run(
        "update rooms_free set subject = $2, subject_by = $3, subject_at = $4, subject_occupant = $5 where id = $1",
        &[
            room.into(),
            (&subject.text).into(),
            subject.by.as_deref().into(),
            subject.at.map(|at| at.0).into(),
            subject.occupant.as_deref().into(),
        ],
    )
}

pub(in crate::rooms) fn set_avatar(
    tx: &mut Tx<'_>,
    room: RoomId,
    avatar: Option<(&str, &[u8])>,
) -> Answer<u64> {
    let (kind, bytes) = avatar.unzip();
    let bytes = bytes.map_or(konvent_core::Value::Null, konvent_core::Value::Bytes);
    tx.run(
        "update rooms_free set avatar = $2, avatar_kind = $3 where id = $1",
        &[room.into(), bytes, kind.into()],
    )
}

pub(in crate::rooms) fn avatar(
    reader: &mut Reader<'_>,
    room: RoomId,
) -> Answer<Option<(String, Vec<u8>)>> {
    reader.one(
        "select avatar_kind, avatar from rooms_free where id = $1 and avatar is not null and avatar_kind is not null",
        &[room.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Somebody comes in: the number of his visit.
pub(super) fn visit(tx: &mut Tx<'_>, room: RoomId) -> Answer<i64> {
    tx.run("update rooms_free set visit = visit + 1 where id = $1", &[room.into()])?;
    let visit =
        tx.one("select visit from rooms_free where id = $1", &[room.into()], |row| row.get(0))?;
    Ok(visit.unwrap_or_default())
}

/// Rooms that may end when nobody is inside: not made to stay, or never finished.
pub(super) fn passing(reader: &mut Reader<'_>) -> Answer<Vec<(RoomId, i64)>> {
    reader.rows(
        "select id, visit from rooms_free where is_persistent = 0 or is_locked = 1 order by id",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Strikes a room; its lists go with it.
pub(super) fn delete(tx: &mut Tx<'_>, room: RoomId) -> Answer<u64> {
    tx.run("delete from rooms_activity where room = $1", &[room.into()])?;
    tx.run("delete from rooms_affiliation where room = $1", &[room.into()])?;
    tx.run("delete from rooms_free where id = $1", &[room.into()])
}

pub(super) fn listed(
    reader: &mut Reader<'_>,
    room: RoomId,
    address: &str,
) -> Answer<Option<Listed>> {
    reader.one(
        "select address, affiliation, nick, reason from rooms_affiliation where room = $1 and address = $2",
        &[room.into(), address.into()],
        read_listed,
    )
}

/// What a person of the directory is in a room.
pub(super) fn of_person(
    reader: &mut Reader<'_>,
    room: RoomId,
    person: PersonId,
) -> Answer<Option<Affiliation>> {
    reader.one(
        "select affiliation from rooms_affiliation where room = $1 and person = $2",
        &[room.into(), person.into()],
        |row| affiliation(&row.get::<String>(0)?),
    )
}

/// The rooms on whose lists a person of the directory stands.
pub(super) fn rooms_of(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Answer<Vec<(RoomId, Affiliation)>> {
    reader.rows(
        "select room, affiliation from rooms_affiliation
         where person = $1 and affiliation in ('owner', 'admin', 'member') order by room",
        &[person.into()],
        |row| Ok((row.get(0)?, affiliation(&row.get::<String>(1)?)?)),
    )
}

/// A list, by address.
pub(super) fn with(
    reader: &mut Reader<'_>,
    room: RoomId,
    affiliation: Affiliation,
    limit: i64,
) -> Answer<Vec<Listed>> {
    reader.rows(
        "select address, affiliation, nick, reason from rooms_affiliation
         where room = $1 and affiliation = $2 order by address limit $3",
        &[room.into(), affiliation.as_str().into(), limit.into()],
        read_listed,
    )
}

/// How many stand on a list.
pub(super) fn count(
    reader: &mut Reader<'_>,
    room: RoomId,
    affiliation: Affiliation,
) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from rooms_affiliation where room = $1 and affiliation = $2",
        &[room.into(), affiliation.as_str().into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// How many stand on all lists of a room.
pub(super) fn count_all(reader: &mut Reader<'_>, room: RoomId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from rooms_affiliation where room = $1",
        &[room.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// Who has reserved a nickname that looks like this one.
pub(super) fn holder_of(
    reader: &mut Reader<'_>,
    room: RoomId,
    looks: &str,
) -> Answer<Option<String>> {
    reader.one(
        "select address from rooms_affiliation where room = $1 and nick_looks = $2",
        &[room.into(), looks.into()],
        |row| row.get(0),
    )
}

/// Writes one entry; the version of the room grows with it.
pub(super) fn set(
    tx: &mut Tx<'_>,
    room: RoomId,
    listed: &Listed,
    person: Option<PersonId>,
    looks: Option<&str>,
) -> Answer<i64> {
    let now = tx.now();
    tx.run("update rooms_free set version = version + 1 where id = $1", &[room.into()])?;
    let version: i64 = tx
        .one("select version from rooms_free where id = $1", &[room.into()], |row| row.get(0))?
        .unwrap_or_default();
    tx.run(
        "insert into rooms_affiliation (room, address, person, affiliation, nick, nick_looks, reason, changed_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (room, address) do update
         set person = excluded.person, affiliation = excluded.affiliation, nick = excluded.nick,
             nick_looks = excluded.nick_looks, reason = excluded.reason, changed_at = excluded.changed_at,
             version = excluded.version",
        &[
            room.into(),
            (&listed.address).into(),
            person.into(),
            listed.affiliation.as_str().into(),
            listed.nick.as_deref().into(),
            looks.into(),
            listed.reason.as_deref().into(),
            now.into(),
            version.into(),
        ],
    )?;
    Ok(version)
}

/// Where a person stands, for the export: room, affiliation, nickname, since when.
pub(in crate::rooms) type Entry = (String, String, Option<String>, Millis);

/// Where a person stands on lists, for the export.
pub(super) fn entries_of(
    reader: &mut Reader<'_>,
    person: PersonId,
    address: &str,
) -> Answer<Vec<Entry>> {
    reader.rows(
        "select f.address, a.affiliation, a.nick, a.changed_at from rooms_affiliation a
         join rooms_free f on f.id = a.room
         where a.person = $1 or (a.person is null and a.address = $2) order by f.address",
        &[person.into(), address.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )
}

/// The longest-standing of a list.
pub(super) fn first_of(
    reader: &mut Reader<'_>,
    room: RoomId,
    affiliation: Affiliation,
) -> Answer<Option<(String, Option<PersonId>)>> {
    reader.one(
        "select address, person from rooms_affiliation where room = $1 and affiliation = $2
         order by changed_at, address limit 1",
        &[room.into(), affiliation.as_str().into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn affiliation(text: &str) -> Answer<Affiliation> {
    Affiliation::from_name(text)
        .ok_or_else(|| Refusal::broken("rooms.affiliation-unreadable", text.to_owned()))
}

fn read_listed(row: &Row<'_>) -> Answer<Listed> {
    Ok(Listed {
        address: row.get(0)?,
        affiliation: affiliation(&row.get::<String>(1)?)?,
        nick: row.get(2)?,
        reason: row.get(3)?,
    })
}

/// The persons of the directory on the lists of a room.
pub(in crate::rooms) fn persons_of(reader: &mut Reader<'_>, room: RoomId) -> Answer<Vec<PersonId>> {
    reader.rows(
        "select person from rooms_affiliation
         where room = $1 and person is not null and affiliation in ('owner', 'admin', 'member') order by person",
        &[room.into()],
        |row| row.get(0),
    )
}
