//! What the blocking keeps of one member: whom he blocked, and what he reported.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// His list and his reports.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let blocked = store::items(reader, account)?;
    let reported: Vec<Value> = store::reports_of(reader, account)?
        .into_iter()
        .map(|report| {
            json!({
                "address": report.address,
                "at": report.at.to_xep_0082(),
                "reason": report.reason,
                "words": report.words,
                "dealt_at": report.dealt.map(|dealt| dealt.at.to_xep_0082()),
            })
        })
        .collect();
    Ok(json!({ "blocked": blocked, "reported": reported }))
}

/// Strikes both; the audit note of a report names numbers only and stays.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account)
}
