//! What an occupant does inside: says how he is (XEP-0045 §7.7), takes another name (§7.6), writes to one of the others
//! (§7.5).

use super::{Occupants, Place, Role, stanzas};
use crate::rooms::names::{is_fit, skeleton};
use crate::rooms::stanzas::{Note, status};
use crate::rooms::{
    NICK_TAKEN, NICK_UNFIT, NO_PRIVATE_MESSAGES, NO_SUCH_OCCUPANT, NOT_INSIDE, RoomKind,
};
use crate::{ns, strike};
use konvent_core::{Answer, Outbox, RoomId};
use konvent_wire::jid::Part;
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

use crate::domain::with_resource;

impl Occupants {
    /// A connection inside says how it is: shown to all, as that of its member. With another nickname in its address it
    /// takes that name; in a room of the directory the name stays as it is.
    ///
    /// # Errors
    /// `rooms.nick-taken`, `rooms.nick-unfit`.
    pub fn change_presence(
        &mut self,
        place: &Place,
        room: RoomId,
        presence: &Stanza,
    ) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let Some(being) = self.being_at(place, room) else { return Ok(out) };
        let Some(inside) = self.rooms.get_mut(&room) else { return Ok(out) };
        let wanted = presence.to.as_ref().and_then(Jid::resource).map(Part::as_str);
        let is_free_room = inside.room.kind == RoomKind::Free;
        let veils = !inside.room.terms.shows_addresses;
        let Some(occupant) = inside.occupants.get_mut(&being) else { return Ok(out) };
        let new_nick = wanted.filter(|nick| is_free_room && *nick != occupant.nick);
        if let Some(nick) = new_nick {
            if !is_fit(nick) {
                return Err(NICK_UNFIT);
            }
            if inside.nicks.get(&skeleton(nick)).is_some_and(|holder| *holder != being) {
                return Err(NICK_TAKEN); // XEP-0045 §7.6
            }
        }
        if let Some(at) = occupant.devices.iter().position(|device| device.place == *place) {
            let mut device = occupant.devices.remove(at);
            device.presence = stanzas::cleaned_presence(presence);
            occupant.devices.push(device);
        }
        if let Some(nick) = new_nick {
            let old = occupant.shown(&inside.address, true);
            let note = Note { new_nick: Some(nick.to_owned()), ..Note::codes(&[status::NEW_NICK]) };
            // XEP-0045 §7.6: the old name goes with 303, and himself hears it with 110.
            let own = stanzas::gone(old, None, &note.clone().and(status::SELF))?;
            let (open, veiled) = (
                stanzas::gone(old, None, &note)?,
                stanzas::gone(occupant.shown(&inside.address, false), None, &note)?,
            );
            inside.nicks.remove(&skeleton(&occupant.nick));
            inside.nicks.insert(skeleton(nick), being.clone());
            occupant.nick = nick.to_owned();
            occupant.tell(&own, &mut out);
            if occupant.is_seen {
                let farewell = |with| Ok(if with { open.clone() } else { veiled.clone() });
                inside.tell_others(&being, farewell, &mut out)?;
            }
        }
        let Some(occupant) = inside.occupants.get_mut(&being) else { return Ok(out) };
        occupant.refresh(&inside.address, veils)?;
        inside.show(&being, &mut out)?;
        let Some(occupant) = inside.occupants.get(&being) else { return Ok(out) };
        let mut note = Note::codes(&[status::SELF]);
        if wanted.is_some_and(|nick| nick != occupant.nick) {
            note = note.and(status::NICK_CHANGED); // XEP-0045 §7.6: the directory holds the name
        }
        let own = occupant.own_presence(&inside.address, &note)?;
        occupant.tell(&own, &mut out);
        Ok(out)
    }

    /// A message to one occupant (XEP-0045 §7.5): to all his devices, under the sender's nickname. It is kept nowhere.
    ///
    /// # Errors
    /// `rooms.not-inside`, `rooms.no-private-messages`, `rooms.no-such-occupant`.
    pub fn write_to_one(
        &self,
        room: RoomId,
        place: &Place,
        nick: &str,
        message: &Stanza,
    ) -> Answer<Outbox> {
        let inside = self.rooms.get(&room).ok_or(NOT_INSIDE)?;
        let being = self.being_at(place, room).ok_or(NOT_INSIDE)?;
        let sender = inside.occupants.get(&being).ok_or(NOT_INSIDE)?;
        // Everybody may answer a moderator, so that who lost his voice can ask why.
        let (_, receiver) = inside.occupant_at(nick).ok_or(NO_SUCH_OCCUPANT)?;
        let may = inside.room.terms.private_by.allows(sender.standing.role);
        let is_answer =
            receiver.standing.role == Role::Moderator && inside.room.kind == RoomKind::Free;
        if !may && !is_answer {
            return Err(NO_PRIVATE_MESSAGES);
        }
        // XEP-0045 §7.5: marked, so that clients can tell it from a message to the account.
        let said = strike::claims(message)
            .addressed(Some(with_resource(&inside.address, &sender.nick)?), None)
            .with_child(&el("x", ns::MUC_USER).build())
            .with_child(&stanzas::occupant_id(&sender.id));
        let mut out = Outbox::default();
        receiver.tell(&said, &mut out);
        Ok(out)
    }

    /// To all moderators inside.
    pub fn tell_moderators(&self, room: RoomId, stanza: &Stanza) -> Outbox {
        let mut out = Outbox::default();
        if let Some(inside) = self.rooms.get(&room) {
            inside.tell_moderators(stanza, &mut out);
        }
        out
    }

    pub(super) fn being_at(&self, place: &Place, room: RoomId) -> Option<super::Being> {
        let rooms = self.places.get(place)?;
        rooms.iter().find(|(inside, _)| *inside == room).map(|(_, being)| being.clone())
    }
}
