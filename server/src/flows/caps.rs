//! What follows when a client says what it can (XEP-0115): it is asked, and once it is known what it wants, it is sent the
//! last items of the nodes it named (XEP-0163 §4.3.4).

use std::sync::Arc;

use konvent_core::{Answer, Outbox};
use konvent_talk::caps::Learnt;
use konvent_talk::pep::greet;
use konvent_talk::pubsub::{Ctx, Nobody};
use konvent_wire::Stanza;

use crate::hall::Seat;
use crate::house::House;

/// A session has said how it is; its presence may name its capabilities.
pub async fn heard(house: &Arc<House>, seat: &Arc<Seat>, presence: &Stanza) -> Answer<()> {
    let learnt = {
        let mut hall = house.hall();
        if !hall.is_seated(seat) {
            return Ok(());
        }
        hall.caps.hear(&seat.session, presence)
    };
    follow(house, learnt).await
}

/// A session has answered a question; false when it was not one of these.
pub async fn answered(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<bool> {
    let learnt = house.hall().caps.answer(&seat.session, iq);
    match learnt {
        Some(learnt) => follow(house, learnt).await.map(|()| true),
        None => Ok(false),
    }
}

async fn follow(house: &Arc<House>, learnt: Learnt) -> Answer<()> {
    house.hall().post(questions(learnt.ask));
    for (id, nodes) in learnt.wants {
        let Some(session) = house.hall().session(id) else { continue };
        let (this, now) = (Arc::clone(house), house.clock().now());
        let greetings = house
            .db()
            .read(move |reader| {
                let ctx = Ctx { domain: this.domain(), now, here: &Nobody };
                greet::greet(reader, ctx, &session, &nodes)
            })
            .await?;
        house.hall().post(greetings);
    }
    Ok(())
}

/// The questions as posts.
pub fn questions(ask: Vec<(konvent_core::SessionId, Stanza)>) -> Outbox {
    let mut out = Outbox::default();
    for (session, question) in ask {
        out.to_session(session, question);
    }
    out
}
