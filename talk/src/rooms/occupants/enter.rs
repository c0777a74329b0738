//! Coming in, in the order of XEP-0045 §7.1: who is there, yourself, what was said, the subject.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};

use super::{Device, Inside, Occupant, Occupants};
use crate::rooms::free::versions::Versions;
use crate::rooms::names::skeleton;
use crate::rooms::stanzas::{self, Note, status};
use crate::rooms::{
    Affiliation, Being, DIRECTORY_CHANGED, Joining, NICK_TAKEN, ROOM_FULL, RoomKind,
};
use konvent_core::{Answer, Outbox};
use konvent_wire::Stanza;

/// So many owners and admins come in beyond what the terms allow: a room that somebody stuffs can still be put in order
/// (XEP-0045 §7.2.9).
const ADMINS_BEYOND: usize = 10;

/// So many connections of one occupant from abroad are inside at once: their number is his server's to choose, and each holds a
/// presence here and gets a copy of every word.
const DEVICES_ABROAD_MAX: usize = 20;

impl Inside {
    /// Under which name somebody comes in. The directory's rooms choose it; in free ones it is his to choose.
    fn nick_for(&self, joining: &Joining) -> Answer<String> {
        let being = &joining.caller.being;
        if let Some(known) = self.occupants.get(being) {
            return Ok(known.nick.clone()); // XEP-0045 §7.2.8: one occupant for all his devices
        }
        let is_free =
            |name: &str| self.nicks.get(&skeleton(name)).is_none_or(|holder| holder == being);
        if self.room.kind == RoomKind::Free {
            return if is_free(&joining.wanted) {
                Ok(joining.wanted.clone())
            } else {
                Err(NICK_TAKEN)
            };
        }
        let address = &joining.caller.address;
        let localpart = address.node().map_or("", |node| node.as_str());
        let name = joining.caller.name.trim();
        let second = format!("{name} ({localpart})");
        for candidate in [name, second.as_str(), localpart] {
            if is_free(candidate)
                && !candidate.is_empty()
                && joining.address.with_resource_str(candidate).is_ok()
            {
                return Ok(candidate.to_owned());
            }
        }
        Ok(localpart.to_owned())
    }

    /// XEP-0045 §7.2.9: whoever is inside already, and some of those who keep order, find a place in a full room.
    fn has_room_for(&self, joining: &Joining) -> bool {
        let most = self.room.terms.occupants_max;
        let beyond =
            if joining.standing.affiliation >= Affiliation::Admin { ADMINS_BEYOND } else { 0 };
        match (self.occupants.get(&joining.caller.being), &joining.caller.being) {
            (Some(known), Being::Abroad(_)) => {
                let others = known.devices.iter();
                others.filter(|device| device.place != joining.caller.place).count()
                    < DEVICES_ABROAD_MAX
            }
            (Some(_), _) => true,
            (None, _) => self.occupants.len() < most.saturating_add(beyond),
        }
    }
}

impl Occupants {
    /// Lets a connection in and tells everybody.
    ///
    /// Call it when the job that made `joining` has been committed: what was posted before is in the history, what is
    /// posted from now on reaches the newcomer.
    ///
    /// # Errors
    /// `rooms.directory-changed` when the rooms have followed the directory since `joining` was read; in free rooms
    /// `rooms.nick-taken` and `rooms.full`.
    pub fn enter(&mut self, joining: &Joining) -> Answer<Outbox> {
        if joining.followed != self.followed && joining.room.kind != RoomKind::Free {
            return Err(DIRECTORY_CHANGED);
        }
        let (id, room) =
            (self.occupant_id(joining.room.id, &joining.caller.being), joining.room.id);
        let is_new_here = !self.rooms.contains_key(&room);
        let inside = self.rooms.entry(room).or_insert_with(|| Inside {
            room: joining.room.clone(),
            address: joining.address.clone(),
            is_large: joining.is_large,
            occupants: BTreeMap::new(),
            nicks: HashMap::new(),
            visit: joining.visit,
            went: BTreeMap::new(),
        });
        let nick = match inside.nick_for(joining) {
            Ok(nick) if inside.has_room_for(joining) => nick,
            refused => {
                if is_new_here {
                    self.rooms.remove(&room);
                }
                return Err(refused.err().unwrap_or(ROOM_FULL));
            }
        };
        if inside.room.kind != RoomKind::Free {
            inside.room = joining.room.clone();
        }
        inside.visit = inside.visit.max(joining.visit);
        let (being, place) = (joining.caller.being.clone(), joining.caller.place.clone());
        let mut out = Outbox::default();
        for said in &joining.lists.said {
            joining.caller.tell(said, &mut out); // XEP-0463 §5.2.1
        }
        inside.show_everybody_to(joining, &mut out);
        let before = inside.occupants.get(&being).map(|known| known.open.clone());
        inside.seat(joining, nick, id)?;
        let places = self.places.entry(place).or_default();
        if !places.iter().any(|(known, _)| *known == room) {
            places.push((room, being.clone()));
        }
        // XEP-0045 §17.3: who comes in again, or with a second device, is shown again if he looks otherwise now.
        if inside.occupants.get(&being).map(|known| &known.open) != before.as_ref() {
            inside.show(&being, &mut out)?;
        }
        inside.welcome(joining, &mut out)?;
        Ok(out)
    }
}

