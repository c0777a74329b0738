//! What push keeps of one member: which services are told about him. What goes along with it is a secret between the server and
//! the service, and stays one.

use serde_json::{Value, json};

use super::{Through, store};
use konvent_core::{AccountId, Answer, Reader, Tx};

/// The services, and how much waits.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let devices = store::of_account(reader, account)?.into_iter();
    Ok(devices
        .map(|device| {
            json!({
                "through": match device.through { Through::App => "app", Through::Browser => "browser" },
                "service": device.service,
                "node": device.node,
                "waiting": device.waiting,
            })
        })
        .collect())
}

/// Strikes them.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
