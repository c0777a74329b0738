//! What clients can and want to hear of (XEP-0115): their hashes are looked up once, believed only when they are right, and
//! kept for all who send the same.
//!
//! * A hash is the client's word. The server asks the client itself (§6.2), computes the hash from the answer (§5.4), and
//!   only an answer that fits is kept for others. A wrong one holds for the session that gave it, and for nobody else:
//!   else one client could take features away from all clients of a kind (cache poisoning).
//! * A client is asked for its own hash until the hash is known. Nobody is passed over because somebody else has been asked
//!   for the same: that one may never answer, and whoever wanted to silence a kind of client would only have to name its hash.
//! * In memory and bounded: after a restart clients are asked again.

mod hash;
mod onlookers;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_onlookers;

use serde::{Deserialize, Serialize};

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use konvent_core::{About, SessionId};
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Element, Jid, Stanza};

pub use hash::{Algorithm, verification};
pub use onlookers::LearntOfOnlookers;

use crate::{Session, disco, ns};

/// The visiting card of the capabilities.
pub const ABOUT: About = About {
    name: "caps",
    sentence: "What a client can, and which news it wants.",
    speaks: &["XEP-0060", "XEP-0115", "XEP-0163"],
    leaves_out: &[
        (
            "XEP-0115 §8.4",
            "capabilities are passed on with every presence; stripping them would save little",
        ),
        (
            "XEP-0115 §8.2",
            "the cache does not outlive the server: after a restart each kind of client is asked once",
        ),
        ("XEP-0390 §4", "clients that send it send XEP-0115 as well"),
    ],
    announces: &[ns::CAPS],
    migrations: &[],
    keeps: None,
};

/// Kinds of clients that are remembered: bounds the memory that strangers' inventions could fill.
const KINDS_MAX: usize = 2_048;
/// Features of one client: bounds a cache entry.
const FEATURES_MAX: usize = 512;
/// Bytes of one feature; a longer one is passed over. It bounds the names of nodes that are looked up.
const FEATURE_MAX_BYTES: usize = 256;
/// Bytes of all features of one client, several times what any client has; with [`KINDS_MAX`] it bounds the cache to 32 MiB.
const FEATURES_MAX_BYTES: usize = 16 * 1_024;
/// Bytes of `node`: it is kept for each session until it is asked for.
const NODE_MAX_BYTES: usize = 1_024;
/// Bytes of `hash` and `ver`: bounds the keys.
const KEY_MAX_BYTES: usize = 128;

/// What a client says it is: algorithm and hash.
type Key = (Algorithm, Arc<str>);
/// The features of a client, sorted.
type Features = Arc<[Box<str>]>;

#[derive(Debug, Default, Serialize, Deserialize)]
struct Client {
    /// Its `<c/>`, so that a presence that says the same asks nothing.
    said: Option<(String, String)>,
    key: Option<Key>,
    /// The node under which its capabilities can be asked for.
    node: Option<String>,
    features: Option<Features>,
    /// The id of the question that is under way.
    asked: Option<Arc<str>>,
    /// What it could when it was last sent items: of the nodes among them it has the last ones.
    greeted: Option<Features>,
}

/// What all connected clients can.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Caps {
    /// Who asks.
    server: Option<Jid>,
    #[serde(with = "crate::pairs")]
    known: HashMap<Key, Features>,
    /// The known ones, the oldest first.
    order: VecDeque<Key>,
    clients: HashMap<SessionId, (Jid, Client)>,
    /// Devices of contacts elsewhere.
    onlookers: onlookers::Onlookers,
    questions: u64,
}

/// What follows from something a client said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Learnt {
    /// Questions to clients: session, iq.
    pub ask: Vec<(SessionId, Stanza)>,
    /// Sessions of which it is known now which nodes they want, and which of them are new to them.
    pub wants: Vec<(SessionId, Vec<String>)>,
}

impl Caps {
    /// What the clients of this server can.
    pub fn of_server(server: Jid) -> Self {
        Self { server: Some(server), ..Self::default() }
    }

    /// A session's presence (XEP-0115 §6.1).
    pub fn hear(&mut self, session: &Session, presence: &Stanza) -> Learnt {
        let mut learnt = Learnt::default();
        let entry = self.clients.entry(session.id);
        let (_, client) = entry.or_insert_with(|| (session.address.clone(), Client::default()));
        // XEP-0115 §8.4: a presence without capabilities changes nothing.
        let Some(c) = presence.child("c", ns::CAPS).and_then(ChildRef::element) else {
            return learnt;
        };
        let text = |name: &str| c.attr(name).unwrap_or_default().to_owned();
        let (algorithm, ver) = (text("hash"), text("ver"));
        if ver.is_empty() || ver.len() > KEY_MAX_BYTES || algorithm.len() > KEY_MAX_BYTES {
            return learnt;
        }
        let said = (algorithm, ver);
        if client.said.as_ref() == Some(&said) {
            return learnt;
        }
        let node = text("node");
        client.key =
            Algorithm::from_name(&said.0).map(|algorithm| (algorithm, said.1.as_str().into()));
        client.features = None;
        client.asked = None;
        client.node = (node.len() <= NODE_MAX_BYTES).then(|| format!("{node}#{}", said.1));
        client.said = Some(said);
        let key = client.key.clone();
        if let Some(features) = key.as_ref().and_then(|key| self.known.get(key)).cloned() {
            self.learn(session.id, features, &mut learnt);
        } else {
            self.ask(session.id, &mut learnt);
        }
        learnt
    }

