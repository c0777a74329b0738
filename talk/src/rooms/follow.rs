//! The rooms follow the directory: who no longer belongs is shown out, who gains or loses his voice is told.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::stanzas::status;
use super::{Occupants, RoomInfo, Standing, access};
use konvent_core::{AccountId, Answer, Millis, Outbox, PersonId, Reader, RoomId, SessionId};

/// What has become of one occupant.
enum Turn {
    /// No longer a member.
    Out(Vec<SessionId>),
    /// Another role or another office.
    Stands(AccountId, Standing),
}

/// After a transfer, an exit, a term that began or ended, a changed rule: compares those inside with the directory.
///
/// `persons` are those whom the change concerns; `None` means everybody inside any room (after an import, for instance).
/// Whoever *gained* a room hears of it from his bookmarks and comes in by himself.
pub fn follow_directory(
    reader: &mut Reader<'_>,
    occupants: &mut Occupants,
    persons: Option<&[PersonId]>,
    now: Millis,
) -> Answer<Outbox> {
    occupants.followed += 1;
    let turns = turns(reader, occupants, persons, now)?;
    let mut out = Outbox::default();
    for (room, turn) in turns {
        match turn {
            Turn::Out(sessions) => {
                for session in sessions {
                    // XEP-0045 §9.4: the others see that the affiliation is gone, too.
                    out.append(occupants.take_out(
                        session,
                        room,
                        None,
                        &[status::NO_LONGER_MEMBER],
                    )?);
                }
            }
            Turn::Stands(account, standing) => {
                let Some(inside) = occupants.inside_mut(room) else { continue };
                let Some(occupant) = inside.occupants.get_mut(&account) else { continue };
                let was_seen = std::mem::replace(&mut occupant.standing, standing);
                stands(occupants, room, account, &was_seen, &mut out)?;
            }
        }
    }
    Ok(out)
}

fn turns(
    reader: &mut Reader<'_>,
    occupants: &Occupants,
    persons: Option<&[PersonId]>,
    now: Millis,
) -> Answer<Vec<(RoomId, Turn)>> {
    let mut rooms: HashMap<RoomId, Option<RoomInfo>> = HashMap::new();
    let mut turns = Vec::new();
    for inside in occupants.rooms() {
        for (account, occupant) in &inside.occupants {
            if persons.is_some_and(|persons| !persons.contains(&occupant.person)) {
                continue;
            }
            let id = inside.room.id;
            let room = match rooms.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(access::room(reader, id)?),
            };
            let standing = match room.as_ref() {
                Some(room) => access::standing(reader, room, occupant.person, now)?,
                None => None, // the unit was dissolved
            };
            match standing {
                None => {
                    let sessions = occupant.devices.iter().map(|device| device.session).collect();
                    turns.push((id, Turn::Out(sessions)));
                }
                Some(standing) if standing != occupant.standing => {
                    turns.push((id, Turn::Stands(*account, standing)));
                }
                Some(_) => {}
            }
        }
    }
    Ok(turns)
}

/// XEP-0045 §8.3 and §8.4: a changed role is shown to all, to himself with 110.
fn stands(
    occupants: &Occupants,
    room: RoomId,
    account: AccountId,
    before: &Standing,
    out: &mut Outbox,
) -> Answer<()> {
    let Some(inside) = occupants.inside(room) else { return Ok(()) };
    let Some(occupant) = inside.occupants.get(&account) else { return Ok(()) };
    let was_seen = !inside.is_large || before.role == super::Role::Participant;
    if was_seen || inside.is_seen(occupant) {
        inside.tell_others(account, &occupant.presence(&inside.address, &[])?, out);
    }
    let own = occupant.presence(&inside.address, &[status::SELF])?;
    for device in &occupant.devices {
        let to = Some(device.address.clone());
        out.to_session(device.session, own.addressed(own.from.clone(), to));
    }
    Ok(())
}
