//! What happens to a message that a member sends. Top to bottom, this is the whole story.
//!
//! What no archive keeps, between two who are there, has a short road ([`pass`]); everything else goes through a transaction.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Outbox, Reach, Tx};
use konvent_talk::archive::{self, Kept, Party};
use konvent_talk::pubsub::{self, Asker};
use konvent_talk::receiving::{self, NOBODY_THERE, Road};
use konvent_talk::rooms::Caller;
use konvent_talk::{Session, Who, blocking, carbons, strike};
use konvent_wire::{Jid, Stanza};

use crate::faces;
use crate::flows::iq::nodes;
use crate::flows::rooms::{self, Later};
use crate::flows::{abroad, offline, push, strangers};
use crate::hall::{Hall, Seat};
use crate::house::{House, MOVED};

/// Passes on what nobody keeps (that somebody is typing, for instance) between two who are there: all that must be known
/// of them is in the hall. False: nothing has happened, it takes the long road. Whoever calls this has no other message of the
/// same connection under way, which this one would overtake.
pub fn pass(house: &House, seat: &Seat, message: &Stanza) -> bool {
    if house.db().node().is_some() {
        return false; // several nodes keep one order, and this would stand outside of it
    }
    let sender = &seat.session;
    let Some(to) = message.to.as_ref().filter(|to| to.domain().as_str() == house.domain().name)
    else {
        return false;
    };
    let Some(localpart) = to.node() else { return false };
    if pubsub::is_authorization(message) {
        return false;
    }
    let said = strike::claims(message).addressed(Some(sender.address.clone()), Some(to.clone()));
    if archive::is_worth_keeping(&said) {
        return false;
    }
    let hall = house.hall();
    let Some(receiver) = hall.account(localpart.as_str()) else { return false };
    // XEP-0191 §3.3: whoever has blocked the other is answered on the long road.
    let is_apart = |account, address| {
        hall.presences.blocklist(account).is_none_or(|blocked| blocked.covers(address))
    };
    if is_apart(sender.account, to) || is_apart(receiver, &sender.address) {
        return false;
    }
    let mut out = Outbox::default();
    let passed = hand_out(&hall, sender, receiver, &said, Kept::Not, &mut out).is_ok();
    if passed {
        hall.post(out);
    }
    passed
}

/// Queues a message. Once it is on disk (or refused) it counts as handled, and only then anybody sees it.
///
/// `number` is its place in the count of stream management (XEP-0198 §4): among several nodes they know of it as soon as the
/// message is on disk, so that a client that comes to another one need not send it again.
pub async fn submit(house: &Arc<House>, seat: &Arc<Seat>, message: Stanza, number: Option<u32>) {
    let (this, speaker, listener) = (Arc::clone(house), Arc::clone(seat), Arc::clone(seat));
    let original = message.clone();
    let later = Later::default();
    let (told, shown) = (later.clone(), later.clone());
    house
        .tell_with(
            move |house, tx| {
                house.still_holds(&speaker)?;
                let out =
                    sent(house, tx, &speaker.session, &message, &later).or_else(|refusal| {
                        later.is_off();
                        house.refuses_with_commit(tx, &speaker, &message, &refusal).ok_or(refusal)
                    })?;
                house.share_handled(tx, &speaker, number);
                Ok(out)
            },
            move |house, tx| told.share(house, tx),
            move |house, answer| {
                if let (Ok(()), Some(kept), Some(number)) = (&answer, listener.kept(), number) {
                    kept.note_handled(number);
                }
                match answer.and_then(|()| shown.happens(house)) {
                    Err(refusal) if refusal.code != MOVED.code => {
                        // RFC 6120 §8.3.1: an error is never answered with an error.
                        let why =
                            (!original.is_error()).then(|| faces::refused(&original, &refusal));
                        this.says_refused(&listener, number, why);
                    }
                    _ => listener.mailbox.settle(1),
                }
            },
        )
        .await;
}

