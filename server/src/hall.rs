//! Who is connected right now, and the posting of outboxes to them. In memory; a restart begins with an empty hall.
//!
//! Among several nodes each has a hall of everybody, and posts to its own connections. What changes a hall is a
//! [`happening`].

mod course;
mod entered;
pub mod happening;
pub mod kept;
mod seat;
pub mod state;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use konvent_core::{AccountId, Outbox, Post, Reach, SessionId};
use konvent_talk::Session;
use konvent_talk::caps::Caps;
use konvent_talk::contacts::Rosters;
use konvent_talk::presence::Presences;
use konvent_talk::pubsub::Device;
use konvent_talk::rooms::Occupants;
use konvent_wire::{Jid, Stanza};

use crate::mailbox::Delivery;
use crate::net::s2s::Abroad;
pub use entered::Entered;
pub use seat::{Seat, SignedInBy};
use state::{NOBODY, Nodes};

/// The way of what no transaction decides (answers to questions, for instance) into the one order of all nodes.
#[derive(Clone)]
pub struct Relay(Arc<dyn Fn(Vec<Post>) + Send + Sync>);

impl Relay {
    /// A way that leads here. It must neither wait nor lock the hall.
    pub fn new(way: impl Fn(Vec<Post>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(way))
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}

/// Everybody who is connected.
pub struct Hall {
    accounts: HashMap<AccountId, Vec<Arc<Seat>>>,
    /// The same accounts by their localparts.
    names: HashMap<String, AccountId>,
    sessions: BTreeMap<SessionId, Arc<Seat>>,
    /// Who is available, and how.
    pub presences: Presences,
    /// Who is in which room.
    pub occupants: Occupants,
    /// What everybody has seen of his contact list.
    pub rosters: Rosters,
    /// What the clients can.
    pub caps: Caps,
    /// Which nodes there are.
    pub nodes: Nodes,
    /// The way to other servers.
    abroad: Arc<Abroad>,
    /// Takes what belongs to no happening, among several nodes.
    relay: Option<Relay>,
}

impl Hall {
    /// An empty hall; `secret` keeps the ids of occupants from being guessed (XEP-0421).
    pub fn new(secret: [u8; 32], abroad: Arc<Abroad>) -> Self {
        Self {
            accounts: HashMap::new(),
            names: HashMap::new(),
            sessions: BTreeMap::new(),
            presences: Presences::default(),
            occupants: Occupants::new(secret),
            rosters: Rosters::default(),
            caps: Caps::default(),
            nodes: Nodes::default(),
            abroad,
            relay: None,
        }
    }

    /// This is one of several nodes; `relay` takes what belongs to no happening.
    pub fn set_nodes(&mut self, nodes: Nodes, relay: Relay) {
        self.nodes = nodes;
        self.relay = Some(relay);
    }

    /// Gives a session its place, and returns the one that had the same address before.
    fn seat(&mut self, seat: Arc<Seat>) -> Option<Arc<Seat>> {
        if let Some(name) = seat.jid.node() {
            self.names.insert(name.to_string(), seat.session.account);
        }
        let seats = self.accounts.entry(seat.session.account).or_default();
        let same = seats.iter().find(|other| other.jid == seat.jid).cloned();
        seats.push(Arc::clone(&seat));
        self.sessions.insert(seat.session.id, seat);
        same
    }

    /// Takes a session out.
    fn unseat(&mut self, seat: &Seat) {
        self.caps.forget(seat.session.id);
        self.sessions.remove(&seat.session.id);
        if let Some(seats) = self.accounts.get_mut(&seat.session.account) {
            seats.retain(|other| other.session.id != seat.session.id);
            if seats.is_empty() {
                self.accounts.remove(&seat.session.account);
                self.names.remove(seat.jid.node().map_or("", |name| name.as_str()));
            }
        }
    }

    /// The session with this number.
    pub fn seated(&self, id: SessionId) -> Option<Arc<Seat>> {
        self.sessions.get(&id).cloned()
    }

    /// Whether the session is still here.
    pub fn is_seated(&self, seat: &Seat) -> bool {
        self.sessions.contains_key(&seat.session.id)
    }

    /// The account with this localpart, if it has a session.
    pub fn account(&self, localpart: &str) -> Option<AccountId> {
        self.names.get(localpart).copied()
    }

    /// The sessions of an account.
    pub fn seats_of(&self, account: AccountId) -> &[Arc<Seat>] {
        self.accounts.get(&account).map_or(&[], Vec::as_slice)
    }

    /// Whether somebody looks at a device of this account: an available session whose connection stands and whose client has not
    /// said that nobody does (XEP-0352 §4.2).
    pub fn is_looking(&self, account: AccountId) -> bool {
        self.seats_of(account).iter().any(|seat| {
            !seat.is_away()
                && !seat.mailbox.is_inactive()
                && seat.is_reached(Reach::Present, &self.presences)
        })
    }

    /// Sessions that a message to the bare address reaches and that a connection holds: whether anybody reads what the others are
    /// sent is not known.
    pub fn hearing(&self, account: AccountId) -> impl Iterator<Item = &Arc<Seat>> {
        let seats = self.seats_of(account).iter();
        seats.filter(|seat| !seat.is_away() && seat.is_reached(Reach::Available, &self.presences))
    }

