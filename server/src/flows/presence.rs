//! What happens to a presence: to the member's circle, into a room and out of it, to one person.

use std::sync::Arc;

use konvent_core::{Answer, Kind, Outbox, Refusal};
use konvent_talk::{Who, presence, rooms, roster};
use konvent_wire::Stanza;

use crate::faces;
use crate::hall::{Hall, Seat};
use crate::house::House;

/// A presence of a type that makes no sense where it was sent.
const BAD_TYPE: Refusal = Refusal::new(Kind::BadRequest, "presence.bad-type");

/// A presence is shown to everybody around and remembered for newcomers: it says how somebody is, it is no letter.
const PRESENCE_BYTES_MAX: usize = 16 * 1024;

/// The presence is larger than [`PRESENCE_BYTES_MAX`].
const TOO_LARGE: Refusal = Refusal::new(Kind::BadRequest, "presence.too-large");

/// Receives a presence. It counts as handled when its effect is there.
pub async fn receive(house: &Arc<House>, seat: &Arc<Seat>, presence: Stanza) {
    let original = presence.clone();
    let done = match presence.to.clone() {
        _ if presence.size_hint() > PRESENCE_BYTES_MAX => Err(TOO_LARGE),
        None => to_circle(house, seat, &presence).await.map(|()| true),
        Some(to) => match who(house, to).await {
            Ok(Who::Room(room, _)) => to_room(house, seat, room, presence).await,
            Ok(Who::Account(account)) => {
                to_account(house, seat, Some(account), &presence);
                Ok(true)
            }
            Ok(Who::Nobody) if rooms_name_it(house, &presence) => {
                seat.answer(not_let_in(&presence, &rooms::NO_SUCH_ROOM));
                Ok(true)
            }
            Ok(Who::Elsewhere) => {
                crate::flows::abroad::presence_leaves(house, &seat.session, &presence)
                    .map(|()| true)
            }
            Ok(_) => {
                to_account(house, seat, None, &presence);
                Ok(true)
            }
            Err(refusal) => Err(refusal),
        },
    };
    match done {
        Ok(false) => return, // settled later, by the one who lets it into the room
        Ok(true) => {}
        Err(refusal) if original.is_error() => drop(refusal),
        Err(refusal) => seat.answer(original.error_reply(&faces::stanza_error(&refusal))),
    }
    seat.mailbox.settle(1);
}

async fn who(house: &Arc<House>, to: konvent_wire::Jid) -> Answer<Who> {
    let this = Arc::clone(house);
    house.db().read(move |reader| this.who_is(reader, &to)).await
}

fn rooms_name_it(house: &House, presence: &Stanza) -> bool {
    presence.to.as_ref().is_some_and(|to| to.domain().as_str() == house.domain().rooms)
}

/// RFC 6121 §4.2, §4.4, §4.5: I am here, I am like this now, I am going.
async fn to_circle(house: &Arc<House>, seat: &Arc<Seat>, said: &Stanza) -> Answer<()> {
    match said.kind.as_deref() {
        None => {
            let (this, session, now) =
                (Arc::clone(house), seat.session.clone(), house.clock().now());
            let contacts = house
                .db()
                .read(move |reader| roster::contacts(reader, this.domain(), session.person, now))
                .await?;
            let circle = roster::sharing_presence(&contacts);
            let mut hall = house.hall();
            if hall.is_seated(seat) {
                hall.rosters.shown(seat.session.account, seat.session.person, &contacts);
                let out = hall.presences.announce(&seat.session, said, circle);
                hall.post(out);
            }
            Ok(())
        }
        Some("unavailable") => {
            let mut hall = house.hall();
            let mut out = hall.occupants.leave_all(seat.session.id)?;
            out.append(hall.presences.leave(&seat.session, Some(said)));
            hall.post(out);
            Ok(())
        }
        Some(_) => Err(BAD_TYPE),
    }
}

/// RFC 6121 §3 and §4.6: asking for a subscription, or showing oneself to one person.
fn to_account(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    to: Option<konvent_core::AccountId>,
    said: &Stanza,
) {
    let hall = house.hall();
    let answered = presence::answer_subscription(&hall.presences, &seat.session, to, said);
    let out = match (answered, to) {
        (Some(out), _) => out,
        (None, Some(to)) => hall.presences.direct(&seat.session, to, said),
        (None, None) => Outbox::default(), // RFC 6121 §8.5.1: a presence to nobody is dropped
    };
    hall.post(out);
}

/// XEP-0045 §7: coming in, changing one's presence inside, leaving. False: it settles when the commit is through.
async fn to_room(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    room: rooms::RoomInfo,
    said: Stanza,
) -> Answer<bool> {
    match said.kind.as_deref() {
        Some("unavailable") => {
            let mut hall = house.hall();
            let out = hall.occupants.leave(seat.session.id, room.id, Some(&said))?;
            hall.post(out);
            Ok(true)
        }
        None => {
            let is_change = {
                let hall = house.hall();
                hall.occupants.is_inside(room.id, seat.session.id)
                    && !said.has("x", konvent_talk::ns::MUC)
            };
            if is_change {
                let mut hall = house.hall();
                let out = hall.occupants.change_presence(seat.session.id, room.id, &said)?;
                hall.post(out);
                return Ok(true);
            }
            enter(house, seat, said).await;
            Ok(false)
        }
        Some(_) => Err(BAD_TYPE),
    }
}

/// Enters in the order of the commits: what was said before is in the history, what is said afterwards is heard.
async fn enter(house: &Arc<House>, seat: &Arc<Seat>, said: Stanza) {
    let (this, entering) = (Arc::clone(house), Arc::clone(house));
    let (asker, newcomer) = (Arc::clone(seat), Arc::clone(seat));
    let original = said.clone();
    house
        .db()
        .submit(
            move |tx| {
                let now = tx.now();
                let hall = this.hall();
                rooms::ask_to_join(tx, this.domain(), &hall.occupants, &asker.session, &said, now)
            },
            move |answer| {
                let entered = answer.and_then(|joining| {
                    let mut hall = entering.hall();
                    if hall.is_seated(&newcomer) {
                        let out = hall.occupants.enter(joining)?;
                        hall.post(out);
                    }
                    Ok(())
                });
                if let Err(refusal) = entered {
                    newcomer.answer(not_let_in(&original, &refusal));
                }
                newcomer.mailbox.settle(1);
            },
        )
        .await;
}

/// The answer to whoever may not come in. COMPAT: slixmpp 1.17 and others find it by the `<x/>` of XEP-0045 §7.2.6.
fn not_let_in(presence: &Stanza, refusal: &Refusal) -> Stanza {
    let mark = konvent_wire::xml::el("x", konvent_talk::ns::MUC).build();
    presence.error_reply(&faces::stanza_error(refusal)).with_child(&mark)
}

/// A session is over: its rooms and its circle are told.
pub fn gone(hall: &mut Hall, seat: &Seat) {
    let out = hall.occupants.leave_all(seat.session.id).unwrap_or_else(|refusal| {
        tracing::error!(target: "presence", cause = refusal.chain(), "a session could not leave its rooms");
        Outbox::default()
    });
    hall.post(out);
    let out = hall.presences.leave(&seat.session, None);
    hall.post(out);
    if hall.seats_of(seat.session.account).len() <= 1 {
        hall.rosters.forget(seat.session.account);
    }
}
