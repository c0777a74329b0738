//! What waits to be written to one connection. Whoever posts never waits; the connection takes everything at once.
//!
//! An idle mailbox holds no buffer, so that thousands of idle connections cost little. While nobody looks at the client's
//! screen, what may wait waits (`konvent_talk::csi`).

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use konvent_talk::csi;
use konvent_wire::{Jid, Stanza, StreamCondition};
use tokio::sync::Notify;

/// Stanzas that may wait for one connection, also while it is away and may come back. Who is slower than that is let
/// go: everything that matters is in the archive, and the client catches up from there.
pub const WAITING_MAX: usize = 2_000;

/// And so many bytes, for the same reason.
pub const WAITING_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Something for one connection.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// A stanza addressed to it.
    Stanza(Stanza),
    /// A stanza that many share; `to` is written for each.
    Shared(Arc<Stanza>),
}

impl Delivery {
    /// About how much memory it holds.
    fn size(&self) -> usize {
        self.stanza().size_hint()
    }

    /// What is delivered; of what many share, without the address of this one.
    pub fn stanza(&self) -> &Stanza {
        match self {
            Self::Stanza(stanza) => stanza,
            Self::Shared(stanza) => stanza,
        }
    }

    /// As the connection at this address is sent it.
    pub fn to(&self, address: &Jid) -> Stanza {
        match self {
            Self::Stanza(stanza) => stanza.clone(),
            Self::Shared(stanza) => stanza.addressed(stanza.from.clone(), Some(address.clone())),
        }
    }
}

/// What waited.
#[derive(Debug, Default)]
pub struct Taken {
    /// In the order in which it was posted.
    pub deliveries: VecDeque<Delivery>,
    /// How many stanzas of this connection are settled since the last time: on disk, or refused.
    pub settled: u32,
    /// Why the connection has to end, if it has to.
    pub ending: Option<Ending>,
    /// Bytes of the deliveries, and of what is held back.
    bytes: usize,
    /// The connection does nothing before so many are settled; none while it waits for none.
    awaited: Option<u32>,
    /// What waits until somebody looks again, oldest first; `None` while somebody does.
    held: Option<Box<Held>>,
}

/// What is held back, by the name under which the newest replaces the last (XEP-0352 §3.2).
type Held = Vec<(String, Delivery)>;

/// Why a connection has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A stream error tells the client why; the session is over.
    Stream(StreamCondition),
    /// The client resumes its session on another connection; this one gives everything back.
    HandOver,
    /// This node closes: a stream error tells the client so, and its session waits for it to come to another node.
    Drain,
}

impl Taken {
    fn hold(&mut self, name: String, delivery: Delivery) {
        let Some(held) = &mut self.held else { return };
        if let Some(place) = held.iter().position(|(other, _)| *other == name) {
            let (_, older) = held.remove(place);
            self.bytes -= older.size().min(self.bytes);
        }
        self.bytes += delivery.size();
        held.push((name, delivery));
        if held.len() > csi::WAITING_MAX {
            self.let_go();
        }
    }

    /// What was held back goes its way.
    fn let_go(&mut self) {
        if let Some(held) = &mut self.held {
            self.deliveries.extend(std::mem::take(&mut **held).into_iter().map(|(_, late)| late));
        }
    }
}

/// The mailbox of one connection.
#[derive(Debug, Default)]
pub struct Mailbox {
    waiting: Mutex<Taken>,
    bell: Notify,
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something in.
    pub fn post(&self, delivery: Delivery) {
        self.post_within(delivery, WAITING_MAX, WAITING_BYTES_MAX);
    }

    /// The same, with other bounds.
    pub fn post_within(&self, delivery: Delivery, stanzas_max: usize, bytes_max: usize) {
        {
            let mut waiting = self.lock();
            let bytes = waiting.bytes + delivery.size();
            if matches!(waiting.ending, Some(Ending::Stream(_))) {
                return; // nobody will read it
            }
            let is_full = waiting.deliveries.len() >= stanzas_max || bytes > bytes_max;
            if waiting.held.is_some() && !is_full {
                if let Some(name) = csi::waits_as(delivery.stanza()) {
                    waiting.hold(name, delivery);
                    return;
                }
                // XEP-0352 §5.1: what waited goes before what must not wait, so that all keep their order.
                waiting.let_go();
            }
            if is_full {
                waiting.deliveries = VecDeque::new();
                waiting.held = None;
                waiting.ending = Some(Ending::Stream(StreamCondition::ResourceConstraint));
            } else {
                waiting.bytes = bytes;
                waiting.deliveries.push_back(delivery);
            }
        }
        self.bell.notify_one();
    }

