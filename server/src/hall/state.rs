//! The hall among several nodes: which sessions are whose, and the whole of it as bytes for a node that comes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use konvent_core::{Answer, Kind, Post, Refusal, SessionId};
use konvent_talk::Session;
use konvent_talk::caps::Caps;
use konvent_talk::contacts::Rosters;
use konvent_talk::presence::Presences;
use konvent_talk::rooms::Occupants;
use konvent_wire::jid::FullJid;
use serde::{Deserialize, Serialize};

use super::happening::Effect;
use super::{Hall, Seat, SignedInBy};

/// So many sessions one node can make before it is started anew, as a power of two; the node's number stands above.
const SESSION_BITS: u32 = 40;

/// What another node has left cannot be read: it runs another version of the program.
const UNREADABLE: Refusal = Refusal::new(Kind::Broken, "nodes.unreadable-state");

/// The nodes as this one sees them. All see the same at the same place of the log.
#[derive(Debug, Default)]
pub struct Nodes {
    /// The number of this one; 0 where there is only one process.
    pub own: i64,
    living: BTreeSet<i64>,
}

impl Nodes {
    /// This node, alone as far as it knows.
    pub fn of(own: Option<i64>) -> Self {
        Self { own: own.unwrap_or(0), living: own.into_iter().collect() }
    }

    /// The first of a session's numbers on this node.
    pub const fn sessions_from(&self) -> i64 {
        self.own << SESSION_BITS
    }

    /// Whether this node does what must be done once for all.
    pub fn leads(&self) -> bool {
        self.living.first().is_none_or(|first| *first == self.own)
    }

    /// Those that are alive, this one too.
    pub fn living(&self) -> impl Iterator<Item = i64> {
        self.living.iter().copied()
    }
}

/// A seat, for the newcomer.
#[derive(Serialize, Deserialize)]
struct SeatState {
    session: Session,
    jid: FullJid,
    by: SignedInBy,
    carbons: bool,
    roster: bool,
    blocklist: bool,
}

/// The hall, as it is written.
#[derive(Serialize)]
struct Written<'h> {
    living: &'h BTreeSet<i64>,
    seats: Vec<SeatState>,
    presences: &'h Presences,
    occupants: &'h Occupants,
    rosters: &'h Rosters,
    caps: &'h Caps,
}

/// The hall, as it is read.
#[derive(Deserialize)]
struct Read {
    living: BTreeSet<i64>,
    seats: Vec<SeatState>,
    presences: Presences,
    occupants: Occupants,
    rosters: Rosters,
    caps: Caps,
}

impl Hall {
    /// Whether a session is connected with this node.
    pub fn is_own(&self, session: SessionId) -> bool {
        session.0 >> SESSION_BITS == self.nodes.own
    }

    /// A node has come. The oldest gives it the state of things.
    pub fn node_joins(&mut self, node: i64) -> Option<Vec<u8>> {
        let gives = self.nodes.leads();
        self.nodes.living.insert(node);
        if !gives {
            return None;
        }
        match self.to_bytes() {
            Ok(state) => Some(state),
            Err(error) => {
                tracing::error!(target: "nodes", %error, "the hall could not be written for a new node");
                None
            }
        }
    }

    /// A node is gone, and all its sessions with it.
    pub fn node_goes(&mut self, node: i64) -> Effect {
        let mut effect = Effect::default();
        self.nodes.living.remove(&node);
        let theirs = SessionId(node << SESSION_BITS)..SessionId((node + 1) << SESSION_BITS);
        let gone: Vec<SessionId> = self.sessions.range(theirs).map(|(id, _)| *id).collect();
        for session in gone {
            self.leaves(session, &mut effect);
        }
        effect
    }

    fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let seats = self.sessions.values().map(|seat| SeatState {
            session: seat.session.clone(),
            jid: seat.jid.clone(),
            by: seat.signed_in_by,
            carbons: seat.wants_carbons.load(Ordering::Relaxed),
            roster: seat.wants_roster.load(Ordering::Relaxed),
            blocklist: seat.wants_blocklist.load(Ordering::Relaxed),
        });
        serde_json::to_vec(&Written {
            living: &self.nodes.living,
            seats: seats.collect(),
            presences: &self.presences,
            occupants: &self.occupants,
            rosters: &self.rosters,
            caps: &self.caps,
        })
    }

    /// Takes over the state of things from another node. The hall is empty before.
    pub fn take_over(&mut self, state: &[u8]) -> Answer<()> {
        let state: Read =
            serde_json::from_slice(state).map_err(|error| UNREADABLE.because(error))?;
        self.nodes.living.extend(state.living);
        for written in state.seats {
            let seat = Seat::new(written.session, written.jid, written.carbons, written.by);
            seat.wants_roster.store(written.roster, Ordering::Relaxed);
            seat.wants_blocklist.store(written.blocklist, Ordering::Relaxed);
            self.seat(Arc::new(seat));
        }
        self.presences = state.presences;
        self.occupants.take_over(state.occupants);
        self.rosters = state.rosters;
        self.caps = state.caps;
        Ok(())
    }

    /// Of these posts those that reach somebody on another node.
    pub fn for_others(&self, posts: &[Post]) -> Vec<Post> {
        posts.iter().filter(|post| self.reaches_others(post)).cloned().collect()
    }

    pub(super) fn reaches_others(&self, post: &Post) -> bool {
        let is_elsewhere =
            |session: SessionId| !self.is_own(session) && self.sessions.contains_key(&session);
        match post {
            Post::Session { session, .. } => is_elsewhere(*session),
            Post::Account { account, reach, except, .. } => {
                self.seats_of(*account).iter().any(|seat| {
                    is_elsewhere(seat.session.id)
                        && Some(seat.session.id) != *except
                        && seat.is_reached(*reach, &self.presences)
                })
            }
            Post::Abroad { .. } => !self.nodes.leads(),
            Post::Occupants { room, .. } => {
                self.occupants.sessions(*room).any(|(session, _)| is_elsewhere(session))
                    || (!self.nodes.leads() && self.occupants.abroad(*room).next().is_some())
            }
        }
    }
}
