//! Free rooms: groups that members make for themselves, with the whole life of XEP-0045.
//!
//! * Lists and terms stand in tables and are acknowledged when they are on disk; what follows for those inside comes out as
//!   a [`Deed`] and is shown after the commit. Roles live with the occupants (`occupants::roles`).
//! * Whoever stands on the list of members, admins or owners belongs to the room whether he is inside or not: archive,
//!   inbox, bookmarks and unread count go by [`rooms_of`], as in the rooms of the directory.
//! * A free room never passes for a unit's: its address must not begin like one of theirs, and neither address nor name
//!   may look like one ([`found`]).
//! * A room always has an owner. When the last one leaves the organisation, the longest-standing admin or member takes
//!   over; a room without any of them ends ([`hand_over`]).
//!
//! Left out: rooms in which addresses are hidden from moderators too (XEP-0045 §4.2 has none since 2003), public logs (170,
//! 171), registration forms with more than a nickname.

pub mod activity;
pub mod admin;
pub mod form;
pub mod found;
pub mod invite;
pub mod lists;
pub mod owner;
pub mod register;
mod store;
pub mod subject;
pub mod versions;
pub mod voice;

use konvent_core::config::FreeRooms;
use konvent_core::{Answer, PersonId, Reader, RoomId, Tx};
use konvent_wire::jid::BareJid;

use super::{Affiliation, BANNED, Caller, NOT_A_MEMBER, RoomInfo, RoomKind, Standing};

pub use found::found;
pub use store::{Kept, Listed};
pub(super) use store::{avatar, persons_of, set_avatar};

/// So many owners are named as those to write to.
const OWNERS_NAMED: i64 = 10;

/// The free room with this address.
pub fn at(reader: &mut Reader<'_>, address: &str) -> Answer<Option<Kept>> {
    store::by_address(reader, address)
}

/// The free room with this number.
pub fn get(reader: &mut Reader<'_>, room: RoomId) -> Answer<Option<Kept>> {
    store::by_id(reader, room)
}

/// What somebody is in a room, by his bare address.
pub fn affiliation(
    reader: &mut Reader<'_>,
    room: RoomId,
    address: &BareJid,
) -> Answer<Affiliation> {
    let listed = store::listed(reader, room, address.as_str())?;
    Ok(listed.map_or(Affiliation::None, |listed| listed.affiliation))
}

/// Whether the whole server of somebody from abroad is banned (XEP-0045 §9.2).
fn is_server_banned(reader: &mut Reader<'_>, room: RoomId, caller: &Caller) -> Answer<bool> {
    let listed = store::listed(reader, room, caller.address.domain().as_str())?;
    Ok(listed.is_some_and(|listed| listed.affiliation == Affiliation::Outcast))
}

/// Whether somebody from another server has business with a room at all, inside or out.
///
/// # Errors
/// `rooms.banned` where the owners ban his whole server (XEP-0045 §9.2), `rooms.not-a-member` where the organisation keeps its
/// rooms to itself.
pub fn refuse_from_abroad(
    reader: &mut Reader<'_>,
    rules: &FreeRooms,
    room: RoomId,
    caller: &Caller,
) -> Answer<()> {
    if caller.account().is_some() {
        return Ok(());
    }
    if is_server_banned(reader, room, caller)? {
        return Err(BANNED);
    }
    if rules.open_to_abroad { Ok(()) } else { Err(NOT_A_MEMBER) }
}

/// How a person of the directory stands in a room; `None` when he may not enter.
pub(super) fn standing_of_person(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    person: PersonId,
) -> Answer<Option<Standing>> {
    let affiliation = store::of_person(reader, room.id, person)?.unwrap_or(Affiliation::None);
    Ok(stands(room, affiliation))
}

/// How somebody stands in a room; `None` when he may not enter.
pub(super) fn standing_of(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    caller: &Caller,
) -> Answer<Option<Standing>> {
    let affiliation = affiliation(reader, room.id, &caller.bare())?;
    Ok(stands(room, affiliation))
}

fn stands(room: &RoomInfo, affiliation: Affiliation) -> Option<Standing> {
    room.terms.admits(affiliation).then(|| Standing {
        affiliation,
        role: room.terms.role_of(affiliation),
        hats: Vec::new(),
    })
}

/// The free rooms on whose lists a person of the directory stands, by name.
pub(super) fn rooms_of(
    reader: &mut Reader<'_>,
    person: PersonId,
) -> Answer<Vec<(RoomInfo, Standing)>> {
    let mut rooms = Vec::new();
    for (room, affiliation) in store::rooms_of(reader, person)? {
        let Some(kept) = store::by_id(reader, room)? else { continue };
        if let Some(standing) = stands(&kept.info, affiliation).filter(|_| !kept.is_locked) {
            rooms.push((kept.info, standing));
        }
    }
    rooms.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    Ok(rooms)
}

