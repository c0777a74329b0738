//! What people elsewhere may say to a member whom they do not know: nothing, where the house wants it so.

use konvent_core::{AccountId, Answer, Reader};
use konvent_talk::{archive, contacts};
use konvent_wire::Jid;

use crate::house::House;

/// Whether a member hears from that address at all.
pub fn is_heard(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    from: &Jid,
) -> Answer<bool> {
    Ok(house.abroad().lets_strangers_in() || knows(house, reader, account, from)?)
}

/// Whether a member has listed the address, has written to it, or shows himself to it (as to a room).
fn knows(house: &House, reader: &mut Reader<'_>, account: AccountId, from: &Jid) -> Answer<bool> {
    let bare = from.to_bare();
    Ok(has_shown(house, account, from)
        || contacts::has_listed(reader, account, &bare)?
        || archive::has_written_to(reader, account, bare.as_str())?)
}

fn has_shown(house: &House, account: AccountId, from: &Jid) -> bool {
    let hall = house.hall();
    let seats = hall.seats_of(account);
    seats.iter().any(|seat| hall.presences.has_shown_abroad(seat.session.id, from))
}
