//! What the read positions keep of one member.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// His positions by conversation.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let positions = store::positions(reader, account)?;
    Ok(positions
        .into_iter()
        .map(|(peer, position)| json!({ "with": peer, "read_up_to": position.to_string() }))
        .collect())
}

/// Strikes his positions.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
