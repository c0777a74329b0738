//! All SQL of the accounts; here that of the accounts themselves.

mod codes;
mod devices;
mod outside;
mod passwords;
mod retention;
mod tries;

use konvent_core::{AccountId, Answer, PersonId, Reader, Row, Tx, Value};

pub(super) use codes::{code_by_mac, count_wrong_year, insert_code, use_code, void_codes};
pub(super) use devices::{
    delete_device, delete_devices_of_app_password, device, devices, insert_device, rotate,
    strike_stalest_devices, touch_device,
};
pub(super) use outside::{
    Keys, count_locked, count_open, incomplete_passwords, last_seen, lock, locked_localparts,
    open_localparts, own_password, password_id, password_last_used, password_sha1, password_sha256,
    set_password,
};
pub(super) use passwords::{
    Salts, app_passwords, candidates_sha1, candidates_sha256, delete_app_password,
    insert_app_password, salts, touch_app_password,
};
pub(super) use retention::{
    contents_erased, hold, holds, holds_of, is_empty, is_held, left, left_before, lift_hold,
};
pub(super) use tries::{
    count_try, familiar_at, forget_familiar, forget_tries, note_familiar, tries,
};

use super::{Account, ITERATIONS};

/// The name is filled in by the caller, from the directory.
fn account(row: &Row<'_>) -> Answer<Account> {
    Ok(Account {
        id: row.get(0)?,
        person: row.get(1)?,
        localpart: row.get(2)?,
        name: String::new(),
        is_closed: row.get::<Option<i64>>(3)?.is_some(),
        is_locked: row.get::<Option<i64>>(4)?.is_some(),
    })
}

pub(super) fn by_id(reader: &mut Reader<'_>, id: AccountId) -> Answer<Option<Account>> {
    reader.one(
        "select id, person, localpart, closed_at, locked_at from accounts_account where id = $1",
        &[id.into()],
        account,
    )
}

pub(super) fn by_person(reader: &mut Reader<'_>, person: PersonId) -> Answer<Option<Account>> {
    reader.one(
        "select id, person, localpart, closed_at, locked_at from accounts_account where person = $1",
        &[person.into()],
        account,
    )
}

pub(super) fn by_localpart(reader: &mut Reader<'_>, localpart: &str) -> Answer<Option<Account>> {
    reader.one(
        "select id, person, localpart, closed_at, locked_at from accounts_account where localpart = $1",
        &[localpart.into()],
        account,
    )
}

/// Whether an account is open and has this device.
pub(super) fn is_open_with_device(
    reader: &mut Reader<'_>,
    account: AccountId,
    device: i64,
) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select 1 from accounts_account where id = $1 and closed_at is null and locked_at is null
         and exists (select 1 from accounts_device where id = $2 and account = $1)",
        &[account.into(), device.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

/// Whether an account is open and has this password, its own or one of its app passwords.
pub(super) fn is_open_with_password(
    reader: &mut Reader<'_>,
    account: AccountId,
    password: i64,
) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select 1 from accounts_account where id = $1 and closed_at is null and locked_at is null
         and (exists (select 1 from accounts_app_password where id = $2 and account = $1)
              or exists (select 1 from accounts_password where account = $1 and id = $2))",
        &[account.into(), password.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    account: &Account,
    salt_sha1: &[u8],
    salt_sha256: &[u8],
) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "insert into accounts_account (id, person, localpart, salt_sha1, salt_sha256, opened_at, iterations)
         values ($1, $2, $3, $4, $5, $6, $7)",
        &[
            account.id.into(),
            account.person.into(),
            (&account.localpart).into(),
            Value::Bytes(salt_sha1),
            Value::Bytes(salt_sha256),
            now.into(),
            i64::from(ITERATIONS).into(),
        ],
    )?;
    Ok(())
}

pub(super) fn reopen(tx: &mut Tx<'_>, id: AccountId) -> Answer<()> {
    tx.run(
        "update accounts_account set closed_at = null, emptied_at = null where id = $1",
        &[id.into()],
    )?;
    Ok(())
}

pub(super) fn close(tx: &mut Tx<'_>, id: AccountId) -> Answer<()> {
    let now = tx.now();
    tx.run("delete from accounts_device where account = $1", &[id.into()])?;
    tx.run("delete from accounts_app_password where account = $1", &[id.into()])?;
    tx.run("delete from accounts_password where account = $1", &[id.into()])?;
    tx.run("update accounts_account set closed_at = $2 where id = $1", &[id.into(), now.into()])?;
    Ok(())
}

pub(super) fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    tx.run("delete from accounts_code where person = $1", &[person.into()])?;
    tx.run("delete from accounts_hold where person = $1", &[person.into()])?;
    tx.run("delete from accounts_account where person = $1", &[person.into()])?;
    Ok(())
}
