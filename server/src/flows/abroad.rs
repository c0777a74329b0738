//! What happens to a stanza that leaves for another server, and to one that comes from there.
//!
//! A stranger learns nothing about who exists here: whatever the rules of RFC 6121 §8.5 leave open is answered for somebody
//! as for nobody. What other servers may never say in anybody's name is struck before anything else
//! ([`strike::from_abroad`]).

use std::sync::Arc;

use konvent_core::{
    AccountId, Answer, Kind, Millis, Outbox, Reach, Reader, Refusal, SessionId, Tx,
};
use konvent_talk::archive::{self, Kept, Party};
use konvent_talk::disco::{self, Question};
use konvent_talk::pubsub::Asker;
use konvent_talk::receiving::{self, Road};
use konvent_talk::{Session, Who, abroad, blocking, carbons, last, ns, ping, strike};
use konvent_wire::{Condition, ErrorKind, Jid, Name, Stanza, StanzaError};

use crate::counters::Deed;
use crate::faces;
use crate::flows::caps;
use crate::flows::iq::{
    NOT_OFFERED, about_the_server, asks_for_items, items_of_the_server, nodes, of_account,
};
use crate::flows::presence::lets_see;
use crate::flows::strangers::{self, is_heard};
use crate::hall::happening::Happening;
use crate::house::House;
use crate::net::push::Pusher;
use crate::net::s2s::Settled;

/// This house does not talk with that server.
pub const NOT_FEDERATED: Refusal = Refusal::new(Kind::NotFound, "house.not-federated");

/// Nobody here takes that from a stranger; the same for somebody and for nobody.
const NOT_TAKEN: StanzaError = StanzaError::new(ErrorKind::Cancel, Condition::ServiceUnavailable);

/// A member's message leaves: kept as sent, then on its way, with copies for his other devices.
pub fn message_leaves(
    house: &House,
    tx: &mut Tx<'_>,
    sender: &Session,
    to: &Jid,
    said: &Stanza,
    out: &mut Outbox,
) -> Answer<()> {
    may_leave(house, to)?;
    let own = sender.bare();
    let from = Party { account: sender.account, address: &own };
    let kept = archive::keep_sent(tx, from, &to.to_bare(), said)?;
    let mine = match kept {
        // Sent again because the acknowledgement was lost: it is on its way or has arrived.
        Kept::Again(_) => return Ok(()),
        Kept::New { mine, .. } => {
            house.counters().note(Deed::Archived);
            archive::marked(said, &own, mine)
        }
        Kept::Not => said.clone(),
    };
    out.abroad(said.clone());
    if house.hall().wants_copies(sender.account, sender.id) {
        carbons::copy_sent(sender, &mine, out);
    }
    Ok(())
}

/// A member's question or answer leaves; what comes back goes to the device that asked.
pub fn iq_leaves(house: &House, sender: &Session, iq: &Stanza) -> Answer<()> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    may_leave(house, &to)?;
    house.abroad().send(iq.addressed(Some(sender.address.clone()), Some(to)), None);
    Ok(())
}

/// Whether members may talk with people there.
pub fn may_leave(house: &House, to: &Jid) -> Answer<()> {
    if house.abroad().is_welcome(to.domain().as_str()) { Ok(()) } else { Err(NOT_FEDERATED) }
}

/// Writes down, within the transaction that acknowledges it, what must not be lost on its way.
pub fn keep(house: &House, tx: &mut Tx<'_>, out: &mut Outbox) -> Answer<()> {
    out.keep_abroad(|stanza| match &stanza.to {
        // A program of ours is there or not: nothing waits for it.
        Some(to) if house.abroad().is_component(to.domain().as_str()) => Ok(None),
        Some(to) if house.abroad().is_welcome(to.domain().as_str()) => {
            abroad::keep(tx, house.domain(), stanza)
        }
        _ => Ok(None),
    })
}

