//! Spaces (XEP-0503): the tree of the organisation as nodes of its service, with the rooms of each unit and its bodies.
//!
//! * Derived, never copied: a space is there for whoever belongs to its unit, and holds the rooms that are his and the spaces
//!   below that are his. Nobody else learns that it is there.
//! * Read only: nothing is published in a space, nobody is let in or shut out; the directory decides.

mod stanzas;
#[cfg(test)]
mod tests;

use konvent_core::{About, Answer, Millis, Reader, RoomId, UnitId};
use konvent_people::{offices, units};

use crate::rooms::{self, RoomInfo, RoomKind};

pub use stanzas::{answer, change, describe, listed, with_parent};

/// The visiting card of the spaces.
pub const ABOUT: About = About {
    name: "spaces",
    sentence: "The tree of the organisation, as spaces with the rooms in them.",
    speaks: &["XEP-0330", "XEP-0402", "XEP-0503"],
    leaves_out: &[
        (
            "XEP-0503 §3",
            "notify_config, notify_sub and notify_delete mean nothing here: a space is set up by nobody and joined by nobody",
        ),
        ("XEP-0503 §5.2.1", "units have no pictures; their rooms have"),
        (
            "XEP-0503 §5.3",
            "nobody joins a space: whoever belongs to the unit is in it. What changes is told by the bookmarks (XEP-0402), which every client follows anyway",
        ),
        (
            "XEP-0503 §5.5",
            "a room names its parent to those who belong to it; to others neither the one nor the other is there",
        ),
    ],
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// What the names of spaces begin with; nobody can make a node of such a name.
const PREFIX: &str = "space.";

/// A unit as its member sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Which unit.
    pub unit: UnitId,
    /// The name of the node.
    pub node: String,
    /// What people call it.
    pub name: String,
    /// The unit above it, if the member belongs to that, too.
    parent: Option<UnitId>,
    /// His rooms in it: that of the unit first, then those of its bodies.
    pub rooms: Vec<RoomInfo>,
}

/// Whether a node is a space, whether or not there is one of that name.
pub fn is_space(node: &str) -> bool {
    node.starts_with(PREFIX)
}

/// The spaces of a person, from the top down, each unit once.
pub fn of(
    reader: &mut Reader<'_>,
    person: konvent_core::PersonId,
    now: Millis,
) -> Answer<Vec<Space>> {
    let mut spaces: Vec<Space> = Vec::new();
    for (room, _) in rooms::rooms_of(reader, person, now)? {
        let Some(unit) = unit_of(reader, &room)? else { continue };
        let place = match spaces.iter().position(|space| space.unit == unit) {
            Some(place) => place,
            None => match units::get(reader, unit)?.filter(|unit| unit.dissolved_on.is_none()) {
                Some(unit) => {
                    spaces.push(Space {
                        unit: unit.id,
                        node: format!("{PREFIX}{}", unit.address),
                        name: unit.name,
                        parent: unit.parent,
                        rooms: Vec::new(),
                    });
                    spaces.len() - 1
                }
                None => continue,
            },
        };
        if let Some(space) = spaces.get_mut(place) {
            let is_units = matches!(room.kind, RoomKind::Unit(_));
            space.rooms.insert(if is_units { 0 } else { space.rooms.len() }, room);
        }
    }
    spaces.sort_by(|one, other| one.node.cmp(&other.node));
    Ok(in_order(&spaces))
}

/// Whose room it is; free rooms are nobody's.
fn unit_of(reader: &mut Reader<'_>, room: &RoomInfo) -> Answer<Option<UnitId>> {
    Ok(match room.kind {
        RoomKind::Unit(unit) => Some(unit),
        RoomKind::Body(body) => offices::body(reader, body)?.map(|body| body.unit),
        RoomKind::Free => None,
    })
}

/// Those above before those below, and what lies below a space follows it.
fn in_order(spaces: &[Space]) -> Vec<Space> {
    let is_known = |unit: UnitId| spaces.iter().any(|space| space.unit == unit);
    let roots = spaces.iter().filter(|space| !space.parent.is_some_and(is_known));
    let mut waiting: Vec<&Space> = roots.rev().collect();
    let mut ordered = Vec::with_capacity(spaces.len());
    while let Some(space) = waiting.pop() {
        waiting.extend(spaces.iter().filter(|below| below.parent == Some(space.unit)).rev());
        ordered.push(space.clone());
    }
    ordered
}

/// Those directly below a space.
fn below<'s>(spaces: &'s [Space], space: &Space) -> impl Iterator<Item = &'s Space> {
    let unit = space.unit;
    spaces.iter().filter(move |below| below.parent == Some(unit))
}

/// The space of a room of the directory, as a person who belongs there sees it.
pub fn parent_of(
    reader: &mut Reader<'_>,
    room: RoomId,
    person: konvent_core::PersonId,
    now: Millis,
) -> Answer<Option<Space>> {
    let spaces = of(reader, person, now)?;
    Ok(spaces.into_iter().find(|space| space.rooms.iter().any(|of| of.id == room)))
}
