//! All SQL of the waiting room.

use konvent_core::{AccountId, Answer, Millis, Reader, Tx};

pub(super) fn insert(
    tx: &mut Tx<'_>,
    host: &str,
    domain: &str,
    account: Option<AccountId>,
    stanza: &[u8],
) -> Answer<i64> {
    let (id, at) = (tx.fresh_id(), tx.now());
    tx.run(
        "insert into abroad_waiting (id, host, domain, account, at, stanza) values ($1, $2, $3, $4, $5, $6)",
        &[id.into(), host.into(), domain.into(), account.into(), at.into(), stanza.into()],
    )?;
    Ok(id)
}

pub(super) fn count_for_domain(reader: &mut Reader<'_>, domain: &str) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from abroad_waiting where domain = $1",
        &[domain.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

pub(super) fn count_of_account(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from abroad_waiting where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

pub(super) fn all(reader: &mut Reader<'_>) -> Answer<Vec<(i64, Millis, Vec<u8>)>> {
    reader.rows("select id, at, stanza from abroad_waiting order by id", &[], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

pub(super) fn of_account(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<(i64, Millis, Vec<u8>)>> {
    reader.rows(
        "select id, at, stanza from abroad_waiting where account = $1 order by id",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn delete(tx: &mut Tx<'_>, id: i64) -> Answer<()> {
    tx.run("delete from abroad_waiting where id = $1", &[id.into()]).map(drop)
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from abroad_waiting where account = $1", &[account.into()])
}
