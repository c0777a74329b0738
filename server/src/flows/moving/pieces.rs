//! One piece of an account that arrives, and the feature that keeps such things.

use std::collections::{HashMap, HashSet};

use konvent_core::{AccountId, Answer, Millis, Outbox, Tx};
use konvent_talk::archive::moving::Brought;
use konvent_talk::bookmarks::older;
use konvent_talk::contacts::Member;
use konvent_talk::moved::Taken;
use konvent_talk::pubsub::{Ctx, Nobody, Place};
use konvent_talk::session::Session;
use konvent_talk::{archive, blocking, bookmarks, contacts, ns, private, pubsub, reading, vcard};
use konvent_wire::jid::BareJid;
use konvent_wire::portable::{Credentials, Part};
use konvent_wire::{Element, Jid, Stanza};

use super::report;
use super::user::is_derived;
use crate::house::House;

/// Conversations of one account whose newest message is remembered, so that what came along does not count as unread.
pub(super) const CONVERSATIONS_MAX: usize = 20_000;

/// What the transactions of one account hand on.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) session: Session,
    pub(super) member: Member,
    pub(super) place: Place,
    pub(super) address: BareJid,
    pub(super) is_opened: bool,
    pub(super) is_outside: bool,
    pub(super) credentials: Vec<Credentials>,
    /// Nodes that this move has made.
    pub(super) fresh: HashSet<String>,
    /// The newest message of each conversation that another server has archived.
    pub(super) newest: HashMap<String, i64>,
    /// Positions that the account brought, for when its archive is here.
    pub(super) positions: Vec<Element>,
    /// The moment of the last message, and how many of that moment there were.
    pub(super) moment: (Option<Millis>, u32),
}

impl Arrival {
    /// How many messages of this moment came just before.
    fn turn(&mut self, at: Option<Millis>) -> u32 {
        let (last, count) = self.moment;
        self.moment = (at, if last == at { count.saturating_add(1) } else { 0 });
        self.moment.1
    }
}

/// Gives one piece to the feature that keeps such things.
pub(super) fn take_one(
    house: &House,
    tx: &mut Tx<'_>,
    own: &mut Arrival,
    part: &Part,
    element: &Element,
) -> (&'static str, Answer<Taken>) {
    let (domain, account) = (house.domain(), own.member.account);
    match part {
        Part::Contact => {
            (report::CONTACTS, contacts::moving::take_in(tx, domain, &own.member, element))
        }
        Part::Private if older::is_list(element) => {
            let ctx = Ctx { domain, now: tx.now(), here: &Nobody };
            let added = older::add(tx, ctx, &own.session, element);
            let became = |added| if added > 0 { Taken::New } else { Taken::Again };
            (report::BOOKMARKS, added.map(became))
        }
        Part::Private => (report::PRIVATE, private::moving::take_in(tx, account, element)),
        Part::Offline => (report::MESSAGES, waited(tx, own, element)),
        Part::Archived => (report::MESSAGES, archived(tx, own, element)),
        // Here these follow from what other features keep, and are the owner's alone.
        Part::Node if element.attr("node").is_some_and(is_derived) => {
            (report::NODES, Ok(Taken::Again))
        }
        Part::Node => {
            let fresh = |name: &str| own.fresh.contains(name);
            let taken = pubsub::moving::take_terms(tx, account, &own.address, element, fresh);
            (report::NODES, note_fresh(own, taken))
        }
        Part::Item(name) => {
            let ctx = Ctx { domain, now: tx.now(), here: &Nobody };
            (report::ITEMS, item(tx, ctx, own, name, element))
        }
        Part::Plain => plain(house, tx, own, element),
    }
}

fn plain(
    house: &House,
    tx: &mut Tx<'_>,
    own: &Arrival,
    element: &Element,
) -> (&'static str, Answer<Taken>) {
    if let Some(blocked) = blocking::moving::addresses(element) {
        let mut became = Ok(Taken::Not);
        for address in blocked {
            let one = blocking::moving::take_in(tx, house.domain(), own.member.account, &address);
            became = match (became, one) {
                (Ok(Taken::New), Ok(_)) => Ok(Taken::New),
                (Err(refusal), _) => Err(refusal),
                (_, one) => one,
            };
        }
        return (report::BLOCKED, became);
    }
    if element.is("vCard", ns::VCARD) {
        let ctx = Ctx { domain: house.domain(), now: tx.now(), here: &Nobody };
        return (report::CARD, vcard::moving::take_in(tx, ctx, &own.session, element));
    }
    match contacts::moving::take_request(tx, house.domain(), &own.member, element) {
        Ok(Some(taken)) => (report::REQUESTS, Ok(taken)),
        Ok(None) => (report::UNKNOWN, Ok(Taken::Not)),
        Err(refusal) => (report::REQUESTS, Err(refusal)),
    }
}

