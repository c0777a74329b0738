//! Stream management (XEP-0198, `urn:xmpp:sm:3`): what was sent and not yet acknowledged, what came in and
//! is kept for good. Pure, and outlives the connection: a resumed stream goes on with the same struct.
//!
//! Invariant: `h` we tell the client never exceeds what the driver said is durable, in the order received.
//! All counters run modulo 2^32 (§4).

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::jid::{FullJid, Jid};

use crate::stanza::Stanza;

/// How much may wait for a client that does not acknowledge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SmLimits {
    /// Stanzas in the queue: a client away for long finds the rest in the archive.
    pub stanzas: u32,
    /// Bytes of the stanzas in the queue; shared bodies are counted for each session.
    pub bytes: usize,
}

impl Default for SmLimits {
    fn default() -> Self {
        Self { stanzas: 1000, bytes: 2 * 1024 * 1024 }
    }
}

/// The queue is full: the session cannot be kept any longer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too much is unacknowledged")]
pub struct Full;

/// The peer acknowledged more than it was sent (XEP-0198 §4), or less than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("acknowledged {h}, sent {sent}")]
pub struct TooHigh {
    /// What it said.
    pub h: u32,
    /// What is true.
    pub sent: u32,
}

/// A stanza on its way out.
#[derive(Clone, Debug)]
pub enum Sent {
    /// For this session alone.
    Own(Stanza),
    /// Shared with others: `to` is written for each.
    Shared(Arc<Stanza>),
}

impl Sent {
    /// What is sent; if it is shared, without the address of this session.
    pub fn stanza(&self) -> &Stanza {
        match self {
            Self::Own(stanza) => stanza,
            Self::Shared(stanza) => stanza,
        }
    }

    /// What its `to` says to the session with this address.
    pub(crate) fn to<'a>(&'a self, own: &'a Jid) -> Option<&'a Jid> {
        match self {
            Self::Own(stanza) => stanza.to.as_ref(),
            Self::Shared(_) => Some(own),
        }
    }
}

/// The state of one managed stream.
#[derive(Clone, Debug)]
pub struct Sm {
    /// Whose stream it is.
    pub jid: FullJid,
    /// The name to resume it by: 144 random bits.
    pub id: Arc<str>,
    /// Whether the client may resume it.
    pub may_resume: bool,
    limits: SmLimits,
    acked: u32,
    queue: VecDeque<Sent>,
    queue_bytes: usize,
    is_asked: bool,
    received: u32,
    handled: u32,
    /// Stanzas under way when management began: they do not count.
    before: u32,
    /// Places in the count that we dealt with ourselves, later than `handled`.
    own: VecDeque<u32>,
    /// The first and the last count the client asked us to reach.
    due: Option<(u32, u32)>,
}

impl Sm {
    /// Management begins; `before` stanzas received earlier are still under way.
    pub fn new(
        jid: FullJid,
        id: Arc<str>,
        may_resume: bool,
        limits: SmLimits,
        before: u32,
    ) -> Self {
        Self {
            jid,
            id,
            may_resume,
            limits,
            acked: 0,
            queue: VecDeque::new(),
            queue_bytes: 0,
            is_asked: false,
            received: 0,
            handled: 0,
            before,
            own: VecDeque::new(),
            due: None,
        }
    }

    /// A stream whose counts were kept elsewhere goes on: the client has `acked` stanzas of ours, and `handled` of its own
    /// are durable.
    pub fn continued(
        jid: FullJid,
        id: Arc<str>,
        limits: SmLimits,
        acked: u32,
        handled: u32,
    ) -> Self {
        Self { acked, received: handled, handled, ..Self::new(jid, id, true, limits, 0) }
    }

    /// Keeps a stanza on its way out until it is acknowledged.
    pub fn push(&mut self, sent: Sent) -> Result<(), Full> {
        if !self.has_room_for(sent.stanza()) {
            return Err(Full);
        }
        self.queue_bytes += sent.stanza().size_hint();
        self.queue.push_back(sent);
        Ok(())
    }

    /// Whether this stanza can be kept, too.
    pub fn has_room_for(&self, stanza: &Stanza) -> bool {
        self.unacked_count() < self.limits.stanzas
            && self.queue_bytes.saturating_add(stanza.size_hint()) <= self.limits.bytes
    }

    /// The peer has handled everything up to `h`. Says how many are acknowledged anew.
    pub fn acknowledge(&mut self, h: u32) -> Result<u32, TooHigh> {
        let anew = h.wrapping_sub(self.acked);
        if anew > self.unacked_count() {
            return Err(TooHigh { h, sent: self.sent() });
        }
        for sent in self.queue.drain(..usize::try_from(anew).unwrap_or(0)) {
            self.queue_bytes = self.queue_bytes.saturating_sub(sent.stanza().size_hint());
        }
        if self.queue.is_empty() {
            self.queue = VecDeque::new();
        }
        self.acked = h;
        self.is_asked = false;
        Ok(anew)
    }

