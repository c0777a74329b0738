//! How rooms are found and what they are (XEP-0045 §6, XEP-0030): the service lists the asker's own rooms only.

use super::{NOT_INSIDE, Occupants, Posting, RoomInfo, RoomKind, Standing, access};
use crate::disco::{info, text_field};
use crate::{Domain, Session, ns};
use konvent_core::{Answer, Kind, Millis, Reader, Refusal, RoomId};
use konvent_wire::Stanza;
use konvent_wire::xml::el;

/// A room answers for itself, not for its occupants' clients.
pub const ASK_THE_MEMBER: Refusal = Refusal::new(Kind::NotAllowed, "rooms.ask-the-member");

/// What the room service is (XEP-0045 §6.1).
pub fn service_info(iq: &Stanza) -> Stanza {
    let features = [ns::DISCO_INFO, ns::DISCO_ITEMS, ns::MUC, ns::PING, ns::OCCUPANT_ID];
    info(iq, &[("conference", "text", Some("Gruppen"))], features, None)
}

/// The rooms of the one who asks (XEP-0045 §6.3).
pub fn service_items(
    reader: &mut Reader<'_>,
    domain: &Domain,
    session: &Session,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    let mut query = el("query", ns::DISCO_ITEMS);
    for (room, _) in access::rooms_of(reader, session.person, now)? {
        let address = domain.room(&room.address)?;
        query =
            query.child(el("item", ns::DISCO_ITEMS).attr("jid", address).attr("name", room.name));
    }
    Ok(iq.result(Some(&query.build())))
}

/// What a room is (XEP-0045 §6.4). How many are inside is shown to its members only.
pub fn room_info(
    iq: &Stanza,
    room: &RoomInfo,
    standing: Option<&Standing>,
    occupants: &Occupants,
) -> Stanza {
    let moderated = match room.posting {
        Posting::Everybody => "muc_unmoderated",
        Posting::OfficeHolders => "muc_moderated",
    };
    let features = [
        ns::DISCO_INFO,
        ns::DISCO_ITEMS,
        ns::MUC,
        ns::MAM,
        ns::MAM_EXTENDED,
        ns::STANZA_ID,
        ns::OCCUPANT_ID,
        ns::HATS,
        ns::PING,
        "muc_membersonly",
        "muc_nonanonymous",
        "muc_persistent",
        "muc_hidden",
        "muc_unsecured",
        moderated,
    ];
    // XEP-0128: more about the room as a form (XEP-0045 §15.5).
    let mut form = el("x", ns::FORM).attr("type", "result");
    form = form
        .child(text_field("FORM_TYPE", ns::MUC_ROOMINFO, Some("hidden")))
        .child(text_field("muc#roominfo_description", description(room), None))
        .child(text_field("muc#roominfo_changesubject", "0", None))
        .child(text_field("muc#maxhistoryfetch", "50", None));
    if standing.is_some() {
        form = form.child(text_field(
            "muc#roominfo_occupants",
            &occupants.count(room.id).to_string(),
            None,
        ));
    }
    info(iq, &[("conference", "text", Some(&room.name))], features, Some(form.build()))
}

const fn description(room: &RoomInfo) -> &'static str {
    match (room.kind, room.posting) {
        (RoomKind::Body(_), _) => "Gremium",
        (RoomKind::Unit(_), Posting::Everybody) => "Gruppe aller Mitglieder",
        (RoomKind::Unit(_), Posting::OfficeHolders) => "Mitteilungen des Vorstands",
    }
}

/// A room has no items for anybody: who is inside is told by presence (XEP-0045 §6.5).
pub fn room_items(iq: &Stanza) -> Stanza {
    iq.result(Some(&el("query", ns::DISCO_ITEMS).build()))
}

/// An iq to `room@rooms/nick`: only the ping to oneself is answered, with "you are inside" (XEP-0410 §3).
///
/// # Errors
/// `rooms.not-inside` tells a client that it has to join again; everything else is not passed on.
pub fn to_occupant(
    occupants: &Occupants,
    room: RoomId,
    session: &Session,
    iq: &Stanza,
) -> Answer<Stanza> {
    let voice = occupants.voice(room, session.id, session.account).ok_or(NOT_INSIDE)?;
    let to = iq.to.as_ref().and_then(|to| to.resource());
    let is_own = to.is_some_and(|nick| nick.as_str() == voice.nick);
    if is_own && iq.has("ping", ns::PING) && iq.is_kind("get") {
        return Ok(iq.result(None));
    }
    Err(ASK_THE_MEMBER)
}