    /// XEP-0115 §6.2: the client itself is asked, at its full address, and for the node that it named.
    fn ask(&mut self, id: SessionId, learnt: &mut Learnt) {
        let Some((address, client)) = self.clients.get_mut(&id) else { return };
        self.questions += 1;
        let asked: Arc<str> = format!("caps{}", self.questions).into();
        let question = question(&asked, self.server.clone(), address.clone(), client.node.clone());
        client.asked = Some(asked);
        learnt.ask.push((id, question));
    }

    /// Whether an answer of a session is one to a question of ours.
    pub fn has_asked(&self, session: &Session, iq: &Stanza) -> bool {
        let client = self.clients.get(&session.id);
        client.is_some_and(|(_, client)| client.asked.is_some() && client.asked == iq.id)
    }

    /// A session's answer to one of our questions; `None` when it is none.
    pub fn answer(&mut self, session: &Session, iq: &Stanza) -> Option<Learnt> {
        if !self.has_asked(session, iq) {
            return None;
        }
        let (_, client) = self.clients.get_mut(&session.id)?;
        client.asked = None;
        let key = client.key.clone();
        let mut learnt = Learnt::default();
        let query =
            iq.payload().filter(|query| iq.is_kind("result") && query.is("query", ns::DISCO_INFO));
        let features = query.as_ref().map(features_of).unwrap_or_default();
        // XEP-0115 §5.4: only what fits the hash is kept for others.
        let fits = key.filter(|(algorithm, ver)| {
            query
                .as_ref()
                .and_then(|query| verification(query, *algorithm))
                .is_some_and(|found| *found == **ver)
        });
        match fits {
            Some(key) => {
                let features = self.keep(key.clone(), features);
                self.learn(session.id, Arc::clone(&features), &mut learnt);
                for other in self.waiting_for(&key) {
                    self.learn(other, Arc::clone(&features), &mut learnt);
                }
            }
            // XEP-0115 §5.4: others that say the same answer for themselves.
            None => self.learn(session.id, features, &mut learnt),
        }
        Some(learnt)
    }

    /// Sessions that say this hash and of which nothing is known.
    fn waiting_for(&self, key: &Key) -> Vec<SessionId> {
        let waits = |client: &Client| client.features.is_none() && client.key.as_ref() == Some(key);
        let waiting = self.clients.iter().filter(|(_, (_, client))| waits(client));
        let mut waiting: Vec<SessionId> = waiting.map(|(id, _)| *id).collect();
        waiting.sort_unstable(); // the same on every node
        waiting
    }

    /// Keeps what fits its hash, and hands out the one copy of it that all share.
    fn keep(&mut self, key: Key, features: Features) -> Features {
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        self.known.insert(key.clone(), Arc::clone(&features));
        self.order.push_back(key);
        while self.order.len() > KINDS_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
        features
    }

    fn learn(&mut self, id: SessionId, features: Features, learnt: &mut Learnt) {
        let Some((_, client)) = self.clients.get_mut(&id) else { return };
        let new = new_wishes(&features, client.greeted.as_ref());
        client.greeted = Some(Arc::clone(&features));
        client.features = Some(features);
        if !new.is_empty() {
            learnt.wants.push((id, new));
        }
    }

    /// Whether a session wants to hear of a node (XEP-0060 §9.2, by the name of XEP-0163).
    pub fn wants(&self, session: SessionId, node: &str) -> bool {
        let features = self.clients.get(&session).and_then(|(_, client)| client.features.as_ref());
        features.is_some_and(|features| {
            features.iter().any(|feature| feature.strip_suffix("+notify") == Some(node))
        })
    }

    /// A session is no longer available: when it comes back, it is sent the last items again.
    pub fn leave(&mut self, session: SessionId) {
        if let Some((_, client)) = self.clients.get_mut(&session) {
            client.greeted = None;
            client.said = None;
        }
    }

    /// A session is over.
    pub fn forget(&mut self, session: SessionId) {
        self.clients.remove(&session);
    }
}

/// The nodes that a client wants to hear of and did not want before.
fn new_wishes(features: &Features, before: Option<&Features>) -> Vec<String> {
    let knew = |feature: &str| {
        before.is_some_and(|old| old.binary_search_by(|other| (**other).cmp(feature)).is_ok())
    };
    let new = features.iter().map(AsRef::as_ref).filter(|feature: &&str| !knew(feature));
    new.filter_map(|feature| feature.strip_suffix("+notify")).map(str::to_owned).collect()
}

fn question(id: &str, from: Option<Jid>, to: Jid, node: Option<String>) -> Stanza {
    let query = el("query", ns::DISCO_INFO).maybe("node", node).build();
    Stanza::iq("get", id).addressed(from, Some(to)).with_child(&query)
}

fn features_of(query: &Element) -> Features {
    let features = query.children().filter(|child| child.is("feature", ns::DISCO_INFO));
    let mut room = FEATURES_MAX_BYTES;
    let mut features: Vec<Box<str>> = features
        .filter_map(|feature| feature.attr("var"))
        .filter(|var| var.len() <= FEATURE_MAX_BYTES)
        .take(FEATURES_MAX)
        .take_while(|var| {
            let fits = var.len() <= room;
            room = room.saturating_sub(var.len());
            fits
        })
        .map(Into::into)
        .collect();
    features.sort_unstable();
    features.dedup();
    features.into()
}

/// The server's own `<c/>` for its stream features (XEP-0115 §6.3), from its own description.
pub fn server_feature(description: &Element) -> Option<Element> {
    let ver = verification(description, Algorithm::Sha1)?;
    Some(
        el("c", ns::CAPS)
            .attr("hash", "sha-1")
            .attr("node", disco::SERVER_NODE)
            .attr("ver", ver)
            .build(),
    )
}
