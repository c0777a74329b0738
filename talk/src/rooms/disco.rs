//! How rooms are found and what they are (XEP-0045 §6, XEP-0030): the service lists the asker's own rooms and the public
//! ones.

use super::{Caller, NOT_INSIDE, Occupants, Posting, RoomInfo, RoomKind, Standing, access, free};
use crate::disco::{asked, info, text_field};
use crate::{Domain, ns};
use konvent_core::{Answer, Kind, Millis, Reader, Refusal, RoomId};
use konvent_wire::xml::el;
use konvent_wire::{Stanza, rsm};

/// A room answers for itself, not for its occupants' clients.
pub const ASK_THE_MEMBER: Refusal = Refusal::new(Kind::NotAllowed, "rooms.ask-the-member");
/// The place in a list does not exist (XEP-0059 §2.2).
pub const NO_SUCH_ITEM: Refusal = Refusal::new(Kind::NotFound, "rooms.no-such-item");

/// A page of rooms has so many when nobody says how many, and never more.
const PAGE_MAX: u32 = 200;
/// So many public rooms are looked at for one list; a service with more is searched, not leafed through.
const PUBLIC_MAX: i64 = 5_000;

/// The field that says how much is said in a room (XEP-0502 §3.1).
const ACTIVITY: &str = "{urn:xmpp:muc-activity}message-activity";

/// Where somebody asks under which nickname a room knows him (XEP-0045 §7.12).
pub const NICK_NODE: &str = "x-roomuser-item";

/// What the room service is (XEP-0045 §6.2).
pub fn service_info(iq: &Stanza) -> Stanza {
    let features = [
        ns::DISCO_INFO,
        ns::DISCO_ITEMS,
        ns::MUC,
        ns::MUC_STABLE_ID, // XEP-0045 §7.4
        ns::MUC_UNIQUE,
        ns::RSM,
        ns::PING,
        ns::OCCUPANT_ID,
        ns::VCARD,
    ];
    info(iq, &[("conference", "text", Some("Gruppen"))], features, None)
}

/// The rooms of the one who asks, and the public ones (XEP-0045 §6.3), in pages (XEP-0059 §2).
pub fn service_items(
    reader: &mut Reader<'_>,
    domain: &Domain,
    caller: &Caller,
    iq: &Stanza,
    now: Millis,
) -> Answer<Stanza> {
    let query = iq.payload().ok_or(super::BAD_REQUEST)?;
    let is_paged = query.has_child("set", ns::RSM);
    let page = rsm::Request::of(&query).ok_or(super::BAD_REQUEST)?;
    let mut rooms: Vec<(String, String)> = Vec::new();
    if let Some(person) = caller.person {
        let own = access::rooms_of(reader, person, now)?;
        rooms.extend(own.into_iter().map(|(room, _)| (room.address, room.name)));
    }
    let (public, _) = free::public_page(reader, ("", 0), PUBLIC_MAX)?;
    for (_, address, name) in public {
        if !rooms.iter().any(|(known, _)| *known == address) {
            rooms.push((address, name));
        }
    }
    let addresses =
        rooms.iter().map(|(address, _)| domain.room(address).map(|jid| jid.to_string()));
    let addresses: Vec<String> = addresses.collect::<Answer<_>>()?;
    let total = addresses.len();
    let place_of =
        |id: &str| addresses.iter().position(|address| address == id).ok_or(NO_SUCH_ITEM);
    let size = usize::try_from(page.size(PAGE_MAX, PAGE_MAX)).unwrap_or_default();
    let (start, end) = match &page.place {
        rsm::Place::Start => (0, total.min(size)),
        rsm::Place::After(id) => {
            let after = place_of(id)? + 1;
            (after, total.min(after + size))
        }
        rsm::Place::Before(id) => {
            let before = place_of(id)?;
            (before.saturating_sub(size), before)
        }
        rsm::Place::End => (total.saturating_sub(size), total),
        rsm::Place::Index(index) => {
            let index = usize::try_from(*index).unwrap_or(usize::MAX).min(total);
            (index, total.min(index + size))
        }
    };
    let shown = addresses.iter().zip(&rooms).skip(start).take(end.saturating_sub(start));
    let mut query = el("query", ns::DISCO_ITEMS);
    for (address, (_, name)) in shown {
        query = query.child(el("item", ns::DISCO_ITEMS).attr("jid", address).attr("name", name));
    }
    // XEP-0045 §6.3: a part of the list says that it is one.
    if is_paged || end - start < total {
        let first = addresses.get(start).filter(|_| start < end);
        let set = rsm::Page {
            first: first.map(|first| (first.clone(), u32::try_from(start).ok())),
            last: end
                .checked_sub(1)
                .filter(|_| start < end)
                .and_then(|at| addresses.get(at))
                .cloned(),
            count: u32::try_from(total).ok(),
        };
        query = query.child(set.element());
    }
    Ok(iq.result(Some(&query.build())))
}

