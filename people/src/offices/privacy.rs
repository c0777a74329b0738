//! What a person may take along of the offices held (Art. 15 GDPR), and how it goes (Art. 17).

use konvent_core::{Answer, PersonId, Reader, Tx};
use serde_json::{Value, json};

use super::store;
use crate::units;

/// All terms of the person, also those that are over, by the names of office, body and unit.
pub fn export(reader: &mut Reader<'_>, person: PersonId) -> Answer<Value> {
    let mut terms = Vec::new();
    for term in store::named_terms(reader, person)? {
        terms.push(json!({
            "title": term.title,
            "body": term.body,
            "unit": units::get(reader, term.unit)?.map(|unit| unit.name),
            "starts_at": term.starts_at.to_xep_0082(),
            "ends_at": term.ends_at.map(konvent_core::Millis::to_xep_0082),
            "cause": term.cause,
        }));
    }
    Ok(json!({ "terms": terms }))
}

/// Erases the terms. What was decided in office stays with the office.
pub fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    store::erase(tx, person)?;
    units::touch(tx)
}
