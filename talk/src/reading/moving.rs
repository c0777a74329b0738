//! Read positions that move in and out (XEP-0490 §4 says how they look, XEP-0227 that they are a node).

use konvent_core::{AccountId, Answer, Reader, Tx};
use konvent_wire::Element;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;

use super::stanzas::{by, displayed, position_of};
use super::store;
use crate::moved::Taken;
use crate::ns;

/// The positions in archives of ours, as items.
pub fn give_out(
    reader: &mut Reader<'_>,
    account: AccountId,
    own: &BareJid,
) -> Answer<Vec<Element>> {
    let positions = store::positions(reader, account)?;
    let item = |(peer, position): (String, i64)| {
        let shown = displayed(&by(own, &peer), position);
        el("item", ns::PUBSUB).attr("id", peer).child(shown).build()
    };
    Ok(positions.into_iter().map(item).collect())
}

/// The position that an item says, with its conversation.
pub fn position(item: &Element) -> Option<(&str, i64)> {
    Some((item.attr("id")?, position_of(item.children().next()?)?))
}

/// Moves a position forward.
pub fn take_in(tx: &mut Tx<'_>, account: AccountId, peer: &str, position: i64) -> Answer<Taken> {
    let is_new = store::move_to(tx, account, peer, position)? > 0;
    Ok(if is_new { Taken::New } else { Taken::Again })
}
