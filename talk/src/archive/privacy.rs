//! What the archive keeps of one member: exported as it was written, erased with his account.

use serde_json::{Value, json};

use super::{search, store};
use konvent_core::{AccountId, Answer, Reader, Tx};

/// His own archive and what he said in rooms.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let mut messages = Vec::new();
    store::kept_for(reader, account, |archive, entry| {
        messages.push(json!({
            "id": entry.id.to_string(),
            "archive": archive.to_string(),
            "at": entry.at.to_xep_0082(),
            "with": entry.peer,
            "outgoing": entry.outgoing,
            "stanza": String::from_utf8_lossy(&entry.stanza),
        }));
        Ok(())
    })?;
    Ok(Value::Array(messages))
}

/// Strikes his own archive and what he said in rooms. What he wrote to other members is theirs, like a letter.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    search::erase(tx, account.0)?;
    store::erase(tx, account).map(drop)
}
