//! Coming in, changing, going (XEP-0045 §7).

use std::sync::Arc;

use konvent_core::{Answer, Refusal};
use konvent_talk::ns;
use konvent_talk::rooms::occupants::is_out_of_reach;
use konvent_talk::rooms::{self, Place, RoomInfo, RoomKind, Sight, free};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use super::{Asker, known_size, sweep};
use crate::faces;
use crate::flows::presence::BAD_TYPE;
use crate::hall::happening::{Happening, NOTHING};
use crate::house::House;

/// A presence to an address of the room service; `room` is none when nothing is there yet. It is settled when it has had its
/// effect.
pub async fn receive(house: &Arc<House>, asker: Asker, room: Option<RoomInfo>, said: Stanza) {
    let place = asker.caller.place.clone();
    let done = match (said.kind.as_deref(), room) {
        (Some("unavailable"), Some(room)) => leave(house, &place, &room, &said).await,
        // XEP-0045 §18.1.2: what the room has said does not reach him.
        (Some("error"), Some(room)) if is_out_of_reach(&said) => {
            bounced(house, &place, &room).await
        }
        (Some("unavailable" | "error"), _) => Ok(()),
        (None, Some(room)) if is_change(house, &place, &room, &said) => {
            change(house, &asker, &room, &said).await
        }
        // XEP-0045 §7.2.18: he believes that he is inside, or speaks the protocol of before.
        (None, _) if !said.has("x", ns::MUC) => {
            asker.answer(house, &rooms::stanzas::not_inside(&said));
            Ok(())
        }
        (None, room) => {
            let is_free = room.is_none_or(|room| room.kind == RoomKind::Free);
            let nick = nick_of(&said).filter(|_| is_free);
            let wanted = nick.map(|nick| (asker.caller.bare(), nick));
            match may_bear(house, wanted.into_iter().collect()).await {
                Ok(()) => return enter(house, asker, said).await,
                refused => refused,
            }
        }
        (Some(_), _) => Err(BAD_TYPE), // XEP-0045 §17.3: neither in nor out by a probe
    };
    match done {
        Ok(()) => {}
        Err(refusal) if said.kind.is_none() => asker.answer(house, &not_let_in(&said, &refusal)),
        Err(refusal) => asker.refuse(house, &said, &refusal),
    }
    asker.settle();
}

fn is_change(house: &House, place: &Place, room: &RoomInfo, said: &Stanza) -> bool {
    house.hall().occupants.is_inside(room.id, place) && !said.has("x", ns::MUC)
}

/// Another name is taken, too, when somebody has reserved it (XEP-0045 §7.6).
async fn change(house: &Arc<House>, asker: &Asker, room: &RoomInfo, said: &Stanza) -> Answer<()> {
    let (id, place, own) = (room.id, asker.caller.place.clone(), asker.caller.bare());
    let bears = house.hall().occupants.voice(id, &place).map(|voice| voice.nick);
    if let Some(nick) = nick_of(said).filter(|_| room.kind == RoomKind::Free)
        && bears.as_ref() != Some(&nick)
    {
        may_bear(house, vec![(own.clone(), nick.clone())]).await?;
        let holder = house.db().read(move |reader| free::holder_of_nick(reader, id, &nick)).await?;
        if holder.is_some_and(|holder| holder != own.as_str()) {
            return Err(rooms::NICK_TAKEN);
        }
    }
    house.happens(Happening::Changed(place, id, said.clone())).await.map(drop)
}

fn nick_of(said: &Stanza) -> Option<String> {
    said.to.as_ref().and_then(Jid::resource).map(|nick| nick.as_str().to_owned())
}

/// Whether these addresses may bear these nicknames in a free room: none by which others would take somebody for an officer.
pub(super) async fn may_bear(house: &Arc<House>, wanted: Vec<(BareJid, String)>) -> Answer<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let (this, now) = (Arc::clone(house), house.clock().now());
    house
        .db()
        .read(move |reader| {
            for (address, nick) in &wanted {
                this.officers().may_bear(reader, this.domain(), (address, nick), now)?;
            }
            Ok(())
        })
        .await
}

async fn leave(house: &Arc<House>, place: &Place, room: &RoomInfo, said: &Stanza) -> Answer<()> {
    house.happens(Happening::WentOut(place.clone(), room.id, said.clone())).await?;
    sweep::end_emptied(house).await;
    Ok(())
}

/// Somebody who was inside is not reachable any more.
pub async fn bounced(house: &Arc<House>, place: &Place, room: &RoomInfo) -> Answer<()> {
    house.happens(Happening::Bounced(place.clone(), room.id)).await?;
    sweep::end_emptied(house).await;
    Ok(())
}

/// Enters in the order of the commits: what was said before is in the history, what is said afterwards is heard.
async fn enter(house: &Arc<House>, asker: Asker, said: Stanza) {
    let (newcomer, original) = (asker.clone(), said.clone());
    let coming = asker.clone();
    house
        .decide(
            move |house, tx| {
                let followed = house.hall().occupants.followed();
                let size = known_size(house);
                let sight = Sight { followed, known_size: &size };
                let rules = &house.config().free_rooms;
                let caller = &asker.caller;
                let joining = rooms::ask_to_join(tx, house.domain(), rules, &sight, caller, &said)?;
                let is_there = coming.is_there(&house.hall());
                Ok(if is_there { Happening::Entered(Box::new(joining)) } else { NOTHING })
            },
            move |house, entered| {
                if let Err(refusal) = entered {
                    newcomer.answer(house, &not_let_in(&original, &refusal));
                }
                newcomer.settle();
            },
        )
        .await;
}

/// The answer to whoever may not come in. COMPAT: slixmpp 1.17 and others find it by the `<x/>` of XEP-0045 §7.2.6.
fn not_let_in(presence: &Stanza, refusal: &Refusal) -> Stanza {
    let mark = konvent_wire::xml::el("x", ns::MUC).build();
    faces::refused(presence, refusal).with_child(&mark)
}
