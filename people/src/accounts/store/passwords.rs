//! The SQL of app passwords: what SCRAM compares with, no passwords.

use konvent_core::{AccountId, Answer, Millis, Reader, Row, Tx, Value};

use crate::accounts::{AppPassword, Candidate, ITERATIONS, ScramHash};

/// Salts for both hashes, and how often the keys of app passwords are stretched.
#[derive(Debug)]
pub(in crate::accounts) struct Salts {
    pub(in crate::accounts) sha1: Vec<u8>,
    pub(in crate::accounts) sha256: Vec<u8>,
    pub(in crate::accounts) iterations: u32,
}

impl Salts {
    pub(in crate::accounts) fn of(self, hash: ScramHash) -> Vec<u8> {
        match hash {
            ScramHash::Sha1 => self.sha1,
            ScramHash::Sha256 => self.sha256,
        }
    }
}

pub(in crate::accounts) fn salts(reader: &mut Reader<'_>, id: AccountId) -> Answer<Option<Salts>> {
    reader.one(
        "select salt_sha1, salt_sha256, iterations from accounts_account where id = $1",
        &[id.into()],
        |row| {
            let iterations = u32::try_from(row.get::<i64>(2)?).unwrap_or(ITERATIONS);
            Ok(Salts { sha1: row.get(0)?, sha256: row.get(1)?, iterations })
        },
    )
}

pub(in crate::accounts) fn insert_app_password(
    tx: &mut Tx<'_>,
    account: AccountId,
    made: &AppPassword,
    keys: &[(Vec<u8>, Vec<u8>); 2],
) -> Answer<()> {
    let [sha1, sha256] = keys;
    tx.run(
        "insert into accounts_app_password
             (id, account, name, stored_sha1, server_sha1, stored_sha256, server_sha256, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            made.id.into(),
            account.into(),
            (&made.name).into(),
            Value::Bytes(&sha1.0),
            Value::Bytes(&sha1.1),
            Value::Bytes(&sha256.0),
            Value::Bytes(&sha256.1),
            made.created_at.into(),
        ],
    )?;
    Ok(())
}

pub(in crate::accounts) fn app_passwords(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<AppPassword>> {
    reader.rows(
        "select id, name, created_at, last_used_at from accounts_app_password where account = $1 order by id desc",
        &[account.into()],
        |row| {
            Ok(AppPassword {
                id: row.get(0)?,
                name: row.get(1)?,
                created_at: row.get(2)?,
                last_used_at: row.get(3)?,
            })
        },
    )
}

fn candidate(row: &Row<'_>) -> Answer<Candidate> {
    Ok(Candidate {
        app_password: row.get(0)?,
        stored_key: row.get(1)?,
        server_key: row.get(2)?,
        last_used_at: row.get(3)?,
    })
}

pub(in crate::accounts) fn candidates_sha1(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<Candidate>> {
    reader.rows(
        "select id, stored_sha1, server_sha1, last_used_at from accounts_app_password where account = $1 order by id",
        &[account.into()],
        candidate,
    )
}

pub(in crate::accounts) fn candidates_sha256(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<Candidate>> {
    reader.rows(
        "select id, stored_sha256, server_sha256, last_used_at from accounts_app_password where account = $1 order by id",
        &[account.into()],
        candidate,
    )
}

pub(in crate::accounts) fn delete_app_password(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: i64,
) -> Answer<u64> {
    tx.run(
        "delete from accounts_app_password where id = $1 and account = $2",
        &[id.into(), account.into()],
    )
}

pub(in crate::accounts) fn touch_app_password(
    tx: &mut Tx<'_>,
    id: i64,
    at: Millis,
    before: Millis,
) -> Answer<()> {
    tx.run(
        "update accounts_app_password set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at <= $3)",
        &[id.into(), at.into(), before.into()],
    )?;
    tx.run(
        "update accounts_password set last_used_at = $2
         where id = $1 and (last_used_at is null or last_used_at <= $3)",
        &[id.into(), at.into(), before.into()],
    )?;
    Ok(())
}
