//! What the contacts keep of one member: addresses, names and groups he noted, and who may see him.

use serde_json::{Value, json};

use super::store;
use konvent_core::{AccountId, Answer, Reader, Tx};

/// The own contacts, as noted.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let items = store::items(reader, account)?;
    Ok(items
        .into_iter()
        .map(|item| {
            json!({
                "address": item.address.as_str(),
                "is_listed": item.is_listed,
                "name": item.name,
                "groups": item.groups,
                "subscription": item.state.subscription(),
                "i_asked": item.state.asks,
                "was_asked": item.state.is_asked,
                "granted_ahead": item.is_approved,
            })
        })
        .collect())
}

/// Strikes them. [`super::part_from_all`] also tells the others, as long as there is somebody to tell.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account)
}
