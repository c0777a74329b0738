//! What is asked of the room service, of a room and of those inside, and what their owners, admins and moderators decide.

use std::sync::Arc;

use konvent_core::{Answer, Outbox, Post, Reader, Refusal, SessionId};
use konvent_talk::disco::{self, Question};
use konvent_talk::rooms::disco::Told;
use konvent_talk::rooms::free::admin::{self, OccupantsSeen, Order};
use konvent_talk::rooms::free::{self, Kept, owner, register};
use konvent_talk::rooms::occupants::Voice;
use konvent_talk::rooms::{self, Affiliation, Caller, Place, RoomInfo, RoomKind, avatar};
use konvent_talk::{Who, archive, ns, ping, spaces, vcard};
use konvent_wire::Stanza;

use super::{decide, meets, occupant, tell_bookmarks};
use crate::faces;
use crate::flows::iq::NOT_OFFERED;
use crate::hall::happening::Happening;
use crate::house::House;

/// A question (`get` or `set`) to an address of the room service. The answer is posted; a refusal is the caller's to say.
pub async fn receive(house: &Arc<House>, caller: Caller, iq: Stanza) -> Answer<()> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    let (this, asker) = (Arc::clone(house), caller.clone());
    let who = house.db().read(move |reader| meets(&this, reader, &asker, &to)).await?;
    match who {
        Who::RoomService => service(house, caller, iq).await,
        Who::Room(room, Some(nick)) if iq.is_kind("get") && vcard::is_card(&iq) => {
            occupant::card(house, caller, room, nick, iq).await
        }
        Who::Room(room, Some(nick)) => occupant::ask(house, caller, room, nick, iq).await,
        Who::Room(room, None) if iq.is_kind("set") => {
            let (asker, question) = (caller.clone(), iq.clone());
            match set(house, caller, room, iq).await {
                Err(refusal) if question.has("query", ns::MUC_ADMIN) => {
                    // XEP-0045 §8.4, §9.2: the answer names the items that it is about.
                    let mut out = Outbox::default();
                    asker.tell(&with_items(&question, &refusal), &mut out);
                    house.hall().post(out);
                    Ok(())
                }
                done => done,
            }
        }
        Who::Room(room, None) => get(house, caller, room, iq).await,
        _ => Err(rooms::NO_SUCH_ROOM),
    }
}

/// An error that holds what was asked for.
fn with_items(iq: &Stanza, refusal: &Refusal) -> Stanza {
    let mut answer = faces::refused(iq, refusal);
    if let Some(query) = iq.payload() {
        answer = answer.with_child(&query);
    }
    answer
}

async fn service(house: &Arc<House>, caller: Caller, iq: Stanza) -> Answer<()> {
    let (this, now) = (Arc::clone(house), house.clock().now());
    let out = house
        .db()
        .read(move |reader| {
            let reply = match disco::question(&iq)? {
                Some(Question::Info) => rooms::disco::service_info(&iq),
                Some(Question::Items) => {
                    rooms::disco::service_items(reader, this.domain(), &caller, &iq, now)?
                }
                None => match rooms::disco::unique_name(&iq, this.random()) {
                    Some(named) => named,
                    None => ping::answer(&iq, now).ok_or(NOT_OFFERED)?,
                },
            };
            let mut out = Outbox::default();
            caller.tell(&reply, &mut out);
            Ok(out)
        })
        .await?;
    house.hall().post(out);
    Ok(())
}

/// A question to a room.
async fn get(house: &Arc<House>, caller: Caller, room: RoomInfo, iq: Stanza) -> Answer<()> {
    let this = Arc::clone(house);
    let sight = {
        let hall = house.hall();
        Inside {
            voice: hall.occupants.voice(room.id, &caller.place),
            count: hall.occupants.count(room.id),
            seen: OccupantsSeen::by(&hall.occupants, &room, &caller),
        }
    };
    let out =
        house.db().read(move |reader| answer(&this, reader, &caller, &room, &sight, &iq)).await?;
    house.hall().post(out);
    Ok(())
}

/// What the answer needs to know of those inside.
struct Inside {
    voice: Option<Voice>,
    count: usize,
    seen: OccupantsSeen,
}

