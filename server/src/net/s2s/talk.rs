//! One stream between servers from its first byte to its last, whoever began it: the driver around the pure machines of
//! `konvent_wire::s2s`.
//!
//! Messages are handed to the storage one after the other without waiting, anything else waits until those before it are
//! settled, so that stanzas take effect in the order in which they came (RFC 6120 §10.1); what is acknowledged
//! (XEP-0198 §4) is on disk. Going out, a letter leaves its route only when the other side has acknowledged it, or, where
//! it acknowledges nothing, when the connection still stood a while after it was written.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use konvent_wire::s2s::{Claim, Failure, Sent, Verdict};
use konvent_wire::{Jid, Name, Stanza, StreamCondition};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;

use super::route::Route;
use super::side::{Said, Side};
use super::sources::Counted;
use super::{ask, courier};
use crate::counters::Way;
use crate::flows;
use crate::house::House;
use crate::net::socket;

/// How long a server may take to prove who it is, or to let us in, in seconds.
const PROOF_SECS: u64 = 40;

/// Stanzas of one stream under way to the storage at once. Then its socket is not read until some are settled.
const UNDER_WAY_MAX: usize = 256;

/// Letters on their way at once: what a lost connection sends twice at most.
const ON_THEIR_WAY_MAX: usize = 200;

/// How long a peer that does not read may hold up a write, in seconds.
const WRITE_SECS: u64 = 30;

/// How long the other server may take to acknowledge, in seconds. Then the connection counts as dead.
const ACK_SECS: u64 = 60;

/// How long a connection must stand after the last write until a letter counts as arrived where nothing is acknowledged,
/// in seconds.
const LINGER_SECS: u64 = 3;

/// A stream on which nobody says anything is closed after so many seconds, which other servers are told (XEP-0478 §3.1):
/// thousands of servers know each other.
pub(super) const IDLE_SECS: u32 = 600;

/// The same as a span.
const IDLE: Duration = Duration::from_secs(IDLE_SECS as u64);

/// Counts what is settled, for one stream.
#[derive(Debug, Default)]
pub struct Settled {
    count: AtomicU32,
    bell: Notify,
}

impl Settled {
    /// One more stanza of the stream is on disk, refused, or of no lasting effect.
    pub fn settle(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.bell.notify_one();
    }
}

/// Why the talk pauses or ends.
#[derive(Debug)]
pub(super) enum Next {
    StartTls,
    Over,
    Failed(Failure),
    Answered(Verdict),
}

/// Both ends of a channel.
type Both<T> = (mpsc::UnboundedSender<T>, mpsc::UnboundedReceiver<T>);

/// One stream and what is under way on it.
pub(super) struct Talk {
    pub(super) house: Arc<House>,
    pub(super) side: Side,
    /// The route that this stream carries, once it may.
    route: Option<Arc<Route>>,
    /// The route that a stream of ours is for.
    meant_for: Option<Arc<Route>>,
    is_admitted: bool,
    /// Its place among those from the same network; a stream of ours needs none.
    pub(super) counted: Option<Counted>,
    /// Stanzas that wait for those before them.
    waiting: VecDeque<Stanza>,
    under_way: usize,
    settled: Arc<Settled>,
    verdicts: Both<(Claim, Verdict)>,
    written: Instant,
    heard: Instant,
    /// The house closes.
    ending: watch::Receiver<bool>,
    is_ending: bool,
    /// Not read before: the domain has sent more than its share.
    rests_until: Option<Instant>,
}

impl Talk {
    pub(super) fn new(house: &Arc<House>, side: Side, meant_for: Option<Arc<Route>>) -> Self {
        let now = Instant::now();
        Self {
            house: Arc::clone(house),
            side,
            route: None,
            meant_for,
            is_admitted: false,
            counted: None,
            waiting: VecDeque::new(),
            under_way: 0,
            settled: Arc::default(),
            verdicts: mpsc::unbounded_channel(),
            written: now,
            heard: now,
            ending: house.abroad().ending.subscribe(),
            is_ending: false,
            rests_until: None,
        }
    }

