//! Speaking in a room (XEP-0045 §7.4): kept once, then reflected to all who are inside.

use super::{
    DIRECTORY_DECIDES, NO_PRIVATE_MESSAGES, NOT_INSIDE, ONLY_OFFICES_SPEAK, Occupants, Role,
    RoomInfo, access, stanzas,
};
use crate::archive::{self, Kept, Party};
use crate::domain::with_resource;
use crate::{Domain, Session, ns, strike};
use konvent_core::{Answer, Outbox, Tx};
use konvent_wire::{Jid, Stanza};

/// A message to a room. It is in the archive when the job is committed, and only then posted.
///
/// A message that is sent again is shown to its sender again and to nobody else.
///
/// # Errors
/// `rooms.no-private-messages`, `rooms.directory-decides` (invitations, subjects), `rooms.not-inside`,
/// `rooms.only-offices-speak`.
pub fn say(
    tx: &mut Tx<'_>,
    domain: &Domain,
    occupants: &Occupants,
    room: &RoomInfo,
    session: &Session,
    message: &Stanza,
    out: &mut Outbox,
) -> Answer<Kept> {
    if message.to.as_ref().is_some_and(Jid::is_full) {
        return Err(NO_PRIVATE_MESSAGES); // XEP-0045 §7.5
    }
    if !message.is_kind("groupchat") {
        // XEP-0045 §7.8.2 (invitations) and §7.13 (requests for voice) come as normal messages.
        return Err(DIRECTORY_DECIDES);
    }
    let voice = occupants.voice(room.id, session.id, session.account).ok_or(NOT_INSIDE)?;
    // The term that gave the voice may have ended a moment ago.
    let now = tx.now();
    let standing = access::standing(tx, room, session.person, now)?.ok_or(NOT_INSIDE)?;
    if standing.role != Role::Participant {
        return Err(ONLY_OFFICES_SPEAK); // XEP-0045 §7.4
    }
    if message.has("subject", ns::CLIENT) && !message.has("body", ns::CLIENT) {
        return Err(DIRECTORY_DECIDES); // XEP-0045 §8.1: the subject is the unit's name
    }
    let address = domain.room(&room.address)?;
    let said = strike::claims(message)
        .addressed(Some(with_resource(&address, &voice.nick)?), None)
        .with_child(&stanzas::occupant_id(&voice.occupant_id));
    let own = session.bare();
    let sender = Party { account: session.account, address: &own };
    let kept = archive::keep_in_room(tx, room.id, sender, message, &said)?;
    match kept {
        Kept::New { mine, .. } => out.to_occupants(room.id, archive::marked(&said, &address, mine)),
        Kept::Again(id) => {
            let again = archive::marked(&said, &address, id);
            out.to_session(
                session.id,
                again.addressed(again.from.clone(), Some(session.address.clone())),
            );
        }
        Kept::Not => out.to_occupants(room.id, said),
    }
    Ok(kept)
}
