//! What happens to a presence: to the member's circle, into a room and out of it, to one person.

use std::sync::Arc;

use konvent_core::{Answer, Kind, Outbox, Refusal};
use konvent_talk::rooms::Place;
use konvent_talk::{Who, presence, roster};
use konvent_wire::Stanza;

use crate::faces;
use crate::flows::rooms::{self, Asker};
use crate::hall::{Hall, Seat};
use crate::house::House;

/// A presence of a type that makes no sense where it was sent.
pub(super) const BAD_TYPE: Refusal = Refusal::new(Kind::BadRequest, "presence.bad-type");

/// A presence is shown to everybody around and remembered for newcomers: it says how somebody is, it is no letter.
pub(super) const PRESENCE_BYTES_MAX: usize = 16 * 1024;

/// The presence is larger than [`PRESENCE_BYTES_MAX`].
pub(super) const TOO_LARGE: Refusal = Refusal::new(Kind::BadRequest, "presence.too-large");

/// Receives a presence. It counts as handled when its effect is there.
pub async fn receive(house: &Arc<House>, seat: &Arc<Seat>, presence: Stanza) {
    let original = presence.clone();
    let done = match presence.to.clone() {
        _ if presence.size_hint() > PRESENCE_BYTES_MAX => Err(TOO_LARGE),
        None => to_circle(house, seat, &presence).await,
        Some(to) => match who(house, to).await {
            Ok(Who::Room(room, _)) => {
                return rooms::presence::receive(house, Asker::here(seat), Some(room), presence)
                    .await;
            }
            Ok(Who::Account(account)) => {
                to_account(house, seat, Some(account), &presence);
                Ok(())
            }
            Ok(Who::Nobody) if rooms_name_it(house, &presence) => {
                return rooms::presence::receive(house, Asker::here(seat), None, presence).await;
            }
            Ok(Who::Elsewhere) => {
                crate::flows::abroad::presence_leaves(house, &seat.session, &presence)
            }
            Ok(_) => {
                to_account(house, seat, None, &presence);
                Ok(())
            }
            Err(refusal) => Err(refusal),
        },
    };
    match done {
        Ok(()) => {}
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
            let mut out = hall.occupants.leave_all(&Place::Here(seat.session.id))?;
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

/// A session is over: its rooms and its circle are told.
pub fn gone(hall: &mut Hall, seat: &Seat) {
    let out = hall.occupants.leave_all(&Place::Here(seat.session.id)).unwrap_or_else(|refusal| {
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
