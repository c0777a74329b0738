//! The SQL of what members reported, and of what became of it.

use konvent_core::{AccountId, Answer, Millis, Reader, Row, Tx};
use serde_json::{Value, json};

use crate::blocking::reports::{Dealt, Decision, Meant, Report};

pub(in crate::blocking) fn count_reports(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from blocking_report where account = $1",
        &[account.into()],
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or_default())
}

pub(in crate::blocking) fn count_waiting_reports(reader: &mut Reader<'_>) -> Answer<i64> {
    let count =
        reader.one("select count(*) from blocking_report where dealt_at is null", &[], |row| {
            row.get(0)
        })?;
    Ok(count.unwrap_or_default())
}

pub(in crate::blocking) fn report(tx: &mut Tx<'_>, report: &Report) -> Answer<()> {
    let stanzas = written(&report.stanzas);
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

pub(in crate::blocking) fn waiting_reports(
    reader: &mut Reader<'_>,
    most: i64,
) -> Answer<Vec<Report>> {
    reader.rows(
        "select id, account, jid, at, reason, words, stanzas, behind, dealt_at, dealt_by, decision, note
         from blocking_report where dealt_at is null order by id limit $1",
        &[most.into()],
        read,
    )
}

pub(in crate::blocking) fn dealt_reports(
    reader: &mut Reader<'_>,
    most: i64,
) -> Answer<Vec<Report>> {
    reader.rows(
        "select id, account, jid, at, reason, words, stanzas, behind, dealt_at, dealt_by, decision, note
         from blocking_report where dealt_at is not null order by dealt_at desc, id desc limit $1",
        &[most.into()],
        read,
    )
}

pub(in crate::blocking) fn reports_of(
    reader: &mut Reader<'_>,
    account: AccountId,
) -> Answer<Vec<Report>> {
    reader.rows(
        "select id, account, jid, at, reason, words, stanzas, behind, dealt_at, dealt_by, decision, note
         from blocking_report where account = $1 order by id desc",
        &[account.into()],
        read,
    )
}

pub(in crate::blocking) fn report_by_id(
    reader: &mut Reader<'_>,
    id: i64,
) -> Answer<Option<Report>> {
    reader.one(
        "select id, account, jid, at, reason, words, stanzas, behind, dealt_at, dealt_by, decision, note
         from blocking_report where id = $1",
        &[id.into()],
        read,
    )
}

/// True when nobody had dealt with it before.
pub(in crate::blocking) fn deal_with_report(
    tx: &mut Tx<'_>,
    id: i64,
    dealt: &Dealt,
) -> Answer<bool> {
    let changed = tx.run(
        "update blocking_report set dealt_at = $2, dealt_by = $3, decision = $4, note = $5
         where id = $1 and dealt_at is null",
        &[
            id.into(),
            dealt.at.into(),
            dealt.by.into(),
            dealt.decision.code().into(),
            dealt.note.as_str().into(),
        ],
    )?;
    Ok(changed == 1)
}

pub(in crate::blocking) fn has_dealt_before(reader: &mut Reader<'_>, at: Millis) -> Answer<bool> {
    let found: Option<i64> = reader.one(
        "select id from blocking_report where dealt_at <= $1 limit 1",
        &[at.into()],
        |row| row.get(0),
    )?;
    Ok(found.is_some())
}

pub(in crate::blocking) fn forget_dealt_before(tx: &mut Tx<'_>, at: Millis) -> Answer<()> {
    tx.run("delete from blocking_report where dealt_at <= $1", &[at.into()]).map(drop)
}

fn read(row: &Row<'_>) -> Answer<Report> {
    let stanzas: Option<String> = row.get(6)?;
    let (at, by): (Option<Millis>, Option<_>) = (row.get(8)?, row.get(9)?);
    let (decision, note): (Option<String>, Option<String>) = (row.get(10)?, row.get(11)?);
    let decision = decision.as_deref().and_then(Decision::of);
    let dealt = at.zip(by).zip(decision).map(|((at, by), decision)| Dealt {
        at,
        by,
        decision,
        note: note.unwrap_or_default(),
    });
    Ok(Report {
        id: row.get(0)?,
        by: row.get(1)?,
        address: row.get(2)?,
        at: row.get(3)?,
        reason: row.get(4)?,
        words: row.get(5)?,
        stanzas: stanzas.as_deref().map(meant).unwrap_or_default(),
        behind: row.get(7)?,
        dealt,
    })
}

/// A JSON list of pairs, id and archive.
fn written(stanzas: &[Meant]) -> String {
    let pairs = stanzas.iter().map(|meant| json!([meant.id, meant.by]));
    Value::Array(pairs.collect()).to_string()
}

/// Reports from before archives were kept beside the ids hold plain ids.
fn meant(stanzas: &str) -> Vec<Meant> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let one = |value: &Value| match value {
        Value::Array(pair) => Some(Meant { id: text(pair.first())?, by: text(pair.get(1)) }),
        plain => Some(Meant { id: text(Some(plain))?, by: None }),
    };
    let all: Vec<Value> = serde_json::from_str(stanzas).unwrap_or_default();
    all.iter().filter_map(one).collect()
}
