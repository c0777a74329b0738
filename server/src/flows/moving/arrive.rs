//! What becomes of each piece of a document: the account is opened or found, then each thing goes to the feature that keeps it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Kind, Millis, Outbox, Refusal, Tx};
use konvent_people::accounts::{self, Account, NewPassword};
use konvent_talk::archive::moving::Brought;
use konvent_talk::bookmarks::older;
use konvent_talk::contacts::Member;
use konvent_talk::moved::Taken;
use konvent_talk::pubsub::{Ctx, Nobody, Place};
use konvent_talk::session::Session;
use konvent_talk::{archive, blocking, bookmarks, contacts, ns, private, pubsub, reading, vcard};
use konvent_wire::jid::BareJid;
use konvent_wire::portable::{Credentials, Part, Piece};
use konvent_wire::{Element, Jid, Stanza, jid};

use super::report::{self, Line, Outcome, Report};
use super::user::{is_derived, session};
use crate::flows::registration::localpart;
use crate::house::House;

/// So many pieces go into one transaction, or so many bytes: others write in between.
const BATCH_PIECES: usize = 200;
/// See [`BATCH_PIECES`]. Measured roughly, by the elements as they are in memory.
const BATCH_NODES: usize = 20_000;
/// Conversations of one account whose newest message is remembered, so that what came along does not count as unread.
const CONVERSATIONS_MAX: usize = 20_000;

/// The password is written in a form that cannot be checked here.
const UNREADABLE_KEYS: Refusal = Refusal::new(Kind::BadRequest, "moving.unreadable-keys");

/// A document on its way in.
pub(super) struct Arriving {
    house: Arc<House>,
    report: Report,
    host: Host,
    user: Option<User>,
    /// Everybody who came: agreements about presence are looked at when all are there.
    came: Vec<Member>,
}

/// In which host of the document we are.
enum Host {
    Ours,
    Foreign(String),
}

/// An account that is being taken in, or passed over.
struct User {
    line: Line,
    arrival: Option<Arrival>,
    batch: Vec<(Part, Element)>,
    weight: usize,
}

/// What the transactions of one account hand on.
#[derive(Clone)]
struct Arrival {
    session: Session,
    member: Member,
    place: Place,
    address: BareJid,
    is_opened: bool,
    is_outside: bool,
    credentials: Vec<Credentials>,
    /// Nodes that this move has made.
    fresh: HashSet<String>,
    /// The newest message of each conversation that another server has archived.
    newest: HashMap<String, i64>,
    /// Positions that the account brought, for when its archive is here.
    positions: Vec<Element>,
    /// The moment of the last message, and how many of that moment there were.
    moment: (Option<Millis>, u32),
}

impl Arrival {
    /// How many messages of this moment came just before.
    fn turn(&mut self, at: Option<Millis>) -> u32 {
        let (last, count) = self.moment;
        self.moment = (at, if last == at { count.saturating_add(1) } else { 0 });
        self.moment.1
    }
}

impl Arriving {
    pub(super) fn new(house: &Arc<House>) -> Self {
        Self {
            house: Arc::clone(house),
            report: Report::default(),
            host: Host::Foreign(String::new()),
            user: None,
            came: Vec::new(),
        }
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: Piece) -> Answer<()> {
        match piece {
            Piece::Host(jid) => {
                let is_ours =
                    Jid::new(&jid).is_ok_and(|jid| jid.as_str() == self.house.domain().name);
                self.host = if is_ours { Host::Ours } else { Host::Foreign(jid) };
            }
            Piece::User { name, password } => self.user_begins(&name, password)?,
            Piece::Part(part, element) => {
                if let Some(user) = self.user.as_mut().filter(|user| user.arrival.is_some()) {
                    user.weight += weight(&element);
                    user.batch.push((part, element));
                    if user.batch.len() >= BATCH_PIECES || user.weight >= BATCH_NODES {
                        self.flush()?;
                    }
                }
            }
            Piece::UserEnd => self.user_ends()?,
            // Parts of other files are opened by whoever reads files.
            Piece::Include(name) | Piece::Unknown(name) | Piece::TooBig(name) => {
                *self.report.unknown.entry(name).or_default() += 1;
            }
        }
        Ok(())
    }

    /// All was read: what only one side of two has agreed to is taken back.
    pub(super) fn finish(mut self) -> Answer<Report> {
        for member in std::mem::take(&mut self.came) {
            let house = Arc::clone(&self.house);
            let mended = self
                .house
                .db()
                .write_blocking(move |tx| contacts::moving::settle(tx, house.domain(), &member))?;
            self.report.unsettled += mended;
        }
        self.house.look_at_hashes()?;
        Ok(self.report)
    }

    fn user_begins(&mut self, name: &str, password: Option<String>) -> Answer<()> {
        if let Host::Foreign(host) = &self.host {
            *self.report.foreign.entry(host.clone()).or_default() += 1;
            self.user = None;
            return Ok(());
        }
        let mut line =
            Line { name: name.to_owned(), outcome: Outcome::Known, counts: BTreeMap::default() };
        let arrival = match self.account(name) {
            Ok(arrival) => Some(arrival),
            Err(refusal) if refusal.kind == Kind::Broken => return Err(refusal),
            Err(refusal) => {
                line.outcome = Outcome::Refused(refusal.code);
                None
            }
        };
        if arrival.as_ref().is_some_and(|arrival| arrival.is_opened) {
            line.outcome = Outcome::Opened;
        }
        self.user = Some(User { line, arrival, batch: Vec::new(), weight: 0 });
        match password.filter(|password| !password.is_empty()) {
            Some(password) => self.password(&password),
            None => Ok(()),
        }
    }

