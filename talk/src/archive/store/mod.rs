//! All SQL of the archive; here what comes in and is looked up.

mod leaving;

use sha2::{Digest, Sha256};

use super::Entry;
use konvent_core::{AccountId, Answer, Kind, Millis, Reader, Refusal, Row, Tx};
pub(super) use leaving::{
    erase, replace, said_in_rooms, strike, strike_oldest, strike_said_in_rooms,
};

/// A row on its way in. `digest` is the SHA-256 of `stanza`, computed once for both archives.
#[derive(Clone, Copy)]
pub(super) struct NewEntry<'a> {
    pub(super) owner: i64,
    pub(super) peer: &'a str,
    /// Nobody of ours when it came from elsewhere.
    pub(super) sender: Option<AccountId>,
    pub(super) outgoing: bool,
    pub(super) is_words: bool,
    pub(super) origin: Option<&'a str>,
    pub(super) stanza: &'a [u8],
    pub(super) digest: &'a [u8],
}

/// What the unique index said.
pub(super) enum Inserted {
    New(i64),
    Again(i64),
}

/// The index refused a row and then does not have it: cannot happen within one transaction.
const VANISHED: Refusal = Refusal::new(Kind::Broken, "archive.vanished");

pub(super) fn insert(tx: &mut Tx<'_>, entry: &NewEntry<'_>) -> Answer<Inserted> {
    let id = tx.fresh_id();
    let at = tx.now();
    if insert_at(tx, entry, id, at)? {
        return Ok(Inserted::New(id));
    }
    let before = entry.origin.map(|origin| by_origin(tx, entry.owner, entry.peer, origin));
    before.transpose()?.flatten().map(Inserted::Again).ok_or(VANISHED)
}

/// The row with this mark of a sender.
pub(super) fn by_origin(
    reader: &mut Reader<'_>,
    owner: i64,
    peer: &str,
    origin: &str,
) -> Answer<Option<i64>> {
    reader.one(
        "select id from archive_entry where owner = $1 and peer = $2 and origin = $3",
        &[owner.into(), peer.into(), origin.into()],
        |row| row.get(0),
    )
}

/// Puts a row to a place of its own in time; `false` when the place is taken or the mark is known.
pub(super) fn insert_at(
    tx: &mut Tx<'_>,
    entry: &NewEntry<'_>,
    id: i64,
    at: Millis,
) -> Answer<bool> {
    let checksum = checksum(id, entry.owner, at, entry.digest);
    let new = tx.run(
        "insert into archive_entry (id, owner, peer, sender, outgoing, words, at, origin, stanza, checksum)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing",
        &[
            id.into(),
            entry.owner.into(),
            entry.peer.into(),
            entry.sender.into(),
            entry.outgoing.into(),
            entry.is_words.into(),
            at.into(),
            entry.origin.into(),
            entry.stanza.into(),
            checksum.as_slice().into(),
        ],
    )?;
    Ok(new > 0)
}

/// The number of a row that says the same: by its mark, or by what stands at this place.
pub(super) fn same(reader: &mut Reader<'_>, entry: &NewEntry<'_>, id: i64) -> Answer<Option<i64>> {
    reader.one(
        "select id from archive_entry
         where owner = $1 and ((peer = $2 and origin = $3) or (id = $4 and stanza = $5)) limit 1",
        &[
            entry.owner.into(),
            entry.peer.into(),
            entry.origin.into(),
            id.into(),
            entry.stanza.into(),
        ],
        |row| row.get(0),
    )
}

/// The id of the last of the next so many rows, whether they are sound or not.
pub(super) fn next_id(
    reader: &mut Reader<'_>,
    owner: i64,
    after: i64,
    count: i64,
) -> Answer<Option<i64>> {
    let last = reader.one(
        "select max(id) from (select id from archive_entry
         where owner = $1 and id > $2 order by id limit $3) as next",
        &[owner.into(), after.into(), count.into()],
        |row| row.get::<Option<i64>>(0),
    )?;
    Ok(last.flatten())
}

/// 128 bits of SHA-256 over what must not change.
fn checksum(id: i64, owner: i64, at: Millis, digest: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    for number in [id, owner, at.0] {
        hash.update(number.to_be_bytes());
    }
    hash.update(digest);
    let mut short = [0; 16];
    for (to, from) in short.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    short
}

