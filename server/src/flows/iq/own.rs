//! What a member asks of the own account: contact list, archive, nodes, copies.

use std::sync::Arc;

use konvent_core::{Answer, Millis, Outbox, Reader};
use konvent_talk::archive::{self, Owner};
use konvent_talk::pubsub::{Asker, Ctx};
use konvent_talk::{
    Session, blocking, carbons, clients, contacts, inbox, last, ns, offline, ping, private, push,
};
use konvent_wire::Stanza;

use super::{NOT_OFFERED, nodes};
use crate::flows;
use crate::hall::Seat;
use crate::hall::happening::Happening;
use crate::house::House;

/// What the server answers for the member's own account.
pub(super) async fn answer(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    if let Some(wanted) = carbons::wish(iq) {
        house.happens(Happening::Copies(seat.session.id, wanted)).await?;
        seat.answer(iq.result(None));
        return Ok(());
    }
    if let Some(wish) = push::wish(iq)? {
        return flows::push::wish(house, seat, iq, wish).await;
    }
    if let Some(wish) = clients::wish(iq)? {
        return flows::clients::wish(house, seat, iq, wish).await;
    }
    if nodes::answer(house, Asker::Here(seat.session.clone()), iq).await? {
        return Ok(());
    }
    if contacts::is_roster(iq) && iq.is_kind("get") {
        return flows::contacts::list(house, seat, iq).await;
    }
    if contacts::is_roster(iq) {
        return flows::contacts::change(house, seat, iq).await;
    }
    if blocking::is_about(iq) {
        return flows::contacts::blocklist(house, seat, iq).await;
    }
    if private::is_private(iq) && iq.is_kind("set") {
        let (session, iq) = (seat.session.clone(), iq.clone());
        return house
            .tell_and_wait(move |house, tx| {
                let ctx = Ctx { domain: house.domain(), now: tx.now(), here: house };
                private::change(tx, ctx, &session, &iq).map(|out| ((), out))
            })
            .await;
    }
    if iq.has("query", ns::MAM) {
        return from_archive(house, seat, iq).await;
    }
    let (this, asker, question) = (Arc::clone(house), seat.session.clone(), iq.clone());
    let now = house.clock().now();
    let out =
        house.db().read(move |reader| from_own(&this, reader, &asker, &question, now)).await?;
    house.hall().post(out);
    Ok(())
}

/// A page of the own archive (XEP-0313 §4). What is on it waits for no other device any more.
async fn from_archive(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let (asker, question) = (seat.session.clone(), iq.clone());
    let read = house.db().read(move |reader| {
        let own = asker.bare();
        let owner = Owner::Account(asker.account);
        let (out, numbers) = archive::answer(reader, owner, &own, asker.id, &question)?;
        Ok((out, offline::among(reader, asker.account, &numbers)?))
    });
    let (out, waited) = read.await?;
    flows::offline::fetched(house, seat.session.account, waited).await;
    house.hall().post(out);
    Ok(())
}

/// Questions about the own account that only need reading.
fn from_own(
    house: &House,
    reader: &mut Reader<'_>,
    asker: &Session,
    iq: &Stanza,
    now: Millis,
) -> Answer<Outbox> {
    let owner = Owner::Account(asker.account);
    if iq.has("inbox", ns::INBOX) {
        return inbox::answer(reader, house.domain(), asker, iq, now);
    }
    let reply = if iq.has("metadata", ns::MAM) {
        archive::metadata(reader, owner, iq)?
    } else if iq.has("prefs", ns::MAM) {
        archive::preferences(iq)?
    } else if private::is_private(iq) {
        private::answer(reader, house.domain(), asker, iq, now)?
    } else if last::asks(iq) {
        last::of_account(reader, iq, asker.account, true, now)? // whoever asks is there
    } else {
        ping::answer(iq, now).ok_or(NOT_OFFERED)? // RFC 6120 §10.3.3
    };
    let mut out = Outbox::default();
    out.to_session(asker.id, reply);
    Ok(out)
}