    /// Connections that want copies and that a message to the bare address does not reach, with their addresses:
    /// those without presence, or with a negative priority (XEP-0280 §7).
    pub fn beside(&self, account: AccountId) -> Vec<(SessionId, Jid)> {
        let seats = self.seats_of(account).iter();
        seats
            .filter(|seat| seat.is_reached(Reach::Carbons, &self.presences))
            .filter(|seat| !seat.is_reached(Reach::Available, &self.presences))
            .map(|seat| (seat.session.id, seat.session.address.clone()))
            .collect()
    }

    /// Connections that want copies, with their addresses.
    pub fn copying(&self, account: AccountId) -> Vec<(SessionId, Jid)> {
        let seats = self.seats_of(account).iter();
        seats
            .filter(|seat| seat.is_reached(Reach::Carbons, &self.presences))
            .map(|seat| (seat.session.id, seat.session.address.clone()))
            .collect()
    }

    /// Whether a connection of this account besides one wants copies.
    pub fn wants_copies(&self, account: AccountId, besides: SessionId) -> bool {
        let mut others = self.seats_of(account).iter().filter(|seat| seat.session.id != besides);
        others.any(|seat| seat.is_reached(Reach::Carbons, &self.presences))
    }

    /// The session with this full address.
    pub fn at(&self, account: AccountId, resource: &str) -> Option<&Arc<Seat>> {
        self.seats_of(account).iter().find(|seat| seat.jid.resource().as_str() == resource)
    }

    /// The session with this number, as the features see it.
    pub fn session(&self, id: SessionId) -> Option<Session> {
        self.sessions.get(&id).map(|seat| seat.session.clone())
    }

    /// The available devices of an account, and whether they want to hear of a node (XEP-0060 §9.2).
    pub fn devices(&self, account: AccountId, node: &str) -> Vec<Device> {
        let online = self.presences.online(account).iter();
        online
            .map(|device| Device {
                session: device.session,
                address: device.address.clone(),
                wants: self.caps.wants(device.session, node),
            })
            .collect()
    }

    /// The session of an account that its client knows by this name (XEP-0198 §5), among several nodes.
    pub fn kept_as(&self, account: AccountId, previd: &str) -> Option<Arc<Seat>> {
        let is_it = |seat: &&Arc<Seat>| seat.kept().is_some_and(|kept| *kept.id == *previd);
        self.seats_of(account).iter().find(is_it).cloned()
    }

    /// All sessions.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Seat>> {
        self.sessions.values()
    }

    /// One session of every account that has any.
    pub fn one_session_each(&self) -> Vec<Session> {
        self.accounts
            .values()
            .filter_map(|seats| seats.first())
            .map(|seat| seat.session.clone())
            .collect()
    }

    /// Posts everything to whoever is here; for those who are not, the archive keeps it. Among several nodes it takes its turn
    /// in the order of everything else.
    pub fn post(&self, outbox: Outbox) {
        let posts = outbox.into_posts();
        match &self.relay {
            _ if posts.is_empty() => {}
            Some(Relay(way)) => way(posts),
            None => self.deliver(posts),
        }
    }

    /// Posts to connections of this node, keeps what all nodes keep, and posts abroad if this is the node that does it. Whoever
    /// calls this has told the other nodes, or is told by one.
    pub(crate) fn deliver(&self, posts: Vec<Post>) {
        for post in posts {
            match post {
                Post::Session { session, stanza } => {
                    if let Some(seat) = self.sessions.get(&session) {
                        self.hand(seat, Delivery::Stanza(stanza));
                    }
                }
                Post::Account { account, reach, except, stanza } => {
                    let stanza = Arc::new(stanza);
                    for seat in self.seats_of(account) {
                        if Some(seat.session.id) == except
                            || !self.has_use_for(seat)
                            || !seat.is_reached(reach, &self.presences)
                        {
                            continue;
                        }
                        // RFC 6121 §8.5.2: what was addressed to the account stays addressed to the account.
                        self.hand(
                            seat,
                            match stanza.to {
                                Some(_) => Delivery::Stanza(Stanza::clone(&stanza)),
                                None => Delivery::Shared(Arc::clone(&stanza)),
                            },
                        );
                    }
                }
                // One node looks after what leaves, and takes it up again after a start.
                Post::Abroad { .. } if !self.nodes.leads() => {}
                Post::Abroad { stanza, row } => self.abroad.send(stanza, row),
                Post::Occupants { room, stanza } => {
                    for to in self.occupants.abroad(room).filter(|_| self.nodes.leads()) {
                        let stanza = stanza.addressed(stanza.from.clone(), Some(to.clone()));
                        self.abroad.send(stanza, None);
                    }
                    let stanza = Arc::new(stanza);
                    for (session, _) in self.occupants.sessions(room) {
                        if let Some(seat) = self.sessions.get(&session) {
                            self.hand(seat, Delivery::Shared(Arc::clone(&stanza)));
                        }
                    }
                }
            }
        }
    }

    /// Whether anything is done here with what a session is sent.
    fn has_use_for(&self, seat: &Seat) -> bool {
        self.holds(seat) || seat.kept().is_some()
    }

    /// A session is sent something: its node writes it, and all keep it until the client has it.
    fn hand(&self, seat: &Seat, delivery: Delivery) {
        if let Some(kept) = seat.kept() {
            kept.post(delivery.clone(), seat.owner() == NOBODY);
        }
        if self.holds(seat) {
            seat.mailbox.post(delivery);
        }
    }
}
