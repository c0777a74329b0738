//! All SQL of the blocking.

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_wire::Jid;

use super::blocklist::candidates;
use super::reports::Report;

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

pub(super) fn count_reports(reader: &mut Reader<'_>, account: AccountId) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from blocking_report where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(super) fn report(tx: &mut Tx<'_>, report: &Report) -> Answer<()> {
    let stanzas = serde_json::json!(report.stanzas).to_string();
    tx.run(
        "insert into blocking_report (id, account, jid, at, reason, words, stanzas, behind)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            report.id.into(),
            report.by.into(),
            report.address.as_str().into(),
            report.at.into(),
            report.reason.as_str().into(),
            report.words.as_deref().into(),
            stanzas.as_str().into(),
            report.behind.as_deref().into(),
        ],
    )
    .map(drop)
}

pub(super) fn reports(reader: &mut Reader<'_>, after: i64, count: i64) -> Answer<Vec<Report>> {
    reader.rows(
        "select id, account, jid, at, reason, words, stanzas, behind from blocking_report
         where id > $1 order by id limit $2",
        &[after.into(), count.into()],
        |row| {
            let stanzas: Option<String> = row.get(6)?;
            Ok(Report {
                id: row.get(0)?,
                by: row.get(1)?,
                address: row.get(2)?,
                at: row.get(3)?,
                reason: row.get(4)?,
                words: row.get(5)?,
                behind: row.get(7)?,
                stanzas: stanzas
                    .and_then(|ids| serde_json::from_str(&ids).ok())
                    .unwrap_or_default(),
            })
        },
    )
}

pub(super) fn reports_of(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<(String, String)>> {
    reader.rows(
        "select jid, reason from blocking_report where account = $1 order by id",
        &[account.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    tx.run("delete from blocking_item where account = $1", &[account.into()])?;
    tx.run("delete from blocking_report where account = $1", &[account.into()]).map(drop)
}
