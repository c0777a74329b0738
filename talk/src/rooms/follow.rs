//! The rooms follow the directory: who no longer belongs is shown out, who gains or loses his voice is told.
//!
//! In two steps: what has become of those inside is read from the storage, without anybody waiting for the hall; then it
//! is shown. Free rooms have lists of their own and follow nothing.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::occupants::{Deed, Seen, Turn};
use super::stanzas::{Note, status};
use super::{Affiliation, Occupants, RoomInfo, access};
use konvent_core::{Answer, Millis, Outbox, PersonId, Reader, RoomId};

/// After a transfer, an exit, a term that began or ended, a changed rule: compares those inside with the directory.
///
/// `seen` are those inside whom the change may concern ([`Occupants::seen_of`]). Whoever *gained* a room hears of it from
/// his bookmarks and comes in by himself.
pub fn turns(reader: &mut Reader<'_>, seen: &[Seen], now: Millis) -> Answer<Vec<Deed>> {
    let mut rooms: HashMap<RoomId, Option<RoomInfo>> = HashMap::new();
    let mut deeds = Vec::new();
    for one in seen {
        let Some(person) = one.person else { continue };
        let room = match rooms.entry(one.room) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(access::room(reader, one.room)?),
        };
        let standing = match room.as_ref() {
            Some(room) => access::standing(reader, room, person, now)?,
            None => None, // the unit was dissolved
        };
        let turn = match standing {
            // XEP-0045 §9.4: the others see that the affiliation is gone, too.
            None => {
                let note = Note {
                    affiliation: Some(Affiliation::None),
                    ..Note::codes(&[status::NO_LONGER_MEMBER])
                };
                Turn::Out(one.being.clone(), note)
            }
            Some(standing) if standing != one.standing => {
                Turn::Stands(one.being.clone(), standing, Note::default())
            }
            Some(_) => continue,
        };
        deeds.push(Deed::of(one.room, Outbox::default()).with(turn));
    }
    Ok(deeds)
}

impl Occupants {
    /// Those inside whom a change of the directory may concern: some persons, or everybody. Call it within the job that
    /// reads what has become of them, after [`Occupants::has_followed`].
    pub fn look(&self, persons: Option<&[PersonId]>) -> Vec<Seen> {
        self.seen_of(persons)
    }

    /// Shows what [`turns`] found, once it is committed.
    pub fn follow(&mut self, deeds: Vec<Deed>) -> Answer<Outbox> {
        let mut out = Outbox::default();
        for deed in deeds {
            out.append(self.apply(deed)?);
        }
        Ok(out)
    }
}
