//! What a person may take along of the offices held (Art. 15 GDPR), and how it goes (Art. 17).

use konvent_core::{Answer, PersonId, Reader, Tx};
use serde_json::{Value, json};

use super::store;
use crate::units;

/// All terms of the person.
pub fn export(reader: &mut Reader<'_>, person: PersonId) -> Answer<Value> {
    let terms: Vec<Value> = store::terms_of(reader, person)?
        .into_iter()
        .map(|term| {
            json!({
                "office": term.office.0,
                "starts_at": term.starts_at.to_xep_0082(),
                "ends_at": term.ends_at.map(konvent_core::Millis::to_xep_0082),
                "cause": term.cause,
            })
        })
        .collect();
    Ok(json!({ "terms": terms }))
}

/// Erases the terms. What was decided in office stays with the office.
pub fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    store::erase(tx, person)?;
    units::touch(tx)
}
