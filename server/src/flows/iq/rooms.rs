//! What is asked of the room service, of a room and of those inside.

use konvent_core::{Answer, Millis, Outbox, Reader};
use konvent_talk::archive::{self, Owner};
use konvent_talk::disco::{self, Question};
use konvent_talk::rooms::{self, RoomInfo};
use konvent_talk::{Session, ns, ping};
use konvent_wire::Stanza;

use super::NOT_OFFERED;
use crate::house::House;

/// The room service itself.
pub(super) fn service(
    house: &House,
    reader: &mut Reader<'_>,
    asker: &Session,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    match disco::question(iq)? {
        Some(Question::Info) => Ok(rooms::disco::service_info(iq)),
        Some(Question::Items) => {
            rooms::disco::service_items(reader, house.domain(), asker, iq, now)
        }
        None => ping::answer(iq, now).ok_or(NOT_OFFERED),
    }
}

/// A room, or one of its occupants.
pub(super) fn answer(
    house: &House,
    reader: &mut Reader<'_>,
    asker: &Session,
    iq: &Stanza,
    room: &RoomInfo,
    is_to_occupant: bool,
    now: Millis,
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    if is_to_occupant {
        let hall = house.hall();
        let reply = rooms::disco::to_occupant(&hall.occupants, room.id, asker, iq)?;
        out.to_session(asker.id, reply);
        return Ok(out);
    }
    let standing = rooms::standing(reader, room, asker.person, now)?;
    let reply = match disco::question(iq)? {
        Some(Question::Info) => {
            let hall = house.hall();
            rooms::disco::room_info(iq, room, standing.as_ref(), &hall.occupants)
        }
        Some(Question::Items) => rooms::disco::room_items(iq),
        None => {
            let standing = standing.ok_or(rooms::NOT_A_MEMBER)?;
            let owner = Owner::Room(room.id);
            if iq.has("query", ns::MAM) {
                let address = house.domain().room(&room.address)?;
                return archive::query(reader, owner, &address, asker.id, iq);
            }
            if iq.has("metadata", ns::MAM) {
                archive::metadata(reader, owner, iq)?
            } else if iq.has("query", ns::MUC_ADMIN) || iq.has("query", ns::MUC_OWNER) {
                rooms::admin::answer(reader, house.domain(), room, &standing, iq, now)?
            } else {
                ping::answer(iq, now).ok_or(NOT_OFFERED)?
            }
        }
    };
    out.to_session(asker.id, reply);
    Ok(out)
}