/// The story itself, within the transaction.
pub fn sent(
    house: &House,
    tx: &mut Tx<'_>,
    sender: &Session,
    message: &Stanza,
    later: &Later,
) -> Answer<Outbox> {
    later.is_off();
    let mut out = Outbox::default();
    // RFC 6121 §8.5.4, RFC 6120 §10.3.1: without an address it is for oneself.
    let to = message.to.clone().unwrap_or_else(|| sender.bare().into());
    let said = strike::claims(message).addressed(Some(sender.address.clone()), Some(to.clone()));
    if is_blocked(house, tx, sender.account, &to)? {
        return Err(blocking::YOU_BLOCKED);
    }
    let who = house.who_is(tx, &to)?;
    let asker = Asker::Here(sender.clone());
    let now = tx.now();
    if let Some(out) = nodes::authorized(house, tx, &asker, &who, message, now)? {
        return Ok(out);
    }
    match who {
        Who::Account(account) => {
            to_account(house, tx, sender, (account, &to), &said, later, &mut out)?;
        }
        Who::Room(room, nick) => {
            let (caller, nick) = (Caller::from(sender), nick.as_deref());
            out = rooms::message::sent(house, tx, &caller, &room, nick, message, later)?;
            let said = strike::claims_leaving(message);
            copy_of_said(
                house,
                sender,
                &said.addressed(Some(sender.address.clone()), Some(to)),
                &mut out,
            );
        }
        // XEP-0045 §17.2: a room that is not there.
        Who::Nobody if to.domain().as_str() == house.domain().rooms => {
            return Err(konvent_talk::rooms::NO_SUCH_ROOM);
        }
        // RFC 6120 §10.5.3.1.
        Who::Nobody if to.domain().as_str() == house.domain().name => {
            to_nobody(house, sender, &to, &said, &mut out)?;
        }
        // RFC 6120 §10.5.1.
        Who::Server | Who::RoomService | Who::Service(_) | Who::Nobody => return Err(NOBODY_THERE),
        Who::Elsewhere => {
            let said = strike::claims_leaving(message);
            let said = said.addressed(Some(sender.address.clone()), Some(to.clone()));
            if abroad::message_leaves(house, tx, sender, &to, &said, &mut out)? {
                later.keeps();
            }
        }
    }
    Ok(out)
}

/// Words to one occupant and invitations are shown to the member's other devices (XEP-0280 §6.1); what is said to all is heard
/// by each device that is inside.
fn copy_of_said(house: &House, sender: &Session, said: &Stanza, out: &mut Outbox) {
    if !said.is_error() && house.hall().wants_copies(sender.account, sender.id) {
        carbons::copy_sent(sender, said, out);
    }
}

/// To an address that nobody has, or whose member has blocked the sender: the same for both (XEP-0191 §3.3).
fn to_nobody(
    house: &House,
    sender: &Session,
    to: &Jid,
    said: &Stanza,
    out: &mut Outbox,
) -> Answer<()> {
    if receiving::for_nobody(to, said, archive::is_worth_keeping(said)) == Road::Refused {
        return Err(NOBODY_THERE);
    }
    copy_of_said(house, sender, said, out); // as if somebody were there
    Ok(())
}

/// Whether an account has blocked an address. Of whoever is here the hall knows it without asking the storage: what was blocked
/// in the same commit was not acknowledged when this was said.
fn is_blocked(house: &House, tx: &mut Tx<'_>, account: AccountId, address: &Jid) -> Answer<bool> {
    let hall = house.hall();
    let known = hall.presences.blocklist(account).map(|blocked| blocked.covers(address));
    drop(hall);
    known.map_or_else(|| blocking::blocks(tx, account, address), Ok)
}

