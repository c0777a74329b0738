//! What happens to a question about nodes (XEP-0060, XEP-0163): whose they are decides which feature answers.

use std::sync::Arc;

use konvent_core::config::NodesMadeBy;
use konvent_core::{Answer, Millis, Outbox, Reader, Refusal, Tx};
use konvent_talk::disco::{self, Question};
use konvent_talk::pubsub::{self, Asker, Ctx, Place, Request, bounce, request};
use konvent_talk::{Who, avatars, blocking, bookmarks, ns, pep, ping, reading, spaces, vcard};
use konvent_wire::{Jid, Stanza};

use super::NOT_OFFERED;
use crate::house::House;

/// The nodes that follow from something else, for their owner alone.
const DERIVED: &[&str] = &[ns::BOOKMARKS, ns::OLD_BOOKMARKS, ns::DISPLAYED];

/// A question about nodes to an account or to the organisation's service, by a session here or an address abroad.
///
/// # Returns
/// False when it is a question for somebody else; true when the answer is on its way.
pub async fn answer(house: &Arc<House>, asker: Asker, iq: &Stanza) -> Answer<bool> {
    let discovery = disco::asked(iq);
    let is_card = vcard::is_card(iq);
    let is_about_nodes =
        request::is_pubsub(iq) || discovery.is_some() || is_card || pubsub::history::is_asked(iq);
    let service = house.domain().pubsub_service()?;
    let is_to_service = iq.to.as_ref().is_some_and(|to| to.domain() == service.domain());
    if !is_about_nodes && !is_to_service {
        return Ok(false);
    }
    // XEP-0054 §3.2: the same for every address, so that nobody learns who exists.
    if is_card && iq.is_kind("set") && iq.to.as_ref().is_some_and(|to| *to != asker.bare()) {
        return Err(vcard::NOT_YOURS);
    }
    // Read before anybody is looked up: what is wrong with a request is the same for every address.
    let wish = request::read(iq)?;
    let (this, question) = (Arc::clone(house), iq.clone());
    let (own, asker_again) = (asker.clone(), asker.clone());
    let place = house.db().read(move |reader| place_of(&this, reader, &own, &question)).await?;
    let Some(place) = place else { return Ok(false) };
    let done = match wish {
        _ if is_card && iq.is_kind("set") => change_card(house, place, asker, iq).await,
        Some(request) if !request.is_question() => change(house, place, asker, request, iq).await,
        request => look(house, place, asker, request, discovery, iq).await,
    };
    match done {
        Ok(()) => Ok(true),
        // The same as of an address that nobody has.
        Err(refusal) if refusal == pep::HIDDEN && super::asks_for_items(iq) => {
            let mut out = Outbox::default();
            asker_again.reply(disco::no_items(iq), &mut out);
            house.hall().post(out);
            Ok(true)
        }
        Err(refusal) if refusal == pep::HIDDEN => Err(NOT_OFFERED),
        Err(refusal) => Err(refusal),
    }
}

/// Whose nodes are meant; `None` for places without nodes.
fn place_of(
    house: &House,
    reader: &mut Reader<'_>,
    asker: &Asker,
    iq: &Stanza,
) -> Answer<Option<Place>> {
    let Some(to) = &iq.to else { return Ok(own_place(asker)) };
    // XEP-0191 §3.3: nothing goes to whom the member has blocked.
    if let Some(account) = asker.account()
        && blocking::blocks(reader, account, to)?
    {
        return Err(blocking::YOU_BLOCKED);
    }
    match house.who_is(reader, to)? {
        Who::Account(account) if to.is_bare() => {
            Place::of_account(reader, house.domain(), account).map(Some)
        }
        Who::Service("pubsub") => service_place(house).map(Some),
        _ => Ok(None),
    }
}

/// The organisation's nodes.
fn service_place(house: &House) -> Answer<Place> {
    Ok(Place::Service {
        address: house.domain().pubsub_service()?,
        for_everybody: house.config().pubsub.made_by == NodesMadeBy::Everybody,
    })
}

fn own_place(asker: &Asker) -> Option<Place> {
    match asker {
        Asker::Here(session) => Some(Place::of_session(session)),
        Asker::Member { .. } | Asker::Abroad(_) => None,
    }
}

/// Questions, answered from one reading of the storage.
async fn look(
    house: &Arc<House>,
    place: Place,
    asker: Asker,
    request: Option<Request>,
    discovery: Option<(Question, Option<String>)>,
    iq: &Stanza,
) -> Answer<()> {
    let (this, question, now) = (Arc::clone(house), iq.clone(), house.clock().now());
    let out = house
        .db()
        .read(move |reader| {
            let ctx = Ctx { domain: this.domain(), now, here: &*this };
            let mut out = Outbox::default();
            if pubsub::history::is_asked(&question) {
                return match place {
                    Place::Service { .. } => {
                        pubsub::history::answer(reader, ctx, &place, &asker, &question)
                    }
                    Place::Member { .. } => pep::history(reader, ctx, &place, &asker, &question),
                };
            }
            let reply = match (&request, discovery) {
                (Some(request), _) => of_nodes(reader, ctx, &place, &asker, request, &question)?,
                (None, Some((what, node))) => {
                    described(reader, ctx, &place, &asker, (what, node.as_deref()), &question)?
                }
                (None, None) if vcard::is_card(&question) => {
                    vcard::answer(reader, ctx, &place, &asker, &question)?
                }
                (None, None) => ping::answer(&question, now).ok_or(NOT_OFFERED)?,
            };
            asker.reply(reply, &mut out);
            Ok(out)
        })
        .await?;
    house.hall().post(out);
    Ok(())
}

