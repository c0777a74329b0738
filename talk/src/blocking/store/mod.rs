//! All SQL of the blocking; that of reports stands in `reports`.

mod reports;

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_wire::Jid;

use super::blocklist::candidates;
pub(super) use reports::{
    count_reports, count_waiting_reports, deal_with_report, dealt_reports, forget_dealt_before,
    has_dealt_before, report, report_by_id, reports_of, waiting_reports,
};

pub(super) fn items(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<String>> {
    reader.rows(
        "select jid from blocking_item where account = $1 order by jid",
        &[account.into()],
        |row| row.get(0),
    )
}

pub(super) fn count(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from blocking_item where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

/// Nearly nobody blocks anybody: one look at the index says so, and only then the entries are compared.
pub(super) fn blocks(reader: &mut Reader<'_>, account: AccountId, address: &Jid) -> Answer<bool> {
    let any: Option<i64> = reader.one(
        "select 1 from blocking_item where account = $1 limit 1",
        &[account.into()],
        |row| row.get(0),
    )?;
    if any.is_none() {
        return Ok(false);
    }
    for candidate in candidates(address) {
        let hit: Option<i64> = reader.one(
            "select 1 from blocking_item where account = $1 and jid = $2",
            &[account.into(), candidate.as_str().into()],
            |row| row.get(0),
        )?;
        if hit.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn block(tx: &mut Tx<'_>, account: AccountId, jid: &str) -> Answer<()> {
    tx.run(
        "insert into blocking_item (account, jid) values ($1, $2) on conflict (account, jid) do nothing",
        &[account.into(), jid.into()],
    )
    .map(drop)
}

pub(super) fn unblock(tx: &mut Tx<'_>, account: AccountId, jid: &str) -> Answer<()> {
    tx.run(
        "delete from blocking_item where account = $1 and jid = $2",
        &[account.into(), jid.into()],
    )
    .map(drop)
}

pub(super) fn unblock_all(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    tx.run("delete from blocking_item where account = $1", &[account.into()]).map(drop)
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    tx.run("delete from blocking_item where account = $1", &[account.into()])?;
    tx.run("delete from blocking_report where account = $1", &[account.into()]).map(drop)
}
