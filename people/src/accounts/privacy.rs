//! What a person may take along of the account (Art. 15 GDPR), and how it goes (Art. 17). Secrets are never exported.

use konvent_core::{Answer, Millis, PersonId, Reader, Tx};
use serde_json::{Value, json};

use super::{holds, store};

/// Address, devices and app passwords by name.
pub fn export(reader: &mut Reader<'_>, person: PersonId) -> Answer<Value> {
    let Some(account) = store::by_person(reader, person)? else { return Ok(Value::Null) };
    let devices: Vec<Value> = store::devices(reader, account.id)?
        .into_iter()
        .map(|device| {
            json!({
                "name": device.name,
                "signed_in_at": device.created_at.to_xep_0082(),
                "last_seen_at": device.last_seen_at.to_xep_0082(),
            })
        })
        .collect();
    let app_passwords: Vec<Value> = store::app_passwords(reader, account.id)?
        .into_iter()
        .map(|made| {
            json!({
                "name": made.name,
                "created_at": made.created_at.to_xep_0082(),
                "last_used_at": made.last_used_at.map(Millis::to_xep_0082),
            })
        })
        .collect();
    let held: Vec<Value> = holds::of(reader, person)?
        .into_iter()
        .map(|(since, reason)| json!({ "since": since.to_xep_0082(), "reason": reason }))
        .collect();
    Ok(json!({
        "localpart": account.localpart,
        "is_closed": account.is_closed,
        "devices": devices,
        "app_passwords": app_passwords,
        "held": held,
    }))
}

/// Erases account, devices, codes and app passwords. Wrong tries are keyed hashes and go after a quarter of an hour.
pub fn erase(tx: &mut Tx<'_>, person: PersonId) -> Answer<()> {
    if let Some(account) = store::by_person(tx, person)? {
        store::close(tx, account.id)?;
    }
    store::erase(tx, person)
}
