//! The hall among several nodes: which sessions are whose, and the whole of it as bytes for a node that comes.

use std::collections::BTreeSet;
use std::sync::Arc;

use konvent_core::{Answer, Kind, Millis, Refusal, SessionId};
use konvent_talk::Session;
use konvent_talk::caps::Caps;
use konvent_talk::contacts::Rosters;
use konvent_talk::presence::Presences;
use konvent_talk::rooms::Occupants;
use konvent_wire::jid::FullJid;
use serde::{Deserialize, Serialize};

use super::happening::Effect;
use super::kept::{self, Kept};
use super::{Hall, Seat, SignedInBy};

/// So many sessions one node can make before it is started anew, as a power of two; the node's number stands above.
const SESSION_BITS: u32 = 40;

/// The number of no node: a session that waits for its client has this owner.
pub const NOBODY: i64 = 0;

/// The node on which a session was made.
pub const fn node_of(session: SessionId) -> i64 {
    session.0 >> SESSION_BITS
}

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

    /// Whether this is one of several nodes, or the only one for now of a service that may have several.
    pub const fn are_several(&self) -> bool {
        self.own != NOBODY
    }

    /// Those that are alive, this one too.
    pub fn living(&self) -> impl Iterator<Item = i64> {
        self.living.iter().copied()
    }
}

/// A seat, for the newcomer.
#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "what a session wants, wish by wish")]
struct SeatState {
    session: Session,
    jid: FullJid,
    by: SignedInBy,
    carbons: bool,
    roster: bool,
    blocklist: bool,
    is_inactive: bool,
    reads_archive: bool,
    hears_from: i64,
    owner: i64,
    kept: Option<kept::Written>,
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
    /// Whether a connection of this node holds a session; in a house of one process always.
    pub fn holds(&self, seat: &Seat) -> bool {
        seat.owner() == self.nodes.own
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

    /// A node is gone. Its sessions wait for their clients to come to another one; those that cannot are over.
    pub fn node_goes(&mut self, node: i64, now: Millis) -> Effect {
        let mut effect = Effect::default();
        self.nodes.living.remove(&node);
        let theirs: Vec<Arc<Seat>> =
            self.sessions.values().filter(|seat| seat.owner() == node).cloned().collect();
        for seat in theirs {
            match seat.kept().filter(|kept| kept.is_sound()) {
                Some(kept) => {
                    seat.let_go(kept.handled(), kept.acked(), now);
                    effect.alone.push(seat);
                }
                None => self.leaves(seat.session.id, &mut effect),
            }
        }
        effect
    }

    fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let seats = self.sessions.values().map(|seat| SeatState {
            session: seat.session.clone(),
            jid: seat.jid.clone(),
            by: seat.signed_in_by(),
            carbons: seat.wants_carbons(),
            roster: seat.is_interested(),
            blocklist: seat.follows_blocklist(),
            is_inactive: seat.mailbox.is_inactive(),
            reads_archive: seat.reads_archive(),
            hears_from: seat.hears_from(),
            owner: seat.owner(),
            kept: seat.kept().map(|kept| kept.written(&seat.session.address)),
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
            let seat = Seat::new(written.session, written.jid, written.carbons, written.by)
                .through(self.relay.clone());
            seat.mailbox.set_inactive(written.is_inactive);
            seat.set_owner(written.owner);
            if let Some(kept) = written.kept {
                seat.keep(Kept::read(kept));
            }
            if written.roster {
                seat.set_interested();
            }
            if written.blocklist {
                seat.set_follows_blocklist();
            }
            seat.set_hears(written.hears_from, written.reads_archive);
            self.seat(Arc::new(seat));
        }
        self.presences = state.presences;
        self.occupants.take_over(state.occupants);
        self.rosters = state.rosters;
        self.caps = state.caps;
        Ok(())
    }
}
