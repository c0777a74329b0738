//! All SQL of the invitations.

use konvent_core::{AccountId, Answer, Millis, Reader, Row, Tx, Value};

use super::{Invitation, Wish};

fn invitation(row: &Row<'_>) -> Answer<Invitation> {
    Ok(Invitation {
        id: row.get(0)?,
        inviter: row.get(1)?,
        localpart: row.get(2)?,
        makes_contact: row.get(3)?,
        makes_account: row.get(4)?,
        expires_at: row.get(5)?,
        is_used: row.get::<Option<i64>>(6)?.is_some(),
    })
}

pub(super) fn insert(
    tx: &mut Tx<'_>,
    inviter: Option<AccountId>,
    mac: &[u8],
    wish: &Wish<'_>,
    expires_at: Millis,
) -> Answer<i64> {
    let (id, now) = (tx.fresh_id(), tx.now());
    let localpart = wish.localpart.map_or(Value::Null, Into::into);
    tx.run(
        "insert into invitations_invitation (id, mac, inviter, localpart, contact, account, made_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            id.into(),
            Value::Bytes(mac),
            inviter.into(),
            localpart,
            wish.makes_contact.into(),
            wish.makes_account.into(),
            now.into(),
            expires_at.into(),
        ],
    )?;
    Ok(id)
}

pub(super) fn by_mac(reader: &mut Reader<'_>, mac: &[u8]) -> Answer<Option<Invitation>> {
    reader.one(
        "select id, inviter, localpart, contact, account, expires_at, used_at from invitations_invitation
         where mac = $1",
        &[Value::Bytes(mac)],
        invitation,
    )
}

pub(super) fn of_inviter(reader: &mut Reader<'_>, inviter: AccountId) -> Answer<Vec<Invitation>> {
    reader.rows(
        "select id, inviter, localpart, contact, account, expires_at, used_at from invitations_invitation
         where inviter = $1 order by id",
        &[inviter.into()],
        invitation,
    )
}

pub(super) fn count_open(reader: &mut Reader<'_>, inviter: AccountId, now: Millis) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from invitations_invitation where inviter = $1 and used_at is null and expires_at > $2",
        &[inviter.into(), now.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// The open invitation for which this name is kept.
pub(super) fn keeping(
    reader: &mut Reader<'_>,
    localpart: &str,
    now: Millis,
) -> Answer<Option<i64>> {
    reader.one(
        "select id from invitations_invitation
         where localpart = $1 and used_at is null and expires_at > $2 limit 1",
        &[localpart.into(), now.into()],
        |row| row.get(0),
    )
}

/// True when the invitation was still unused.
pub(super) fn spend(tx: &mut Tx<'_>, id: i64, by: Option<AccountId>) -> Answer<bool> {
    let now = tx.now();
    let spent = tx.run(
        "update invitations_invitation set used_at = $2, used_by = $3 where id = $1 and used_at is null",
        &[id.into(), now.into(), by.into()],
    )?;
    Ok(spent == 1)
}

/// Invitations that nobody used in time are forgotten, and used ones once they can be asked about no more.
pub(super) fn forget(tx: &mut Tx<'_>, before: Millis) -> Answer<u64> {
    tx.run("delete from invitations_invitation where expires_at < $1", &[before.into()])
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    tx.run("delete from invitations_invitation where inviter = $1", &[account.into()])
}
