//! What the blocking keeps of one member: whom he blocked, and what he reported.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// His list and his reports.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let blocked = store::items(reader, account)?;
    let reported: Vec<Value> = store::reports_of(reader, account)?
        .into_iter()
        .map(|(address, reason)| json!({ "address": address, "reason": reason }))
        .collect();
    Ok(json!({ "blocked": blocked, "reported": reported }))
}

/// Strikes both; the audit note of a report names numbers only and stays.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account)
}