    /// Talks until TLS must begin or the stream is over.
    pub(super) async fn go_on<S: AsyncRead + AsyncWrite + Unpin + Send>(
        &mut self,
        stream: &mut S,
    ) -> Next {
        let next = match self.talk(stream).await {
            Ok(next) => next,
            Err(error) => {
                tracing::debug!(target: "federation", %error, "a connection between servers broke");
                Next::Over
            }
        };
        if !matches!(next, Next::StartTls) {
            self.let_go();
            let _ = tokio::time::timeout(Duration::from_secs(WRITE_SECS), stream.shutdown()).await; // it may be dead
        }
        next
    }

    async fn talk<S: AsyncRead + AsyncWrite + Unpin + Send>(
        &mut self,
        stream: &mut S,
    ) -> io::Result<Next> {
        let deadline = Instant::now() + Duration::from_secs(PROOF_SECS);
        loop {
            let next = self.work_off().await;
            self.send_letters();
            while let Some(bytes) = self.side.take_output() {
                let write = socket::write(stream, bytes);
                tokio::time::timeout(Duration::from_secs(WRITE_SECS), write).await??;
                self.written = Instant::now();
            }
            if let Some(next) = next {
                return Ok(next);
            }
            let is_full = self.under_way + self.waiting.len() >= UNDER_WAY_MAX;
            let may_read = !is_full && self.rests_until.is_none();
            let bell = self.route.clone();
            let settled = Arc::clone(&self.settled);
            let looks_again = self.looks_again(deadline);
            let mut is_due = false;
            let Self { side, verdicts, ending, is_ending, .. } = self;
            tokio::select! {
                read = socket::read(stream, |bytes| side.receive(bytes)), if may_read => {
                    if read? == 0 {
                        return Ok(Next::Over);
                    }
                    self.heard = Instant::now();
                }
                () = closing(ending), if !*is_ending => {
                    *is_ending = true;
                    side.close(StreamCondition::SystemShutdown); // RFC 6120 §4.9.3.20
                }
                () = settled.bell.notified() => {}
                () = rung(bell.as_deref()) => {}
                Some((claim, verdict)) = verdicts.1.recv() => {
                    if let Side::Coming(incoming) = side {
                        incoming.verified(&claim, verdict);
                    }
                }
                () = tokio::time::sleep_until(looks_again) => is_due = true,
            }
            if is_due && let Some(next) = self.time_passed(deadline) {
                return Ok(next);
            }
            self.note_settled();
        }
    }

    /// When something is due although nobody says anything.
    fn looks_again(&self, deadline: Instant) -> Instant {
        if !self.is_admitted {
            return deadline;
        }
        let idle = self.heard.max(self.written) + IDLE;
        let in_flight = self.route.as_ref().is_some_and(|route| route.in_flight() > 0);
        let due = match (in_flight, self.side.awaits_ack()) {
            (true, true) => self.written.max(self.heard) + Duration::from_secs(ACK_SECS),
            (true, false) => self.written + Duration::from_secs(LINGER_SECS),
            (false, _) => idle,
        };
        self.rests_until.map_or(due, |rest| rest.min(due))
    }

    fn time_passed(&mut self, deadline: Instant) -> Option<Next> {
        let now = Instant::now();
        if !self.is_admitted {
            if now >= deadline {
                self.side.close(StreamCondition::ConnectionTimeout);
            }
            return None;
        }
        if self.rests_until.is_some_and(|until| now >= until) {
            self.rests_until = None;
            return None;
        }
        let in_flight = self.route.as_ref().map_or(0, |route| route.in_flight());
        if in_flight > 0 && self.side.awaits_ack() {
            if now >= self.written.max(self.heard) + Duration::from_secs(ACK_SECS) {
                return Some(Next::Over); // nobody is there any more
            }
        } else if in_flight > 0 {
            if now >= self.written + Duration::from_secs(LINGER_SECS) {
                self.side.lingered();
                self.arrived(in_flight);
            }
        } else if now >= self.heard.max(self.written) + IDLE {
            self.side.end();
        }
        None
    }

    /// Does what can be done without waiting for the network.
    async fn work_off(&mut self) -> Option<Next> {
        loop {
            // What has been read already waits as well while the domain rests, unless the stream is to end.
            while (self.rests_until.is_none() || self.is_ending)
                && let Some(said) = self.side.next()
            {
                if let Some(next) = self.meet(said) {
                    return Some(next);
                }
            }
            if !self.give_to_flows().await {
                return None;
            }
        }
    }

