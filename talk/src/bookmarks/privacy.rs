//! What the bookmarks keep of one member: his choices.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// His choices by room.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let choices = store::choices(reader, account)?;
    Ok(choices
        .into_iter()
        .map(|(room, choice)| {
            json!({
                "room": room.0.to_string(),
                "autojoin": choice.autojoin,
                "extensions": choice.extensions.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            })
        })
        .collect())
}

/// Strikes his choices.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
