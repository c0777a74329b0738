//! Who is a member of a room, who speaks there and with which office: read from the directory, never copied.
//!
//! * A unit's room: whoever belongs to the unit or to one below it, as home, guest or affiliate; and whoever holds an
//!   office of the unit that lets him announce, wherever he is at home.
//! * A body's room: whoever holds a running office in it.
//! * Everything is as of `now`: a term that ended a moment ago gives nothing any more.

use std::collections::{HashMap, HashSet};

use super::{
    ANNOUNCE, Affiliation, Caller, DIRECTORY_DECIDES, PRESENCE_SHARED_UP_TO, Posting, Role,
    RoomInfo, RoomKind, Standing, Terms, free, store,
};
use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, BodyId, Millis, PersonId, Reader, RoomId, Tx, UnitId};
use konvent_people::offices::{self, BODY_ANNOUNCE, Body, Held};
use konvent_people::people;
use konvent_people::units::{self, Unit};

/// The room with this address (the part before the `@`).
pub fn room_at(reader: &mut Reader<'_>, address: &str) -> Answer<Option<RoomInfo>> {
    if let Some(unit) = units::by_address(reader, address)? {
        return of_unit(reader, unit).map(Some);
    }
    if let Some(body) = offices::body_by_address(reader, address)? {
        return of_body(reader, body).map(Some);
    }
    Ok(free::at(reader, address)?.map(|kept| kept.info))
}

/// The room with this number. A dissolved unit has none.
pub fn room(reader: &mut Reader<'_>, id: RoomId) -> Answer<Option<RoomInfo>> {
    if let Some(unit) = units::get(reader, UnitId(id.0))? {
        return if unit.dissolved_on.is_some() {
            Ok(None)
        } else {
            of_unit(reader, unit).map(Some)
        };
    }
    if let Some(body) = offices::body(reader, BodyId(id.0))? {
        return of_body(reader, body).map(Some);
    }
    Ok(free::get(reader, id)?.map(|kept| kept.info))
}

fn of_unit(reader: &mut Reader<'_>, unit: Unit) -> Answer<RoomInfo> {
    let id = RoomId::from(unit.id);
    let posting = match store::posting(reader, id)? {
        Some(exception) => exception,
        None => by_rule(units::is_leaf(reader, unit.id)?),
    };
    Ok(unit_room(unit, posting))
}

fn of_body(reader: &mut Reader<'_>, body: Body) -> Answer<RoomInfo> {
    let posting = store::posting(reader, body.id.into())?.unwrap_or(Posting::Everybody);
    let unit = units::get(reader, body.unit)?;
    Ok(body_room(body, unit.as_ref(), posting))
}

/// DOMAIN rule 2: free talk only at the lowest level, announcements above.
const fn by_rule(is_leaf: bool) -> Posting {
    if is_leaf { Posting::Everybody } else { Posting::OfficeHolders }
}

fn unit_room(unit: Unit, posting: Posting) -> RoomInfo {
    RoomInfo {
        id: unit.id.into(),
        address: unit.address,
        name: unit.name,
        kind: RoomKind::Unit(unit.id),
        posting,
        terms: Terms::of_the_directory(),
    }
}

fn body_room(body: Body, unit: Option<&Unit>, posting: Posting) -> RoomInfo {
    let name =
        unit.map_or_else(|| body.name.clone(), |unit| format!("{} {}", body.name, unit.name));
    RoomInfo {
        id: body.id.into(),
        address: body.address,
        name,
        kind: RoomKind::Body(body.id),
        posting,
        terms: Terms::of_the_directory(),
    }
}

/// Whether a room shows somebody that it is there. Nobody from abroad belongs to a unit, whose names and bodies are no secret
/// among members and nobody's business elsewhere: to them its room looks like one that does not exist.
pub fn is_there_for(room: &RoomInfo, caller: &Caller) -> bool {
    room.kind == RoomKind::Free || caller.person.is_some()
}