fn answer(
    house: &House,
    reader: &mut Reader<'_>,
    caller: &Caller,
    room: &RoomInfo,
    inside: &Inside,
    iq: &Stanza,
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    let now = house.clock().now();
    let kept = free::get(reader, room.id)?;
    if let Some(kept) = &kept {
        free::refuse_from_abroad(reader, &house.config().free_rooms, room.id, caller)?;
        refuse_if_locked(reader, kept, caller)?;
    }
    let standing = rooms::access::standing_of(reader, room, caller, now)?;
    if asks_for(rooms::disco::NICK_NODE, iq) {
        let nick = match (&kept, &standing) {
            (Some(_), _) => free::reserved_nick(reader, room, &caller.bare())?,
            // XEP-0045 §18.1: the name that the directory holds is a reserved one.
            (None, Some(_)) => {
                let inside = inside.voice.as_ref().map(|voice| voice.nick.clone());
                inside.or_else(|| Some(caller.name.clone()))
            }
            (None, None) => None,
        };
        caller.tell(&rooms::disco::reserved_nick(iq, nick.as_deref()), &mut out);
        return Ok(out);
    }
    if asks_for(ns::MUC_TRAFFIC, iq) {
        return Err(NOT_OFFERED); // XEP-0045 §18.1.1: everything is let through
    }
    let reply = match disco::question(iq)? {
        Some(Question::Info) => {
            // Rooms of the directory show theirs to those who belong there.
            let is_for_all = room.kind == RoomKind::Free;
            let avatar_hash = match &standing {
                None if !is_for_all => None,
                _ => avatar::hash(reader, room)?,
            };
            let is_open = is_for_all && standing.is_some() && room.terms.shows_addresses;
            let belongs = caller.person.filter(|_| standing.is_some() && !is_for_all);
            let told = Told {
                subject: kept.as_ref().map(|kept| kept.subject.clone()),
                avatar_hash,
                standing,
                inside: inside.count,
                contacts: if is_open { free::owners(reader, room.id)? } else { Vec::new() },
                hourly: free::activity::hourly(reader, room, now)?,
            };
            let about = rooms::disco::room_info(iq, room, &told);
            match belongs {
                Some(person) => {
                    spaces::with_parent(reader, house.domain(), (room, person), about, now)?
                }
                None => about,
            }
        }
        Some(Question::Items) => rooms::disco::room_items(iq),
        None if iq.has("ping", ns::PING) && room.kind == RoomKind::Free => {
            ping::answer(iq, now).ok_or(NOT_OFFERED)?
        }
        None => match (&kept, iq.payload().map(|payload| payload.ns())) {
            (Some(kept), Some(ns)) if ns == ns::MUC_OWNER => {
                owner::ask(reader, &house.config().free_rooms, kept, caller, iq)?
            }
            (Some(kept), Some(ns)) if ns == ns::MUC_ADMIN => {
                admin::answer(reader, kept, &inside.seen, caller, iq)?
            }
            (Some(kept), Some(ns)) if ns == ns::REGISTER => {
                register::ask(reader, kept, caller, iq)?
            }
            // XEP-0045 §7.10: who belongs there follows from the directory.
            (None, Some(ns)) if ns == ns::REGISTER => return Err(rooms::DIRECTORY_DECIDES),
            (Some(_), Some(ns)) if ns == ns::VCARD => avatar::card(reader, room, iq)?,
            _ => {
                let asks_archive = iq.has("query", ns::MAM) || iq.has("metadata", ns::MAM);
                let closed =
                    || if asks_archive { rooms::ARCHIVE_CLOSED } else { rooms::NOT_A_MEMBER };
                let standing = standing.ok_or_else(closed)?;
                if iq.has("vCard", ns::VCARD) {
                    caller.tell(&avatar::card(reader, room, iq)?, &mut out);
                    return Ok(out);
                }
                if kept.is_some() {
                    refuse_without_password(room, standing.affiliation, inside)?;
                }
                let role = inside.voice.as_ref().map_or(standing.role, |voice| voice.role);
                let owner = room.archive_for(role);
                if iq.has("query", ns::MAM) {
                    let address = house.domain().room(&room.address)?;
                    let session = session_of(caller);
                    let found = archive::query(reader, owner, &address, session, iq)?;
                    return Ok(to_caller(caller, found));
                }
                if iq.has("metadata", ns::MAM) {
                    archive::metadata(reader, owner, iq)?
                } else if iq.has("query", ns::MUC_ADMIN) || iq.has("query", ns::MUC_OWNER) {
                    rooms::admin::answer(reader, house.domain(), room, &standing, iq, now)?
                } else {
                    ping::answer(iq, now).ok_or(NOT_OFFERED)?
                }
            }
        },
    };
    caller.tell(&reply, &mut out);
    Ok(out)
}

/// XEP-0045 §7.2.10: for everybody but its owner a room that is being made is not there.
pub(super) fn refuse_if_locked(
    reader: &mut Reader<'_>,
    kept: &Kept,
    caller: &Caller,
) -> Answer<()> {
    let is_owner = !kept.is_locked
        || free::affiliation(reader, kept.info.id, &caller.bare())? == Affiliation::Owner;
    if is_owner { Ok(()) } else { Err(rooms::LOCKED) }
}

/// Who has to know a password to come in reads nothing from outside.
fn refuse_without_password(
    room: &RoomInfo,
    affiliation: Affiliation,
    inside: &Inside,
) -> Answer<()> {
    let needs_it = room.terms.password.is_some() && affiliation < Affiliation::Member;
    if needs_it && inside.voice.is_none() { Err(rooms::ARCHIVE_CLOSED) } else { Ok(()) }
}

