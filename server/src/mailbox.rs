//! What waits to be written to one connection. Whoever posts never waits; the connection takes everything at once.
//!
//! An idle mailbox holds no buffer, so that thousands of idle connections cost little.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use konvent_wire::{Stanza, StreamCondition};
use tokio::sync::Notify;

/// Stanzas that may wait for one connection, also while it is away and may come back. Who is slower than that is let
/// go: everything that matters is in the archive, and the client catches up from there.
pub const WAITING_MAX: usize = 2_000;

/// Something for one connection.
#[derive(Debug, Clone)]
pub enum Delivery {
    /// A stanza addressed to it.
    Stanza(Stanza),
    /// A stanza that many share; `to` is written for each.
    Shared(Arc<Stanza>),
}

/// Everything that waited.
#[derive(Debug, Default)]
pub struct Taken {
    /// In the order in which it was posted.
    pub deliveries: VecDeque<Delivery>,
    /// How many stanzas of this connection are settled since the last time: on disk, or refused.
    pub settled: u32,
    /// Why the connection has to end, if it has to.
    pub ending: Option<Ending>,
}

/// Why a connection has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A stream error tells the client why; the session is over.
    Stream(StreamCondition),
    /// The client resumes its session on another connection; this one gives everything back.
    HandOver,
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
        {
            let mut waiting = self.lock();
            if waiting.deliveries.len() >= WAITING_MAX {
                waiting.deliveries.clear();
                waiting.ending = Some(Ending::Stream(StreamCondition::ResourceConstraint));
            } else if waiting.ending.is_none() {
                waiting.deliveries.push_back(delivery);
            }
        }
        self.bell.notify_one();
    }

    /// One more of the connection's own stanzas is settled (XEP-0198 §4 counts them).
    pub fn settle(&self, stanzas: u32) {
        self.lock().settled += stanzas;
        self.bell.notify_one();
    }

    /// Ends the connection after what already waits.
    pub fn end(&self, ending: Ending) {
        self.lock().ending.get_or_insert(ending);
        self.bell.notify_one();
    }

    /// Takes all that waits, without waiting for more.
    pub fn take(&self) -> Taken {
        std::mem::take(&mut *self.lock())
    }

    /// Whether the session can still be used.
    pub fn is_ending(&self) -> bool {
        self.lock().ending.is_some()
    }

    /// Waits until there may be something.
    pub async fn rung(&self) {
        self.bell.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_is_let_go_instead_of_filling_memory() {
        let mailbox = Mailbox::default();
        for _ in 0..=WAITING_MAX {
            mailbox.post(Delivery::Stanza(Stanza::message("chat")));
        }
        let taken = mailbox.take();
        assert!(taken.deliveries.is_empty());
        assert_eq!(taken.ending, Some(Ending::Stream(StreamCondition::ResourceConstraint)));
    }
}