/// How many rows there are, and how many of them do not fit their checksums.
pub(super) fn look_over(reader: &mut Reader<'_>) -> Answer<(u64, u64)> {
    let (mut all, mut damaged) = (0, 0);
    reader.each(
        "select id, owner, at, stanza, checksum from archive_entry order by id",
        &[],
        |row| {
            let (id, owner, at): (i64, i64, Millis) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (stanza, stored): (Vec<u8>, Vec<u8>) = (row.get(3)?, row.get(4)?);
            all += 1;
            damaged += u64::from(checksum(id, owner, at, &Sha256::digest(&stanza)) != *stored);
            Ok(())
        },
    )?;
    Ok((all, damaged))
}

/// What part of an archive is asked for. Ids and times are inclusive on no side and on both sides, respectively.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range<'a> {
    pub(super) owner: i64,
    pub(super) peer: Option<&'a str>,
    pub(super) after: i64,
    pub(super) before: i64,
    pub(super) start: i64,
    pub(super) end: i64,
}

/// A row that was found; `None` when it is damaged.
pub(super) type Found = Option<Entry>;

/// Columns: id, at, peer, outgoing, stanza, checksum.
fn read(owner: i64, row: &Row<'_>) -> Answer<Found> {
    let entry = Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        peer: row.get(2)?,
        outgoing: row.get(3)?,
        stanza: row.get(4)?,
    };
    let stored: Vec<u8> = row.get(5)?;
    if checksum(entry.id, owner, entry.at, &Sha256::digest(&entry.stanza)) == *stored {
        return Ok(Some(entry));
    }
    tracing::error!(
        target: "archive", owner, id = entry.id, code = "archive.damaged",
        "a row of the archive does not fit its checksum and is not shown"
    );
    Ok(None)
}

/// The oldest rows of a range, oldest first; a damaged one is `None`.
pub(super) fn oldest(reader: &mut Reader<'_>, r: Range<'_>, limit: i64) -> Answer<Vec<Found>> {
    let owner = r.owner;
    match r.peer {
        None => reader.rows(
            "select id, at, peer, outgoing, stanza, checksum from archive_entry
             where owner = $1 and id > $2 and id < $3 and at >= $4 and at <= $5 order by id limit $6",
            &[owner.into(), r.after.into(), r.before.into(), r.start.into(), r.end.into(), limit.into()],
            |row| read(owner, row),
        ),
        Some(peer) => reader.rows(
            "select id, at, peer, outgoing, stanza, checksum from archive_entry
             where owner = $1 and peer = $2 and id > $3 and id < $4 and at >= $5 and at <= $6
             order by id limit $7",
            &[
                owner.into(),
                peer.into(),
                r.after.into(),
                r.before.into(),
                r.start.into(),
                r.end.into(),
                limit.into(),
            ],
            |row| read(owner, row),
        ),
    }
}

/// The newest rows of a range, newest first; a damaged one is `None`.
pub(super) fn newest(reader: &mut Reader<'_>, r: Range<'_>, limit: i64) -> Answer<Vec<Found>> {
    let owner = r.owner;
    match r.peer {
        None => reader.rows(
            "select id, at, peer, outgoing, stanza, checksum from archive_entry
             where owner = $1 and id > $2 and id < $3 and at >= $4 and at <= $5 order by id desc limit $6",
            &[owner.into(), r.after.into(), r.before.into(), r.start.into(), r.end.into(), limit.into()],
            |row| read(owner, row),
        ),
        Some(peer) => reader.rows(
            "select id, at, peer, outgoing, stanza, checksum from archive_entry
             where owner = $1 and peer = $2 and id > $3 and id < $4 and at >= $5 and at <= $6
             order by id desc limit $7",
            &[
                owner.into(),
                peer.into(),
                r.after.into(),
                r.before.into(),
                r.start.into(),
                r.end.into(),
                limit.into(),
            ],
            |row| read(owner, row),
        ),
    }
}

