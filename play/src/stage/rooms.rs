//! What a client knows of the rooms it is in, from the presences it gets (XEP-0045 §7).

use std::collections::BTreeMap;

use konvent_wire::{Element, Name, Stanza};

use super::device::attr;

/// `<x/>` in the presence of an occupant.
const MUC_USER: &str = "http://jabber.org/protocol/muc#user";

/// All rooms of one device, by bare address.
#[derive(Debug, Default)]
pub struct Rooms(BTreeMap<String, Room>);

/// One room as a client sees it.
#[derive(Debug, Default)]
pub struct Room {
    /// The own nick while inside.
    pub me: Option<String>,
    /// Everybody seen inside, with role.
    pub occupants: BTreeMap<String, String>,
    /// Status codes of the last own presence (XEP-0045 §16.6).
    pub codes: Vec<String>,
}

impl Rooms {
    /// A room, if anything came from it.
    pub fn get(&self, address: &str) -> Option<&Room> {
        self.0.get(address)
    }

    /// Reads a presence from a room; everything else is none of its business.
    pub fn note(&mut self, stanza: &Stanza) {
        let Some(from) = stanza.from.as_ref().filter(|_| stanza.name == Name::Presence) else {
            return;
        };
        let Some(x) = stanza.child("x", MUC_USER).and_then(konvent_wire::ChildRef::element) else {
            return;
        };
        let Some(nick) = from.resource().map(|nick| nick.as_str().to_owned()) else { return };
        let room = self.0.entry(from.to_bare().to_string()).or_default();
        let codes: Vec<String> = x
            .children()
            .filter(|child| child.name() == "status")
            .filter_map(|status| attr(status, "code").map(str::to_owned))
            .collect();
        let is_me = codes.iter().any(|code| code == "110");
        if stanza.is_kind("unavailable") {
            room.occupants.remove(&nick);
            if is_me {
                *room = Room::default();
            }
        } else if stanza.kind.is_none() {
            room.occupants.insert(nick.clone(), role(&x));
            if is_me {
                room.me = Some(nick);
            }
        }
        if is_me {
            room.codes = codes;
        }
    }
}

fn role(x: &Element) -> String {
    let item = x.children().find(|child| child.name() == "item");
    item.and_then(|item| attr(item, "role")).unwrap_or_default().to_owned()
}
