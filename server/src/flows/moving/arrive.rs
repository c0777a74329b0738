//! What becomes of a document: accounts are opened or found, and their pieces ([`super::pieces`]) are written in portions.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Kind, Refusal};
use konvent_people::accounts::{self, Account, NewPassword};
use konvent_talk::contacts::Member;
use konvent_talk::moved::Taken;
use konvent_talk::pubsub::Place;
use konvent_talk::{contacts, ns, reading};
use konvent_wire::portable::{Credentials, Part, Piece};
use konvent_wire::{Element, Jid, jid};

use super::pieces::{Arrival, CONVERSATIONS_MAX, position, take_one};
use super::report::{self, Line, Outcome, Report};
use super::user::session;
use crate::flows::registration::localpart;
use crate::house::House;

/// So many pieces go into one transaction, or so many bytes: others write in between.
const BATCH_PIECES: usize = 200;
/// See [`BATCH_PIECES`]. Measured roughly, by the elements as they are in memory.
const BATCH_NODES: usize = 20_000;

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

/// How much memory an element takes, roughly: elements and texts of a hundred bytes.
fn weight(element: &Element) -> usize {
    let texts = element.texts().map(|text| text.len() / 100).sum::<usize>();
    1 + texts + element.children().map(weight).sum::<usize>()
}
