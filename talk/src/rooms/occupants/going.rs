//! Going (XEP-0045 §7.14), and being made to go: the last connection of a member takes the occupant along.

use super::{Being, Occupants, Place, stanzas};
use crate::rooms::RoomKind;
use crate::rooms::names::skeleton;
use crate::rooms::stanzas::{Note, status};
use konvent_core::{Answer, Outbox, RoomId};
use konvent_wire::Stanza;

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

    /// A connection reports that nothing reaches it (XEP-0045 §7.14: a bounce): it is taken out with 333.
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
