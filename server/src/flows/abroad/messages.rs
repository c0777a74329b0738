//! Words from another server: whether they are heard here, and by whom.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Millis, Outbox, Reach, Reader, Tx};
use konvent_talk::archive::{self, Kept};
use konvent_talk::pubsub::Asker;
use konvent_talk::receiving::{self, Road};
use konvent_talk::{Who, blocking, carbons, ns, strike};
use konvent_wire::{Condition, ErrorKind, Jid, Stanza, StanzaError};

use crate::faces;
use crate::flows::iq::nodes;
use crate::flows::presence::lets_see;
use crate::flows::rooms::Later;
use crate::flows::strangers::{self, is_heard};
use crate::flows::{offline, push};
use crate::hall::Hall;
use crate::house::House;
use crate::net::s2s::Settled;

/// Nobody here takes that from a stranger; the same for somebody and for nobody.
const NOT_TAKEN: StanzaError = StanzaError::new(ErrorKind::Cancel, Condition::ServiceUnavailable);

/// Who says what comes in the name of somebody elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// His server.
    Other,
    /// We ourselves: the message never reached it.
    House,
}

/// A message comes; it counts as settled once it is on disk or refused.
pub(super) async fn come(house: &Arc<House>, message: Stanza, says: Says, settled: &Arc<Settled>) {
    let (original, counted) = (message.clone(), Arc::clone(settled));
    let later = Later::default();
    let shown = later.clone();
    house
        .tell(
            move |house, tx| story(house, tx, &message, says, &later),
            move |house, answer| {
                // RFC 6120 §8.3.1: an error is never answered with an error.
                if let Err(refusal) = answer.and_then(|()| shown.happens(house))
                    && !original.is_error()
                {
                    house.abroad().send(faces::refused(&original, &refusal), None);
                }
                counted.settle();
            },
        )
        .await;
}

/// The story of a message from abroad, within the transaction.
fn story(
    house: &House,
    tx: &mut Tx<'_>,
    message: &Stanza,
    says: Says,
    later: &Later,
) -> Answer<Outbox> {
    later.is_off();
    let mut out = Outbox::default();
    let (Some(from), Some(to)) = (&message.from, &message.to) else { return Ok(out) };
    let said = strike::from_abroad(message, house.domain());
    let who = house.who_is(tx, to)?;
    if nodes::bounced(house, tx, from, &who, &said)? {
        return Ok(out);
    }
    // An owner abroad answers the question whether somebody may subscribe.
    let asker = Asker::Abroad(from.clone());
    let now = tx.now();
    if let Some(out) = nodes::authorized(house, tx, &asker, &who, &said, now)? {
        return Ok(out);
    }
    // XEP-0191 §3.3: to whom the member has blocked he is an address that nobody has, in silence as in refusals.
    let who = match who {
        Who::Account(account) if blocking::blocks(tx, account, from)? => Who::Nobody,
        who => who,
    };
    if says == Says::Other && house.abroad().lets_strangers_in() {
        later.counts(|| strangers::spend(house, tx, &who, (from, to), &said, now))?;
    }
    match who {
        Who::Account(account) => {
            // An error has words, too: it is heard from those to whom the member has turned.
            if says == Says::Other && !is_heard(house, tx, account, from)? {
                refuse(&said, &mut out);
                return Ok(out);
            }
            if to_account(house, tx, from, account, to, &said, &mut out)? {
                later.keeps();
            }
        }
        // Whoever writes to nobody hears as much as whoever writes to somebody: nothing, or the same refusal.
        Who::Nobody
            if house.abroad().lets_strangers_in()
                && !(said.is_kind("groupchat") && to.is_bare()) => {}
        Who::Nobody
        | Who::Server
        | Who::RoomService
        | Who::Service(_)
        | Who::Room(..)
        | Who::Elsewhere => {
            refuse(&said, &mut out);
        }
    }
    Ok(out)
}

fn refuse(said: &Stanza, out: &mut Outbox) {
    if said.may_be_refused() {
        out.abroad(said.error_reply(&NOT_TAKEN));
    }
}

