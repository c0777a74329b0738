//! Private storage that moves in and out (XEP-0227 §4.5).

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_wire::Element;
use konvent_wire::xml::write_element;

use super::{ENTRIES_MAX, ENTRY_MAX_BYTES, FULL, name_of, store};
use crate::moved::Taken;
use crate::ns;
use crate::pubsub::items;

/// Every piece of an account.
pub fn give_out(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Element>> {
    let entries = store::entries(reader, account)?;
    Ok(entries.iter().filter_map(|(_, _, content)| items::payload(content)).collect())
}

/// Keeps a piece unless there is one of its name.
///
/// # Errors
/// `private.not-acceptable`, `private.full`.
pub fn take_in(tx: &mut Tx<'_>, account: AccountId, piece: &Element) -> Answer<Taken> {
    let namespace = name_of(piece)?;
    if store::entry(tx, account, &namespace, piece.name())?.is_some() {
        return Ok(Taken::Again);
    }
    let mut content = Vec::new();
    write_element(piece, ns::CLIENT, &mut content);
    if content.len() > ENTRY_MAX_BYTES || store::count(tx, account)? >= ENTRIES_MAX {
        return Err(FULL);
    }
    store::keep(tx, account, (&namespace, piece.name()), &content)?;
    Ok(Taken::New)
}