/// Receives a stanza from another server, which may speak for the domain of its sender. It counts as settled once it is on
/// disk, refused, or without lasting effect.
pub async fn receive(house: &Arc<House>, stanza: Stanza, settled: &Arc<Settled>) {
    if is_of_rooms(house, &stanza) {
        return super::rooms::from_abroad(house, stanza, settled).await;
    }
    let host = stanza.to.as_ref().map_or("", |to| to.domain().as_str());
    if house.abroad().is_component(host) {
        house.abroad().send(stanza, None);
        return settled.settle();
    }
    match stanza.name {
        Name::Message => message_comes(house, stanza, Says::Other, settled).await,
        Name::Iq => {
            iq_comes(house, &stanza).await;
            settled.settle();
        }
        Name::Presence => {
            presence_comes(house, &stanza).await;
            settled.settle();
        }
    }
}

/// Receives a stanza from a program that speaks as a host of ours (XEP-0114): for somebody here, or on its way out.
pub async fn from_component(house: &Arc<House>, stanza: Stanza, settled: &Arc<Settled>) {
    let host = stanza.to.as_ref().map(|to| to.domain().as_str().to_owned()).unwrap_or_default();
    if house.abroad().is_ours(&host) && !house.abroad().is_component(&host) {
        receive(house, stanza, settled).await;
    } else {
        house.abroad().send(stanza, None);
        settled.settle();
    }
}

/// What never arrived comes back to its sender as an error from there.
pub async fn given_back(house: &Arc<House>, error: Stanza) {
    if is_of_rooms(house, &error) {
        return super::rooms::from_abroad(house, error, &Arc::default()).await;
    }
    match error.name {
        Name::Message => message_comes(house, error, Says::House, &Arc::default()).await,
        Name::Iq => iq_comes(house, &error).await,
        Name::Presence => presence_comes(house, &error).await,
    }
}

/// Rooms have a story of their own, the same for everybody.
fn is_of_rooms(house: &House, stanza: &Stanza) -> bool {
    stanza.to.as_ref().is_some_and(|to| to.domain().as_str() == house.domain().rooms)
}

/// Who says what comes in the name of somebody elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// His server.
    Other,
    /// We ourselves: the message never reached it.
    House,
}

