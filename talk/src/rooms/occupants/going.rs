//! Going (XEP-0045 §7.14), and being made to go: the last connection of a member takes the occupant along.

use super::{Being, Occupants, Place, stanzas};
use crate::rooms::RoomKind;
use crate::rooms::names::skeleton;
use crate::rooms::stanzas::{Note, status};
use konvent_core::{Answer, Outbox, RoomId};
use konvent_wire::{Condition, Stanza};

/// XEP-0045 §18.1.2: errors which say that nothing reaches the one who sends them any more. RFC 6121 has a server answer for a
/// device that is gone with the last one, so it counts, too.
const OUT_OF_REACH: [Condition; 7] = [
    Condition::Gone,
    Condition::ItemNotFound,
    Condition::RecipientUnavailable,
    Condition::Redirect,
    Condition::RemoteServerNotFound,
    Condition::RemoteServerTimeout,
    Condition::ServiceUnavailable,
];

/// Whether an error says that what the room has sent did not arrive, so that whoever sent it is not inside any more. One that
/// gives no reason at all counts, as it refuses nothing in particular.
pub fn is_out_of_reach(error: &Stanza) -> bool {
    error.error().is_none_or(|error| OUT_OF_REACH.contains(&error.condition))
}

impl Occupants {
    /// A connection leaves a room. `presence` is what it says in parting, if it says anything.
    pub fn leave(
        &mut self,
        place: &Place,
        room: RoomId,
        presence: Option<&Stanza>,
    ) -> Answer<Outbox> {
        self.take_out(place, room, presence, &Note::default())
    }

    /// A connection is gone and leaves all rooms; nothing is said to itself that it could still hear.
    pub fn leave_all(&mut self, place: &Place) -> Answer<Outbox> {
        let mut out = Outbox::default();
        for room in self.rooms_at(place) {
            out.append(self.take_out(place, room, None, &Note::default())?);
        }
        Ok(out)
    }

    /// A connection reports that nothing reaches it (XEP-0045 §18.1.2): it is taken out, as all are told with 333 (§11.1).
    pub fn bounced(&mut self, place: &Place, room: RoomId) -> Answer<Outbox> {
        self.take_out(place, room, None, &Note::codes(&[status::UNREACHABLE]))
    }

    /// Takes a connection out; `note` says why. The last connection of a member takes the occupant along.
    pub(super) fn take_out(
        &mut self,
        place: &Place,
        room: RoomId,
        presence: Option<&Stanza>,
        note: &Note,
    ) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let Some(being) = self.forget_place(place, room) else { return Ok(out) };
        let Some(inside) = self.rooms.get_mut(&room) else { return Ok(out) };
        let Some(occupant) = inside.occupants.get_mut(&being) else { return Ok(out) };
        if let Some(at) = occupant.devices.iter().position(|device| device.place == *place) {
            let device = occupant.devices.remove(at);
            let shown = occupant.shown(&inside.address, true);
            let farewell = stanzas::gone(shown, presence, &note.clone().and(status::SELF))?;
            device.place.tell(&device.address, &farewell, &mut out);
        }
        if !occupant.devices.is_empty() {
            occupant.refresh(&inside.address, !inside.room.terms.shows_addresses)?;
            return Ok(out);
        }
        if let Some(occupant) = inside.occupants.remove(&being) {
            inside.nicks.remove(&skeleton(&occupant.nick));
            inside.remember(&being, &occupant);
            if occupant.is_seen {
                let address = &inside.address;
                inside.tell_others(
                    &being,
                    |with_address| {
                        stanzas::gone(occupant.shown(address, with_address), presence, note)
                    },
                    &mut out,
                )?;
            }
        }
        if inside.occupants.is_empty() {
            if inside.room.kind == RoomKind::Free {
                self.emptied.push((room, inside.visit));
            }
            self.rooms.remove(&room);
        }
        Ok(out)
    }

    /// Everybody goes, and is told only of himself (XEP-0045 §10.9, §11.2).
    pub(super) fn empty(&mut self, room: RoomId, note: &Note, out: &mut Outbox) -> Answer<()> {
        let Some(inside) = self.rooms.remove(&room) else { return Ok(()) };
        let note = note.clone().and(status::SELF);
        for occupant in inside.occupants.values() {
            let farewell = stanzas::gone(occupant.shown(&inside.address, true), None, &note)?;
            for device in &occupant.devices {
                device.place.tell(&device.address, &farewell, out);
                self.forget_place(&device.place, room);
            }
        }
        self.emptied.retain(|(emptied, _)| *emptied != room);
        Ok(())
    }

    /// The service closes: everybody in every room is told with 332 (XEP-0045 §11.2). The rooms stay what they are.
    pub fn close(&mut self) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            self.empty(room, &Note::codes(&[status::SHUT_DOWN]), &mut out)?;
        }
        Ok(out)
    }

    /// Takes all connections of somebody out.
    pub(super) fn show_out(&mut self, being: &Being, room: RoomId, note: &Note) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let places: Vec<Place> = self
            .rooms
            .get(&room)
            .and_then(|inside| inside.occupants.get(being))
            .map(|occupant| occupant.devices.iter().map(|device| device.place.clone()).collect())
            .unwrap_or_default();
        for place in places {
            out.append(self.take_out(&place, room, None, note)?);
        }
        Ok(out)
    }

    fn forget_place(&mut self, place: &Place, room: RoomId) -> Option<Being> {
        let rooms = self.places.get_mut(place)?;
        let at = rooms.iter().position(|(inside, _)| *inside == room)?;
        let (_, being) = rooms.swap_remove(at);
        if rooms.is_empty() {
            self.places.remove(place);
        }
        Some(being)
    }
}