/// How somebody stands in a room, also from abroad; `None` when he may not enter.
pub fn standing_of(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    caller: &Caller,
    now: Millis,
) -> Answer<Option<Standing>> {
    match caller.person {
        _ if room.kind == RoomKind::Free => free::standing_of(reader, room, caller),
        Some(person) => standing(reader, room, person, now),
        None => Ok(None), // nobody from abroad belongs to a unit
    }
}

/// How a person stands in a room; `None` when he is not a member of it, and of an open room when he may not enter.
pub fn standing(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    person: PersonId,
    now: Millis,
) -> Answer<Option<Standing>> {
    let belongs = match room.kind {
        RoomKind::Free => return free::standing_of_person(reader, room, person),
        RoomKind::Unit(unit) => people::is_member_under(reader, person, unit)?,
        RoomKind::Body(_) => false,
    };
    let held = offices::held(reader, person, now)?;
    Ok(stands(room, belongs, &held))
}

/// Everybody in the directory whom [`standing`] may let into a room because he belongs to it: some who hold an office of the unit
/// without the right to speak for it are among them, and of an open room only those on its lists.
pub fn those_of(reader: &mut Reader<'_>, room: &RoomInfo, now: Millis) -> Answer<Vec<PersonId>> {
    let holders = match room.kind {
        RoomKind::Free => return free::persons_of(reader, room.id),
        RoomKind::Body(body) => offices::holders(reader, body, now)?,
        RoomKind::Unit(unit) => offices::holders_in_unit(reader, unit, now)?,
    };
    let mut persons: Vec<PersonId> = holders.into_iter().map(|(person, _)| person).collect();
    if let RoomKind::Unit(unit) = room.kind {
        persons.extend(people::everybody_under(reader, unit)?);
    }
    persons.sort_unstable();
    persons.dedup();
    Ok(persons)
}

/// The rule itself: what membership and running terms give in a room.
fn stands(room: &RoomInfo, belongs: bool, held: &[Held]) -> Option<Standing> {
    let here = |term: &&Held| match room.kind {
        RoomKind::Unit(unit) => term.unit == unit,
        RoomKind::Body(body) => term.body == body,
        RoomKind::Free => false,
    };
    // Who leads a body that does not lead its unit speaks for the body alone.
    let right = if matches!(room.kind, RoomKind::Body(_)) { BODY_ANNOUNCE } else { ANNOUNCE };
    let announces = held.iter().filter(here).any(|term| term.capabilities.contains(&right));
    let is_member = match room.kind {
        RoomKind::Unit(_) => belongs || announces,
        RoomKind::Body(_) => held.iter().any(|term| here(&term)),
        RoomKind::Free => false,
    };
    let speaks = announces || room.posting == Posting::Everybody;
    let mut hats = Vec::new();
    for term in held.iter().filter(here) {
        if !hats.contains(&term.title) {
            hats.push(term.title.clone());
        }
    }
    is_member.then_some(Standing {
        affiliation: Affiliation::Member,
        role: if speaks { Role::Participant } else { Role::Visitor },
        hats,
    })
}

