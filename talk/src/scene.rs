//! The stage on which the features of this area are tried: a small made-up organisation in both storages.
//!
//! Verona (Land) has Nord (Kreis) with Montague and Capulet (Ort). Romeo and Benvolio live in Montague, Juliet in Capulet,
//! Escalus chairs Verona and lives in Capulet, the Nurse chairs Capulet.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::civil::date;
use konvent_core::testing::{START, twins};
use konvent_core::{
    About, AccountId, Answer, Clock, Db, Outbox, PersonId, Post, Reader, SessionId, TermId, Tx,
    UnitId, audit,
};
use konvent_people::accounts::{self, Account, ServerKey};
use konvent_people::people::{Details, MembershipKind, NewMembership, Status};
use konvent_people::units::{NewUnit, UnitKind};
use konvent_people::{offices, people, units};
use konvent_wire::{Jid, Stanza};

use crate::pubsub::{Device, Here};
use crate::rooms::{RoomInfo, room_at};
use crate::{Domain, Session};

/// A stage that is set.
pub(crate) struct Scene<'a> {
    pub(crate) db: &'a Db,
    pub(crate) clock: &'a Clock,
    pub(crate) domain: Domain,
    units: HashMap<&'static str, UnitId>,
    people: HashMap<&'static str, Account>,
    terms: HashMap<&'static str, TermId>,
    sessions: Mutex<i64>,
}