    /// Finds the account or opens one outside the directory, which nobody can sign in to yet.
    fn account(&self, name: &str) -> Answer<Arrival> {
        let localpart = localpart(name)?;
        let (key, address) = (self.house.key().clone(), self.house.domain().account(&localpart)?);
        let (account, is_opened, is_outside) = self.house.db().write_blocking(move |tx| {
            if let Some(known) = accounts::by_localpart(tx, &localpart)? {
                if known.is_closed {
                    return Err(accounts::NAME_TAKEN);
                }
                let is_outside = accounts::is_outside(tx, &known)?;
                return Ok((known, false, is_outside));
            }
            let password = NewPassword::brought(&[]);
            let account = accounts::open_outside(tx, &key, Actor::Operator, &localpart, &password)?;
            Ok((account, true, true))
        })?;
        let Account { id, person, .. } = account;
        Ok(Arrival {
            session: session(&self.house, &account)?,
            member: Member { account: id, person, address: address.clone() },
            place: Place::Member { account: id, person, address: address.clone() },
            address,
            is_opened,
            is_outside,
            credentials: Vec::new(),
            fresh: HashSet::new(),
            newest: HashMap::new(),
            positions: Vec::new(),
            moment: (None, 0),
        })
    }

    /// The attribute of the password: plain (XEP-0227 §4.2), or keys as ejabberd writes them.
    fn password(&mut self, said: &str) -> Answer<()> {
        let Some(user) = &mut self.user else { return Ok(()) };
        let Some(arrival) = &mut user.arrival else { return Ok(()) };
        let became = if said.starts_with("scram:") {
            match Credentials::of_ejabberd(said) {
                Some(keys) => {
                    arrival.credentials.push(keys);
                    keep_password(&self.house, arrival, None)
                }
                None => Err(UNREADABLE_KEYS),
            }
        } else {
            // A password that is short was good enough elsewhere; its owner shall get in and may choose another.
            let localpart = arrival.address.node().map(jid::Part::as_str).unwrap_or_default();
            let derived = NewPassword::derive(self.house.key(), localpart, said, 1);
            derived.and_then(|password| keep_password(&self.house, arrival, Some(password)))
        };
        user.line.count(report::PASSWORD, became)
    }

    /// Writes what has gathered.
    fn flush(&mut self) -> Answer<()> {
        let Some(user) = &mut self.user else { return Ok(()) };
        let Some(arrival) = &mut user.arrival else { return Ok(()) };
        user.weight = 0;
        let mut batch = Vec::new();
        for (part, element) in std::mem::take(&mut user.batch) {
            if let Some(keys) = Credentials::read(&element) {
                arrival.credentials.push(keys);
                let became = keep_password(&self.house, arrival, None);
                user.line.count(report::PASSWORD, became)?;
            } else {
                batch.push((part, element));
            }
        }
        let (house, mut own, mut line) =
            (Arc::clone(&self.house), arrival.clone(), user.line.clone());
        (*arrival, user.line) = self.house.db().write_blocking(move |tx| {
            for (part, element) in &batch {
                if *part == Part::Item(ns::DISPLAYED.to_owned()) {
                    if own.positions.len() < CONVERSATIONS_MAX {
                        own.positions.push(element.clone());
                    }
                    continue;
                }
                let (kind, became) = take_one(&house, tx, &mut own, part, element);
                line.count(kind, became)?;
            }
            Ok((own, line))
        })?;
        Ok(())
    }

    fn user_ends(&mut self) -> Answer<()> {
        self.flush()?;
        let Some(user) = self.user.take() else { return Ok(()) };
        let mut line = user.line;
        if let Some(arrival) = user.arrival {
            let Arrival { member, newest, positions, .. } = arrival;
            let account = member.account;
            line = self.house.db().write_blocking(move |tx| {
                for item in &positions {
                    line.count(report::ITEMS, position(tx, account, item))?;
                }
                // What another server has archived was read there.
                for (peer, id) in newest {
                    reading::moving::take_in(tx, account, &peer, id)?;
                }
                let note = Note {
                    actor: Actor::Operator,
                    act: "accounts.moved-in",
                    subject: account.0,
                    detail: "",
                };
                audit::note(tx, note)?;
                Ok(line)
            })?;
            self.came.push(member);
        }
        self.report.accounts.push(line);
        Ok(())
    }
}

/// Sets the password that an account brought, unless it has one or the directory decides how its owner signs in.
fn keep_password(
    house: &Arc<House>,
    arrival: &Arrival,
    plain: Option<NewPassword>,
) -> Answer<Taken> {
    if !arrival.is_outside {
        return Err(accounts::DIRECTORY_OWNS_IT);
    }
    let (account, is_opened) = (arrival.member.account, arrival.is_opened);
    let new = plain.unwrap_or_else(|| NewPassword::brought(&arrival.credentials));
    house.db().write_blocking(move |tx| {
        if !is_opened && !accounts::credentials(tx, account)?.is_empty() {
            return Ok(Taken::Again);
        }
        accounts::set_password(tx, Actor::Server, account, &new)?;
        Ok(Taken::New)
    })
}

/// Gives one piece to the feature that keeps such things.
fn take_one(
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
fn position(tx: &mut Tx<'_>, account: AccountId, item: &Element) -> Answer<Taken> {
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

/// How much memory an element takes, roughly: elements and texts of a hundred bytes.
fn weight(element: &Element) -> usize {
    let texts = element.texts().map(|text| text.len() / 100).sum::<usize>();
    1 + texts + element.children().map(weight).sum::<usize>()
}
