//! One bound session, and what its client has asked for (RFC 6120 §7).

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use konvent_core::{Post, Reach};
use konvent_talk::Session;
use konvent_talk::presence::Presences;
use konvent_wire::Stanza;
use konvent_wire::jid::FullJid;
use serde::{Deserialize, Serialize};

use super::Relay;
use super::kept::Kept;
use super::state::{NOBODY, node_of};
use crate::mailbox::{Delivery, Mailbox};

/// Of so many services a connection is known to have asked to be told through: a device has one.
const TOLD_THROUGH_MAX: usize = 4;

/// With what a session was signed in, so that revoking it ends the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignedInBy {
    /// The token of this device.
    Device(i64),
    /// This app password.
    AppPassword(i64),
}

/// One bound session. It outlives its connection while the client may resume it.
#[derive(Debug)]
pub struct Seat {
    /// Who it is, as the features see it.
    pub session: Session,
    /// Its full address.
    pub jid: FullJid,
    signed_in_by: Mutex<SignedInBy>,
    /// What waits for it.
    pub mailbox: Mailbox,
    wants_carbons: AtomicBool,
    wants_roster: AtomicBool,
    wants_blocklist: AtomicBool,
    is_away: AtomicBool,
    /// The node whose connection holds it.
    owner: AtomicI64,
    /// Among several nodes, once its client may resume it.
    pub(super) kept: OnceLock<Box<Kept>>,
    relay: Option<Relay>,
    reads_archive: AtomicBool,
    /// Whether the directory knows nothing of its account, once somebody has asked.
    pub is_outside: OnceLock<bool>,
    /// Where its device wants to be told while it is away, as far as it said so on this connection: service and node.
    told_through: Mutex<Vec<(String, String)>>,
    /// It was sent what has a higher number than this in its archive; 0 while that is not known.
    hears_from: AtomicI64,
}

impl Seat {
    /// A new session.
    pub fn new(
        session: Session,
        jid: FullJid,
        wants_carbons: bool,
        signed_in_by: SignedInBy,
    ) -> Self {
        Self {
            jid,
            signed_in_by: Mutex::new(signed_in_by),
            mailbox: Mailbox::default(),
            wants_carbons: AtomicBool::new(wants_carbons),
            wants_roster: AtomicBool::new(false),
            wants_blocklist: AtomicBool::new(false),
            is_away: AtomicBool::new(false),
            owner: AtomicI64::new(node_of(session.id)),
            kept: OnceLock::new(),
            relay: None,
            reads_archive: AtomicBool::new(false),
            is_outside: OnceLock::new(),
            told_through: Mutex::default(),
            hears_from: AtomicI64::new(0),
            session,
        }
    }

    /// Its answers go this way.
    pub(super) fn through(self, relay: Option<Relay>) -> Self {
        Self { relay, ..self }
    }

    /// With what its client was signed in when it came last.
    pub fn signed_in_by(&self) -> SignedInBy {
        *self.signed_in_by.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its client has come back, signed in with this: whoever takes that away ends the session.
    pub fn comes_back_by(&self, by: SignedInBy) {
        *self.signed_in_by.lock().unwrap_or_else(PoisonError::into_inner) = by;
    }

    /// Its device wants to be told through this service, under this name there.
    pub fn is_told_through(&self, service: &str, node: &str) {
        let mut all = self.told_through.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|known| *known != (service.to_owned(), node.to_owned()));
        if all.len() >= TOLD_THROUGH_MAX {
            all.remove(0);
        }
        all.push((service.to_owned(), node.to_owned()));
    }

    /// Where its device wants to be told, as far as it said so on this connection.
    pub fn told_through(&self) -> Vec<(String, String)> {
        self.told_through.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of the node whose connection holds it; [`NOBODY`] while it waits for its client. Among several nodes.
    pub fn owner(&self) -> i64 {
        self.owner.load(Ordering::Relaxed)
    }

    pub(super) fn set_owner(&self, node: i64) {
        self.owner.store(node, Ordering::Relaxed);
        self.set_away(node == NOBODY);
    }

    /// What all nodes keep of it, if there are several and its client may resume it.
    pub fn kept(&self) -> Option<&Kept> {
        self.kept.get().map(Box::as_ref)
    }

    /// Copies of what the other devices send and receive (XEP-0280 §4).
    pub fn set_carbons(&self, wanted: bool) {
        self.wants_carbons.store(wanted, Ordering::Relaxed);
    }

    /// The client has asked for the roster: from now on it hears of changes (RFC 6121 §2.1.6).
    pub fn set_interested(&self) {
        self.wants_roster.store(true, Ordering::Relaxed);
    }

    /// The client has asked for the block list: from now on it hears of changes (XEP-0191 §3.3).
    pub fn set_follows_blocklist(&self) {
        self.wants_blocklist.store(true, Ordering::Relaxed);
    }

    pub(super) fn wants_carbons(&self) -> bool {
        self.wants_carbons.load(Ordering::Relaxed)
    }

    pub(super) fn is_interested(&self) -> bool {
        self.wants_roster.load(Ordering::Relaxed)
    }

    pub(super) fn follows_blocklist(&self) -> bool {
        self.wants_blocklist.load(Ordering::Relaxed)
    }

    /// Whether no connection holds the session (XEP-0198 §5).
    pub fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    /// No connection holds the session, or one does again (XEP-0198 §5).
    pub fn set_away(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    /// The client fetches what it has missed from the archive (XEP-0386 §3.2).
    pub fn set_reads_archive(&self) {
        self.reads_archive.store(true, Ordering::Relaxed);
    }

    /// Whether the client fetches what it has missed from the archive.
    pub fn reads_archive(&self) -> bool {
        self.reads_archive.load(Ordering::Relaxed)
    }

    /// It has become available, and is sent all messages that will be kept under a higher number; what is older its client
    /// fetches from the archive, or not.
    pub fn set_hears(&self, from: i64, reads_archive: bool) {
        if reads_archive {
            self.set_reads_archive();
        }
        // Whoever was available before has heard what came since then.
        let _ = self.hears_from.compare_exchange(0, from, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// From which number on it hears; 0 while that is not known.
    pub fn hears_from(&self) -> i64 {
        self.hears_from.load(Ordering::Relaxed)
    }

    /// Whether it was sent a message with this number, or fetches it.
    pub fn has_heard(&self, number: i64) -> bool {
        self.reads_archive() || self.hears_from() < number
    }

    /// Answers a stanza of this session.
    pub fn answer(&self, stanza: Stanza) {
        let stanza = stanza.with_to(self.session.address.clone());
        match &self.relay {
            Some(Relay(way)) => way(vec![Post::Session { session: self.session.id, stanza }]),
            None => self.mailbox.post(Delivery::Stanza(stanza)),
        }
    }

    /// Whether what goes this far goes to it.
    pub(super) fn is_reached(&self, reach: Reach, presences: &Presences) -> bool {
        match reach {
            Reach::Every => true,
            Reach::Carbons => self.wants_carbons(),
            Reach::Interested => self.is_interested(),
            Reach::Blocklist => self.follows_blocklist(),
            Reach::Present => presences.priority(self.session.account, self.session.id).is_some(),
            Reach::Available => presences
                .online(self.session.account)
                .iter()
                .any(|device| device.session == self.session.id && device.priority >= 0),
        }
    }
}
