//! What waits for one domain from one of our hosts, and what is on its way there. Whoever posts never waits.
//!
//! A letter leaves the route when the other server has it, or when it is given back to its sender. One stream at a time
//! carries a route: one of ours, or one of the other server that goes both ways (XEP-0288).

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use konvent_core::Millis;
use konvent_wire::Stanza;
use tokio::sync::Notify;

/// Letters that may wait for one domain in memory; those with a row are bounded by the storage, too.
pub(super) const WAITING_MAX: usize = 2_000;

/// And so many bytes.
pub(super) const WAITING_BYTES_MAX: usize = 8 * 1024 * 1024;

/// A stanza on its way to another server.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub(super) stanza: Stanza,
    /// Where it is kept until the other server has it; none if it may be lost.
    pub(super) row: Option<i64>,
    pub(super) since: Millis,
}

/// One of our hosts and one domain.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) local: String,
    pub(super) remote: String,
    state: Mutex<State>,
    /// There is a letter for the stream that carries this route.
    pub(super) bell: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Letter>,
    bytes: usize,
    in_flight: VecDeque<Letter>,
    /// A stream takes letters from here.
    is_carried: bool,
    /// A courier looks after this route.
    has_courier: bool,
}

impl State {
    fn calls_courier(&mut self) -> bool {
        !self.is_carried && !std::mem::replace(&mut self.has_courier, true)
    }
}

impl Route {
    pub(super) fn new(local: &str, remote: &str) -> Self {
        Self {
            local: local.to_owned(),
            remote: remote.to_owned(),
            state: Mutex::default(),
            bell: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a letter in; too many come back. True when a courier must be sent.
    pub(super) fn post(&self, letter: Letter) -> Result<bool, Box<Letter>> {
        let needs_courier = {
            let mut state = self.lock();
            let bytes = state.bytes + letter.stanza.size_hint();
            if state.waiting.len() >= WAITING_MAX || bytes > WAITING_BYTES_MAX {
                return Err(Box::new(letter));
            }
            state.bytes = bytes;
            state.waiting.push_back(letter);
            state.calls_courier()
        };
        self.bell.notify_one();
        Ok(needs_courier)
    }

    /// A stream begins to carry this route; false when another one does already.
    pub(super) fn carry(&self) -> bool {
        !std::mem::replace(&mut self.lock().is_carried, true)
    }

    pub(super) fn is_carried(&self) -> bool {
        self.lock().is_carried
    }

    /// Takes letters to be sent now: at most so many on their way at once.
    pub(super) fn take(&self, at_once: usize) -> Vec<Letter> {
        let mut state = self.lock();
        let mut taken = Vec::new();
        while state.in_flight.len() < at_once {
            let Some(letter) = state.waiting.pop_front() else { break };
            state.bytes -= letter.stanza.size_hint().min(state.bytes);
            state.in_flight.push_back(letter.clone());
            taken.push(letter);
        }
        taken
    }

    /// Takes out what was taken last but so many, counted from 1: it never was on its way.
    pub(super) fn withdraw(&self, from_last: usize) {
        let mut state = self.lock();
        let at = state.in_flight.len().checked_sub(from_last);
        at.and_then(|at| state.in_flight.remove(at));
    }

    pub(super) fn in_flight(&self) -> usize {
        self.lock().in_flight.len()
    }

    /// Letters that wait or are on their way, and whether a stream carries them.
    pub(super) fn load(&self) -> (usize, bool) {
        let state = self.lock();
        (state.waiting.len() + state.in_flight.len(), state.is_carried)
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// The other server has the oldest of them. Returns their rows, to be struck.
    pub(super) fn arrived(&self, count: usize) -> Vec<i64> {
        let mut state = self.lock();
        let count = count.min(state.in_flight.len());
        state.in_flight.drain(..count).filter_map(|letter| letter.row).collect()
    }

    /// The stream is gone: what was on its way and is kept waits again, in its order; the rest comes back. True when
    /// a courier must be sent.
    pub(super) fn let_go(&self) -> (Vec<Letter>, bool) {
        let (lost, needs_courier) = {
            let mut state = self.lock();
            state.is_carried = false;
            let in_flight = std::mem::take(&mut state.in_flight);
            let (kept, lost): (Vec<_>, Vec<_>) =
                in_flight.into_iter().partition(|letter| letter.row.is_some());
            for letter in kept.into_iter().rev() {
                state.bytes += letter.stanza.size_hint();
                state.waiting.push_front(letter);
            }
            (lost, !state.waiting.is_empty() && state.calls_courier())
        };
        (lost, needs_courier)
    }

    /// Takes out what waits and fits: to be given back.
    pub(super) fn take_out(&self, fits: impl Fn(&Letter) -> bool) -> Vec<Letter> {
        let mut state = self.lock();
        let waiting = std::mem::take(&mut state.waiting);
        let (out, kept): (Vec<_>, Vec<_>) = waiting.into_iter().partition(fits);
        state.bytes = kept.iter().map(|letter| letter.stanza.size_hint()).sum();
        state.waiting = kept.into();
        out
    }

    /// The courier goes home, if there is nothing to do or a stream of the other server does it.
    pub(super) fn retire(&self) -> bool {
        let mut state = self.lock();
        let is_done = state.is_carried || (state.waiting.is_empty() && state.in_flight.is_empty());
        if is_done {
            state.has_courier = false;
        }
        is_done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(row: Option<i64>) -> Letter {
        Letter { stanza: Stanza::message("chat").with_body("Farewell!"), row, since: Millis(0) }
    }

    #[test]
    fn what_did_not_arrive_waits_again_in_its_order() {
        let route = Route::new("verona.example", "mantua.example");
        assert!(route.post(letter(Some(1))).unwrap());
        assert!(!route.post(letter(None)).unwrap());
        assert!(!route.post(letter(Some(3))).unwrap());
        assert!(route.carry() && !route.carry());
        assert_eq!(route.take(2).len(), 2);
        assert_eq!(route.take(2).len(), 0, "two at once");
        assert_eq!(route.arrived(1), [1]);
        assert_eq!(route.take(2).len(), 1);
        let (lost, needs_courier) = route.let_go();
        assert_eq!((lost.len(), needs_courier), (1, false), "the one without a row is lost");
        assert!(!route.retire());
        let rows: Vec<_> = route.take(9).iter().map(|letter| letter.row).collect();
        assert_eq!(rows, [Some(3)]);
        assert_eq!(route.arrived(9), [3]);
        assert!(route.retire());
        assert!(route.post(letter(None)).unwrap(), "a new courier is needed");
    }

    #[test]
    fn what_cannot_go_is_taken_out_from_among_the_others() {
        let route = Route::new("verona.example", "mantua.example");
        for row in 1..=5 {
            route.post(letter(Some(row))).unwrap();
        }
        assert_eq!(route.take(1).len(), 1);
        assert_eq!(route.take(4).len(), 3);
        route.withdraw(3); // the first of the three
        route.withdraw(1); // and the last
        route.withdraw(9);
        assert_eq!(route.arrived(9), [1, 3]);
        assert_eq!(route.take(9).len(), 1);
    }

    #[test]
    fn a_dead_server_does_not_fill_memory() {
        let route = Route::new("verona.example", "mantua.example");
        for _ in 0..WAITING_MAX {
            route.post(letter(None)).unwrap();
        }
        assert!(route.post(letter(None)).is_err());
        assert_eq!(route.take_out(|letter| letter.row.is_none()).len(), WAITING_MAX);
        assert!(route.post(letter(None)).is_ok());
    }
}