/// Plays a test on both engines.
pub(crate) fn play(test: impl Fn(&Scene<'_>)) {
    let mut features: Vec<&About> = vec![&audit::ABOUT];
    features.extend(konvent_people::FEATURES);
    features.extend(crate::FEATURES);
    twins(&features, |db, clock| test(&Scene::set(db, clock)));
}

impl<'a> Scene<'a> {
    fn set(db: &'a Db, clock: &'a Clock) -> Self {
        let (units, people, terms) =
            db.write_blocking(build).unwrap_or_else(|r| panic!("{}", r.chain()));
        let domain = Domain {
            name: "verona.example".into(),
            rooms: "gruppen.verona.example".into(),
            services: vec![crate::Service {
                host: "pubsub.verona.example".into(),
                feature: "pubsub",
                name: "Nachrichten",
            }],
        };
        Self { db, clock, domain, units, people, terms, sessions: Mutex::new(1000) }
    }

    pub(crate) fn unit(&self, name: &str) -> UnitId {
        self.units[name]
    }

    pub(crate) fn term(&self, name: &str) -> TermId {
        self.terms[name]
    }

    pub(crate) fn account(&self, name: &str) -> &Account {
        &self.people[name]
    }

    pub(crate) fn person(&self, name: &str) -> PersonId {
        self.people[name].person
    }

    /// A new connection of somebody.
    pub(crate) fn session(&self, name: &str) -> Session {
        let mut number = self.sessions.lock().unwrap();
        *number += 1;
        let account = self.account(name);
        let address = format!("{}@verona.example/device{number}", account.localpart);
        Session {
            id: SessionId(*number),
            account: account.id,
            person: account.person,
            address: Jid::new(&address).unwrap(),
            name: account.name.clone(),
        }
    }

    /// The room with this address.
    pub(crate) fn room(&self, address: &str) -> RoomInfo {
        let address = address.to_owned();
        self.read(|reader| room_at(reader, &address)).unwrap()
    }

    pub(crate) fn read<T>(&self, job: impl FnOnce(&mut Reader<'_>) -> Answer<T>) -> T {
        self.db.read_blocking(job).unwrap_or_else(|r| panic!("{}", r.chain()))
    }

    pub(crate) fn try_write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.db.write_blocking(job)
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Tx<'_>) -> Answer<T> + Send + 'static,
    ) -> T {
        self.db.write_blocking(job).unwrap_or_else(|r| panic!("{}", r.chain()))
    }

    /// Moves somebody's home, as an import would.
    pub(crate) fn transfer(&self, who: &str, to: &str) {
        let (person, to) = (self.person(who), self.unit(to));
        self.write(move |tx| people::transfer(tx, person, to, date(2026, 11, 21)));
    }
}

type Built =
    (HashMap<&'static str, UnitId>, HashMap<&'static str, Account>, HashMap<&'static str, TermId>);

fn build(tx: &mut Tx<'_>) -> Answer<Built> {
    let mut units_by_name = HashMap::new();
    for (name, full, level, key, parent) in [
        ("Verona", "Landesverband Verona", "Landesverband", "01", None),
        ("Nord", "Kreisverband Nord", "Kreisverband", "01-01", Some("Verona")),
        ("Montague", "Ortsverband Montague", "Ortsverband", "01-01-01", Some("Nord")),
        ("Capulet", "Ortsverband Capulet", "Ortsverband", "01-01-02", Some("Nord")),
    ] {
        let parent = parent.map(|parent| units_by_name[parent]);
        let kind = UnitKind::Territorial;
        let unit = units::found(tx, NewUnit { key, parent, name: full, level, kind })?;
        units_by_name.insert(name, unit.id);
    }
    let mut accounts_by_name = HashMap::new();
    for (name, given, family, home) in [
        ("Romeo", "Romeo", "Montague", "Montague"),
        ("Benvolio", "Benvolio", "Montague", "Montague"),
        ("Juliet", "Juliet", "Capulet", "Capulet"),
        ("Nurse", "Angelica", "Amme", "Capulet"),
        ("Escalus", "Escalus", "Fürst", "Capulet"),
    ] {
        let details = Details {
            given: given.to_owned().into(),
            family: family.to_owned().into(),
            ..Details::default()
        };
        let person = people::enrol(tx, name, &details)?;
        let (unit, kind, status) = (units_by_name[home], MembershipKind::Home, Status::Active);
        people::join(tx, &NewMembership { person, unit, kind, status, joined_on: None })?;
        accounts_by_name.insert(name, accounts::open(tx, &ServerKey::new([7; 32]), person)?.0);
    }
    let mut terms = HashMap::new();
    for (name, unit) in [("Nurse", "Capulet"), ("Escalus", "Verona")] {
        let board = offices::establish(tx, units_by_name[unit], "board", "Vorstand")?;
        let chair = offices::office(tx, board, "Vorsitz")?;
        let person = accounts_by_name[name].person;
        terms.insert(name, offices::begin(tx, person, chair, START, None, "elected")?);
    }
    Ok((units_by_name, accounts_by_name, terms))
}

/// A stanza from text.
pub(crate) fn stanza(xml: &str) -> Stanza {
    Stanza::parse(xml.as_bytes()).unwrap_or_else(|error| panic!("{error}: {xml}"))
}

/// What an outbox holds for one connection, in order.
pub(crate) fn for_session(out: Outbox, wanted: SessionId) -> Vec<Stanza> {
    out.into_posts()
        .into_iter()
        .filter_map(|post| match post {
            Post::Session { session, stanza } if session == wanted => Some(stanza),
            _ => None,
        })
        .collect()
}

/// Who is there in a test, and which nodes each device wants to hear of.
#[derive(Clone, Default)]
pub(crate) struct Wishes(pub(crate) Vec<(Session, Vec<&'static str>)>);

impl Here for Wishes {
    fn devices(&self, account: AccountId, node: &str) -> Vec<Device> {
        let there = self.0.iter().filter(|(session, _)| session.account == account);
        there
            .map(|(session, wishes)| Device {
                session: session.id,
                address: session.address.clone(),
                wants: wishes.contains(&node),
            })
            .collect()
    }
}

/// A question or a wish about nodes: `<iq/>` around what is inside.
pub(crate) fn about_nodes(kind: &str, namespace: &str, inner: &str) -> Stanza {
    stanza(&format!("<iq type='{kind}' id='n'><pubsub xmlns='{namespace}'>{inner}</pubsub></iq>"))
}