/// A room in the directory of the service: number, address, name.
pub type PublicRoom = (i64, String, String);

/// One page of the public rooms, after this name and number, and how many there are.
pub fn public_page(
    reader: &mut Reader<'_>,
    after: (&str, i64),
    limit: i64,
) -> Answer<(Vec<PublicRoom>, i64)> {
    let page = store::public_after(reader, after.0, after.1, limit)?;
    Ok((page, store::count_public(reader)?))
}

/// Somebody comes in: the number of his visit.
pub(super) fn visit(tx: &mut Tx<'_>, room: RoomId) -> Answer<i64> {
    store::visit(tx, room)
}

/// The addresses of those who own a room.
pub fn owners(reader: &mut Reader<'_>, room: RoomId) -> Answer<Vec<String>> {
    let listed = store::with(reader, room, Affiliation::Owner, OWNERS_NAMED)?;
    Ok(listed.into_iter().map(|listed| listed.address).collect())
}

/// Who has reserved a nickname that looks like this one.
pub fn holder_of_nick(reader: &mut Reader<'_>, room: RoomId, nick: &str) -> Answer<Option<String>> {
    store::holder_of(reader, room, &super::names::skeleton(nick))
}

/// The nickname that somebody has reserved (XEP-0045 §7.12).
pub fn reserved_nick(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    address: &BareJid,
) -> Answer<Option<String>> {
    if room.kind != RoomKind::Free {
        return Ok(None);
    }
    Ok(store::listed(reader, room.id, address.as_str())?.and_then(|listed| listed.nick))
}

/// Rooms that may end when nobody is inside, with the number of the last visit: what a restart left behind.
pub fn passing(reader: &mut Reader<'_>) -> Answer<Vec<(RoomId, i64)>> {
    store::passing(reader)
}

/// Ends a room that everybody has left, if nobody came in since and it was not made to stay. Whether it did.
pub fn end_if_left(tx: &mut Tx<'_>, room: RoomId, visit: i64) -> Answer<bool> {
    let Some(kept) = store::by_id(tx, room)? else { return Ok(false) };
    if (kept.info.terms.is_persistent && !kept.is_locked) || kept.visit != visit {
        return Ok(false);
    }
    strike(tx, &kept)?;
    Ok(true)
}

/// Strikes a room with its lists and all that was said in it; its address is free again.
pub(super) fn strike(tx: &mut Tx<'_>, kept: &Kept) -> Answer<()> {
    store::delete(tx, kept.info.id)?;
    crate::archive::forget_room(tx, kept.info.id)?;
    konvent_people::units::give_address_back(tx, &kept.info.address)
}

/// Where a person stands on lists, for the export; `address` is his own.
pub(super) fn entries_of(
    reader: &mut Reader<'_>,
    person: PersonId,
    address: &BareJid,
) -> Answer<Vec<store::Entry>> {
    store::entries_of(reader, person, address.as_str())
}

/// A person leaves the organisation, or is erased: off all lists, also where somebody elsewhere put his address before he had it.
/// Rooms that were his alone go to the longest-standing admin or member; where there is none, they end.
pub fn hand_over(tx: &mut Tx<'_>, person: PersonId, address: &BareJid) -> Answer<()> {
    store::adopt(tx, person, address.as_str())?;
    let rooms = store::rooms_of(tx, person)?;
    store::forget(tx, person)?;
    for (room, affiliation) in rooms {
        if affiliation != Affiliation::Owner || store::count(tx, room, Affiliation::Owner)? > 0 {
            continue;
        }
        let admin = store::first_of(tx, room, Affiliation::Admin)?;
        let heir = match admin {
            Some(admin) => Some(admin),
            None => store::first_of(tx, room, Affiliation::Member)?,
        };
        match heir {
            Some((address, person)) => {
                let before = store::listed(tx, room, &address)?;
                let nick = before.and_then(|listed| listed.nick);
                let looks = nick.as_deref().map(super::names::skeleton);
                let owner = Listed { address, affiliation: Affiliation::Owner, nick, reason: None };
                store::set(tx, room, &owner, person, looks.as_deref())?;
            }
            None => {
                if let Some(kept) = store::by_id(tx, room)? {
                    strike(tx, &kept)?;
                }
            }
        }
    }
    Ok(())
}
