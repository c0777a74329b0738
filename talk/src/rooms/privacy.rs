//! What the rooms keep of one person: that he changed who may speak somewhere.

use serde_json::{Value, json};

use super::store;
use konvent_core::{Answer, Millis, PersonId, Reader, Tx};

/// The rooms whose posting rule he changed, and when.
pub fn export(reader: &mut Reader<'_>, person: PersonId) -> Answer<Value> {
    let changed = store::changed_by(reader, person)?;
    Ok(changed
        .into_iter()
        .map(|(room, at)| json!({ "room": room.0.to_string(), "at": Millis(at).to_xep_0082() }))
        .collect())
}

/// The rule stays, his number goes.
pub fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    store::erase(tx, person).map(drop)
}
