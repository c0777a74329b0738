//! What owners and admins of ordinary rooms do (XEP-0045 §9 and §10): here the directory does it.
//!
//! Lists of members are answered where members may see each other: in bodies and at the lowest level. All changes are
//! refused with `rooms.directory-decides`.

use super::{DIRECTORY_DECIDES, PRESENCE_SHARED_UP_TO, RoomInfo, RoomKind, Standing, access};
use crate::{Domain, ns};
use konvent_core::{Answer, Kind, Millis, Reader, Refusal};
use konvent_people::{accounts, offices, people, units};
use konvent_wire::Stanza;
use konvent_wire::xml::el;

/// The list is not for members: it is longer than a group, or holds others than neighbours.
pub const LIST_HIDDEN: Refusal = Refusal::new(Kind::NotAllowed, "rooms.list-hidden");

/// Answers an iq with `muc#admin` or `muc#owner` to a room.
///
/// # Errors
/// `rooms.directory-decides` for every change, `rooms.list-hidden` for lists that members may not see.
pub fn answer(
    reader: &mut Reader<'_>,
    domain: &Domain,
    room: &RoomInfo,
    _standing: &Standing,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    let query = iq.payload().ok_or(DIRECTORY_DECIDES)?;
    if !iq.is_kind("get") || !query.is("query", ns::MUC_ADMIN) {
        return Err(DIRECTORY_DECIDES);
    }
    let asked = query.get_child("item", ns::MUC_ADMIN).and_then(|item| item.attr("affiliation"));
    let mut list = el("query", ns::MUC_ADMIN);
    match asked {
        // XEP-0045 §9.5: there are none.
        Some("owner" | "admin" | "outcast") => {}
        Some("member") => {
            for address in members(reader, domain, room, now)? {
                let item =
                    el("item", ns::MUC_ADMIN).attr("affiliation", "member").attr("jid", address);
                list = list.child(item);
            }
        }
        _ => return Err(LIST_HIDDEN), // XEP-0045 §9.6: lists by role are for moderators, and there are none
    }
    Ok(iq.result(Some(&list.build())))
}

/// The addresses of the members who have one, where members see each other (DOMAIN rule 7).
fn members(
    reader: &mut Reader<'_>,
    domain: &Domain,
    room: &RoomInfo,
    now: Millis,
) -> Answer<Vec<String>> {
    let persons = match room.kind {
        RoomKind::Body(body) => {
            offices::holders(reader, body, now)?.into_iter().map(|(person, _)| person).collect()
        }
        RoomKind::Unit(unit) => {
            if !units::is_leaf(reader, unit)? || access::is_large(reader, room)? {
                return Err(LIST_HIDDEN);
            }
            people::members_of(reader, unit)?
        }
        RoomKind::Free => return Err(LIST_HIDDEN), // those have lists of their own
    };
    if persons.len() > PRESENCE_SHARED_UP_TO {
        return Err(LIST_HIDDEN);
    }
    let mut addresses = Vec::new();
    for person in persons {
        if let Some(account) =
            accounts::by_person(reader, person)?.filter(|account| !account.is_closed)
        {
            let address = domain.account(&account.localpart)?.to_string();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    Ok(addresses)
}