impl Inside {
    /// XEP-0045 §7.2.2: first those who are there already …
    fn show_everybody_to(&self, joining: &Joining, out: &mut Outbox) {
        let knows = self.occupants.get(&joining.caller.being);
        let role = knows.map_or(joining.standing.role, |known| known.standing.role);
        let with_address = self.room.terms.shows_addresses || role == super::Role::Moderator;
        let others = self.occupants.iter().filter(|(other, _)| **other != joining.caller.being);
        for (_, other) in others.filter(|(_, other)| other.is_seen) {
            joining.caller.tell(other.presence(with_address), out);
        }
    }

    /// Gives the newcomer, or his next device, a place.
    fn seat(&mut self, joining: &Joining, nick: String, id: String) -> Answer<()> {
        let being = &joining.caller.being;
        let device = Device {
            place: joining.caller.place.clone(),
            address: joining.caller.address.clone(),
            presence: stanzas::cleaned_presence(&joining.presence),
        };
        let is_seen = self.shows(joining.standing.role);
        let spoke_at = self.recall(being);
        let occupant = match self.occupants.entry(being.clone()) {
            Entry::Vacant(place) => place.insert(Occupant {
                person: joining.caller.person,
                address: joining.caller.bare(),
                nick,
                id,
                standing: joining.standing.clone(),
                devices: Vec::new(),
                is_seen,
                spoke_at,
                speaks: None,
                open: Stanza::presence(""),
                veiled: Stanza::presence(""),
            }),
            Entry::Occupied(place) => place.into_mut(),
        };
        if self.room.kind != RoomKind::Free {
            occupant.standing = joining.standing.clone(); // in free rooms a moderator may have changed the role since
        }
        occupant.devices.retain(|known| known.place != device.place);
        occupant.devices.push(device);
        occupant.refresh(&self.address, !self.room.terms.shows_addresses)?;
        self.nicks.insert(skeleton(&occupant.nick), being.clone());
        Ok(())
    }

    /// … then himself, with what he must know of the room (§7.2.2, §7.2.3, §10.1.1) …
    fn welcome(&self, joining: &Joining, out: &mut Outbox) -> Answer<()> {
        let Some(occupant) = self.occupants.get(&joining.caller.being) else { return Ok(()) };
        let versions = joining.lists.until.as_deref().map(Versions::now);
        let mut note = Note { versions, ..Note::default() };
        if self.room.terms.shows_addresses {
            note = note.and(status::NON_ANONYMOUS); // XEP-0045 §7.2.3, §14.5
        }
        note = note.and(status::SELF);
        if joining.is_new {
            note = note.and(status::CREATED); // XEP-0045 §10.1.1
        }
        if joining.wanted != occupant.nick {
            note = note.and(status::NICK_CHANGED); // XEP-0045 §7.2.2
        }
        let mut own = occupant.own_presence(&self.address, &note)?;
        own.id.clone_from(&joining.presence.id);
        joining.caller.tell(&own, out);
        // … then what was said, and the subject last (§7.2.13, §7.2.15).
        let subject = stanzas::subject(&self.address, &joining.subject);
        for said in joining.history.iter().chain([&subject]) {
            joining.caller.tell(said, out);
        }
        Ok(())
    }
}