/// What a room knows of itself beyond its terms.
#[derive(Debug, Default)]
pub struct Told {
    /// What it is about, as was said last.
    pub subject: Option<super::stanzas::Subject>,
    /// The hash of its picture, for those who may see it.
    pub avatar_hash: Option<String>,
    /// How the one who asks stands there; none for those who may not enter.
    pub standing: Option<Standing>,
    /// So many are inside.
    pub inside: usize,
    /// Whom to write to about it, where addresses are no secret.
    pub contacts: Vec<String>,
    /// So many messages an hour (XEP-0502 §3.1), of rooms that are open to everybody.
    pub hourly: Option<f64>,
}

/// What a room is (XEP-0045 §6.4). How many are inside, what it is about and who owns it is shown to those who may enter
/// (§14.4).
pub fn room_info(iq: &Stanza, room: &RoomInfo, told: &Told) -> Stanza {
    let terms = &room.terms;
    let is_free = room.kind == RoomKind::Free;
    let is_moderated =
        if is_free { terms.is_moderated } else { room.posting != Posting::Everybody };
    let mut features = vec![
        ns::DISCO_INFO,
        ns::DISCO_ITEMS,
        ns::MUC,
        ns::MUC_ROOMINFO,
        ns::MUC_STABLE_ID,
        ns::MUC_SELF_PING, // XEP-0410 §3.3
        ns::MAM,
        ns::MAM_EXTENDED,
        ns::STANZA_ID,
        ns::OCCUPANT_ID,
        ns::HATS,
        ns::PING,
        ns::RETRACT,
        ns::RETRACT_TOMBSTONE,
        ns::MODERATE,
        ns::VCARD,
        if terms.is_members_only { "muc_membersonly" } else { "muc_open" },
        if terms.shows_addresses { "muc_nonanonymous" } else { "muc_semianonymous" },
        if terms.is_persistent { "muc_persistent" } else { "muc_temporary" },
        if terms.is_public { "muc_public" } else { "muc_hidden" },
        if terms.password.is_some() { "muc_passwordprotected" } else { "muc_unsecured" },
        if is_moderated { "muc_moderated" } else { "muc_unmoderated" },
    ];
    if is_free {
        let forms = [ns::MUC_REGISTER, ns::MUC_REQUEST, ns::MUC_ROOMCONFIG];
        features.extend(forms);
        features.extend([ns::REGISTER, ns::AFFILIATIONS]); // XEP-0463 §4
    }
    // XEP-0128: more about the room as a form (XEP-0045 §16.5.4).
    let description = if is_free { terms.description.as_str() } else { description(room) };
    let changes_subject = terms.subject_by == super::terms::From::Participant;
    let changes_subject = if changes_subject { "1" } else { "0" };
    let mut form = el("x", ns::FORM)
        .attr("type", "result")
        .child(text_field("FORM_TYPE", ns::MUC_ROOMINFO, Some("hidden")))
        .child(text_field("muc#roominfo_description", description, None))
        .child(text_field("muc#roominfo_subjectmod", changes_subject, None))
        .child(text_field("muc#roomconfig_changesubject", changes_subject, None))
        .child(text_field("muc#maxhistoryfetch", &terms.history_max.to_string(), None));
    if is_free {
        let slow = terms.slow_secs.to_string();
        // XEP-0500 §5.2
        form =
            form.child(text_field("muc#roominfo_slow_mode_duration", &slow, Some("text-single")));
    }
    if !terms.language.is_empty() {
        form = form.child(text_field("muc#roominfo_lang", &terms.language, None));
    }
    if let Some(hash) = &told.avatar_hash {
        // XEP-0486 §3.4
        form = form.child(text_field("muc#roominfo_avatarhash", hash, Some("text-multi")));
    }
    if let Some(hourly) = told.hourly {
        // XEP-0502 §3.1: left out where it is not known.
        form = form.child(text_field(ACTIVITY, &format!("{hourly:.2}"), None));
    }
    if told.standing.is_some() {
        form = form.child(text_field("muc#roominfo_occupants", &told.inside.to_string(), None));
        if let Some(subject) = told.subject.as_ref().filter(|subject| !subject.text.is_empty()) {
            form = form.child(text_field("muc#roominfo_subject", &subject.text, None));
        }
        if !told.contacts.is_empty() {
            let values = told.contacts.iter().map(|one| el("value", ns::FORM).text(one.as_str()));
            let contacts = el("field", ns::FORM)
                .attr("var", "muc#roominfo_contactjid")
                .attr("type", "jid-multi");
            form = form.child(contacts.children(values));
        }
    }
    info(iq, &[("conference", "text", Some(&room.name))], features, Some(form.build()))
}

