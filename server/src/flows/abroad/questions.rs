//! Questions from another server, and answers to those that our devices asked there.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Millis, Outbox, Reader, SessionId};
use konvent_talk::disco::{self, Question};
use konvent_talk::pubsub::Asker;
use konvent_talk::{Who, blocking, last, ns, ping};
use konvent_wire::{Jid, Stanza};

use crate::faces;
use crate::flows::caps;
use crate::flows::iq::{
    NOT_OFFERED, about_the_server, asks_for_items, items_of_the_server, nodes, of_account,
};
use crate::flows::presence::lets_see;
use crate::hall::happening::Happening;
use crate::house::House;
use crate::net::push::Pusher;

/// A question or an answer comes.
pub(super) async fn come(house: &Arc<House>, iq: &Stanza) {
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
