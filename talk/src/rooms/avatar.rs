//! The picture of a room (XEP-0486), set as a card of the old kind (XEP-0054 §3): by the owners of a free room, and by those
//! who announce for the unit in a room of the directory.

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Kind, Millis, Outbox, PersonId, Reader, Refusal, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::occupants::{Deed, Turn};
use super::stanzas::{announcement, status};
use super::{
    Affiliation, BAD_REQUEST, Caller, ONLY_OWNERS, RoomInfo, RoomKind, access, free, store,
};
use crate::picture::{self, Picture};
use crate::{Domain, ns};

/// A picture of a room is shown small; every newcomer may fetch it.
pub const AVATAR_BYTES_MAX: usize = 64 * 1024;

/// The picture is larger than [`AVATAR_BYTES_MAX`], or none of the kinds that clients show.
pub const UNFIT: Refusal = Refusal::new(Kind::BadRequest, "rooms.avatar-unfit");
/// What a room of the directory looks like is decided by those who hold an office in its unit.
pub const OFFICES_DECIDE: Refusal = Refusal::new(Kind::NotAllowed, "rooms.offices-decide");

/// The picture of a room: its media type and its bytes.
fn kept(reader: &mut Reader<'_>, room: &RoomInfo) -> Answer<Option<(String, Vec<u8>)>> {
    match room.kind {
        RoomKind::Free => free::avatar(reader, room.id),
        RoomKind::Unit(_) | RoomKind::Body(_) => store::picture(reader, room.id),
    }
}

/// The card of a room.
pub fn card(reader: &mut Reader<'_>, room: &RoomInfo, iq: &Stanza) -> Answer<Stanza> {
    let picture = kept(reader, room)?.and_then(|(_, bytes)| Picture::of(bytes));
    let photo = picture.map(|picture| picture.photo());
    Ok(iq.result(Some(&el("vCard", ns::VCARD).children(photo).build())))
}

/// The hash by which clients know whether they have the picture (XEP-0486 §3.4, by the method of XEP-0153 §2).
pub fn hash(reader: &mut Reader<'_>, room: &RoomInfo) -> Answer<Option<String>> {
    Ok(kept(reader, room)?.map(|(_, bytes)| picture::hash(&bytes)))
}

/// Sets the picture; an empty card takes it away (XEP-0486 §3.2, §3.3).
///
/// # Errors
/// `rooms.only-owners`, [`OFFICES_DECIDE`], [`UNFIT`], `rooms.bad-request`.
pub fn set(
    tx: &mut Tx<'_>,
    domain: &Domain,
    room: &RoomInfo,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<Deed> {
    let decider = may_decide(tx, room, caller)?;
    let card = iq.payload().ok_or(BAD_REQUEST)?;
    let picture = card.get_child("PHOTO", ns::VCARD).map(picture_of).transpose()?;
    let picture = picture.as_ref().map(|picture| (picture.kind, picture.bytes.as_slice()));
    match decider {
        None => free::set_avatar(tx, room.id, picture)?,
        Some(person) => {
            let detail = if picture.is_some() { "a picture" } else { "no picture" };
            let actor = Actor::Person(person.0);
            let act = "rooms.picture-changed";
            audit::note(tx, Note { actor, act, subject: room.id.0, detail })?;
            store::set_picture(tx, room.id, picture)?
        }
    };
    let mut first = Outbox::default();
    caller.tell(&iq.result(None), &mut first);
    let address = domain.room(&room.address)?;
    let told = announcement(&address, &[status::TERMS_CHANGED]);
    Ok(Deed::of(room.id, first).with(Turn::Said(told)))
}

/// Whether somebody decides what the room looks like, for clients that offer it.
pub fn may_set(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    own: &BareJid,
    person: Option<PersonId>,
    now: Millis,
) -> Answer<bool> {
    match (room.kind, person) {
        (RoomKind::Free, _) => Ok(free::affiliation(reader, room.id, own)? == Affiliation::Owner),
        (_, Some(person)) => access::announces(reader, room, person, now),
        (_, None) => Ok(false),
    }
}

/// Whether the caller decides what the room looks like; in a room of the directory, who he is there.
fn may_decide(tx: &mut Tx<'_>, room: &RoomInfo, caller: &Caller) -> Answer<Option<PersonId>> {
    let (now, is_free) = (tx.now(), room.kind == RoomKind::Free);
    if may_set(tx, room, &caller.bare(), caller.person, now)? {
        return Ok(caller.person.filter(|_| !is_free));
    }
    Err(if is_free { ONLY_OWNERS } else { OFFICES_DECIDE })
}

fn picture_of(photo: &Element) -> Answer<Picture> {
    let text = photo.get_child("BINVAL", ns::VCARD).map(Element::text).ok_or(UNFIT)?;
    let picture = Picture::of_base64(&text).ok_or(UNFIT)?;
    if picture.bytes.len() > AVATAR_BYTES_MAX { Err(UNFIT) } else { Ok(picture) }
}
