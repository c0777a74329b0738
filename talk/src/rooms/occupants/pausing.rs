//! Slow rooms (XEP-0500 §4): who spoke when, also while his words are not on disk yet and after he went.

use super::{Inside, Occupant, Occupants, Place};
use crate::rooms::Being;
use konvent_core::{Millis, RoomId};

/// Of so many who went it is known when they spoke; of the earliest no more than that. It bounds what a crowd that comes and goes
/// leaves behind.
const WENT_MAX: usize = 1_000;

impl Occupants {
    /// Somebody speaks, in this attempt at a commit ([`konvent_core::Tx::attempt`]).
    pub fn speaks(&mut self, room: RoomId, place: &Place, attempt: u64, at: Millis) {
        if let Some(occupant) = self.speaker(room, place) {
            occupant.speaks = Some((attempt, at));
        }
    }

    /// Somebody spoke: it is on disk.
    pub fn spoke(&mut self, room: RoomId, place: &Place, at: Millis) {
        if let Some(occupant) = self.speaker(room, place) {
            occupant.spoke_at = Some(at);
        }
    }

    fn speaker(&mut self, room: RoomId, place: &Place) -> Option<&mut Occupant> {
        let being = self.being_at(place, room)?;
        self.rooms.get_mut(&room)?.occupants.get_mut(&being)
    }
}

impl Inside {
    /// Somebody goes: when he last spoke stays known for the length of a pause.
    pub(super) fn remember(&mut self, being: &Being, occupant: &Occupant) {
        let pause = i64::from(self.room.terms.slow_secs);
        let last = occupant.speaks.map(|(_, at)| at).max(occupant.spoke_at);
        let Some(at) = last.filter(|_| pause > 0) else { return };
        self.went.retain(|_, before| at < before.plus_secs(pause));
        self.went.insert(being.clone(), at);
        if self.went.len() > WENT_MAX {
            let earliest = self.went.iter().min_by_key(|(_, at)| **at);
            if let Some(earliest) = earliest.map(|(being, _)| being.clone()) {
                self.went.remove(&earliest);
            }
        }
    }

    /// Somebody comes: when he spoke before he went.
    pub(super) fn recall(&mut self, being: &Being) -> Option<Millis> {
        self.went.remove(being)
    }
}