/// All rooms of a person: bodies first, then his units from the lowest to the highest, each once, then the free rooms on
/// whose lists he stands.
pub fn rooms_of(
    reader: &mut Reader<'_>,
    person: PersonId,
    now: Millis,
) -> Answer<Vec<(RoomInfo, Standing)>> {
    let held = offices::held(reader, person, now)?;
    let exceptions: HashMap<RoomId, Posting> = store::postings(reader)?.into_iter().collect();
    let mut seen = HashSet::new();
    let mut rooms = Vec::new();
    for term in &held {
        if !seen.insert(RoomId::from(term.body)) {
            continue;
        }
        let Some(body) = offices::body(reader, term.body)? else { continue };
        let unit = units::get(reader, body.unit)?;
        let posting = exceptions.get(&body.id.into()).copied().unwrap_or(Posting::Everybody);
        rooms.push((body_room(body, unit.as_ref(), posting), true));
    }
    for (unit, _) in people::units_of(reader, person)? {
        for above in units::chain(reader, unit)? {
            // An ancestor that was seen has brought all above it along.
            if !seen.insert(RoomId::from(above.id)) {
                break;
            }
            push_unit(reader, &mut rooms, above, &exceptions, true)?;
        }
    }
    for term in held.iter().filter(|term| term.capabilities.contains(&ANNOUNCE)) {
        if seen.insert(RoomId::from(term.unit))
            && let Some(unit) = units::get(reader, term.unit)?
        {
            push_unit(reader, &mut rooms, unit, &exceptions, false)?;
        }
    }
    let mut rooms: Vec<(RoomInfo, Standing)> = rooms
        .into_iter()
        .filter_map(|(room, belongs)| {
            stands(&room, belongs, &held).map(|standing| (room, standing))
        })
        .collect();
    rooms.extend(free::rooms_of(reader, person)?);
    Ok(rooms)
}

fn push_unit(
    reader: &mut Reader<'_>,
    rooms: &mut Vec<(RoomInfo, bool)>,
    unit: Unit,
    exceptions: &HashMap<RoomId, Posting>,
    belongs: bool,
) -> Answer<()> {
    if unit.dissolved_on.is_some() {
        return Ok(());
    }
    let posting = match exceptions.get(&unit.id.into()) {
        Some(exception) => *exception,
        None => by_rule(units::is_leaf(reader, unit.id)?),
    };
    rooms.push((unit_room(unit, posting), belongs));
    Ok(())
}

/// Whether so many belong to a room that presences are not shared among all ([`PRESENCE_SHARED_UP_TO`]).
///
/// Counts the members of the unit, so ask once when a room fills and remember it.
pub fn is_large(reader: &mut Reader<'_>, room: &RoomInfo) -> Answer<bool> {
    let members = match room.kind {
        RoomKind::Unit(unit) => people::count_under(reader, unit)?,
        RoomKind::Body(_) | RoomKind::Free => return Ok(false),
    };
    Ok(usize::try_from(members).is_ok_and(|members| members > PRESENCE_SHARED_UP_TO))
}

/// The lowest room of a person: that of his home, which every client should open by itself.
pub fn home_room(reader: &mut Reader<'_>, person: PersonId) -> Answer<Option<RoomId>> {
    Ok(people::home(reader, person)?.map(RoomId::from))
}

/// Whether somebody holds an office with [`ANNOUNCE`] in the unit of a room, or in the body itself.
pub fn announces(
    reader: &mut Reader<'_>,
    room: &RoomInfo,
    person: PersonId,
    now: Millis,
) -> Answer<bool> {
    let unit = match room.kind {
        RoomKind::Unit(unit) => Some(unit),
        RoomKind::Body(body) => offices::body(reader, body)?.map(|body| body.unit),
        RoomKind::Free => None,
    };
    match unit {
        Some(unit) => offices::may(reader, person, ANNOUNCE, unit, now),
        None => Ok(false),
    }
}

/// Changes who may speak in a room. Needs an office with [`ANNOUNCE`] in its unit.
///
/// # Errors
/// [`DIRECTORY_DECIDES`] for everybody else.
pub fn set_posting(tx: &mut Tx<'_>, room: &RoomInfo, posting: Posting, by: PersonId) -> Answer<()> {
    let now = tx.now();
    let may = announces(tx, room, by, now)?;
    if !may {
        return Err(DIRECTORY_DECIDES);
    }
    if store::set_posting(tx, room.id, posting, by)? == 0 {
        return Ok(()); // it was so before
    }
    let detail = match posting {
        Posting::Everybody => "posting: everybody",
        Posting::OfficeHolders => "posting: office holders",
    };
    audit::note(
        tx,
        Note {
            actor: Actor::Person(by.0),
            act: "rooms.posting-changed",
            subject: room.id.0,
            detail,
        },
    )
}
