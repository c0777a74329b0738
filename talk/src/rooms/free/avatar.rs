//! The picture of a free room (XEP-0486), set by its owners as a card of the old kind (XEP-0054 §3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use konvent_core::{Answer, Kind, Outbox, Reader, Refusal, RoomId, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::{Kept, store};
use crate::Domain;
use crate::ns;
use crate::rooms::occupants::{Deed, Turn};
use crate::rooms::stanzas::{announcement, status};
use crate::rooms::{Affiliation, BAD_REQUEST, Caller, ONLY_OWNERS};

/// A picture of a room is shown small; every newcomer may fetch it.
pub const AVATAR_BYTES_MAX: usize = 64 * 1024;

/// The picture is larger than [`AVATAR_BYTES_MAX`], or none of the kinds that clients show.
pub const UNFIT: Refusal = Refusal::new(Kind::BadRequest, "rooms.avatar-unfit");

/// The card of a room.
pub fn card(reader: &mut Reader<'_>, room: RoomId, iq: &Stanza) -> Answer<Stanza> {
    let photo = store::avatar(reader, room)?.map(|(kind, bytes)| {
        el("PHOTO", ns::VCARD)
            .child(el("TYPE", ns::VCARD).text(kind))
            .child(el("BINVAL", ns::VCARD).text(STANDARD.encode(bytes)))
    });
    Ok(iq.result(Some(&el("vCard", ns::VCARD).children(photo).build())))
}

/// The hash by which clients know whether they have the picture (XEP-0486 §3.4, by the method of XEP-0153 §2).
pub fn hash(reader: &mut Reader<'_>, room: RoomId) -> Answer<Option<String>> {
    Ok(store::avatar(reader, room)?.map(|(_, bytes)| hex(&sha1(&bytes))))
}

/// Sets the picture; an empty card takes it away (XEP-0486 §3.2, §3.3).
///
/// # Errors
/// `rooms.only-owners`, [`UNFIT`], `rooms.bad-request`.
pub fn set(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<Deed> {
    if super::affiliation(tx, kept.info.id, &caller.bare())? != Affiliation::Owner {
        return Err(ONLY_OWNERS);
    }
    let card = iq.payload().ok_or(BAD_REQUEST)?;
    let photo = card.get_child("PHOTO", ns::VCARD).map(picture).transpose()?;
    let photo = photo.as_ref().map(|(kind, bytes)| (*kind, bytes.as_slice()));
    store::set_avatar(tx, kept.info.id, photo)?;
    let mut first = Outbox::default();
    caller.tell(&iq.result(None), &mut first);
    let address = domain.room(&kept.info.address)?;
    let told = announcement(&address, &[status::TERMS_CHANGED]);
    Ok(Deed::of(kept.info.id, first).with(Turn::Said(told)))
}

/// The kind is told by the first bytes, not by what the client says. SVG is left out: it may hold programs.
fn picture(photo: &Element) -> Answer<(&'static str, Vec<u8>)> {
    let text = photo.get_child("BINVAL", ns::VCARD).map(Element::text).ok_or(UNFIT)?;
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(text).map_err(|_| UNFIT)?;
    let kind = match bytes.as_slice() {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
        _ => return Err(UNFIT),
    };
    if bytes.len() > AVATAR_BYTES_MAX { Err(UNFIT) } else { Ok((kind, bytes)) }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
    }
    text
}

/// SHA-1, which XEP-0153 §2 fixes; it tells pictures apart and protects nothing.
fn sha1(bytes: &[u8]) -> [u8; 20] {
    use sha1::{Digest as _, Sha1};
    Sha1::digest(bytes).into()
}
