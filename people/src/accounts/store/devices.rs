//! The SQL of the devices that are signed in.

use konvent_core::{AccountId, Answer, Millis, Reader, Row, Tx};

use crate::accounts::{Device, DeviceKind};

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

pub(in crate::accounts) fn insert_device(
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
pub(in crate::accounts) fn strike_stalest_devices(
    tx: &mut Tx<'_>,
    account: AccountId,
    kept: i64,
) -> Answer<()> {
    tx.run(
        "delete from accounts_device where account = $1 and id not in (
             select id from accounts_device where account = $1 order by last_seen_at desc, id desc limit $2)",
        &[account.into(), kept.into()],
    )?;
    Ok(())
}

/// Strikes the devices whose tokens an app password got, and names them.
pub(in crate::accounts) fn delete_devices_of_app_password(
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

pub(in crate::accounts) fn device(reader: &mut Reader<'_>, id: i64) -> Answer<Option<Device>> {
    reader.one(
        "select id, account, name, kind, generation, created_at, last_seen_at from accounts_device where id = $1",
        &[id.into()],
        read_device,
    )
}

pub(in crate::accounts) fn devices(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<Device>> {
    reader.rows(
        "select id, account, name, kind, generation, created_at, last_seen_at from accounts_device
         where account = $1 order by last_seen_at desc, id desc",
        &[account.into()],
        read_device,
    )
}

pub(in crate::accounts) fn delete_device(
    tx: &mut Tx<'_>,
    account: AccountId,
    id: i64,
) -> Answer<u64> {
    tx.run(
        "delete from accounts_device where id = $1 and account = $2",
        &[id.into(), account.into()],
    )
}

pub(in crate::accounts) fn touch_device(
    tx: &mut Tx<'_>,
    id: i64,
    at: Millis,
    before: Millis,
) -> Answer<()> {
    tx.run(
        "update accounts_device set last_seen_at = $2 where id = $1 and last_seen_at <= $3",
        &[id.into(), at.into(), before.into()],
    )?;
    Ok(())
}

pub(in crate::accounts) fn rotate(tx: &mut Tx<'_>, id: i64) -> Answer<Option<i64>> {
    tx.one(
        "update accounts_device set generation = generation + 1 where id = $1 returning generation",
        &[id.into()],
        |row| row.get(0),
    )
}