    fn meet(&mut self, said: Said) -> Option<Next> {
        match said {
            Said::StartTls => return Some(Next::StartTls),
            Said::Verify(claim) => ask::spawn(&self.house, claim, self.verdicts.0.clone()),
            Said::Admitted { local, remote, both_ways } => {
                self.is_admitted = true;
                if let Some(counted) = &mut self.counted {
                    counted.prove();
                }
                tracing::info!(target: "federation", local, remote, both_ways, "another server is connected");
                if both_ways && self.route.is_none() {
                    let route = self.house.abroad().route(&local, &remote);
                    self.route = route.carry().then_some(route);
                }
            }
            Said::Ready => {
                self.is_admitted = true;
                // A stream of the other server may have taken the route meanwhile: then this one has nothing to do.
                match self.meant_for.take() {
                    Some(route) if route.carry() => self.route = Some(route),
                    _ => return Some(Next::Over),
                }
            }
            Said::Stanza(stanza) => {
                self.house.counters().stanza(Way::FromServer, stanza.name);
                let domain = stanza.from.as_ref().map_or("", |from| from.domain().as_str());
                if let Some(rest) = self.house.abroad().spend(domain) {
                    self.rests_until = Some(Instant::now() + rest);
                }
                self.waiting.push_back(stanza);
            }
            Said::Faulty(stanza, error) => {
                if stanza.may_be_refused() {
                    // RFC 6120 §8.3.1: where the address that was meant is none, the server itself answers.
                    let mut reply = stanza.error_reply(&error);
                    reply.from = reply.from.or_else(|| Jid::new(&self.house.domain().name).ok());
                    self.house.abroad().send(reply, None);
                }
                self.under_way += 1;
                self.settled.settle();
            }
            Said::Acked(count) => self.arrived(count as usize),
            Said::Answered(verdict) => return Some(Next::Answered(verdict)),
            Said::Failed(failure) => return Some(Next::Failed(failure)),
            Said::Closed(closed) => {
                tracing::debug!(target: "federation", ?closed, "a stream between servers ended");
                return Some(Next::Over);
            }
        }
        None
    }

    /// Gives waiting stanzas to the flows. True when it did, so that there may be more to do.
    async fn give_to_flows(&mut self) -> bool {
        let mut did = false;
        while let Some(stanza) = self.waiting.front() {
            if stanza.name != Name::Message && self.under_way > 0 {
                break;
            }
            let Some(stanza) = self.waiting.pop_front() else { break };
            did = true;
            self.under_way += 1;
            Box::pin(flows::abroad::receive(&self.house, stanza, &self.settled)).await;
            self.note_settled();
        }
        did
    }

    fn note_settled(&mut self) {
        let count = self.settled.count.swap(0, Ordering::AcqRel);
        self.under_way = self.under_way.saturating_sub(count as usize);
        if count > 0 {
            self.side.handled(count);
        }
    }

    /// Sends what the route holds. What is too large for the other server goes back to its sender, and the rest goes on.
    fn send_letters(&mut self) {
        let Some(route) = self.route.clone() else { return };
        let letters = route.take(ON_THEIR_WAY_MAX);
        for (at, letter) in letters.iter().enumerate() {
            match self.side.send(&letter.stanza) {
                Sent::Off => self.house.counters().stanza(Way::ToServer, letter.stanza.name),
                Sent::TooLarge => {
                    route.withdraw(letters.len() - at);
                    self.house.abroad().give_back_too_large(letter.clone());
                }
                Sent::Refused => {
                    tracing::debug!(target: "federation", "a stream that ends takes no letters");
                    return; // they go back when the stream lets go of the route
                }
            }
        }
        self.side.ask_ack();
    }

    fn arrived(&mut self, count: usize) {
        let Some(route) = &self.route else { return };
        let rows = route.arrived(count);
        self.house.abroad().strike(rows);
        route.bell.notify_one(); // there may be room for more
    }

    fn let_go(&mut self) {
        let Some(route) = self.route.take() else { return };
        let (lost, needs_courier) = route.let_go();
        self.house.abroad().give_back(lost, konvent_wire::Condition::RemoteServerTimeout);
        if needs_courier {
            courier::send(&self.house, route);
        }
    }
}

async fn closing(ending: &mut watch::Receiver<bool>) {
    let _ = ending.wait_for(|is_ending| *is_ending).await; // a house that is gone closes, too
}

async fn rung(route: Option<&Route>) {
    match route {
        Some(route) => route.bell.notified().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
