//! What the private storage keeps of one member.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// Everything his clients stored.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let entries = store::entries(reader, account)?.into_iter();
    Ok(entries
        .map(|(namespace, name, content)| {
            let content = String::from_utf8_lossy(&content).into_owned();
            json!({ "namespace": namespace, "name": name, "content": content })
        })
        .collect())
}

/// Strikes everything.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
