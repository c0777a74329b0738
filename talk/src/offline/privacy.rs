//! What is kept of one member: which messages nobody has heard yet. Their words are the archive's.

use serde_json::Value;

use super::{MESSAGES_MAX, store};
use konvent_core::{AccountId, Answer, Reader, Tx};

/// The numbers that they have in the archive, oldest first.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let mut waiting = store::newest(reader, account, MESSAGES_MAX)?;
    waiting.reverse();
    Ok(waiting.into_iter().map(|entry| entry.to_string()).collect())
}

/// Strikes them.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::erase(tx, account).map(drop)
}