const fn description(room: &RoomInfo) -> &'static str {
    match (room.kind, room.posting) {
        (RoomKind::Body(_), _) => "Gremium",
        (RoomKind::Unit(_), Posting::Everybody) => "Gruppe aller Mitglieder",
        (RoomKind::Unit(_), Posting::OfficeHolders) => "Mitteilungen des Vorstands",
        (RoomKind::Free, _) => "",
    }
}

/// Under which nickname a room knows the one who asks (XEP-0045 §7.12); an empty answer when it knows none.
pub fn reserved_nick(iq: &Stanza, nick: Option<&str>) -> Stanza {
    let query = el("query", ns::DISCO_INFO).attr("node", NICK_NODE).children(nick.map(|nick| {
        el("identity", ns::DISCO_INFO)
            .attr("category", "conference")
            .attr("type", "text")
            .attr("name", nick)
    }));
    iq.result(Some(&query.build()))
}

/// A room has no items for anybody: who is inside is told by presence (XEP-0045 §6.5).
pub fn room_items(iq: &Stanza) -> Stanza {
    iq.result(Some(&el("query", ns::DISCO_ITEMS).build()))
}

/// An address for a new room that nobody else will think of (formerly XEP-0045, now XEP-0307).
pub fn unique_name(iq: &Stanza, random: &konvent_core::Random) -> Option<Stanza> {
    if !iq.is_kind("get") || !iq.has("unique", ns::MUC_UNIQUE) {
        return None;
    }
    let name = random.hex::<10>();
    Some(iq.result(Some(&el("unique", ns::MUC_UNIQUE).text(name).build())))
}

/// An iq to `room@rooms/nick` that the room answers itself: the ping to oneself, with "you are inside" (XEP-0410 §3.3).
/// None for everything else.
///
/// # Errors
/// `rooms.not-inside` tells a client that it has to join again (XEP-0410 §3.2); `rooms.bad-request` to whoever asks from
/// outside what an occupant is (XEP-0045 §6.6).
pub fn self_ping(
    occupants: &Occupants,
    room: RoomId,
    caller: &Caller,
    iq: &Stanza,
) -> Answer<Option<Stanza>> {
    let Some(voice) = occupants.voice(room, &caller.place) else {
        return Err(if asked(iq).is_some() { super::BAD_REQUEST } else { NOT_INSIDE });
    };
    let to = iq.to.as_ref().and_then(konvent_wire::Jid::resource);
    let is_own = to.is_some_and(|nick| nick.as_str() == voice.nick);
    let is_ping = iq.has("ping", ns::PING) && iq.is_kind("get");
    Ok((is_own && is_ping).then(|| iq.result(None)))
}
