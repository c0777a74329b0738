//! All SQL of the accounts.

mod outside;
mod retention;
mod tries;

use konvent_core::{AccountId, Answer, Millis, PersonId, Reader, Row, Tx, UnitId, Value};

pub(super) use outside::{
    Keys, count_locked, count_open, incomplete_passwords, last_seen, lock, locked_localparts,
    open_localparts, own_password, password_id, password_last_used, password_sha1, password_sha256,
    set_password,
};
pub(super) use retention::{
    contents_erased, hold, holds, holds_of, is_empty, is_held, left, left_before, lift_hold,
};
pub(super) use tries::{
    count_try, familiar_at, forget_familiar, forget_tries, note_familiar, tries,
};

use super::{Account, AppPassword, Candidate, Device, DeviceKind, ITERATIONS, ScramHash};

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

/// Salts for both hashes, and how often the keys of app passwords are stretched.
#[derive(Debug)]
pub(super) struct Salts {
    pub(super) sha1: Vec<u8>,
    pub(super) sha256: Vec<u8>,
    pub(super) iterations: u32,
}

impl Salts {
    pub(super) fn of(self, hash: ScramHash) -> Vec<u8> {
        match hash {
            ScramHash::Sha1 => self.sha1,
            ScramHash::Sha256 => self.sha256,
        }
    }
}

pub(super) fn salts(reader: &mut Reader<'_>, id: AccountId) -> Answer<Option<Salts>> {
    reader.one(
        "select salt_sha1, salt_sha256, iterations from accounts_account where id = $1",
        &[id.into()],
        |row| {
            let iterations = u32::try_from(row.get::<i64>(2)?).unwrap_or(ITERATIONS);
            Ok(Salts { sha1: row.get(0)?, sha256: row.get(1)?, iterations })
        },
    )
}

/// A code as it was found by its hash.
#[derive(Debug)]
pub(super) struct FoundCode {
    pub(super) id: i64,
    pub(super) person: PersonId,
    pub(super) is_reusable: bool,
    pub(super) is_used: bool,
    pub(super) is_void: bool,
    pub(super) expires_at: Option<Millis>,
    /// For which unit an office printed it, and with which rights there, by spaces.
    pub(super) bound: Option<(UnitId, String)>,
}

pub(super) fn insert_code(
    tx: &mut Tx<'_>,
    person: PersonId,
    mac: &[u8],
    is_reusable: bool,
    expires_at: Option<Millis>,
    bound: Option<(UnitId, String)>,
) -> Answer<()> {
    let (id, now) = (tx.fresh_id(), tx.now());
    let (unit, rights) = bound.unzip();
    tx.run(
        "insert into accounts_code (id, person, mac, reusable, wrong_years, issued_at, expires_at, unit, rights)
         values ($1, $2, $3, $4, 0, $5, $6, $7, $8)",
        &[
            id.into(),
            person.into(),
            Value::Bytes(mac),
            is_reusable.into(),
            now.into(),
            expires_at.into(),
            unit.into(),
            rights.as_deref().into(),
        ],
    )?;
    Ok(())
}

pub(super) fn code_by_mac(reader: &mut Reader<'_>, mac: &[u8]) -> Answer<Option<FoundCode>> {
    reader.one(
        "select id, person, reusable, used_at, void_at, expires_at, unit, rights from accounts_code where mac = $1",
        &[Value::Bytes(mac)],
        |row| {
            let (unit, rights): (Option<UnitId>, Option<String>) = (row.get(6)?, row.get(7)?);
            Ok(FoundCode {
                id: row.get(0)?,
                person: row.get(1)?,
                is_reusable: row.get(2)?,
                is_used: row.get::<Option<i64>>(3)?.is_some(),
                is_void: row.get::<Option<i64>>(4)?.is_some(),
                expires_at: row.get(5)?,
                bound: unit.zip(rights),
            })
        },
    )
}

pub(super) fn void_codes(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "update accounts_code set void_at = $2
         where person = $1 and void_at is null and (used_at is null or reusable = 1)",
        &[person.into(), now.into()],
    )?;
    Ok(())
}

/// True when the code was still unused, or may be used again.
pub(super) fn use_code(tx: &mut Tx<'_>, id: i64) -> Answer<bool> {
    let now = tx.now();
    let used = tx.run(
        "update accounts_code set used_at = $2
         where id = $1 and void_at is null and (used_at is null or reusable = 1)",
        &[id.into(), now.into()],
    )?;
    Ok(used == 1)
}

