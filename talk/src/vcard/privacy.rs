//! What the business cards keep of one member: his card.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// His card as he wrote it.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let card = store::card(reader, account)?;
    Ok(json!({ "card": card.map(|card| String::from_utf8_lossy(&card).into_owned()) }))
}

/// Strikes it.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
