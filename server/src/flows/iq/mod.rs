//! What happens to a question (iq): who is this decides who answers.

pub mod nodes;
mod own;
mod search;
mod upload;

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Kind, Millis, Outbox, Reader, Refusal};
use konvent_people::registration;
use konvent_talk::commands;
use konvent_talk::disco::{self, Question};
use konvent_talk::pubsub::Asker;
use konvent_talk::{Session, Who, blocking, contacts, last, ping, policy, relays};
use konvent_wire::{Jid, Stanza};

use crate::cards;
use crate::flows::presence::lets_see;
use crate::flows::{abroad, caps};
use crate::hall::Seat;
use crate::house::House;
use crate::{faces, flows};

/// Nobody here answers that question (RFC 6120 §8.4).
pub const NOT_OFFERED: Refusal = Refusal::new(Kind::NotFound, "iq.not-offered");
/// An iq is `get`, `set`, `result` or `error`, has an id, and asks one thing (RFC 6120 §8.2.3).
const BAD_REQUEST: Refusal = Refusal::new(Kind::BadRequest, "iq.bad-request");

/// Receives an iq. It counts as handled when it is answered or passed on.
pub async fn receive(house: &Arc<House>, seat: &Arc<Seat>, iq: Stanza) {
    let is_question = matches!(iq.kind.as_deref(), Some("get" | "set"));
    let done = if iq.id.is_none() || (is_question && iq.children().count() != 1) {
        Err(BAD_REQUEST)
    } else {
        match iq.kind.as_deref() {
            Some("get" | "set") => answer(house, seat, &iq).await,
            Some("result" | "error") => match caps::answered(house, seat, &iq).await {
                Ok(false) if is_of_rooms(house, &iq) => {
                    let caller = konvent_talk::rooms::Caller::from(&seat.session);
                    flows::rooms::occupant::answered(house, caller, iq.clone()).await
                }
                Ok(false) => pass_on(house, seat, &iq).await.or_else(|_| Ok(())),
                done => done.map(drop),
            },
            _ => Err(BAD_REQUEST),
        }
    };
    if let Err(refusal) = done
        && !matches!(iq.kind.as_deref(), Some("result" | "error"))
    {
        seat.answer(faces::refused(&iq, &refusal));
    }
    seat.mailbox.settle(1);
}

async fn answer(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    search::prepare(house, &seat.session, iq).await?;
    let to = iq.to.clone();
    let own = Jid::from(seat.session.bare());
    let is_for_server = to.as_ref().is_some_and(|to| to.as_str() == house.domain().name);
    if (is_for_server || to.as_ref().is_none_or(|to| *to == own))
        && iq.has("query", registration::NS)
    {
        return flows::registration::of_session(house, seat, iq).await;
    }
    if is_for_server && commands::is_about(iq) {
        return flows::commands::receive(house, seat, iq).await;
    }
    // RFC 6120 §10.3.3: without an address, or to the own bare one, the server answers for the account.
    if to.as_ref().is_none_or(|to| *to == own) {
        return own::answer(house, seat, iq).await;
    }
    if is_of_rooms(house, iq) {
        let caller = konvent_talk::rooms::Caller::from(&seat.session);
        return flows::rooms::iq::receive(house, caller, iq.clone()).await;
    }
    if to.as_ref().is_some_and(Jid::is_full) {
        return pass_on(house, seat, iq).await;
    }
    if to.as_ref().is_some_and(|to| to.to_string() == house.config().upload_service()) {
        return upload::answer(house, seat, iq).await;
    }
    if nodes::answer(house, Asker::Here(seat.session.clone()), iq).await? {
        return Ok(());
    }
    let (this, asker, question) = (Arc::clone(house), seat.session.clone(), iq.clone());
    let now = house.clock().now();
    let out =
        house.db().read(move |reader| by_others(&this, reader, &asker, &question, now)).await?;
    house.hall().post(out);
    Ok(())
}

fn is_of_rooms(house: &House, iq: &Stanza) -> bool {
    iq.to.as_ref().is_some_and(|to| to.domain().as_str() == house.domain().rooms)
}