fn note_fresh(own: &mut Arrival, taken: Answer<(Taken, Option<String>)>) -> Answer<Taken> {
    let (taken, made) = taken?;
    own.fresh.extend(made);
    Ok(taken)
}

/// An item of a node; bookmarks and read positions are not kept as they were published.
fn item(
    tx: &mut Tx<'_>,
    ctx: Ctx<'_>,
    own: &mut Arrival,
    name: &str,
    element: &Element,
) -> Answer<Taken> {
    let id = element.attr("id").unwrap_or_default();
    match name {
        ns::BOOKMARKS => {
            let payload = element.children().next().ok_or(pubsub::INVALID_PAYLOAD)?;
            let known = bookmarks::all(tx, ctx.domain, &own.session, ctx.now)?;
            if known.iter().any(|(other, _)| other == id) {
                return Ok(Taken::Again);
            }
            let mut nobody_is_told = Outbox::default();
            bookmarks::put(tx, ctx, &own.session, id, payload, &mut nobody_is_told)?;
            Ok(Taken::New)
        }
        name => {
            let taken = pubsub::moving::take_item(tx, ctx, &own.place, name, element);
            note_fresh(own, taken)
        }
    }
}

/// A read position: a number of another archive says nothing about this one.
pub(super) fn position(tx: &mut Tx<'_>, account: AccountId, item: &Element) -> Answer<Taken> {
    match reading::moving::position(item) {
        Some((peer, position)) if archive::moving::has(tx, account, position)? => {
            reading::moving::take_in(tx, account, peer, position)
        }
        _ => Ok(Taken::Not),
    }
}

/// A message that waited for its receiver (XEP-0227 §4.4): it comes into the archive and is not read yet.
fn waited(tx: &mut Tx<'_>, own: &mut Arrival, message: &Element) -> Answer<Taken> {
    let delay = message.get_child("delay", ns::DELAY);
    let stamp = delay.and_then(|delay| delay.attr("stamp")).and_then(Millis::from_xep_0082);
    let stanza = Stanza::from_element(message).ok_or(archive::BAD_QUERY)?;
    let stanza = stanza.without(|child| child.is("delay", ns::DELAY));
    let turn = own.turn(stamp);
    let brought = Brought {
        account: own.member.account,
        address: &own.address,
        at: stamp.ok_or(archive::moving::BAD_TIME)?,
        id: None,
        turn,
        stanza: &stanza,
    };
    Ok(archive::moving::take_in(tx, &brought)?.0)
}

fn archived(tx: &mut Tx<'_>, own: &mut Arrival, result: &Element) -> Answer<Taken> {
    let forwarded = result.get_child("forwarded", ns::FORWARD).ok_or(archive::BAD_QUERY)?;
    let delay = forwarded.get_child("delay", ns::DELAY);
    let stamp = delay.and_then(|delay| delay.attr("stamp")).and_then(Millis::from_xep_0082);
    let message = forwarded.get_child("message", ns::CLIENT).ok_or(archive::BAD_QUERY)?;
    let stanza = Stanza::from_element(message).ok_or(archive::BAD_QUERY)?;
    let turn = own.turn(stamp);
    let brought = Brought {
        account: own.member.account,
        address: &own.address,
        at: stamp.ok_or(archive::moving::BAD_TIME)?,
        id: result.attr("id"),
        turn,
        stanza: &stanza,
    };
    let (taken, id) = archive::moving::take_in(tx, &brought)?;
    let other = stanza.from.as_ref().map(Jid::to_bare).filter(|from| *from != own.address);
    // What comes from a house like this one brings its read positions along.
    let is_elsewhere = |id: &i64| result.attr("id") != Some(id.to_string().as_str());
    if let (Some(id), Some(peer)) = (id.filter(is_elsewhere), other)
        && (own.newest.len() < CONVERSATIONS_MAX || own.newest.contains_key(peer.as_str()))
    {
        let newest = own.newest.entry(peer.to_string()).or_insert(id);
        *newest = id.max(*newest);
    }
    Ok(taken)
}
