//! The import keeps figures about its runs and nothing about members; what it brings in is exported by `people`.

use konvent_core::{Answer, PersonId, Reader, Tx};
use serde_json::Value;

/// Nothing.
pub fn export(_reader: &mut Reader<'_>, _person: PersonId) -> Answer<Value> {
    Ok(Value::Null)
}

/// Nothing to erase.
pub fn erase(_tx: &mut Tx<'_>, _person: PersonId) -> Answer<()> {
    Ok(())
}
