//! SQL of the versions of a free room's lists (XEP-0463): what has changed since one, and what leaves no trace of itself.

use konvent_core::{Answer, PersonId, Reader, RoomId, Tx};

use super::affiliation;
use crate::rooms::Affiliation;

/// The entries that have changed since a version, in the order in which they did: address, what it is now, and the version
/// that the change made.
pub(in crate::rooms::free) fn changed_since(
    reader: &mut Reader<'_>,
    room: RoomId,
    version: i64,
    limit: i64,
) -> Answer<Vec<(String, Affiliation, i64)>> {
    reader.rows(
        "select address, affiliation, version from rooms_affiliation
         where room = $1 and version > $2 order by version limit $3",
        &[room.into(), version.into(), limit.into()],
        |row| Ok((row.get(0)?, affiliation(&row.get::<String>(1)?)?, row.get(2)?)),
    )
}

/// Another nickname for somebody who stays what he is: the lists stay as they are, too.
pub(in crate::rooms::free) fn reserve(
    tx: &mut Tx<'_>,
    room: RoomId,
    address: &str,
    nick: Option<&str>,
    looks: Option<&str>,
) -> Answer<u64> {
    tx.run(
        "update rooms_affiliation set nick = $3, nick_looks = $4 where room = $1 and address = $2",
        &[room.into(), address.into(), nick.into(), looks.into()],
    )
}

/// Entries of an address from before it was a person's are his.
pub(in crate::rooms::free) fn adopt(
    tx: &mut Tx<'_>,
    person: PersonId,
    address: &str,
) -> Answer<u64> {
    tx.run(
        "update rooms_affiliation set person = $1 where person is null and address = $2",
        &[person.into(), address.into()],
    )
}

/// Takes a person off all lists and leaves no trace: what changed since earlier versions cannot be told any more.
pub(in crate::rooms::free) fn forget(tx: &mut Tx<'_>, person: PersonId) -> Answer<u64> {
    tx.run(
        "update rooms_free set version = version + 1, versions_from = version + 1
         where id in (select room from rooms_affiliation where person = $1)",
        &[person.into()],
    )?;
    tx.run("delete from rooms_affiliation where person = $1", &[person.into()])
}
