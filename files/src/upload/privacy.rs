//! What the uploads keep of one member: his files. Erasing takes them from everybody; the copies that others saved are theirs.

use konvent_core::{AccountId, Answer, Millis, Reader, Tx};
use serde_json::{Value, json};

use super::{life, store};

/// His files by name, with the path under which each can be fetched.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let stored = store::stored_at(reader, account)?;
    let files = store::of(reader, account)?;
    Ok(files
        .into_iter()
        .zip(stored)
        .map(|(file, (_, stored_at))| {
            json!({
                "name": file.name,
                "size_bytes": file.size,
                "media_type": file.media_type,
                "room": file.room,
                "path": file.path(),
                "stored_at": stored_at.map(Millis::to_xep_0082),
                "goes_at": file.expires_at.map(Millis::to_xep_0082),
            })
        })
        .collect())
}

/// Strikes his files; their bytes go at the next look.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    for file in store::of(tx, account)? {
        life::strike(tx, &file)?;
    }
    Ok(())
}
