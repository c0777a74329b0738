//! What happens to a question (iq): who is this decides who answers.

use std::sync::Arc;

use konvent_core::{Answer, Kind, Millis, Outbox, Reader, Refusal};
use konvent_talk::archive::{self, Owner};
use konvent_talk::disco::{self, Question};
use konvent_talk::{
    Session, Who, bookmarks, carbons, inbox, ns, pep, ping, reading, rooms, roster,
};
use konvent_wire::{Jid, Stanza};

use crate::cards;
use crate::faces;
use crate::flows::message::NOT_FEDERATED;
use crate::hall::Seat;
use crate::house::House;

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
            Some("result" | "error") => pass_on(house, seat, &iq).await.or_else(|_| Ok(())),
            _ => Err(BAD_REQUEST),
        }
    };
    if let Err(refusal) = done
        && !matches!(iq.kind.as_deref(), Some("result" | "error"))
    {
        seat.answer(iq.error_reply(&faces::stanza_error(&refusal)));
    }
    seat.mailbox.settle(1);
}

async fn answer(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let to = iq.to.clone();
    let own = Jid::from(seat.session.bare());
    // RFC 6120 §10.3.3: without an address, or to the own bare one, the server answers for the account.
    if to.as_ref().is_none_or(|to| *to == own) {
        return of_account(house, seat, iq).await;
    }
    if to.as_ref().is_some_and(Jid::is_full) && !is_of_rooms(house, iq) {
        return pass_on(house, seat, iq).await;
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

/// The server, the room service and the rooms.
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
            Some(Question::Info) => disco::server_info(iq, &cards::features()),
            Some(Question::Items) => disco::server_items(iq, house.domain()),
            None => ping::answer(iq, now).ok_or(NOT_OFFERED)?,
        },
        Who::RoomService => match disco::question(iq)? {
            Some(Question::Info) => rooms::disco::service_info(iq),
            Some(Question::Items) => {
                rooms::disco::service_items(reader, house.domain(), asker, iq, now)?
            }
            None => ping::answer(iq, now).ok_or(NOT_OFFERED)?,
        },
        Who::Room(room, Some(_)) => {
            let hall = house.hall();
            rooms::disco::to_occupant(&hall.occupants, room.id, asker, iq)?
        }
        Who::Room(room, None) => {
            let standing = rooms::standing(reader, &room, asker.person, now)?;
            match disco::question(iq)? {
                Some(Question::Info) => {
                    let hall = house.hall();
                    rooms::disco::room_info(iq, &room, standing.as_ref(), &hall.occupants)
                }
                Some(Question::Items) => rooms::disco::room_items(iq),
                None => {
                    let standing = standing.ok_or(rooms::NOT_A_MEMBER)?;
                    let address = house.domain().room(&room.address)?;
                    let owner = Owner::Room(room.id);
                    if iq.has("query", ns::MAM) {
                        return archive::query(reader, owner, &address, asker.id, iq);
                    }
                    if iq.has("metadata", ns::MAM) {
                        archive::metadata(reader, owner, iq)?
                    } else if iq.has("query", ns::MUC_ADMIN) || iq.has("query", ns::MUC_OWNER) {
                        rooms::admin::answer(reader, house.domain(), &room, &standing, iq, now)?
                    } else {
                        ping::answer(iq, now).ok_or(NOT_OFFERED)?
                    }
                }
            }
        }
        Who::Account(_) | Who::Nobody => return Err(NOT_OFFERED), // the same, so that nobody learns who exists
        Who::Elsewhere => return Err(NOT_FEDERATED),
    };
    out.to_session(asker.id, reply);
    Ok(out)
}

/// What the server answers for the member's own account.
async fn of_account(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    if let Some(wanted) = carbons::wish(iq) {
        seat.set_carbons(wanted);
        seat.answer(iq.result(None));
        return Ok(());
    }
    if let Some(pep::Request::Publish { .. } | pep::Request::Retract { .. }) = pep::request(iq)? {
        return publish(house, seat, iq).await;
    }
    if roster::is_roster(iq) {
        return contacts(house, seat, iq).await;
    }
    let (this, asker, question) = (Arc::clone(house), seat.session.clone(), iq.clone());
    let now = house.clock().now();
    let out =
        house.db().read(move |reader| from_own(&this, reader, &asker, &question, now)).await?;
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
    let own = asker.bare();
    let owner = Owner::Account(asker.account);
    if iq.has("query", ns::MAM) {
        return archive::query(reader, owner, &own, asker.id, iq);
    }
    if iq.has("inbox", ns::INBOX) {
        return inbox::answer(reader, house.domain(), asker, iq, now);
    }
    let reply = if iq.has("metadata", ns::MAM) {
        archive::metadata(reader, owner, iq)?
    } else if let Some(request) = pep::request(iq)? {
        match request.node() {
            ns::BOOKMARKS => bookmarks::answer(reader, house.domain(), asker, &request, iq, now)?,
            ns::DISPLAYED => reading::answer(reader, asker, &request, iq)?,
            _ => return Err(pep::NO_SUCH_NODE),
        }
    } else {
        match disco::question(iq)? {
            Some(Question::Info) => disco::account_info(iq, &cards::features()),
            Some(Question::Items) => disco::no_items(iq),
            None => ping::answer(iq, now).ok_or(NOT_OFFERED)?,
        }
    };
    let mut out = Outbox::default();
    out.to_session(asker.id, reply);
    Ok(out)
}

/// The contact list: from now on this session hears of changes (RFC 6121 §2.2).
async fn contacts(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let (this, person, now) = (Arc::clone(house), seat.session.person, house.clock().now());
    let contacts =
        house.db().read(move |reader| roster::contacts(reader, this.domain(), person, now)).await?;
    let reply = roster::answer(iq, &contacts)?;
    seat.set_interested();
    let mut hall = house.hall();
    if hall.is_seated(seat) {
        hall.rosters.shown(seat.session.account, person, &contacts);
    }
    seat.answer(reply);
    Ok(())
}

/// Something that all devices of the member share changes.
async fn publish(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let (session, question) = (seat.session.clone(), iq.clone());
    house
        .tell_and_wait(move |house, tx| {
            let request = pep::request(&question)?.ok_or(pep::BAD_REQUEST)?;
            let out = match request.node() {
                ns::BOOKMARKS => {
                    bookmarks::change(tx, house.domain(), &session, &request, &question)?
                }
                ns::DISPLAYED => reading::change(tx, &session, &request, &question)?,
                _ => return Err(pep::NO_SUCH_NODE),
            };
            Ok(((), out))
        })
        .await
}

/// To another client (RFC 6121 §8.5.3): only to those who see each other, so that nobody can probe for strangers' devices.
async fn pass_on(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let to = iq.to.clone().ok_or(NOT_OFFERED)?;
    let this = Arc::clone(house);
    let address = to.clone();
    let account = match house.db().read(move |reader| this.who_is(reader, &address)).await? {
        Who::Account(account) => account,
        Who::Elsewhere => return Err(NOT_FEDERATED),
        _ => return Err(NOT_OFFERED),
    };
    let hall = house.hall();
    let resource = to.resource().ok_or(NOT_OFFERED)?;
    let receiver = hall.at(account, resource.as_str()).ok_or(NOT_OFFERED)?;
    let may = hall.presences.shares_with(account, seat.session.account)
        || hall.presences.shares_with(seat.session.account, account)
        || matches!(iq.kind.as_deref(), Some("result" | "error"));
    if !may {
        return Err(NOT_OFFERED);
    }
    receiver.answer(iq.addressed(Some(seat.session.address.clone()), Some(to)));
    Ok(())
}
