//! What is asked of one of those inside (XEP-0045 §17.4): the room answers for him what it knows, and passes on the rest.

use std::collections::HashMap;
use std::sync::Arc;

use konvent_core::{Answer, Outbox};
use konvent_talk::pubsub::{self, Asker, Ctx};
use konvent_talk::rooms::{self, Being, Caller, Place, Role, RoomInfo};
use konvent_talk::{Session, Who, pep, vcard};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use super::message::is_blocked;
use crate::flows::iq::NOT_OFFERED;
use crate::house::House;

/// A question to somebody inside (XEP-0045 §17.4). Nobody is asked by whom he has blocked.
pub async fn ask(
    house: &Arc<House>,
    caller: Caller,
    room: RoomInfo,
    nick: String,
    iq: Stanza,
) -> Answer<()> {
    let own = rooms::disco::self_ping(&house.hall().occupants, room.id, &caller, &iq)?;
    if let Some(reply) = own {
        let mut out = Outbox::default();
        caller.tell(&reply, &mut out);
        house.hall().post(out);
        return Ok(());
    }
    let (this, asker, whom) = (Arc::clone(house), caller.clone(), (room.clone(), nick.clone()));
    let is_blocked =
        house.db().read(move |reader| is_blocked(&this, reader, &asker, &whom.0, &whom.1)).await?;
    if is_blocked {
        return Err(NOT_OFFERED);
    }
    let hall = house.hall();
    let out = hall.occupants.ask_one(room.id, &caller.place, &nick, &iq)?;
    hall.post(out);
    Ok(())
}

/// The answer to a question that a room has passed on; anything else is nobody's.
pub async fn answered(house: &Arc<House>, caller: Caller, iq: Stanza) -> Answer<()> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    let this = Arc::clone(house);
    let Who::Room(room, Some(nick)) =
        house.db().read(move |reader| this.who_is(reader, &to)).await?
    else {
        return Ok(());
    };
    let hall = house.hall();
    let out = hall.occupants.answer_one(room.id, &caller.place, &nick, &iq)?;
    hall.post(out);
    Ok(())
}

/// The picture of somebody inside, for somebody inside (XEP-0398 §5). Where nicknames are all that is known of each other,
/// only what he shows to everybody.
pub async fn card(
    house: &Arc<House>,
    caller: Caller,
    room: RoomInfo,
    nick: String,
    iq: Stanza,
) -> Answer<()> {
    let (voice, seen) = {
        let hall = house.hall();
        let voice = hall.occupants.voice(room.id, &caller.place).ok_or(rooms::NOT_INSIDE)?;
        (voice, hall.occupants.seen_as(room.id, &nick).ok_or(rooms::NO_SUCH_OCCUPANT)?)
    };
    let Being::Here(account) = seen.being else {
        return ask(house, caller, room, nick, iq).await;
    };
    let is_known = room.terms.shows_addresses || voice.role == Role::Moderator;
    let (this, now) = (Arc::clone(house), house.clock().now());
    let out = house
        .db()
        .read(move |reader| {
            if is_blocked(&this, reader, &caller, &room, &nick)? {
                return Err(NOT_OFFERED);
            }
            let ctx = Ctx { domain: this.domain(), now, here: &*this };
            let place = pubsub::Place::of_account(reader, this.domain(), account)?;
            let address = if is_known {
                caller.address.clone()
            } else {
                this.domain().room(&room.address)?.into()
            };
            let asker = match caller.account().zip(caller.person).filter(|_| is_known) {
                Some((account, person)) => Asker::Member { account, person, address },
                None => Asker::Abroad(address),
            };
            let reply = match vcard::answer_inside(reader, ctx, &place, &asker, &iq) {
                Err(refusal) if refusal == pep::HIDDEN => Err(NOT_OFFERED),
                answered => answered,
            }?;
            let mut out = Outbox::default();
            caller.tell(&reply, &mut out);
            Ok(out)
        })
        .await?;
    house.hall().post(out);
    Ok(())
}

/// So many nicknames of one request are looked behind: more than anybody reports by hand.
const REPORTED_MAX: usize = 100;

/// Who the occupants are that a request to block names, as far as the member sees their room from within: so a report
/// (XEP-0377) means somebody, not a nickname that is another's tomorrow. The storage is not asked: whoever is inside is known here.
pub fn behind_nicknames(house: &House, session: &Session, iq: &Stanza) -> HashMap<Jid, BareJid> {
    let mut behind = HashMap::new();
    let Some(list) = iq.payload() else { return behind };
    let reported = list.children().filter(|item| item.children().next().is_some());
    let addresses = reported.filter_map(|item| Jid::new(item.attr("jid")?).ok());
    let hall = house.hall();
    let rooms = hall.occupants.addresses_at(&Place::Here(session.id));
    for address in addresses.take(REPORTED_MAX) {
        let Some(nick) = address.resource() else { continue };
        if let Some(room) = rooms.get(&address.to_bare())
            && let Some(seen) = hall.occupants.seen_as(*room, nick.as_str())
        {
            behind.insert(address.clone(), seen.address);
        }
    }
    behind
}
