//! The SQL of accounts outside the directory: passwords, locks, lists for admins.

use konvent_core::{AccountId, Answer, Millis, Reader, Row, Tx, Value};

use crate::accounts::{AppPassword, Candidate, NewPassword};

pub(in crate::accounts) fn lock(tx: &mut Tx<'_>, id: AccountId, is_locked: bool) -> Answer<()> {
    let at = is_locked.then_some(tx.now());
    tx.run("update accounts_account set locked_at = $2 where id = $1", &[id.into(), at.into()])?;
    Ok(())
}

pub(in crate::accounts) fn set_password(
    tx: &mut Tx<'_>,
    account: AccountId,
    new: &NewPassword,
    iterations: i64,
) -> Answer<()> {
    let (id, now) = (tx.fresh_id(), tx.now());
    tx.run(
        "insert into accounts_password (account, id, salt_sha1, salt_sha256, iterations, stored_sha1, server_sha1,
             stored_sha256, server_sha256, set_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (account) do update set id = excluded.id, salt_sha1 = excluded.salt_sha1,
             salt_sha256 = excluded.salt_sha256, iterations = excluded.iterations, stored_sha1 = excluded.stored_sha1,
             server_sha1 = excluded.server_sha1, stored_sha256 = excluded.stored_sha256,
             server_sha256 = excluded.server_sha256, set_at = excluded.set_at",
        &[
            account.into(),
            id.into(),
            Value::Bytes(&new.salt_sha1),
            Value::Bytes(&new.salt_sha256),
            iterations.into(),
            Value::Bytes(&new.sha1.stored_key),
            Value::Bytes(&new.sha1.server_key),
            Value::Bytes(&new.sha256.stored_key),
            Value::Bytes(&new.sha256.server_key),
            now.into(),
        ],
    )?;
    Ok(())
}

pub(in crate::accounts) fn password_id(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Option<i64>> {
    reader.one("select id from accounts_password where account = $1", &[account.into()], |row| {
        row.get(0)
    })
}

pub(in crate::accounts) fn password_last_used(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Option<Millis>> {
    let found = reader.one(
        "select last_used_at from accounts_password where account = $1",
        &[account.into()],
        |row| row.get::<Option<Millis>>(0),
    )?;
    Ok(found.flatten())
}

pub(in crate::accounts) fn own_password(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Option<AppPassword>> {
    reader.one(
        "select id, set_at, last_used_at from accounts_password where account = $1",
        &[account.into()],
        |row| {
            Ok(AppPassword {
                id: row.get(0)?,
                name: String::new(),
                created_at: row.get(1)?,
                last_used_at: row.get(2)?,
            })
        },
    )
}

/// The keys of a password for one hash.
pub(in crate::accounts) struct Keys {
    pub(in crate::accounts) salt: Vec<u8>,
    pub(in crate::accounts) iterations: i64,
    pub(in crate::accounts) candidate: Candidate,
}

/// Columns: salt, iterations, then those of a candidate.
fn keys(row: &Row<'_>) -> Answer<Keys> {
    let candidate = Candidate {
        app_password: row.get(2)?,
        stored_key: row.get(3)?,
        server_key: row.get(4)?,
        last_used_at: row.get(5)?,
    };
    Ok(Keys { salt: row.get(0)?, iterations: row.get(1)?, candidate })
}

pub(in crate::accounts) fn password_sha1(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Option<Keys>> {
    reader.one(
        "select salt_sha1, iterations, id, stored_sha1, server_sha1, last_used_at from accounts_password
         where account = $1",
        &[account.into()],
        keys,
    )
}

pub(in crate::accounts) fn password_sha256(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Option<Keys>> {
    reader.one(
        "select salt_sha256, iterations, id, stored_sha256, server_sha256, last_used_at from accounts_password
         where account = $1",
        &[account.into()],
        keys,
    )
}

/// How many passwords have keys for one hash only: those without SHA-1, those without SHA-256.
pub(in crate::accounts) fn incomplete_passwords(reader: &mut Reader<'_>) -> Answer<(i64, i64)> {
    let counts = reader.one(
        "select count(case when length(stored_sha1) = 0 then 1 end),
                count(case when length(stored_sha256) = 0 then 1 end)
         from accounts_password where length(stored_sha1) + length(stored_sha256) > 0",
        &[],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(counts.unwrap_or_default())
}

/// When anything last signed in: a device, an app password, the password; when the account was opened if nothing did.
pub(in crate::accounts) fn last_seen(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Option<Millis>> {
    reader.one(
        "select max(seen) from (
             select opened_at as seen from accounts_account where id = $1
             union all select last_seen_at from accounts_device where account = $1
             union all select last_used_at from accounts_app_password where account = $1
             union all select last_used_at from accounts_password where account = $1) as seen_at",
        &[account.into()],
        |row| row.get(0),
    )
}

pub(in crate::accounts) fn count_open(reader: &mut Reader<'_>) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from accounts_account where closed_at is null",
        &[],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(in crate::accounts) fn count_locked(reader: &mut Reader<'_>) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from accounts_account where closed_at is null and locked_at is not null",
        &[],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(in crate::accounts) fn open_localparts(
    reader: &mut Reader<'_>,
    max: i64,
) -> Answer<Vec<String>> {
    reader.rows(
        "select localpart from accounts_account where closed_at is null order by localpart limit $1",
        &[max.into()],
        |row| row.get(0),
    )
}

pub(in crate::accounts) fn locked_localparts(
    reader: &mut Reader<'_>,
    max: i64,
) -> Answer<Vec<String>> {
    reader.rows(
        "select localpart from accounts_account where closed_at is null and locked_at is not null
         order by localpart limit $1",
        &[max.into()],
        |row| row.get(0),
    )
}