fn of_nodes(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Stanza> {
    match (place, asker, request.node()) {
        (Place::Service { .. }, _, Some(node)) if spaces::is_space(node) => {
            spaces::answer(reader, ctx, place, asker, request, iq)
        }
        (Place::Service { .. }, ..) => {
            pubsub::answer::answer(reader, ctx, place, asker, request, iq)
        }
        (_, Asker::Here(session), Some(ns::BOOKMARKS)) if place.is_of(asker) => {
            bookmarks::answer(reader, ctx.domain, session, request, iq, ctx.now)
        }
        (_, Asker::Here(session), Some(ns::OLD_BOOKMARKS)) if place.is_of(asker) => {
            bookmarks::older::answer(reader, ctx.domain, session, request, iq, ctx.now)
        }
        (_, Asker::Here(session), Some(ns::DISPLAYED)) if place.is_of(asker) => {
            reading::answer(reader, session, request, iq)
        }
        _ => pep::answer(reader, ctx, place, asker, request, iq),
    }
}

fn described(
    reader: &mut Reader<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    (question, node): (Question, Option<&str>),
    iq: &Stanza,
) -> Answer<Stanza> {
    if place.account().is_none() {
        if let Some(node) = node.filter(|node| spaces::is_space(node)) {
            return spaces::describe(reader, ctx, asker, (question, node), iq);
        }
        let derived = spaces::listed(reader, ctx, place, asker)?;
        return pubsub::service::describe(reader, ctx, place, asker, (question, node, derived), iq);
    }
    match (question, node) {
        (Question::Info, None) if place.is_of(asker) => {
            Ok(disco::account_info(iq, &crate::cards::features()))
        }
        (Question::Items, Some(node)) if place.is_of(asker) && DERIVED.contains(&node) => {
            Ok(disco::no_items(iq))
        }
        _ => pep::describe(reader, ctx, place, asker, (question, node, DERIVED), iq),
    }
}

/// A member writes his own card (XEP-0054 §3.2).
async fn change_card(house: &Arc<House>, place: Place, asker: Asker, iq: &Stanza) -> Answer<()> {
    let Asker::Here(session) = asker else { return Err(vcard::NOT_YOURS) };
    if place.account() != Some(session.account) {
        return Err(vcard::NOT_YOURS);
    }
    let iq = iq.clone();
    house
        .tell_and_wait(move |house, tx| {
            let ctx = Ctx { domain: house.domain(), now: tx.now(), here: house };
            vcard::change(tx, ctx, &session, &iq).map(|out| ((), out))
        })
        .await
}

/// Changes, in one transaction; acknowledged and told when they are on disk.
async fn change(
    house: &Arc<House>,
    place: Place,
    asker: Asker,
    request: Request,
    iq: &Stanza,
) -> Answer<()> {
    let iq = iq.clone();
    house
        .tell_and_wait(move |house, tx| {
            let ctx = Ctx { domain: house.domain(), now: tx.now(), here: house };
            changed(tx, ctx, &place, &asker, &request, &iq).map(|out| ((), out))
        })
        .await
}

fn changed(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    place: &Place,
    asker: &Asker,
    request: &Request,
    iq: &Stanza,
) -> Answer<Outbox> {
    match (place, asker, request.node()) {
        (Place::Service { .. }, _, Some(node)) if spaces::is_space(node) => {
            spaces::change(request).map(|()| Outbox::default())
        }
        (Place::Service { .. }, ..) => pubsub::change::change(tx, ctx, place, asker, request, iq),
        (_, Asker::Here(session), Some(ns::BOOKMARKS)) if place.is_of(asker) => {
            bookmarks::change(tx, ctx, session, request, iq)
        }
        (_, Asker::Here(session), Some(ns::OLD_BOOKMARKS)) if place.is_of(asker) => {
            bookmarks::older::change(tx, ctx, session, request, iq)
        }
        (_, Asker::Here(session), Some(ns::DISPLAYED)) if place.is_of(asker) => {
            reading::change(tx, ctx, session, request, iq)
        }
        _ => {
            // Whoever may not publish here hears that first, as of an address that nobody has.
            let changed = pep::change(tx, ctx, place, asker, request, iq)?;
            avatars::check(request)?;
            Ok(changed)
        }
    }
}

/// Whether a message answers a question of ours whether somebody may subscribe, and what follows (XEP-0060 §8.6).
pub fn authorized(
    house: &House,
    tx: &mut Tx<'_>,
    asker: &Asker,
    who: &Who,
    message: &Stanza,
    now: Millis,
) -> Result<Option<Outbox>, Refusal> {
    if !pubsub::is_authorization(message) {
        return Ok(None);
    }
    let place = match who {
        Who::Account(account) if asker.account() == Some(*account) => own_place(asker),
        Who::Service("pubsub") => Some(service_place(house)?),
        _ => None,
    };
    let Some(place) = place else { return Ok(None) };
    let ctx = Ctx { domain: house.domain(), now, here: house };
    pubsub::authorize(tx, ctx, &place, asker, message).map(Some)
}

/// An event that somebody abroad could not be given comes back (XEP-0060 §12.4): to the account or the service whose it was. Who
/// is gone for good is not sent any more. Says whether it was one.
pub fn bounced(
    house: &House,
    tx: &mut Tx<'_>,
    from: &Jid,
    who: &Who,
    error: &Stanza,
) -> Answer<bool> {
    if !bounce::is_bounce(error) {
        return Ok(false);
    }
    let place = match who {
        Who::Account(account) => Place::of_account(tx, house.domain(), *account)?,
        Who::Service("pubsub") => service_place(house)?,
        _ => return Ok(false),
    };
    bounce::receive(tx, &place, from, error).map(|_| true)
}
