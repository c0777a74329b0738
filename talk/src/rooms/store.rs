//! All SQL of the rooms: the exceptions from the posting rule, the pictures of the directory's rooms, and how much is said in
//! those that are open to everybody.

use super::Posting;
use konvent_core::{Answer, Millis, PersonId, Reader, RoomId, Tx};

const EVERYBODY: &str = "everybody";
const OFFICE_HOLDERS: &str = "office-holders";

fn from_text(text: &str) -> Posting {
    if text == EVERYBODY { Posting::Everybody } else { Posting::OfficeHolders }
}

/// The exception of one room, if it has one.
pub(super) fn posting(reader: &mut Reader<'_>, room: RoomId) -> Answer<Option<Posting>> {
    reader.one("select posting from rooms_setting where room = $1", &[room.into()], |row| {
        Ok(from_text(&row.get::<String>(0)?))
    })
}

/// All exceptions; there are few.
pub(super) fn postings(reader: &mut Reader<'_>) -> Answer<Vec<(RoomId, Posting)>> {
    reader.rows("select room, posting from rooms_setting", &[], |row| {
        Ok((row.get(0)?, from_text(&row.get::<String>(1)?)))
    })
}

/// Sets or changes the exception of a room.
pub(super) fn set_posting(
    tx: &mut Tx<'_>,
    room: RoomId,
    posting: Posting,
    by: PersonId,
) -> Answer<u64> {
    let text = match posting {
        Posting::Everybody => EVERYBODY,
        Posting::OfficeHolders => OFFICE_HOLDERS,
    };
    let now = tx.now();
    tx.run(
        "insert into rooms_setting (room, posting, changed_at, changed_by) values ($1, $2, $3, $4)
         on conflict (room) do update
         set posting = excluded.posting, changed_at = excluded.changed_at, changed_by = excluded.changed_by
         where rooms_setting.posting <> excluded.posting",
        &[room.into(), text.into(), now.into(), by.into()],
    )
}

/// The rooms whose rule a person changed, for the export.
pub(super) fn changed_by(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<(RoomId, i64)>> {
    reader.rows(
        "select room, changed_at from rooms_setting where changed_by = $1 order by room",
        &[person.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Forgets who changed a rule; the rule stays.
pub(super) fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<u64> {
    tx.run("update rooms_setting set changed_by = 0 where changed_by = $1", &[person.into()])
}

/// The picture of a room of the directory: its media type and its bytes.
pub(super) fn picture(reader: &mut Reader<'_>, room: RoomId) -> Answer<Option<(String, Vec<u8>)>> {
    reader.one("select kind, picture from rooms_picture where room = $1", &[room.into()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Sets the picture of a room of the directory, or takes it away.
pub(super) fn set_picture(
    tx: &mut Tx<'_>,
    room: RoomId,
    picture: Option<(&str, &[u8])>,
) -> Answer<u64> {
    let Some((kind, bytes)) = picture else {
        return tx.run("delete from rooms_picture where room = $1", &[room.into()]);
    };
    tx.run(
        "insert into rooms_picture (room, kind, picture) values ($1, $2, $3)
         on conflict (room) do update set kind = excluded.kind, picture = excluded.picture",
        &[room.into(), kind.into(), bytes.into()],
    )
}

/// One message more in this hour: how many there are.
pub(super) fn count_message(tx: &mut Tx<'_>, room: RoomId, hour: i64) -> Answer<i64> {
    let count = tx.one(
        "insert into rooms_activity (room, hour, messages) values ($1, $2, 1)
         on conflict (room, hour) do update set messages = rooms_activity.messages + 1
         returning messages",
        &[room.into(), hour.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// Forgets what was counted before an hour.
pub(super) fn forget_activity(tx: &mut Tx<'_>, room: RoomId, before: i64) -> Answer<u64> {
    tx.run(
        "delete from rooms_activity where room = $1 and hour < $2",
        &[room.into(), before.into()],
    )
}

/// What was counted from one hour up to another.
pub(super) fn activity(
    reader: &mut Reader<'_>,
    room: RoomId,
    from: i64,
    until: i64,
) -> Answer<Vec<i64>> {
    reader.rows(
        "select messages from rooms_activity where room = $1 and hour >= $2 and hour < $3",
        &[room.into(), from.into(), until.into()],
        |row| row.get(0),
    )
}

/// When a free room was made.
pub(super) fn made_at(reader: &mut Reader<'_>, room: RoomId) -> Answer<Option<Millis>> {
    reader.one("select created_at from rooms_free where id = $1", &[room.into()], |row| row.get(0))
}
