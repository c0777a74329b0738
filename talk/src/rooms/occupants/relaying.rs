//! Questions of one occupant to another (XEP-0045 §17.4): the room passes them on between nicknames, so that neither learns
//! the other's address, and brings the answer back to the device that asked.
//!
//! Nothing is remembered meanwhile: the id under which a question is passed on is sealed, and only the device that was asked
//! can answer under it. Left out: rooms of the directory, in which everybody knows the address of the others.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac as _;

use super::{Inside, Occupant, Occupants, Place};
use crate::domain::with_resource;
use crate::rooms::disco::ASK_THE_MEMBER;
use crate::rooms::{
    BAD_REQUEST, NO_PRIVATE_MESSAGES, NO_SUCH_OCCUPANT, NOT_INSIDE, Role, RoomKind,
};
use konvent_core::{Answer, Outbox, RoomId};
use konvent_wire::Stanza;

/// So long is a seal as text: 16 bytes in base64.
const SEAL_CHARS: usize = 22;

impl Occupants {
    /// A question to the one of this nickname, asked of the device that the others see. Whoever may not write to one alone
    /// may only ask (`get`), not want something (`set`).
    ///
    /// # Errors
    /// `rooms.not-inside`, `rooms.no-such-occupant`, `rooms.no-private-messages`; `rooms.ask-the-member` in the directory's.
    pub fn ask_one(&self, room: RoomId, place: &Place, nick: &str, iq: &Stanza) -> Answer<Outbox> {
        let (inside, asker) = self.occupant_of(room, place).ok_or(NOT_INSIDE)?;
        let (_, other) = inside.occupant_at(nick).ok_or(NO_SUCH_OCCUPANT)?;
        if inside.room.kind != RoomKind::Free {
            return Err(ASK_THE_MEMBER);
        }
        let may_want = inside.room.terms.private_by.allows(asker.standing.role)
            || other.standing.role == Role::Moderator;
        if iq.is_kind("set") && !may_want {
            return Err(NO_PRIVATE_MESSAGES);
        }
        let device = other.devices.last().ok_or(NO_SUCH_OCCUPANT)?;
        let id = iq.id.as_deref().ok_or(BAD_REQUEST)?;
        let from = with_resource(&inside.address, &asker.nick)?;
        let mut passed = iq.addressed(Some(from), None);
        passed.id = Some(format!("{}{id}", self.seal(room, place, &device.place, id)).into());
        let mut out = Outbox::default();
        device.place.tell(&device.address, &passed, &mut out);
        Ok(out)
    }

    /// The answer to such a question: to the device that asked, under the id that it gave. Nothing, if nobody did.
    pub fn answer_one(
        &self,
        room: RoomId,
        place: &Place,
        nick: &str,
        iq: &Stanza,
    ) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let Some((inside, speaker)) = self.occupant_of(room, place) else { return Ok(out) };
        let Some((_, asker)) = inside.occupant_at(nick) else { return Ok(out) };
        let Some((seal, id)) = iq.id.as_deref().and_then(|id| id.split_at_checked(SEAL_CHARS))
        else {
            return Ok(out);
        };
        let is_his = |asking: &Place| self.seal(room, asking, place, id) == seal;
        let Some(device) = asker.devices.iter().find(|device| is_his(&device.place)) else {
            return Ok(out);
        };
        let mut answer = iq.addressed(Some(with_resource(&inside.address, &speaker.nick)?), None);
        answer.id = Some(id.into());
        device.place.tell(&device.address, &answer, &mut out);
        Ok(out)
    }

    fn occupant_of(&self, room: RoomId, place: &Place) -> Option<(&Inside, &Occupant)> {
        let inside = self.rooms.get(&room)?;
        Some((inside, inside.occupants.get(&self.being_at(place, room)?)?))
    }

    /// Says who asked whom under which id, without telling it.
    fn seal(&self, room: RoomId, from: &Place, to: &Place, id: &str) -> String {
        let mut mac = self.mac(b"question");
        mac.update(&room.0.to_be_bytes());
        for place in [from, to] {
            match place {
                Place::Here(session) => mac.update(&session.0.to_be_bytes()),
                Place::Abroad(address) => mac.update(address.as_str().as_bytes()),
            }
            mac.update(b"\n");
        }
        mac.update(id.as_bytes());
        let tag = mac.finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(tag.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}
