//! What push keeps of one member: which services are told about him. What goes along with it is a secret between the server and
//! the service, and stays one.

use serde_json::{Value, json};

use super::{Through, store};
use konvent_core::{AccountId, Answer, Reader, Tx};

/// The services, how much waits, and of whom he wants to hear less.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let devices: Vec<Value> = store::of_account(reader, account)?
        .into_iter()
        .map(|device| {
            json!({
                "through": match device.through { Through::App => "app", Through::Browser => "browser" },
                "service": device.service,
                "node": device.node,
                "waiting": device.waiting,
            })
        })
        .collect();
    let levels: Vec<Value> = store::levels(reader, account)?
        .into_iter()
        .map(|(peer, level)| json!({ "with": peer, "level": level }))
        .collect();
    Ok(json!({ "devices": devices, "levels": levels }))
}

/// Strikes them.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase_levels(tx, account)?;
    store::erase(tx, account).map(drop)
}
