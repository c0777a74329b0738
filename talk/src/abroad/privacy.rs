//! What the waiting room keeps of one member: what he wrote and has not left yet.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// What waits of him.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let waiting = store::of_account(reader, account)?;
    Ok(waiting
        .into_iter()
        .map(|(_, at, stanza)| {
            json!({ "at": at.to_xep_0082(), "stanza": String::from_utf8_lossy(&stanza) })
        })
        .collect())
}

/// Strikes what waits of him.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
