//! The SQL of what those who have left leave behind.

use konvent_core::{AccountId, Answer, Millis, PersonId, Reader, Tx};

use super::account;
use crate::accounts::Account;
use crate::accounts::holds::Hold;

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
    // With what was held the reasons go for which it was held once.
    tx.run(
        "delete from accounts_hold where lifted_at is not null
         and person = (select person from accounts_account where id = $1)",
        &[id.into()],
    )?;
    Ok(())
}

/// Closed accounts whose contents are still there, with the moment they were closed; longest first.
pub(in crate::accounts) fn left(
    reader: &mut Reader<'_>,
    most: i64,
) -> Answer<Vec<(PersonId, Millis)>> {
    reader.rows(
        "select person, closed_at from accounts_account
         where closed_at is not null and emptied_at is null order by closed_at, id limit $1",
        &[most.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(in crate::accounts) fn holds(reader: &mut Reader<'_>) -> Answer<Vec<Hold>> {
    reader.rows(
        "select id, person, reason, since, held_by from accounts_hold where lifted_at is null order by id desc",
        &[],
        |row| {
            Ok(Hold {
                id: row.get(0)?,
                person: row.get(1)?,
                reason: row.get(2)?,
                since: row.get(3)?,
                by: row.get(4)?,
            })
        },
    )
}

pub(in crate::accounts) fn is_held(reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select id from accounts_hold where person = $1 and lifted_at is null",
        &[person.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

pub(in crate::accounts) fn holds_of(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Answer<Vec<(Millis, String)>> {
    reader.rows(
        "select since, reason from accounts_hold where person = $1 order by id",
        &[person.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// False when one is running already.
pub(in crate::accounts) fn hold(
    tx: &mut Tx<'_>,
    id: i64,
    person: PersonId,
    reason: &str,
    by: PersonId,
) -> Answer<bool> {
    let now = tx.now();
    let made = tx.run(
        "insert into accounts_hold (id, person, reason, since, held_by) values ($1, $2, $3, $4, $5)
         on conflict (person) where lifted_at is null do nothing",
        &[id.into(), person.into(), reason.into(), now.into(), by.into()],
    )?;
    Ok(made == 1)
}

/// Whose hold it was, if it was running.
pub(in crate::accounts) fn lift_hold(
    tx: &mut Tx<'_>,
    id: i64,
    because: &str,
    by: PersonId,
) -> Answer<Option<PersonId>> {
    let now = tx.now();
    tx.one(
        "update accounts_hold set lifted_at = $2, lifted_by = $3, lifted_because = $4
         where id = $1 and lifted_at is null returning person",
        &[id.into(), now.into(), by.into(), because.into()],
        |row| row.get(0),
    )
}
