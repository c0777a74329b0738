//! Coming in, changing, going (XEP-0045 §7).

use std::sync::Arc;

use konvent_core::{Answer, Refusal};
use konvent_talk::ns;
use konvent_talk::rooms::{self, Place, RoomInfo, Sight};
use konvent_wire::Stanza;

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
        // XEP-0045 §7.14: a bounce says that nothing reaches him; he is taken out.
        (Some("unavailable"), Some(room)) => leave(house, &place, &room, &said).await,
        (Some("error"), Some(room)) => bounced(house, &place, &room).await,
        (Some("unavailable" | "error"), None) => Ok(()),
        (None, Some(room)) if is_change(house, &place, &room, &said) => {
            house.happens(Happening::Changed(place, room.id, said.clone())).await.map(drop)
        }
        (None, _) => return enter(house, asker, said).await,
        (Some(_), _) => Err(BAD_TYPE),
    };
    if let Err(refusal) = done {
        asker.refuse(house, &said, &refusal);
    }
    asker.settle();
}

fn is_change(house: &House, place: &Place, room: &RoomInfo, said: &Stanza) -> bool {
    house.hall().occupants.is_inside(room.id, place) && !said.has("x", ns::MUC)
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
    presence.error_reply(&faces::stanza_error(refusal)).with_child(&mark)
}
