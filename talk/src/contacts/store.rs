//! All SQL of the contacts.

use konvent_core::{AccountId, Answer, Reader, Refusal, Row, Tx, Value};
use konvent_wire::jid::BareJid;

use super::states::State;

/// What a member has noted or agreed about another address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) address: BareJid,
    pub(super) is_listed: bool,
    pub(super) name: Option<String>,
    pub(super) groups: Option<Vec<String>>,
    pub(super) state: State,
    pub(super) is_approved: bool,
}

impl Item {
    pub(super) fn new(address: BareJid) -> Self {
        Self {
            address,
            is_listed: false,
            name: None,
            groups: None,
            state: State::NONE,
            is_approved: false,
        }
    }

    /// Whether there is nothing in it that must be remembered.
    pub(super) fn is_empty(&self) -> bool {
        !self.is_listed && self.state == State::NONE && !self.is_approved
    }
}

fn read(row: &Row<'_>) -> Answer<Item> {
    let jid: String = row.get(0)?;
    let groups: Option<String> = row.get(3)?;
    let broken = |error: String| Refusal::broken("contacts.unreadable-row", error);
    Ok(Item {
        address: BareJid::new(&jid).map_err(|error| broken(error.to_string()))?,
        is_listed: row.get(1)?,
        name: row.get(2)?,
        groups: groups
            .map(|groups| serde_json::from_str(&groups).map_err(|error| broken(error.to_string())))
            .transpose()?,
        state: State {
            sees: row.get(4)?,
            is_seen: row.get(5)?,
            asks: row.get(6)?,
            is_asked: row.get(7)?,
        },
        is_approved: row.get(8)?,
    })
}

/// Everything of a member, by address.
pub(super) fn items(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Item>> {
    reader.rows(
        "select jid, listed, name, groups, sees, seen, asks, asked, approved
         from contacts_item where account = $1 order by jid",
        &[account.into()],
        read,
    )
}

pub(super) fn item(
    reader: &mut Reader<'_>,
    account: AccountId,
    address: &BareJid,
) -> Answer<Option<Item>> {
    reader.one(
        "select jid, listed, name, groups, sees, seen, asks, asked, approved
         from contacts_item where account = $1 and jid = $2",
        &[account.into(), address.as_str().into()],
        read,
    )
}

/// How many addresses a member has listed, and how many requests wait for him.
pub(super) fn counts(reader: &mut Reader<'_>, account: AccountId) -> Answer<(i64, i64)> {
    let counts = reader.one(
        "select count(case when listed = 1 then 1 end), count(case when asked = 1 then 1 end)
         from contacts_item where account = $1",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(counts.unwrap_or_default())
}

/// Whose requests wait for a member.
pub(super) fn who_waits(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<BareJid>> {
    reader.rows(
        "select jid from contacts_item where account = $1 and asked = 1",
        &[account.into()],
        |row| {
            let jid: String = row.get(0)?;
            BareJid::new(&jid)
                .map_err(|error| Refusal::broken("contacts.unreadable-row", error.to_string()))
        },
    )
}

/// Keeps an item. The request that waits beside it is kept as long as it waits.
pub(super) fn put(tx: &mut Tx<'_>, account: AccountId, item: &Item) -> Answer<()> {
    if item.is_empty() {
        return strike(tx, account, &item.address);
    }
    let groups = item.groups.as_ref().map(|groups| serde_json::json!(groups).to_string());
    let State { sees, is_seen, asks, is_asked } = item.state;
    tx.run(
        "insert into contacts_item (account, jid, listed, name, groups, sees, seen, asks, asked, approved)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (account, jid) do update set listed = excluded.listed, name = excluded.name,
         groups = excluded.groups, sees = excluded.sees, seen = excluded.seen, asks = excluded.asks,
         asked = excluded.asked, approved = excluded.approved,
         request = case when excluded.asked = 1 then contacts_item.request else null end",
        &[
            account.into(),
            item.address.as_str().into(),
            item.is_listed.into(),
            item.name.as_deref().into(),
            groups.as_deref().into(),
            sees.into(),
            is_seen.into(),
            asks.into(),
            is_asked.into(),
            item.is_approved.into(),
        ],
    )
    .map(drop)
}

pub(super) fn strike(tx: &mut Tx<'_>, account: AccountId, address: &BareJid) -> Answer<()> {
    tx.run(
        "delete from contacts_item where account = $1 and jid = $2",
        &[account.into(), address.as_str().into()],
    )
    .map(drop)
}

/// Keeps the request that waits beside an item.
pub(super) fn keep_request(
    tx: &mut Tx<'_>,
    account: AccountId,
    address: &BareJid,
    request: &[u8],
) -> Answer<()> {
    tx.run(
        "update contacts_item set request = $3 where account = $1 and jid = $2 and asked = 1",
        &[account.into(), address.as_str().into(), Value::Bytes(request)],
    )
    .map(drop)
}

/// The requests that wait for a member, as they came.
pub(super) fn requests(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Vec<u8>>> {
    reader.rows(
        "select request from contacts_item where account = $1 and asked = 1 and request is not null order by jid",
        &[account.into()],
        |row| row.get(0),
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    tx.run("delete from contacts_item where account = $1", &[account.into()]).map(drop)
}
