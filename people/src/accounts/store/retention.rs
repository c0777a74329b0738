//! The SQL of what those who have left leave behind.

use konvent_core::{AccountId, Answer, Millis, Reader, Tx};

use super::account;
use crate::accounts::Account;

pub(in crate::accounts) fn left_before(
    reader: &mut Reader<'_>,
    at: Millis,
    most: usize,
) -> Answer<Vec<Account>> {
    reader.rows(
        "select id, person, localpart, closed_at, locked_at from accounts_account
         where closed_at is not null and emptied_at is null and closed_at <= $1 order by closed_at, id limit $2",
        &[at.into(), i64::try_from(most).unwrap_or(i64::MAX).into()],
        account,
    )
}

pub(in crate::accounts) fn is_empty(reader: &mut Reader<'_>, id: AccountId) -> Answer<bool> {
    let emptied = reader.one(
        "select 1 from accounts_account where id = $1 and emptied_at is not null",
        &[id.into()],
        |row| row.get::<i64>(0),
    )?;
    Ok(emptied.is_some())
}

pub(in crate::accounts) fn contents_erased(tx: &mut Tx<'_>, id: AccountId) -> Answer<()> {
    let now = tx.now();
    tx.run("update accounts_account set emptied_at = $2 where id = $1", &[id.into(), now.into()])?;
    Ok(())
}
