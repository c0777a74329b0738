//! Taking words back: a moderator those of others (XEP-0425 §4), everybody his own (XEP-0424 §3). What was said is replaced
//! in the archive by a mark that something was, so that nobody who comes later reads it.
//!
//! In a free room its moderators may do so; in a room of the directory whoever holds an office with
//! [`super::ANNOUNCE`] there. Nobody may take back what was said in a room that he cannot moderate, whatever id he names.

use konvent_core::{Answer, Kind, Millis, Outbox, Reader, Refusal, Tx};
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use super::occupants::Voice;
use super::{BAD_REQUEST, Caller, NOT_INSIDE, ONLY_MODERATORS, Role, RoomInfo, access};
use crate::archive::{self, Owner};
use crate::domain::with_resource;
use crate::{Domain, ns};

/// Nothing was said there under this id.
pub const NO_SUCH_MESSAGE: Refusal = Refusal::new(Kind::NotFound, "rooms.no-such-message");

/// A reason is a sentence or two.
const REASON_BYTES_MAX: usize = 1_000;

/// Answers `<moderate/>`: the message is gone from the archive, and all inside are told.
///
/// # Errors
/// `rooms.not-inside`, `rooms.only-moderators`, [`NO_SUCH_MESSAGE`], `rooms.bad-request`.
pub fn moderate(
    tx: &mut Tx<'_>,
    domain: &Domain,
    room: &RoomInfo,
    caller: &Caller,
    voice: Option<&Voice>,
    iq: &Stanza,
) -> Answer<Outbox> {
    let asked = iq.payload().ok_or(BAD_REQUEST)?;
    if !iq.is_kind("set") || !asked.has_child("retract", ns::RETRACT) {
        return Err(BAD_REQUEST);
    }
    let id: i64 = asked.attr("id").and_then(|id| id.parse().ok()).ok_or(NO_SUCH_MESSAGE)?;
    let voice = voice.ok_or(NOT_INSIDE)?;
    let now = tx.now();
    if !may_moderate(tx, room, caller, voice, now)? {
        return Err(ONLY_MODERATORS); // XEP-0425 §4
    }
    let mut reason = asked.get_child("reason", ns::MODERATE).map(Element::text).unwrap_or_default();
    reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
    let address = domain.room(&room.address)?;
    let by = with_resource(&address, &voice.nick)?;
    let moderated = || {
        el("moderated", ns::MODERATE)
            .attr("by", &by)
            .child(super::stanzas::occupant_id(&voice.occupant_id))
    };
    let because = |parent: konvent_wire::xml::Build| match reason.as_str() {
        "" => parent,
        words => parent.child(el("reason", ns::RETRACT).text(words)),
    };
    // XEP-0425 §5: the mark says who moderated and when.
    let mark = el("retracted", ns::RETRACT).attr("stamp", now.to_xep_0082()).child(moderated());
    if !archive::bury(tx, Owner::Room(room.id), id, &because(mark).build())? {
        return Err(NO_SUCH_MESSAGE);
    }
    let retract = el("retract", ns::RETRACT).attr("id", id).child(moderated());
    let said = Stanza::message("groupchat")
        .with_from(address.clone())
        .with_id(&format!("retraction-{id}"))
        .with_child(&because(retract).build());
    let kept = archive::keep_of_room(tx, room.id, &address, &said)?;
    let mut out = Outbox::default();
    out.to_occupants(room.id, archive::marked(&said, &address, kept));
    caller.tell(&iq.result(None), &mut out);
    Ok(out)
}

/// Whether somebody inside may take back what others have said.
fn may_moderate(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    caller: &Caller,
    voice: &Voice,
    now: Millis,
) -> Answer<bool> {
    if room.kind == super::RoomKind::Free {
        return Ok(voice.role == Role::Moderator);
    }
    match caller.person {
        Some(person) => access::announces(reader, room, person, now),
        None => Ok(false),
    }
}

/// A message that takes back an earlier one of the same sender (XEP-0424 §3): that is buried, the message itself is kept
/// like any other. Of somebody else's words nothing happens: clients check the occupant id (XEP-0424 §5).
pub(super) fn retract_own(
    tx: &mut Tx<'_>,
    room: &RoomInfo,
    caller: &Caller,
    message: &Stanza,
) -> Answer<()> {
    let Some(retract) = message.child("retract", ns::RETRACT) else { return Ok(()) };
    let Some(id) = retract.attr("id").and_then(|id| id.parse::<i64>().ok()) else { return Ok(()) };
    let owner = Owner::Room(room.id);
    if archive::said_by(tx, owner, id)?.as_deref() != Some(caller.bare().as_str()) {
        return Ok(());
    }
    // XEP-0424 §4: with the id of the message that took it back.
    let mark = el("retracted", ns::RETRACT)
        .attr("stamp", tx.now().to_xep_0082())
        .maybe("id", message.id.as_deref());
    archive::bury(tx, owner, id, &mark.build()).map(drop)
}