    /// Nobody looks at the client's screen, or somebody does again (XEP-0352 §4.2). What waited is written then.
    pub fn set_inactive(&self, is_inactive: bool) {
        let mut waiting = self.lock();
        if is_inactive {
            waiting.held.get_or_insert_default();
        } else {
            waiting.let_go();
            waiting.held = None;
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// What was held back waits no longer; what comes is held back as before. Says how much there is to be written.
    pub fn unhold(&self) -> usize {
        let mut waiting = self.lock();
        waiting.let_go();
        waiting.deliveries.len()
    }

    /// How much there is to be written.
    pub fn count(&self) -> usize {
        self.lock().deliveries.len()
    }

    /// What is to be written, and what is held back meanwhile.
    pub fn contents(&self) -> (Vec<Delivery>, Option<Vec<(String, Delivery)>>) {
        let waiting = self.lock();
        let held = waiting.held.clone().map(|held| *held);
        (waiting.deliveries.iter().cloned().collect(), held)
    }

    /// Forgets what is there, and begins with this.
    pub fn refill(&self, deliveries: Vec<Delivery>, held: Option<Vec<(String, Delivery)>>) {
        let held_bytes: usize = held.iter().flatten().map(|(_, delivery)| delivery.size()).sum();
        let bytes = deliveries.iter().map(Delivery::size).sum::<usize>() + held_bytes;
        let (deliveries, held) = (deliveries.into(), held.map(Box::new));
        *self.lock() = Taken { deliveries, held, bytes, settled: 0, ending: None, awaited: None };
        self.bell.notify_one();
    }

    /// Whether the client has said that nobody looks, or will never read again.
    pub fn is_inactive(&self) -> bool {
        let waiting = self.lock();
        waiting.held.is_some() || matches!(waiting.ending, Some(Ending::Stream(_)))
    }

    /// One more of the connection's own stanzas is settled (XEP-0198 §4 counts them). The connection hears of it when it
    /// waits for that ([`Self::await_settled`]); otherwise it finds the count with whatever comes next.
    pub fn settle(&self, stanzas: u32) {
        let mut waiting = self.lock();
        waiting.settled += stanzas;
        let is_enough = waiting.awaited.is_some_and(|awaited| waiting.settled >= awaited);
        drop(waiting);
        if is_enough {
            self.bell.notify_one();
        }
    }

    /// The connection wants to hear when so many more of its stanzas are settled.
    pub fn await_settled(&self, stanzas: Option<u32>) {
        let mut waiting = self.lock();
        waiting.awaited = stanzas;
        let is_enough = stanzas.is_some_and(|awaited| waiting.settled >= awaited);
        drop(waiting);
        if is_enough {
            self.bell.notify_one();
        }
    }

    /// How many stanzas of the connection are settled since the last time; none as long as something waits, which may be the
    /// refusal of one of them: a client must not hear that it was handled before it hears why it was refused.
    pub fn take_settled(&self) -> u32 {
        let mut waiting = self.lock();
        let is_all_told =
            waiting.deliveries.is_empty() && !matches!(waiting.ending, Some(Ending::Stream(_)));
        if is_all_told { std::mem::take(&mut waiting.settled) } else { 0 }
    }

    /// Ends the connection after what already waits. The end of the session outweighs a hand-over.
    pub fn end(&self, ending: Ending) {
        let mut waiting = self.lock();
        if !matches!(waiting.ending, Some(Ending::Stream(_))) {
            waiting.ending = Some(ending);
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// Takes what waits, without waiting for more: deliveries up to this number and size (one at least, if any is
    /// allowed), everything else whole. What stays behind is taken later, or goes to the connection that resumes.
    ///
    /// What is settled comes with the last delivery, which may be the refusal of one of them. Only where no delivery may go out
    /// at all it comes alone: a client that acknowledges nothing must not keep us from reading its acknowledgement.
    pub fn take_up_to(&self, stanzas: usize, bytes: usize) -> Taken {
        let mut waiting = self.lock();
        let mut taken = Taken::default();
        while taken.deliveries.len() < stanzas {
            let Some(size) = waiting.deliveries.front().map(Delivery::size) else { break };
            if !taken.deliveries.is_empty() && taken.bytes + size > bytes {
                break;
            }
            taken.deliveries.extend(waiting.deliveries.pop_front());
            taken.bytes += size;
        }
        waiting.bytes -= taken.bytes.min(waiting.bytes);
        if waiting.deliveries.is_empty() {
            waiting.deliveries = VecDeque::new(); // an idle mailbox holds no buffer
        }
        if waiting.deliveries.is_empty() || stanzas == 0 {
            taken.settled = std::mem::take(&mut waiting.settled);
        }
        taken.ending = waiting.ending.take();
        taken
    }

    /// Looks at what waits to be written, oldest first.
    pub fn each_waiting(&self, see: impl FnMut(&Stanza)) {
        self.lock().deliveries.iter().map(Delivery::stanza).for_each(see);
    }

    /// Whether something was left behind.
    pub fn is_waiting(&self) -> bool {
        !self.lock().deliveries.is_empty()
    }

    /// Whether the session is over.
    pub fn is_over(&self) -> bool {
        matches!(self.lock().ending, Some(Ending::Stream(_)))
    }

    /// Takes a wish for a hand-over back that has been fulfilled.
    pub fn forget_hand_over(&self) {
        self.lock().ending.take_if(|ending| *ending == Ending::HandOver);
    }

    /// Lets the connection look again.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until there may be something.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }
}
