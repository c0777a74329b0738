//! All SQL of the registration: counts of the last hour.

use konvent_core::{Answer, Millis, Reader, Tx, Value};

pub(super) fn tries(reader: &mut Reader<'_>, who: &[u8], since: Millis) -> Answer<i64> {
    let count = reader.one(
        "select count from registration_try where who = $1 and since > $2",
        &[Value::Bytes(who), since.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(super) fn count(tx: &mut Tx<'_>, who: &[u8]) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "insert into registration_try (who, since, count) values ($1, $2, 1)
         on conflict (who) do update set count = registration_try.count + 1",
        &[Value::Bytes(who), now.into()],
    )?;
    Ok(())
}

pub(super) fn forget(tx: &mut Tx<'_>, until: Millis) -> Answer<()> {
    tx.run("delete from registration_try where since <= $1", &[until.into()])?;
    Ok(())
}
