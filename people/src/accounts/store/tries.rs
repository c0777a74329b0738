//! The SQL of wrong tries and of the networks from which somebody has signed in: keyed hashes, no names.

use konvent_core::{Answer, Millis, Reader, Tx, Value};

pub(in crate::accounts) fn tries(
    reader: &mut Reader<'_>,
    who: &[u8],
    since: Millis,
) -> Answer<i64> {
    let count = reader.one(
        "select count from accounts_try where who = $1 and since > $2",
        &[Value::Bytes(who), since.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(in crate::accounts) fn forget_tries(tx: &mut Tx<'_>, until: Millis) -> Answer<()> {
    tx.run("delete from accounts_try where since <= $1", &[until.into()])?;
    Ok(())
}

pub(in crate::accounts) fn count_try(tx: &mut Tx<'_>, who: &[u8]) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "insert into accounts_try (who, since, count) values ($1, $2, 1)
         on conflict (who) do update set count = accounts_try.count + 1",
        &[Value::Bytes(who), now.into()],
    )?;
    Ok(())
}

/// When somebody last signed in from there, as far as it was noted.
pub(in crate::accounts) fn familiar_at(
    reader: &mut Reader<'_>,
    pair: &[u8],
) -> Answer<Option<Millis>> {
    reader.one(
        "select seen_at from accounts_familiar where who = $1",
        &[Value::Bytes(pair)],
        |row| row.get(0),
    )
}

pub(in crate::accounts) fn note_familiar(tx: &mut Tx<'_>, pair: &[u8]) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "insert into accounts_familiar (who, seen_at) values ($1, $2)
         on conflict (who) do update set seen_at = excluded.seen_at",
        &[Value::Bytes(pair), now.into()],
    )?;
    Ok(())
}

pub(in crate::accounts) fn forget_familiar(tx: &mut Tx<'_>, until: Millis) -> Answer<()> {
    tx.run("delete from accounts_familiar where seen_at <= $1", &[until.into()])?;
    Ok(())
}