/// How many rows a range has.
pub(super) fn count(reader: &mut Reader<'_>, r: Range<'_>) -> Answer<i64> {
    let found = match r.peer {
        None => reader.one(
            "select count(*) from archive_entry
             where owner = $1 and id > $2 and id < $3 and at >= $4 and at <= $5",
            &[r.owner.into(), r.after.into(), r.before.into(), r.start.into(), r.end.into()],
            |row| row.get(0),
        )?,
        Some(peer) => reader.one(
            "select count(*) from archive_entry
             where owner = $1 and peer = $2 and id > $3 and id < $4 and at >= $5 and at <= $6",
            &[
                r.owner.into(),
                peer.into(),
                r.after.into(),
                r.before.into(),
                r.start.into(),
                r.end.into(),
            ],
            |row| row.get(0),
        )?,
    };
    Ok(found.unwrap_or(0))
}

/// One row by id.
pub(super) fn by_id(reader: &mut Reader<'_>, owner: i64, id: i64) -> Answer<Option<Found>> {
    reader.one(
        "select id, at, peer, outgoing, stanza, checksum from archive_entry where owner = $1 and id = $2",
        &[owner.into(), id.into()],
        |row| read(owner, row),
    )
}

/// Whether an archive has a message with this id.
pub(super) fn has(reader: &mut Reader<'_>, owner: i64, id: i64) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select 1 from archive_entry where owner = $1 and id = $2",
        &[owner.into(), id.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Id and time of the first and of the last message.
pub(super) type Ends = Option<((i64, Millis), (i64, Millis))>;

pub(super) fn ends(reader: &mut Reader<'_>, owner: i64) -> Answer<Ends> {
    let first = reader.one(
        "select id, at from archive_entry where owner = $1 order by id limit 1",
        &[owner.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let last = reader.one(
        "select id, at from archive_entry where owner = $1 order by id desc limit 1",
        &[owner.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(first.zip(last))
}

/// The next bare address after `after` that an account has written with: one step of an index, whatever lies between.
pub(super) fn next_peer(
    reader: &mut Reader<'_>,
    owner: i64,
    after: &str,
) -> Answer<Option<String>> {
    reader.one(
        "select peer from archive_entry where owner = $1 and peer > $2 order by peer limit 1",
        &[owner.into(), after.into()],
        |row| row.get(0),
    )
}

/// The newest words of an archive, or of one conversation in it.
pub(super) fn newest_words(
    reader: &mut Reader<'_>,
    owner: i64,
    peer: Option<&str>,
) -> Answer<Option<Found>> {
    match peer {
        None => reader.one(
            "select id, at, peer, outgoing, stanza, checksum from archive_entry
             where owner = $1 and words = 1 order by id desc limit 1",
            &[owner.into()],
            |row| read(owner, row),
        ),
        Some(peer) => reader.one(
            "select id, at, peer, outgoing, stanza, checksum from archive_entry
             where owner = $1 and peer = $2 and words = 1 order by id desc limit 1",
            &[owner.into(), peer.into()],
            |row| read(owner, row),
        ),
    }
}

/// How many words by others than `reading` came after an id, counted up to `cap`.
pub(super) fn unread(
    reader: &mut Reader<'_>,
    owner: i64,
    peer: Option<&str>,
    reading: AccountId,
    after: i64,
    cap: i64,
) -> Answer<i64> {
    let found = match peer {
        None => reader.one(
            "select count(*) from (select 1 from archive_entry
             where owner = $1 and id > $2 and words = 1 and (sender is null or sender <> $3)
             limit $4) as unread",
            &[owner.into(), after.into(), reading.into(), cap.into()],
            |row| row.get(0),
        )?,
        Some(peer) => reader.one(
            "select count(*) from (select 1 from archive_entry
             where owner = $1 and peer = $2 and id > $3 and words = 1
             and (sender is null or sender <> $4) limit $5) as unread",
            &[owner.into(), peer.into(), after.into(), reading.into(), cap.into()],
            |row| row.get(0),
        )?,
    };
    Ok(found.unwrap_or(0))
}

/// Whether one of the first or last so many rows of a conversation is the owner's own.
pub(super) fn has_written_to(
    reader: &mut Reader<'_>,
    owner: i64,
    peer: &str,
    looked_at: i64,
) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select 1 where exists (select 1 from (select outgoing from archive_entry
             where owner = $1 and peer = $2 order by id limit $3) as oldest where outgoing = 1)
         or exists (select 1 from (select outgoing from archive_entry
             where owner = $1 and peer = $2 order by id desc limit $3) as newest where outgoing = 1)",
        &[owner.into(), peer.into(), looked_at.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}
