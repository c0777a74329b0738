//! Passwords that are being compared at this moment. Each takes its place in every count that it is held against before it
//! is compared, so that a thousand at once are as many tries as a thousand in a row.
//!
//! In memory, for this process: what was wrong stands in the storage, which all nodes read. Whoever finds a count full of
//! guesses that are still under way waits for them instead of being refused: a hall may well sign in at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use konvent_core::Millis;
use konvent_people::accounts::Standing;
use tokio::sync::Notify;

/// Wrong guesses that are kept here because the storage could not take them, for instance for want of room.
const UNWRITTEN_MAX: usize = 10_000;

/// How long they are kept: as long as wrong tries count.
const UNWRITTEN_SECS: i64 = 15 * 60;

/// Whose count: a keyed hash.
type Who = [u8; 32];

/// The gate that guesses pass.
#[derive(Debug, Default)]
pub struct Gate(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    counts: HashMap<Who, Here>,
    unwritten: VecDeque<(Millis, Vec<Who>)>,
}

/// What is going on at one count.
#[derive(Debug, Default)]
struct Here {
    /// Guesses that are being compared.
    under_way: i64,
    /// Visitors who look at it; while there are any, what was noted is remembered.
    visitors: usize,
    /// Wrong guesses that were written down while somebody was here.
    noted: i64,
    freed: Arc<Notify>,
}

/// Somebody who wants to have a guess compared.
#[derive(Debug)]
pub struct Visitor<'g> {
    gate: &'g Arc<Gate>,
    keys: Vec<Who>,
    /// What had been noted when the storage was read.
    seen: Vec<i64>,
}

/// Whether a guess may be compared.
#[derive(Debug)]
pub enum Turn {
    /// Now.
    Now(Place),
    /// When others are done.
    Later(Arc<Notify>),
    /// Too many were wrong.
    Spent,
}

/// A guess that is being compared. Given back when dropped.
#[derive(Debug)]
pub struct Place {
    gate: Arc<Gate>,
    keys: Vec<Who>,
}

impl Gate {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody comes whose guess may be held against these counts.
    pub fn visit(self: &Arc<Self>, keys: Vec<Who>) -> Visitor<'_> {
        let mut inner = self.inner();
        for key in &keys {
            inner.counts.entry(*key).or_default().visitors += 1;
        }
        drop(inner);
        let seen = vec![0; keys.len()];
        let mut visitor = Visitor { gate: self, keys, seen };
        visitor.look();
        visitor
    }
}

impl Inner {
    /// Strikes the count if nobody is at it any more.
    fn tidy(&mut self, key: &Who) {
        if self.counts.get(key).is_some_and(|here| here.under_way == 0 && here.visitors == 0) {
            self.counts.remove(key);
        }
    }

    fn release(&mut self, keys: &[Who], is_noted: bool) {
        for key in keys {
            if let Some(here) = self.counts.get_mut(key) {
                here.under_way -= 1;
                here.noted += i64::from(is_noted);
                here.freed.notify_one();
            }
            self.tidy(key);
        }
    }

    /// Lets go of what could not be written and counts no longer.
    fn forget(&mut self, now: Millis) {
        while self.unwritten.front().is_some_and(|(until, _)| *until <= now)
            || self.unwritten.len() > UNWRITTEN_MAX
        {
            let Some((_, keys)) = self.unwritten.pop_front() else { return };
            self.release(&keys, false);
        }
    }
}

impl Visitor<'_> {
    /// Notes what is known here already; the storage is read after that.
    pub fn look(&mut self) {
        let inner = self.gate.inner();
        for (key, seen) in self.keys.iter().zip(&mut self.seen) {
            *seen = inner.counts.get(key).map_or(0, |here| here.noted);
        }
    }

    /// Takes a place, if what the storage said leaves room beside what is under way and what was noted since.
    pub fn ask(&self, standing: &Standing, now: Millis) -> Turn {
        let mut inner = self.gate.inner();
        inner.forget(now);
        let mut wait = None;
        for count in &standing.counts {
            let Some(here) = inner.counts.get(&count.who) else { continue };
            let seen = self.keys.iter().position(|key| *key == count.who);
            let seen = seen.and_then(|at| self.seen.get(at)).copied().unwrap_or_default();
            let wrong = count.wrong + (here.noted - seen);
            if wrong >= count.max {
                return Turn::Spent;
            }
            if wrong + here.under_way >= count.max {
                wait.get_or_insert_with(|| Arc::clone(&here.freed));
            }
        }
        if let Some(freed) = wait {
            return Turn::Later(freed);
        }
        let keys: Vec<Who> = standing.counts.iter().map(|count| count.who).collect();
        for key in &keys {
            inner.counts.entry(*key).or_default().under_way += 1;
        }
        Turn::Now(Place { gate: Arc::clone(self.gate), keys })
    }
}