/// To a member: kept in both archives, then to the devices that are there, with copies for the others.
fn to_account(
    house: &House,
    tx: &mut Tx<'_>,
    sender: &Session,
    (receiver, to): (AccountId, &Jid),
    said: &Stanza,
    later: &Later,
    out: &mut Outbox,
) -> Answer<()> {
    let (own, theirs) = (sender.bare(), to.to_bare());
    // XEP-0191 §3.3: as for an address that nobody has.
    if is_blocked(house, tx, receiver, &sender.address)? {
        return to_nobody(house, sender, to, said, out);
    }
    later.counts(|| strangers::spend_here(house, tx, sender, (receiver, &theirs), said))?;
    let from_party = Party { account: sender.account, address: &own };
    let to_party = Party { account: receiver, address: &theirs };
    let kept = archive::keep_between(tx, from_party, to_party, said)?;
    if matches!(kept, Kept::New { .. }) {
        later.keeps();
    }
    let is_heard = hand_out(&house.hall(), sender, receiver, said, kept, out)?;
    if let Kept::New { theirs: entry, .. } = kept
        && sender.account != receiver
    {
        push::owe(house, tx, receiver, (said, entry))?;
    }
    offline::keep(tx, receiver, kept, is_heard)
}

/// To the devices of a member that are there, with copies for the others and for the sender's own. Says whether anybody hears it
/// for sure, or need not.
fn hand_out(
    hall: &Hall,
    sender: &Session,
    receiver: AccountId,
    said: &Stanza,
    kept: Kept,
    out: &mut Outbox,
) -> Answer<bool> {
    let Some(to) = &said.to else { return Err(NOBODY_THERE) };
    let (own, theirs) = (sender.bare(), to.to_bare());
    let heard = match kept {
        // Sent again because the acknowledgement was lost: acknowledged again, delivered once.
        Kept::Again(_) => return Ok(true),
        Kept::New { theirs: id, .. } => archive::marked(said, &theirs, id),
        Kept::Not => said.clone(),
    };
    let bound = to.resource().and_then(|resource| hall.at(receiver, resource.as_str()));
    let bound = bound.map(|seat| seat.session.id);
    let online = hall.presences.online(receiver);
    let copy_beside = |out: &mut Outbox| {
        // Devices that are connected but not available hear of it by copies; who writes to oneself needs none.
        for (session, device) in hall.beside(receiver) {
            if session != sender.id {
                carbons::copy_received_beside(&theirs, session, &device, &heard, out);
            }
        }
    };
    let may_know = hall.presences.sees(sender.account, receiver)
        || hall.presences.shares_with(receiver, sender.account);
    let is_own = sender.account == receiver;
    let road = receiving::for_account(to, said, kept != Kept::Not, online, bound, may_know);
    match road {
        Road::ToSession(session) if is_own => {
            // From one own device to another: the third sees what was sent, the first knows it.
            for (other, device) in hall.copying(receiver) {
                if other != session && other != sender.id {
                    carbons::copy_sent_beside(&own, other, &device, &heard, out);
                }
            }
            out.to_session(session, carbons::without_private(&heard));
        }
        Road::ToSession(session) => {
            if hall.wants_copies(receiver, session) {
                carbons::copy_received(receiver, &theirs, session, &heard, out);
            }
            out.to_session(session, carbons::without_private(&heard));
        }
        Road::ToAvailable => {
            copy_beside(out);
            let heard = carbons::without_private(&heard);
            out.to_account(receiver, Reach::Available, None, heard);
        }
        Road::Waits => copy_beside(out),
        Road::Nowhere => {}
        Road::Refused => return Err(NOBODY_THERE),
    }
    // A note to oneself has reached all devices already.
    if !is_own && hall.wants_copies(sender.account, sender.id) {
        let mine = match kept {
            Kept::New { mine, .. } => archive::marked(said, &own, mine),
            _ => said.clone(),
        };
        carbons::copy_sent(sender, &mine, out);
    }
    Ok(is_own || offline::is_heard(hall, receiver, road))
}
