//! All SQL of the private storage.

use konvent_core::{AccountId, Answer, Reader, Tx};

pub(super) fn entry(
    reader: &mut Reader<'_>,
    account: AccountId,
    namespace: &str,
    name: &str,
) -> Answer<Option<Vec<u8>>> {
    reader.one(
        "select content from private_entry where account = $1 and namespace = $2 and name = $3",
        &[account.into(), namespace.into(), name.into()],
        |row| row.get(0),
    )
}

pub(super) fn entries(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<(String, String, Vec<u8>)>> {
    reader.rows(
        "select namespace, name, content from private_entry where account = $1
         order by namespace, name",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn count(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from private_entry where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

pub(super) fn keep(
    tx: &mut Tx<'_>,
    account: AccountId,
    (namespace, name): (&str, &str),
    content: &[u8],
) -> Answer<u64> {
    tx.run(
        "insert into private_entry (account, namespace, name, content) values ($1, $2, $3, $4)
         on conflict (account, namespace, name) do update set content = excluded.content",
        &[account.into(), namespace.into(), name.into(), content.into()],
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from private_entry where account = $1", &[account.into()])
}
