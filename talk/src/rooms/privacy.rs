//! What the rooms keep of one person: that he changed who may speak somewhere, and on whose lists he stands.

use serde_json::{Value, json};

use super::{free, store};
use konvent_core::{Answer, Millis, PersonId, Reader, Tx};
use konvent_wire::jid::BareJid;

/// The rooms whose posting rule he changed, and when; the free rooms on whose lists he stands.
pub fn export(reader: &mut Reader<'_>, person: PersonId, address: &BareJid) -> Answer<Value> {
    let changed: Vec<Value> = store::changed_by(reader, person)?
        .into_iter()
        .map(|(room, at)| json!({ "room": room.0.to_string(), "at": Millis(at).to_xep_0082() }))
        .collect();
    let listed: Vec<Value> = free::entries_of(reader, person, address)?
        .into_iter()
        .map(|(room, is, nick, at)| json!({ "room": room, "is": is, "nick": nick, "since": at.to_xep_0082() }))
        .collect();
    Ok(json!({ "postingChanged": changed, "lists": listed }))
}

/// The rule stays, his number goes; he is on no list any more, and his rooms go to others.
pub fn erase(tx: &mut Tx<'_>, person: PersonId, address: &BareJid) -> Answer<()> {
    store::erase(tx, person)?;
    free::hand_over(tx, person, address)
}
