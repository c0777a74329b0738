//! Units hold no personal data: there is nothing to export and nothing to erase.

use konvent_core::{Answer, PersonId, Reader, Tx};
use serde_json::Value;

/// Nothing: where a person belongs is exported by `people`.
pub fn export(_reader: &mut Reader<'_>, _person: PersonId) -> Answer<Value> {
    Ok(Value::Null)
}

/// Nothing to erase.
pub fn erase(_tx: &mut Tx<'_>, _person: PersonId) -> Answer<()> {
    Ok(())
}
