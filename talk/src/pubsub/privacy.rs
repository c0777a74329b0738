//! What the nodes keep of one member: everything he published, and where he has subscribed.

use serde_json::{Value, json};

use super::store::{self, Order};
use konvent_core::{AccountId, Answer, Reader, Tx};

fn text(bytes: Option<Vec<u8>>) -> Option<String> {
    bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// His own nodes, what he published elsewhere, his subscriptions. `bare` is his address.
pub fn export(reader: &mut Reader<'_>, account: AccountId, bare: &str) -> Answer<Value> {
    let mut nodes = Vec::new();
    for node in store::nodes(reader, account.0)? {
        let from = (node.id, i64::MIN, Order::Changed);
        let items = store::upwards(reader, from, i64::MIN, (super::ITEMS_MAX, 0))?;
        let items: Vec<Value> = items
            .into_iter()
            .map(|item| json!({ "id": item.id, "at": item.at.to_xep_0082(), "payload": text(item.payload) }))
            .collect();
        let affiliations = store::affiliations(reader, node.id)?;
        nodes.push(json!({
            "node": node.name,
            "set_up": serde_json::from_str::<Value>(&node.config.to_json()).unwrap_or_default(),
            "made_at": node.made.to_xep_0082(),
            "affiliations": affiliations,
            "items": items,
        }));
    }
    let elsewhere: Vec<Value> = store::published_elsewhere(reader, account.0, bare)?
        .into_iter()
        .map(|(_, node, _, item)| {
            json!({ "node": node, "id": item.id, "at": item.at.to_xep_0082(), "payload": text(item.payload) })
        })
        .collect();
    let subscriptions: Vec<Value> = store::subscriptions_everywhere(reader, bare)?
        .into_iter()
        .map(|(_, node, held)| json!({ "node": node, "as": held.who, "state": held.state }))
        .collect();
    Ok(json!({ "nodes": nodes, "published_elsewhere": elsewhere, "subscriptions": subscriptions }))
}

/// Strikes his nodes, his subscriptions, his affiliations, and what he published in nodes of others.
pub fn erase(tx: &mut Tx<'_>, account: AccountId, bare: &str) -> Answer<()> {
    for (node, _, _, item) in store::published_elsewhere(tx, account.0, bare)? {
        if let Some(size) = store::strike(tx, node, &item.id)? {
            store::count(tx, node, -1, -size)?;
        }
    }
    store::delete_all_of(tx, account.0)?;
    store::erase(tx, bare)
}