async fn message_comes(house: &Arc<House>, message: Stanza, says: Says, settled: &Arc<Settled>) {
    let (original, counted) = (message.clone(), Arc::clone(settled));
    house
        .tell(
            move |house, tx| message_story(house, tx, &message, says),
            move |house, answer| {
                // RFC 6120 §8.3.1: an error is never answered with an error.
                if let Err(refusal) = answer
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
fn message_story(house: &House, tx: &mut Tx<'_>, message: &Stanza, says: Says) -> Answer<Outbox> {
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
        strangers::spend(house, tx, &who, (from, to), &said, now)?;
    }
    match who {
        Who::Account(account) => {
            // An error has words, too: it is heard from those to whom the member has turned.
            if says == Says::Other && !is_heard(house, tx, account, from)? {
                refuse(&said, &mut out);
                return Ok(out);
            }
            to_account(house, tx, from, account, to, &said, &mut out)?;
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

/// To a member: kept, then to the devices that are there, with copies for the others.
fn to_account(
    house: &House,
    tx: &mut Tx<'_>,
    from: &Jid,
    receiver: AccountId,
    to: &Jid,
    said: &Stanza,
    out: &mut Outbox,
) -> Answer<()> {
    let (own, now) = (to.to_bare(), tx.now());
    let kept = archive::keep_received(tx, &from.to_bare(), receiver, said)?;
    let is_groupchat = said.is_kind("groupchat");
    let is_of_a_room = is_groupchat || (to.is_full() && said.has("x", ns::MUC_USER));
    let heard = match kept {
        // RFC 6121 §8.5.3.1: a room says it to each device that is inside, and once more to one that comes in; the archive
        // has it once.
        Kept::Again(entry) if is_of_a_room => archive::marked(said, &own, entry),
        // Sent again because the other server never saw our acknowledgement.
        Kept::Again(_) => return Ok(()),
        Kept::New { theirs, .. } => archive::marked(said, &own, theirs),
        Kept::Not => said.clone(),
    };
    let may_know = may_know(house, tx, receiver, (from, to), said, (kept, now))?;
    let hall = house.hall();
    if let Kept::New { theirs: entry, .. } = kept {
        house.counters().note(Deed::Archived);
        super::push::owe(house, &hall, tx, receiver, (said, entry))?;
    }
    let bound = to.resource().and_then(|resource| hall.at(receiver, resource.as_str()));
    let bound = bound.map(|seat| seat.session.id);
    let online = hall.presences.online(receiver);
    let beside = |out: &mut Outbox| {
        for (session, device) in hall.beside(receiver) {
            carbons::copy_received_beside(&own, session, &device, &heard, out);
        }
    };
    let road = receiving::for_account(to, said, kept != Kept::Not, online, bound, may_know);
    // RFC 6121 §8.5.2.1.1: what a room says to one device is for no other; it asks the room what it has missed.
    if !is_groupchat {
        super::offline::keep(tx, receiver, kept, super::offline::is_heard(&hall, receiver, road))?;
    }
    match road {
        Road::ToSession(session) => {
            if hall.wants_copies(receiver, session) {
                carbons::copy_received(receiver, &own, session, &heard, out);
            }
            out.to_session(session, carbons::without_private(&heard));
        }
        Road::ToAvailable => {
            beside(out);
            let heard = carbons::without_private(&heard);
            out.to_account(receiver, Reach::Available, None, heard);
        }
        Road::Waits => beside(out),
        // The device that wrote is gone: the others are told that it never arrived.
        Road::Nowhere if said.is_error() => {
            out.to_account(receiver, Reach::Available, None, heard);
        }
        Road::Refused => refuse(said, out),
        // RFC 6121 §8.5.2.2.1 would let a stranger find out who is there: silence, as for nobody.
        Road::Nowhere => {}
    }
    Ok(())
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

async fn iq_comes(house: &Arc<House>, iq: &Stanza) {
    let is_question = matches!(iq.kind.as_deref(), Some("get" | "set"));
    let reply = if is_question { answer(house, iq).await } else { pass_on(house, iq).await };
    match reply {
        Ok(Some(reply)) => house.abroad().send(reply, None),
        Err(refusal) if is_question => {
            house.abroad().send(faces::refused(iq, &refusal), None);
        }
        Ok(None) | Err(_) => {}
    }
}

/// A question from abroad: the server answers for itself; accounts, whether they exist or not, say nothing to strangers.
async fn answer(house: &Arc<House>, iq: &Stanza) -> Answer<Option<Stanza>> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    // What a member or the organisation has opened to everybody answers; all else looks like nobody.
    let asker = iq.from.clone().map(Asker::Abroad);
    if let Some(asker) = asker
        && nodes::answer(house, asker, iq).await?
    {
        return Ok(None);
    }
    let (this, now) = (Arc::clone(house), house.clock().now());
    let (address, from) = (to.clone(), iq.from.clone().ok_or(NOT_OFFERED)?);
    let question = iq.clone();
    let (who, may_see, last) = house
        .db()
        .read(move |reader| {
            let who = this.who_is(reader, &address)?;
            let last = match who {
                Who::Account(account) if address.is_bare() && last::asks(&question) => {
                    Some(of_account(&this, reader, &question, account, &from, now)?)
                }
                Who::Nobody if last::asks(&question) => return Err(last::FORBIDDEN),
                _ => None,
            };
            let may_see = match who {
                Who::Account(account) if address.is_full() => {
                    may_ask(&this, reader, account, &from, now)?
                }
                _ => Ask::No,
            };
            Ok((who, may_see, last))
        })
        .await?;
    if let Some(answer) = last {
        return Ok(Some(answer));
    }
    match who {
        Who::Account(account) if to.is_full() => {
            ask_device(house, account, may_see, &to, iq).map(|()| None)
        }
        // XEP-0030 §8: nothing belongs to an account, for a stranger, nor to nobody.
        Who::Account(_) | Who::Nobody if asks_for_items(iq) => Ok(Some(disco::no_items(iq))),
        Who::Server => Ok(Some(match disco::question(iq)? {
            Some(Question::Info) => about_the_server(house, iq),
            Some(Question::Items) => items_of_the_server(house, iq),
            None if last::asks(iq) => last::of_server(iq, house.opened_at(), now),
            None => ping::answer(iq, now).ok_or(NOT_OFFERED)?,
        })),
        Who::RoomService => Ok(Some(match disco::question(iq)? {
            Some(Question::Info) => konvent_talk::rooms::disco::service_info(iq),
            _ => ping::answer(iq, now).ok_or(NOT_OFFERED)?,
        })),
        Who::Service(_) | Who::Account(_) | Who::Nobody | Who::Room(..) | Who::Elsewhere => {
            Err(NOT_OFFERED)
        }
    }
}

/// Whether somebody abroad may put a question to the devices of a member.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// He sees the member.
    Yes,
    /// Only those that have shown themselves to him.
    IfShown,
    /// The member has blocked him.
    No,
}

fn may_ask(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    from: &Jid,
    now: Millis,
) -> Answer<Ask> {
    if blocking::blocks(reader, account, from)? {
        return Ok(Ask::No);
    }
    Ok(if lets_see(house, reader, account, from, now)? { Ask::Yes } else { Ask::IfShown })
}

/// A question to one device of a member (RFC 6121 §8.5.3.1), which answers itself; to all others it is not there.
fn ask_device(house: &House, account: AccountId, may: Ask, to: &Jid, iq: &Stanza) -> Answer<()> {
    let from = iq.from.as_ref().ok_or(NOT_OFFERED)?;
    let hall = house.hall();
    let device = to.resource().and_then(|resource| hall.at(account, resource.as_str()));
    let device = device.ok_or(NOT_OFFERED)?.session.id;
    if may != Ask::Yes && (may == Ask::No || !hall.presences.has_shown_abroad(device, from)) {
        return Err(NOT_OFFERED);
    }
    let mut out = Outbox::default();
    out.to_session(device, iq.clone());
    hall.post(out);
    Ok(())
}

/// The answer to a question that one of our devices asked.
async fn pass_on(house: &Arc<House>, iq: &Stanza) -> Answer<Option<Stanza>> {
    if house.pusher().answered(iq) {
        return Ok(None);
    }
    if let Some(from) = &iq.from
        && caps::onlooker_answered(house, from, iq).await?
    {
        return Ok(None);
    }
    // The server of an app answers any of our nodes.
    if house.is_one_of_several()
        && Pusher::may_answer(iq)
        && !iq.to.as_ref().is_some_and(Jid::is_full)
    {
        house.happens_soon(Happening::AppAnswered(iq.clone()));
        return Ok(None);
    }
    if iq.has("query", ns::ROSTER) {
        return Ok(None); // RFC 6121 §2.1.6: a roster comes from the own server only
    }
    if let Some(session) = device(house, iq).await? {
        let mut out = Outbox::default();
        out.to_session(session, iq.clone());
        house.hall().post(out);
    }
    Ok(None)
}

/// A presence from abroad: about a contact list, or about somebody whom a member knows or meets in a room there.
async fn presence_comes(house: &Arc<House>, presence: &Stanza) {
    let presence = strike::from_abroad(presence, house.domain());
    if let Err(refusal) = super::presence::from_abroad(house, presence).await {
        tracing::error!(target: "presence", cause = refusal.chain(), "a presence from abroad was lost");
    }
}

/// The device at a full address, if it is there.
async fn device(house: &Arc<House>, stanza: &Stanza) -> Answer<Option<SessionId>> {
    let Some(to) = stanza.to.clone().filter(Jid::is_full) else { return Ok(None) };
    let (this, address, from) = (Arc::clone(house), to.clone(), stanza.from.clone());
    let found = house
        .db()
        .read(move |reader| {
            let Who::Account(account) = this.who_is(reader, &address)? else { return Ok(None) };
            // XEP-0191 §3.3: from whom the member has blocked, answers do not come either.
            let is_blocked = match &from {
                Some(from) => blocking::blocks(reader, account, from)?,
                None => true,
            };
            Ok(Some(account).filter(|_| !is_blocked))
        })
        .await?;
    let (Some(account), Some(resource)) = (found, to.resource()) else { return Ok(None) };
    Ok(house.hall().at(account, resource.as_str()).map(|seat| seat.session.id))
}
