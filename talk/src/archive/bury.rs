//! Taking words back (XEP-0424 §4, XEP-0425 §5): a mark takes their place, with their number, sender and time.

use super::{Owner, search, store};
use crate::ns;
use konvent_core::{Answer, Reader, RoomId, Tx};
use konvent_wire::{Element, Stanza};

/// Who said what stands in an archive under an id, by bare address.
pub fn said_by(reader: &mut Reader<'_>, owner: Owner, id: i64) -> Answer<Option<String>> {
    Ok(store::by_id(reader, owner.number(), id)?.flatten().map(|entry| entry.peer))
}

/// Replaces what was said by a mark. False when nothing stands there, or it is buried already.
///
/// The addresses, the id and the occupant id (XEP-0421) stay; everything else might tell what was said.
pub fn bury(tx: &mut Tx<'_>, owner: Owner, id: i64, mark: &Element) -> Answer<bool> {
    let Some(entry) = store::by_id(tx, owner.number(), id)?.flatten() else { return Ok(false) };
    let Ok(said) = Stanza::parse(&entry.stanza) else { return Ok(false) };
    if said.has("retracted", ns::RETRACT) {
        return Ok(false);
    }
    let kept = said.without(|child| !child.is("occupant-id", ns::OCCUPANT_ID)).with_child(mark);
    store::replace(tx, owner.number(), &entry, &kept.to_bytes(), false)?;
    Ok(true)
}

/// A room ends: all that was said in it goes.
pub fn forget_room(tx: &mut Tx<'_>, room: RoomId) -> Answer<()> {
    search::erase(tx, room.0)?;
    store::strike(tx, room.0).map(drop)
}