    /// How many the client has acknowledged.
    pub fn acked(&self) -> u32 {
        self.acked
    }

    /// How many were sent so far.
    pub fn sent(&self) -> u32 {
        self.acked.wrapping_add(self.unacked_count())
    }

    /// How many stanzas and bytes may still be sent before the client acknowledges some.
    pub fn room(&self) -> (u32, usize) {
        let stanzas = self.limits.stanzas.saturating_sub(self.unacked_count());
        (stanzas, self.limits.bytes.saturating_sub(self.queue_bytes))
    }

    /// How many wait for an acknowledgement.
    pub fn unacked_count(&self) -> u32 {
        u32::try_from(self.queue.len()).unwrap_or(u32::MAX)
    }

    /// What waits for an acknowledgement, oldest first; what many share without the address of this session.
    pub fn unacked(&self) -> impl Iterator<Item = &Stanza> {
        self.queue.iter().map(Sent::stanza)
    }

    /// The same, to be sent again.
    pub(crate) fn unacked_sent(&self) -> impl Iterator<Item = &Sent> {
        self.queue.iter()
    }

    /// Whether an `<r/>` would be of use; notes that one is sent.
    pub fn ask(&mut self) -> bool {
        let is_useful = !self.queue.is_empty() && !self.is_asked;
        self.is_asked |= is_useful;
        is_useful
    }

    /// How many came in: the number of the last one.
    pub fn received(&self) -> u32 {
        self.received
    }

    /// A stanza came in.
    pub fn receive(&mut self) {
        self.received = self.received.wrapping_add(1);
    }

    /// The stanza that just came in was dealt with at once, by ourselves.
    pub fn receive_own(&mut self) {
        self.receive();
        self.own.push_back(self.received);
        self.absorb();
    }

    /// `count` more stanzas that came in are durable, oldest first. Says what to tell the client, if it asked.
    pub fn settle(&mut self, count: u32) -> Option<u32> {
        let earlier = count.min(self.before);
        self.before -= earlier;
        for _ in earlier..count {
            // One by one: our own answers may lie between two that settle together.
            self.handled = self.handled.wrapping_add(1);
            self.absorb();
        }
        self.reached()
    }

    /// How many must settle until everything up to `h` is handled; zero if it is.
    pub fn settles_to(&self, h: u32) -> u32 {
        if is_at_least(self.handled, h) {
            return 0;
        }
        let ahead = h.wrapping_sub(self.handled);
        let own = self.own.iter().filter(|place| place.wrapping_sub(self.handled) <= ahead);
        let own = u32::try_from(own.count()).unwrap_or(u32::MAX);
        self.before.saturating_add(ahead.saturating_sub(own))
    }

    fn absorb(&mut self) {
        while self.own.front() == Some(&self.handled.wrapping_add(1)) {
            self.own.pop_front();
            self.handled = self.handled.wrapping_add(1);
        }
        if self.own.is_empty() {
            self.own = VecDeque::new();
        }
    }

    /// The client asks (`<r/>`). Says what to answer at once; otherwise the answer waits for what is under
    /// way, so that the client soon gets one that covers all it has sent.
    pub fn asked(&mut self) -> Option<u32> {
        let first = self.due.map_or(self.received, |(first, _)| first);
        self.due = Some((first, self.received));
        self.reached()
    }

    fn reached(&mut self) -> Option<u32> {
        let (first, last) = self.due?;
        if !is_at_least(self.handled, first) {
            return None;
        }
        self.due = (!is_at_least(self.handled, last)).then_some((last, last));
        Some(self.handled)
    }

    /// How many stanzas must settle before the client gets the answer it waits for; none when it waits for none.
    pub fn owes_after(&self) -> Option<u32> {
        self.due.map(|(first, _)| self.settles_to(first))
    }

    /// What is durable of what came in: the `h` of `<a/>`, `<resumed/>` and `<failed/>`.
    pub fn handled(&self) -> u32 {
        self.handled
    }

    /// The connection is gone. What is still under way may go on to be [settled](Self::settle).
    pub fn detach(&mut self) {
        self.due = None;
        self.is_asked = false;
    }

    /// Another connection takes over. The client sends again whatever `h` does not cover; so work under way
    /// must have ended by now, and nothing of the earlier connection may be settled any more.
    pub fn attach(&mut self) {
        self.detach();
        self.received = self.handled;
        self.own = VecDeque::new();
        self.before = 0;
    }
}

/// Whether the counter `a` is `b` or later, modulo 2^32.
fn is_at_least(a: u32, b: u32) -> bool {
    a.wrapping_sub(b) < u32::MAX / 2
}