pub(super) fn count_wrong_year(tx: &mut Tx<'_>, id: i64, max: i64) -> Answer<()> {
    let now = tx.now();
    tx.run(
        "update accounts_code set wrong_years = wrong_years + 1,
             void_at = case when wrong_years + 1 >= $2 then $3 else void_at end
         where id = $1",
        &[id.into(), max.into(), now.into()],
    )?;
    Ok(())
}

fn read_device(row: &Row<'_>) -> Answer<Device> {
    Ok(Device {
        id: row.get(0)?,
        account: row.get(1)?,
        name: row.get(2)?,
        kind: if row.get::<i64>(3)? == 0 { DeviceKind::Browser } else { DeviceKind::Xmpp },
        generation: row.get(4)?,
        created_at: row.get(5)?,
        last_seen_at: row.get(6)?,
    })
}

pub(super) fn insert_device(
    tx: &mut Tx<'_>,
    device: &Device,
    app_password: Option<i64>,
) -> Answer<()> {
    let kind = i64::from(device.kind == DeviceKind::Xmpp);
    tx.run(
        "insert into accounts_device (id, account, name, kind, generation, created_at, last_seen_at, app_password)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            device.id.into(),
            device.account.into(),
            (&device.name).into(),
            kind.into(),
            device.generation.into(),
            device.created_at.into(),
            device.last_seen_at.into(),
            app_password.into(),
        ],
    )?;
    Ok(())
}

/// Strikes all but the `kept` devices of an account that were seen last.
pub(super) fn strike_stalest_devices(tx: &mut Tx<'_>, account: AccountId, kept: i64) -> Answer<()> {
    tx.run(
        "delete from accounts_device where account = $1 and id not in (
             select id from accounts_device where account = $1 order by last_seen_at desc, id desc limit $2)",
        &[account.into(), kept.into()],
    )?;
    Ok(())
}

/// Strikes the devices whose tokens an app password got, and names them.
pub(super) fn delete_devices_of_app_password(
    tx: &mut Tx<'_>,
    account: AccountId,
    app_password: i64,
) -> Answer<Vec<i64>> {
    tx.rows(
        "delete from accounts_device where account = $1 and app_password = $2 returning id",
        &[account.into(), app_password.into()],
        |row| row.get(0),
    )
}

pub(super) fn device(reader: &mut Reader<'_>, id: i64) -> Answer<Option<Device>> {
    reader.one(
        "select id, account, name, kind, generation, created_at, last_seen_at from accounts_device where id = $1",
        &[id.into()],
        read_device,
    )
}

pub(super) fn devices(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Device>> {
    reader.rows(
        "select id, account, name, kind, generation, created_at, last_seen_at from accounts_device
         where account = $1 order by last_seen_at desc, id desc",
        &[account.into()],
        read_device,
    )
}

pub(super) fn delete_device(tx: &mut Tx<'_>, account: AccountId, id: i64) -> Answer<u64> {
    tx.run(
        "delete from accounts_device where id = $1 and account = $2",
        &[id.into(), account.into()],
    )
}

pub(super) fn touch_device(tx: &mut Tx<'_>, id: i64, at: Millis, before: Millis) -> Answer<()> {
    tx.run(
        "update accounts_device set last_seen_at = $2 where id = $1 and last_seen_at <= $3",
        &[id.into(), at.into(), before.into()],
    )?;
    Ok(())
}

pub(super) fn rotate(tx: &mut Tx<'_>, id: i64) -> Answer<Option<i64>> {
    tx.one(
        "update accounts_device set generation = generation + 1 where id = $1 returning generation",
        &[id.into()],
        |row| row.get(0),
    )
}

pub(super) fn insert_app_password(
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

pub(super) fn app_passwords(
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

pub(super) fn candidates_sha1(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<Candidate>> {
    reader.rows(
        "select id, stored_sha1, server_sha1, last_used_at from accounts_app_password where account = $1 order by id",
        &[account.into()],
        candidate,
    )
}

pub(super) fn candidates_sha256(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<Candidate>> {
    reader.rows(
        "select id, stored_sha256, server_sha256, last_used_at from accounts_app_password where account = $1 order by id",
        &[account.into()],
        candidate,
    )
}

pub(super) fn delete_app_password(tx: &mut Tx<'_>, account: AccountId, id: i64) -> Answer<u64> {
    tx.run(
        "delete from accounts_app_password where id = $1 and account = $2",
        &[id.into(), account.into()],
    )
}

pub(super) fn touch_app_password(
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

pub(super) fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    tx.run("delete from accounts_code where person = $1", &[person.into()])?;
    tx.run("delete from accounts_hold where person = $1", &[person.into()])?;
    tx.run("delete from accounts_account where person = $1", &[person.into()])?;
    Ok(())
}