fn asks_for(node: &str, iq: &Stanza) -> bool {
    iq.child("query", ns::DISCO_INFO)
        .is_some_and(|query| query.attr("node").as_deref() == Some(node))
}

/// Pages of an archive are posted to sessions; somebody abroad is none.
fn session_of(caller: &Caller) -> SessionId {
    match caller.place {
        Place::Here(session) => session,
        Place::Abroad(_) => SessionId(i64::MIN),
    }
}

fn to_caller(caller: &Caller, found: Outbox) -> Outbox {
    if matches!(caller.place, Place::Here(_)) {
        return found;
    }
    let mut out = Outbox::default();
    for post in found.into_posts() {
        if let Post::Session { stanza, .. } = post {
            caller.tell(&stanza, &mut out);
        }
    }
    out
}

/// A wish of somebody who may decide.
async fn set(house: &Arc<House>, caller: Caller, room: RoomInfo, iq: Stanza) -> Answer<()> {
    let (id, voice) = {
        let hall = house.hall();
        (room.id, hall.occupants.voice(room.id, &caller.place))
    };
    let namespace = iq.payload().map(|payload| payload.ns()).unwrap_or_default();
    if namespace == ns::MODERATE {
        return house
            .tell_and_wait(move |house, tx| {
                let domain = house.domain();
                let out =
                    rooms::moderation::moderate(tx, domain, &room, &caller, voice.as_ref(), &iq)?;
                Ok(((), out))
            })
            .await;
    }
    if namespace == ns::MAM {
        return get(house, caller, room, iq).await; // XEP-0313 §4: a query is a `set`
    }
    if room.kind != RoomKind::Free && namespace == ns::VCARD {
        return decide(house, move |house, tx| {
            avatar::set(tx, house.domain(), &room, &caller, &iq)
        })
        .await;
    }
    if room.kind != RoomKind::Free {
        return get(house, caller, room, iq).await; // refused there, with the reason
    }
    let nick = register::wanted_nick(&iq).map(|nick| (caller.bare(), nick));
    super::presence::may_bear(house, nick.into_iter().collect()).await?;
    if namespace == ns::MUC_ADMIN {
        let order = {
            let hall = house.hall();
            admin::order(&iq, &room, &hall.occupants)?
        };
        let wishes = match order {
            Order::Roles(wishes) => return change_roles(house, &caller, &room, wishes, &iq).await,
            Order::Lists(wishes) => wishes,
        };
        let nicks =
            wishes.iter().filter_map(|wish| Some((wish.address.to_bare(), wish.nick.clone()?)));
        super::presence::may_bear(house, nicks.collect()).await?;
        return decide(house, move |house, tx| {
            let kept = free::get(tx, id)?.ok_or(rooms::NO_SUCH_ROOM)?;
            free::refuse_from_abroad(tx, &house.config().free_rooms, id, &caller)?;
            let nick = voice.as_ref().map(|voice| voice.nick.as_str());
            let (mut deed, persons) =
                admin::change_lists(tx, house.domain(), &kept, &caller, nick, &wishes, &iq)?;
            let mut first = deed.take_first();
            tell_bookmarks(house, tx, &kept.info, &persons, &mut first)?;
            Ok(deed.after(first))
        })
        .await;
    }
    decide(house, move |house, tx| {
        let kept = free::get(tx, id)?.ok_or(rooms::NO_SUCH_ROOM)?;
        let (domain, rules) = (house.domain(), &house.config().free_rooms);
        free::refuse_from_abroad(tx, rules, id, &caller)?;
        refuse_if_locked(tx, &kept, &caller)?;
        let (mut deed, persons) = match namespace.as_str() {
            ns::MUC_OWNER => {
                let done = owner::set(tx, rules, &kept, &caller, &iq)?;
                (done.deed, done.persons)
            }
            ns::REGISTER => register::set(tx, domain, &kept, &caller, &iq)?,
            ns::VCARD => (avatar::set(tx, domain, &kept.info, &caller, &iq)?, Vec::new()),
            _ => return Err(NOT_OFFERED),
        };
        let mut first = deed.take_first();
        tell_bookmarks(house, tx, &kept.info, &persons, &mut first)?;
        Ok(deed.after(first))
    })
    .await
}

/// XEP-0045 §8: roles are kept where the visits are.
async fn change_roles(
    house: &Arc<House>,
    caller: &Caller,
    room: &RoomInfo,
    wishes: Vec<rooms::occupants::roles::Wish>,
    iq: &Stanza,
) -> Answer<()> {
    let mut first = Outbox::default();
    caller.tell(&iq.result(None), &mut first);
    house.happens(Happening::Roles(room.id, caller.place.clone(), wishes, first)).await?;
    super::sweep::end_emptied(house).await;
    Ok(())
}