/// To a member: kept, then to the devices that are there, with copies for the others. Says whether it is new to his archive.
fn to_account(
    house: &House,
    tx: &mut Tx<'_>,
    from: &Jid,
    receiver: AccountId,
    to: &Jid,
    said: &Stanza,
    out: &mut Outbox,
) -> Answer<bool> {
    let (own, now) = (to.to_bare(), tx.now());
    let kept = archive::keep_received(tx, &from.to_bare(), receiver, said)?;
    let is_groupchat = said.is_kind("groupchat");
    let is_of_a_room = is_groupchat || (to.is_full() && said.has("x", ns::MUC_USER));
    let heard = match kept {
        // RFC 6121 §8.5.3.1: a room says it to each device that is inside, and once more to one that comes in; the archive
        // has it once.
        Kept::Again(entry) if is_of_a_room => archive::marked(said, &own, entry),
        // Sent again because the other server never saw our acknowledgement.
        Kept::Again(_) => return Ok(false),
        Kept::New { theirs, .. } => archive::marked(said, &own, theirs),
        Kept::Not => said.clone(),
    };
    let may_know = may_know(house, tx, receiver, (from, to), said, (kept, now))?;
    let is_heard = hand_out(&house.hall(), receiver, to, (said, &heard), (kept, may_know), out);
    if let Kept::New { theirs: entry, .. } = kept {
        push::owe(house, tx, receiver, (said, entry))?;
    }
    // RFC 6121 §8.5.2.1.1: what a room says to one device is for no other; it asks the room what it has missed.
    if !is_groupchat {
        offline::keep(tx, receiver, kept, is_heard)?;
    }
    Ok(matches!(kept, Kept::New { .. }))
}

/// To the devices of a member that are there, with copies for the others: `heard` is what they get of what was said. Says whether
/// anybody hears it for sure, or need not.
fn hand_out(
    hall: &Hall,
    receiver: AccountId,
    to: &Jid,
    (said, heard): (&Stanza, &Stanza),
    (kept, may_know): (Kept, bool),
    out: &mut Outbox,
) -> bool {
    let own = to.to_bare();
    let bound = to.resource().and_then(|resource| hall.at(receiver, resource.as_str()));
    let bound = bound.map(|seat| seat.session.id);
    let online = hall.presences.online(receiver);
    let beside = |out: &mut Outbox| {
        for (session, device) in hall.beside(receiver) {
            carbons::copy_received_beside(&own, session, &device, heard, out);
        }
    };
    let road = receiving::for_account(to, said, kept != Kept::Not, online, bound, may_know);
    match road {
        Road::ToSession(session) => {
            if hall.wants_copies(receiver, session) {
                carbons::copy_received(receiver, &own, session, heard, out);
            }
            out.to_session(session, carbons::without_private(heard));
        }
        Road::ToAvailable => {
            beside(out);
            let heard = carbons::without_private(heard);
            out.to_account(receiver, Reach::Available, None, heard);
        }
        Road::Waits => beside(out),
        // The device that wrote is gone: the others are told that it never arrived.
        Road::Nowhere if said.is_error() => {
            out.to_account(receiver, Reach::Available, None, heard.clone());
        }
        Road::Refused => refuse(said, out),
        // RFC 6121 §8.5.2.2.1 would let a stranger find out who is there: silence, as for nobody.
        Road::Nowhere => {}
    }
    offline::is_heard(hall, receiver, road)
}

/// Whether somebody abroad hears that a message found nobody (RFC 6121 §8.1): whoever may see the member, and a room that he has
/// turned to, which otherwise would go on speaking to a device that is gone.
fn may_know(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    (from, to): (&Jid, &Jid),
    said: &Stanza,
    (kept, now): (Kept, Millis),
) -> Answer<bool> {
    let is_of_a_room = said.is_kind("groupchat");
    if kept != Kept::Not && !is_of_a_room {
        return Ok(false); // it waits in any case
    }
    let device =
        to.resource().and_then(|resource| house.hall().at(account, resource.as_str()).cloned());
    if device.is_some() {
        return Ok(false); // it arrives
    }
    if is_of_a_room {
        return strangers::knows(house, reader, account, from);
    }
    lets_see(house, reader, account, from, now)
}
