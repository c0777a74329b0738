//! What the archive keeps of one member: exported as it was written, erased with his account.
//!
//! An archive may be long: whoever hands it out reads it page by page and holds one of them in memory.

use serde_json::{Value, json};

use super::{Entry, moving, search, store};
use konvent_core::{AccountId, Answer, Reader, Tx};

/// Messages of one page: with the largest stanza it bounds what is in memory to a few megabytes.
pub const PAGE: i64 = 16;

/// How far somebody has read what is kept of him: his own archive first, then what he said in rooms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cursor {
    is_in_rooms: bool,
    after: i64,
}

/// The next messages, at most [`PAGE`]; `None`: there are no more. Damaged ones are left out, so a page may be empty.
pub fn next_page(
    reader: &mut Reader<'_>,
    account: AccountId,
    cursor: &mut Cursor,
) -> Answer<Option<Vec<Value>>> {
    if !cursor.is_in_rooms {
        if let Some((entries, last)) = moving::give_out(reader, account, cursor.after, PAGE)? {
            cursor.after = last;
            return Ok(Some(entries.iter().map(|entry| described(account.0, entry)).collect()));
        }
        *cursor = Cursor { is_in_rooms: true, after: 0 };
    }
    let found = store::said_in_rooms(reader, account, cursor.after, PAGE)?;
    let Some((last, ..)) = found.last() else { return Ok(None) };
    cursor.after = *last;
    let sound = found.iter().filter_map(|(_, owner, entry)| Some((*owner, entry.as_ref()?)));
    Ok(Some(sound.map(|(owner, entry)| described(owner, entry)).collect()))
}

fn described(archive: i64, entry: &Entry) -> Value {
    json!({
        "id": entry.id.to_string(),
        "archive": archive.to_string(),
        "at": entry.at.to_xep_0082(),
        "with": entry.peer,
        "outgoing": entry.outgoing,
        "stanza": String::from_utf8_lossy(&entry.stanza),
    })
}

/// His own archive and what he said in rooms, all at once.
pub fn export(reader: &mut Reader<'_>, account: AccountId) -> Answer<Value> {
    let (mut messages, mut cursor) = (Vec::new(), Cursor::default());
    while let Some(page) = next_page(reader, account, &mut cursor)? {
        messages.extend(page);
    }
    Ok(Value::Array(messages))
}

/// Messages struck at once by [`erase_some`]: others wait no longer than for a page of history.
const STRUCK_AT_ONCE: i64 = 500;

/// Strikes some of what [`erase`] strikes, the oldest first, and says how many: none, when nothing is left.
pub fn erase_some(tx: &mut Tx<'_>, account: AccountId) -> Answer<u64> {
    search::erase(tx, account.0)?;
    match store::strike_oldest(tx, account.0, STRUCK_AT_ONCE)? {
        0 => store::strike_said_in_rooms(tx, account, STRUCK_AT_ONCE),
        struck => Ok(struck),
    }
}

/// Strikes his own archive and what he said in rooms. What he wrote to other members is theirs, like a letter.
pub fn erase(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    search::erase(tx, account.0)?;
    store::erase(tx, account).map(drop)
}