/// The server itself; rooms and their service answer in their own file.
fn by_others(
    house: &House,
    reader: &mut Reader<'_>,
    asker: &Session,
    iq: &Stanza,
    now: Millis,
) -> Answer<Outbox> {
    let to = iq.to.as_ref().ok_or(NOT_OFFERED)?;
    let mut out = Outbox::default();
    let reply = match house.who_is(reader, to)? {
        Who::Server => match disco::question(iq)? {
            Some(Question::Info) => about_the_server(house, iq),
            Some(Question::Items) => items_of_the_server(house, iq),
            None => {
                let caller = relays::Asker { account: asker.account, key: house.key(), now };
                match relays::answer(iq, &house.config().relays, caller)? {
                    Some(reply) => reply,
                    None if last::asks(iq) => last::of_server(iq, house.opened_at(), now),
                    None => ping::answer(iq, now).ok_or(NOT_OFFERED)?,
                }
            }
        },
        Who::Account(account) if last::asks(iq) => {
            of_account(house, reader, iq, account, &asker.address, now)?
        }
        Who::Nobody if last::asks(iq) => return Err(last::FORBIDDEN),
        // RFC 6121 §2.3.3: nobody changes the list of another; the same where there is none.
        Who::Account(_) | Who::Nobody if contacts::is_roster(iq) && iq.is_kind("set") => {
            return Err(contacts::NOT_YOURS);
        }
        // XEP-0030 §8: what belongs to an account is nothing, for a stranger, and for whoever asks about nobody.
        Who::Account(_) | Who::Nobody if asks_for_items(iq) => disco::no_items(iq),
        // Services answer in files of their own; the same for accounts, so that nobody learns who exists.
        Who::Service(_) | Who::RoomService | Who::Room(..) | Who::Account(_) | Who::Nobody => {
            return Err(NOT_OFFERED);
        }
        Who::Elsewhere => {
            abroad::iq_leaves(house, asker, iq)?;
            return Ok(out);
        }
    };
    out.to_session(asker.id, reply);
    Ok(out)
}

/// Since when a member is gone, for those who may see him (XEP-0012 §3).
pub(super) fn of_account(
    house: &House,
    reader: &mut Reader<'_>,
    iq: &Stanza,
    account: AccountId,
    asker: &Jid,
    now: Millis,
) -> Answer<Stanza> {
    if !lets_see(house, reader, account, asker, now)? {
        return Err(last::FORBIDDEN);
    }
    let is_there = !house.hall().presences.online(account).is_empty();
    last::of_account(reader, iq, account, is_there, now)
}

/// What the server is, with what it says of itself in forms.
pub(super) fn about_the_server(house: &House, iq: &Stanza) -> Stanza {
    let features = cards::features();
    let policy = policy::form(&features, &house.config().policy);
    disco::server_info(iq, &features, house.contact().into_iter().chain([policy]))
}

/// The room service, the other services, and the programs that speak as hosts of ours.
pub(super) fn items_of_the_server(house: &House, iq: &Stanza) -> Stanza {
    let programs = house.config().components.hosts.keys().map(String::as_str);
    disco::server_items(iq, house.domain(), programs)
}

/// Whether a question asks what belongs to an account as a whole.
pub(super) fn asks_for_items(iq: &Stanza) -> bool {
    let is_account = iq.to.as_ref().is_some_and(|to| to.node().is_some() && to.is_bare());
    is_account && matches!(disco::asked(iq), Some((Question::Items, _)))
}

/// To another client: a question only if its member lets the asker see him, or has shown himself to him (RFC 6121 §8.5.3.1):
/// resources can be guessed. Answers reach whoever is named.
async fn pass_on(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    let (this, address, asker) = (Arc::clone(house), to.clone(), seat.session.clone());
    let (is_question, now) =
        (matches!(iq.kind.as_deref(), Some("get" | "set")), house.clock().now());
    let found = house
        .db()
        .read(move |reader| {
            // XEP-0191 §3.3: nothing goes to whom the member has blocked; whoever blocked him finds him as nobody does.
            if blocking::blocks(reader, asker.account, &address)? {
                return Err(blocking::YOU_BLOCKED);
            }
            match this.who_is(reader, &address)? {
                Who::Account(account) if blocking::blocks(reader, account, &asker.address)? => {
                    Err(NOT_OFFERED)
                }
                Who::Account(account) => {
                    let sees = account == asker.account
                        || lets_see(&this, reader, account, &asker.address, now)?;
                    Ok(Some((account, sees || !is_question)))
                }
                Who::Elsewhere => Ok(None),
                _ => Err(NOT_OFFERED),
            }
        })
        .await?;
    let Some((account, may_ask)) = found else {
        return abroad::iq_leaves(house, &seat.session, iq);
    };
    let hall = house.hall();
    let resource = to.resource().ok_or(NOT_OFFERED)?;
    let receiver = hall.at(account, resource.as_str()).ok_or(NOT_OFFERED)?;
    if !may_ask && !hall.presences.has_shown(receiver.session.id, seat.session.account) {
        return Err(NOT_OFFERED);
    }
    let mut out = Outbox::default();
    let session = receiver.session.id; // on this node or another
    out.to_session(session, iq.addressed(Some(seat.session.address.clone()), Some(to)));
    hall.post(out);
    Ok(())
}
