//! Speaking in a room (XEP-0045 §7.4): kept once, then reflected to all who are inside.

use super::free::{activity, subject};
use super::occupants::Voice;
use super::{
    BAD_REQUEST, Caller, DIRECTORY_DECIDES, NO_VOICE, NOT_INSIDE, ONLY_OFFICES_SPEAK, Role,
    RoomInfo, RoomKind, TOO_SOON, access, stanzas,
};
use crate::archive::{self, Kept};
use crate::domain::with_resource;
use crate::{Domain, strike};
use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::Stanza;

/// A message of type `groupchat` to a room, from somebody with this voice inside. It is in the archive when the job is
/// committed, and only then posted.
///
/// A message that is sent again is shown to its sender again and to nobody else.
///
/// # Errors
/// `rooms.not-inside`, `rooms.only-offices-speak`, `rooms.no-voice`, `rooms.too-soon`, `rooms.directory-decides` and
/// `rooms.not-the-subject` (subjects), `rooms.bad-request` when it is of another type.
pub fn say(
    tx: &mut Tx<'_>,
    domain: &Domain,
    room: &RoomInfo,
    caller: &Caller,
    voice: Option<&Voice>,
    message: &Stanza,
    out: &mut Outbox,
) -> Answer<Kept> {
    if !message.is_kind("groupchat") {
        // Nobody is invited or given the voice in a room of the directory; a free one has the flow see to it.
        return Err(if room.kind == RoomKind::Free { BAD_REQUEST } else { DIRECTORY_DECIDES });
    }
    let voice = voice.ok_or(NOT_INSIDE)?;
    let sets_subject = subject::is_subject(message);
    let address = domain.room(&room.address)?;
    let said = strike::claims(message)
        .addressed(Some(with_resource(&address, &voice.nick)?), None)
        .with_child(&stanzas::occupant_id(&voice.occupant_id));
    match may_speak(tx, room, caller, voice, sets_subject) {
        Ok(()) => {}
        // Sent again because the acknowledgement was lost: it was said, and no pause stands against hearing so.
        Err(refusal) if refusal == TOO_SOON => {
            let before = archive::said_before(tx, room.id, &caller.bare(), message)?;
            let before = before.ok_or(refusal)?;
            caller.tell(&archive::marked(&said, &address, before), out);
            return Ok(Kept::Again(before));
        }
        Err(refusal) => return Err(refusal),
    }
    if sets_subject {
        subject::keep(tx, room.id, message, voice)?;
    }
    let kept =
        archive::keep_in_room(tx, room.id, caller.account(), &caller.bare(), message, &said)?;
    match kept {
        Kept::New { mine, .. } => {
            activity::note(tx, room.id, &room.terms, message)?;
            super::moderation::retract_own(tx, room, caller, message)?;
            out.to_occupants(room.id, archive::marked(&said, &address, mine));
        }
        Kept::Again(id) => caller.tell(&archive::marked(&said, &address, id), out),
        Kept::Not => {
            activity::note(tx, room.id, &room.terms, message)?;
            out.to_occupants(room.id, said);
        }
    }
    Ok(kept)
}

/// Whether he may say this now.
fn may_speak(
    tx: &mut Tx<'_>,
    room: &RoomInfo,
    caller: &Caller,
    voice: &Voice,
    sets_subject: bool,
) -> Answer<()> {
    let now = tx.now();
    if room.kind != RoomKind::Free {
        // The term that gave the voice may have ended a moment ago.
        let standing = access::standing_of(tx, room, caller, now)?.ok_or(NOT_INSIDE)?;
        if standing.role < Role::Participant {
            return Err(ONLY_OFFICES_SPEAK); // XEP-0045 §7.4
        }
        // XEP-0045 §8.1: the subject is the unit's name
        return if sets_subject { Err(DIRECTORY_DECIDES) } else { Ok(()) };
    }
    if sets_subject {
        let may = room.terms.subject_by.allows(voice.role);
        return if may { Ok(()) } else { Err(subject::NOT_THE_SUBJECT) };
    }
    if voice.role < Role::Participant {
        return Err(NO_VOICE); // XEP-0045 §7.4
    }
    // XEP-0500 §6: who keeps order need not wait.
    let pause = i64::from(room.terms.slow_secs);
    let is_soon = voice.last_spoke(tx.attempt()).is_some_and(|at| now < at.plus_secs(pause));
    if is_soon && voice.role != Role::Moderator {
        return Err(TOO_SOON);
    }
    Ok(())
}