impl Drop for Visitor<'_> {
    /// Whoever waits behind may look now: this one has taken what was free, or needs it no longer.
    fn drop(&mut self) {
        let mut inner = self.gate.inner();
        for key in &self.keys {
            if let Some(here) = inner.counts.get_mut(key) {
                here.visitors -= 1;
                if here.visitors > 0 {
                    here.freed.notify_one();
                }
            }
            inner.tidy(key);
        }
    }
}

impl Place {
    /// The guess was wrong, and that is written down.
    pub fn noted(mut self) {
        let keys = std::mem::take(&mut self.keys);
        self.gate.inner().release(&keys, true);
    }

    /// The guess was wrong, and that could not be written down: the place stays taken for as long as it would count.
    pub fn unwritten(mut self, now: Millis) {
        let keys = std::mem::take(&mut self.keys);
        let mut inner = self.gate.inner();
        inner.unwritten.push_back((now.plus_secs(UNWRITTEN_SECS), keys));
        inner.forget(now);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        self.gate.inner().release(&keys, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use konvent_people::accounts::Count;

    const NOW: Millis = Millis(1_000_000);
    const WHO: Who = [1; 32];

    fn standing(wrong: i64) -> Standing {
        Standing { counts: vec![Count { who: WHO, wrong, max: 3 }], is_notable: false }
    }

    fn place(gate: &Arc<Gate>, wrong: i64) -> Place {
        match gate.visit(vec![WHO]).ask(&standing(wrong), NOW) {
            Turn::Now(place) => place,
            other => panic!("{other:?}"),
        }
    }

    fn asks(gate: &Arc<Gate>, wrong: i64) -> Turn {
        gate.visit(vec![WHO]).ask(&standing(wrong), NOW)
    }

    #[test]
    fn as_many_at_once_as_in_a_row() {
        let gate = Arc::new(Gate::default());
        let places: Vec<Place> = (0..3).map(|_| place(&gate, 0)).collect();
        assert!(matches!(asks(&gate, 0), Turn::Later(_)));
        assert!(matches!(asks(&gate, 3), Turn::Spent));
        for place in places {
            place.noted();
        }
        assert!(gate.inner().counts.is_empty(), "nothing is left behind");
        assert!(matches!(asks(&gate, 3), Turn::Spent));
        drop(place(&gate, 2));
    }

    #[test]
    fn who_read_the_storage_before_it_was_written_is_not_ahead_of_it() {
        let gate = Arc::new(Gate::default());
        let late = gate.visit(vec![WHO]); // reads: none was wrong
        for _ in 0..3 {
            place(&gate, 0).noted();
        }
        assert!(matches!(late.ask(&standing(0), NOW), Turn::Spent));
    }

    #[test]
    fn what_was_right_gives_its_place_back() {
        let gate = Arc::new(Gate::default());
        for _ in 0..100 {
            drop(place(&gate, 2));
        }
        assert!(gate.inner().counts.is_empty());
    }

    #[test]
    fn what_the_storage_cannot_take_counts_here() {
        let gate = Arc::new(Gate::default());
        for _ in 0..3 {
            place(&gate, 0).unwritten(NOW);
        }
        assert!(matches!(asks(&gate, 0), Turn::Later(_)));
        let later = NOW.plus_secs(UNWRITTEN_SECS);
        let visitor = gate.visit(vec![WHO]);
        assert!(matches!(visitor.ask(&standing(0), later), Turn::Now(_)));
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_when_there_is_room() {
        let gate = Arc::new(Gate::default());
        let places: Vec<Place> = (0..3).map(|_| place(&gate, 0)).collect();
        let mut waiting = Vec::new();
        for _ in 0..5 {
            let gate = Arc::clone(&gate);
            waiting.push(tokio::spawn(async move {
                let visitor = gate.visit(vec![WHO]);
                loop {
                    match visitor.ask(&standing(0), NOW) {
                        Turn::Now(_) => return,
                        Turn::Later(freed) => freed.notified().await,
                        Turn::Spent => panic!("nothing was wrong"),
                    }
                }
            }));
        }
        tokio::task::yield_now().await;
        drop(places);
        for one in waiting {
            tokio::time::timeout(std::time::Duration::from_secs(10), one).await.unwrap().unwrap();
        }
    }
}
