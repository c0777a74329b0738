//! What follows when a client says what it can (XEP-0115): it is asked, and once it is known what it wants, it is sent the
//! last items of the nodes it named (XEP-0163 §4.3.4).

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Outbox};
use konvent_talk::caps::{Learnt, LearntOfOnlookers};
use konvent_talk::pep::greet;
use konvent_talk::pubsub::{Ctx, Nobody};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use crate::hall::Seat;
use crate::hall::happening::{Happening, NOT_SEATED};
use crate::house::House;

/// A session has said how it is; its presence may name its capabilities.
pub async fn heard(house: &Arc<House>, seat: &Arc<Seat>, presence: &Stanza) -> Answer<()> {
    if !house.hall().is_seated(seat) {
        return Ok(());
    }
    match house.happens(Happening::Heard(seat.session.id, presence.clone())).await {
        Ok(effect) => follow(house, effect.learnt.unwrap_or_default()).await,
        Err(refusal) if refusal.code == NOT_SEATED.code => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// A session has answered a question; false when it was not one of these.
pub async fn answered(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<bool> {
    if !house.hall().caps.has_asked(&seat.session, iq) {
        return Ok(false);
    }
    let effect = house.happens(Happening::Answered(seat.session.id, iq.clone())).await?;
    match effect.learnt {
        Some(learnt) => follow(house, learnt).await.map(|()| true),
        None => Ok(false),
    }
}

async fn follow(house: &Arc<House>, learnt: Learnt) -> Answer<()> {
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

/// A device of somebody elsewhere, whom a member lets see him, has said to him how it is (XEP-0060 §9.2).
pub async fn onlooker_heard(
    house: &Arc<House>,
    (account, own): (AccountId, BareJid),
    from: &Jid,
    said: &Stanza,
) -> Answer<()> {
    if !house.hall().caps.is_news_of_onlooker(account, from, said) {
        return Ok(());
    }
    let heard = Happening::OnlookerHeard(account, own, from.clone(), said.clone());
    let effect = house.happens(heard).await?;
    greet_onlookers(house, effect.learnt_of_onlookers.unwrap_or_default()).await
}

/// It has answered; false when it was not asked.
pub async fn onlooker_answered(house: &Arc<House>, from: &Jid, iq: &Stanza) -> Answer<bool> {
    if !house.hall().caps.has_asked_onlooker(from, iq) {
        return Ok(false);
    }
    let answered = Happening::OnlookerAnswered(from.clone(), iq.clone());
    let effect = house.happens(answered).await?;
    greet_onlookers(house, effect.learnt_of_onlookers.unwrap_or_default()).await.map(|()| true)
}

/// It is not there any more for a member.
pub async fn onlooker_left(house: &Arc<House>, account: AccountId, from: &Jid) -> Answer<()> {
    if !house.hall().caps.has_onlooker(account, from) {
        return Ok(());
    }
    house.happens(Happening::OnlookerLeft(account, from.clone())).await.map(drop)
}

async fn greet_onlookers(house: &Arc<House>, learnt: LearntOfOnlookers) -> Answer<()> {
    for (account, onlooker, nodes) in learnt.wants {
        let (this, now) = (Arc::clone(house), house.clock().now());
        let greetings = house
            .db()
            .read(move |reader| {
                let ctx = Ctx { domain: this.domain(), now, here: &Nobody };
                greet::greet_onlooker(reader, ctx, account, (&onlooker, &nodes))
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
