//! What every node keeps of a session whose client may come back (XEP-0198 §5), so that it can do so on any of them: what it
//! was sent and has not acknowledged, and how much of what it sent is on disk.
//!
//! All nodes post the same to a session in the same order, so a stanza has the same number everywhere. Left out: which of
//! these stanzas the connection has written already. The client says what it has when it comes back.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use konvent_core::Millis;
use konvent_wire::{Jid, Stanza};
use serde::{Deserialize, Serialize};

use super::Seat;
use super::state::NOBODY;
use crate::mailbox::{Delivery, Mailbox, WAITING_BYTES_MAX, WAITING_MAX};

/// Stanzas kept for one session: what may be unacknowledged and what may wait behind it, with what the other nodes have not
/// heard yet to be acknowledged. What is more cannot be resumed.
const KEPT_MAX: usize = 2 * WAITING_MAX;

/// And so many bytes.
const KEPT_BYTES_MAX: usize = 2 * WAITING_BYTES_MAX;

/// From so many on an acknowledgement is told to the other nodes at once and not with the next beat.
const WORTH_TELLING: usize = WAITING_MAX / 4;

/// Stanzas of one client that may be handled before an earlier one is, whose refusal could not be written yet: far more than
/// are under way at once.
const EARLY_MAX: usize = 4_096;

/// What is kept of one session.
#[derive(Debug)]
pub struct Kept {
    /// The name by which its client asks for it.
    pub id: Arc<str>,
    waiting: Mailbox,
    /// What comes before `waiting`.
    acked: AtomicU32,
    handled: AtomicU32,
    /// What was handled before everything ahead of it was.
    early: Mutex<BTreeSet<u32>>,
    is_spoilt: AtomicBool,
    /// Since when no connection holds it, as this node heard it.
    alone_since: AtomicI64,
}

/// The same for a node that comes.
#[derive(Serialize, Deserialize)]
pub struct Written {
    id: String,
    waiting: Vec<Stanza>,
    held: Option<Vec<(String, Stanza)>>,
    acked: u32,
    handled: u32,
    early: BTreeSet<u32>,
    is_spoilt: bool,
    alone_since: i64,
}

impl Kept {
    /// Management begins now: nothing was sent so far that counts.
    pub fn new(id: &str, is_inactive: bool) -> Self {
        let kept = Self {
            id: id.into(),
            waiting: Mailbox::default(),
            acked: AtomicU32::new(0),
            handled: AtomicU32::new(0),
            early: Mutex::default(),
            is_spoilt: AtomicBool::new(false),
            alone_since: AtomicI64::new(0),
        };
        kept.waiting.set_inactive(is_inactive);
        kept
    }

    /// The session is sent something while a connection holds it, or nobody does: then there is as much room as in the mailbox of a
    /// connection that is slow.
    pub fn post(&self, delivery: Delivery, is_alone: bool) {
        if is_alone {
            self.waiting.post(delivery);
        } else {
            self.waiting.post_within(delivery, KEPT_MAX, KEPT_BYTES_MAX);
        }
    }

    /// Nobody looks at the client's screen, or somebody does: what may wait is sent in another order.
    pub fn set_inactive(&self, is_inactive: bool) {
        self.waiting.set_inactive(is_inactive);
    }

    /// The client has everything up to `h`. What was heard before in another order changes nothing.
    pub fn acknowledge(&self, h: u32) {
        let anew = h.wrapping_sub(self.acked.load(Ordering::Relaxed)) as usize;
        if self.is_sound() && anew <= self.waiting.count() {
            self.waiting.take_up_to(anew, usize::MAX);
            self.acked.store(h, Ordering::Relaxed);
        }
    }

    /// Whether the client can have this many: what [`Self::acknowledge`] would believe.
    pub fn covers(&self, h: u32) -> bool {
        h.wrapping_sub(self.acked.load(Ordering::Relaxed)) as usize <= self.waiting.count()
    }

    /// The most the client can have.
    pub fn sent(&self) -> u32 {
        let waiting = u32::try_from(self.waiting.count()).unwrap_or(u32::MAX);
        self.acked.load(Ordering::Relaxed).wrapping_add(waiting)
    }

    /// The most it has said to have.
    pub fn acked(&self) -> u32 {
        self.acked.load(Ordering::Relaxed)
    }

    /// Whether much would be gained if all nodes knew what is acknowledged.
    pub fn is_worth_telling(&self) -> bool {
        self.waiting.count() >= WORTH_TELLING
    }

    fn early(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to which of the client's stanzas all are on disk, or refused for a reason that all nodes know.
    pub fn handled(&self) -> u32 {
        self.handled.load(Ordering::Relaxed)
    }

    /// Whether this one is among them.
    pub fn has_handled(&self, h: u32) -> bool {
        self.handled().wrapping_sub(h) < u32::MAX / 2
    }

    /// This one is. It counts when all before it are: the client must not hear that a stanza was handled before anybody knows why
    /// it was refused.
    pub fn note_handled(&self, number: u32) {
        let mut early = self.early();
        if self.has_handled(number) {
            return;
        }
        early.insert(number);
        let mut handled = self.handled();
        while early.remove(&handled.wrapping_add(1)) {
            handled = handled.wrapping_add(1);
        }
        self.handled.store(handled, Ordering::Relaxed);
        let is_too_much = early.len() > EARLY_MAX;
        drop(early);
        if is_too_much {
            self.spoil();
        }
    }

    /// All up to this one are, and what comes after it is sent again.
    pub fn note_all_handled(&self, h: u32) {
        let mut early = self.early();
        early.clear();
        if !self.has_handled(h) {
            self.handled.store(h, Ordering::Relaxed);
        }
    }

    /// The numbers do not fit any more: the session cannot be resumed.
    pub fn spoil(&self) {
        self.is_spoilt.store(true, Ordering::Relaxed);
        self.waiting.refill(Vec::new(), None);
    }

    /// Whether the session can be resumed from this.
    pub fn is_sound(&self) -> bool {
        !self.is_spoilt.load(Ordering::Relaxed) && !self.waiting.is_over()
    }

    /// What the client does not have, oldest first, now that somebody looks.
    pub fn what_waits(&self) -> Vec<Delivery> {
        self.waiting.contents().0
    }

    /// Nobody holds it from now on.
    pub fn leave_alone(&self, now: Millis) {
        self.alone_since.store(now.0, Ordering::Relaxed);
    }

    /// Since when nobody holds it.
    pub fn alone_since(&self) -> Millis {
        Millis(self.alone_since.load(Ordering::Relaxed))
    }

    /// As a node that comes is given it.
    pub fn written(&self, address: &Jid) -> Written {
        let (waiting, held) = self.waiting.contents();
        let held = held.map(|held| {
            held.into_iter().map(|(name, delivery)| (name, delivery.to(address))).collect()
        });
        Written {
            id: self.id.to_string(),
            waiting: waiting.iter().map(|delivery| delivery.to(address)).collect(),
            held,
            acked: self.acked.load(Ordering::Relaxed),
            handled: self.handled(),
            early: self.early().clone(),
            is_spoilt: !self.is_sound(),
            alone_since: self.alone_since().0,
        }
    }

    /// As it was given.
    pub fn read(written: Written) -> Self {
        let kept = Self::new(&written.id, false);
        let held = written.held.map(|held| {
            held.into_iter().map(|(name, stanza)| (name, Delivery::Stanza(stanza))).collect()
        });
        kept.waiting.refill(written.waiting.into_iter().map(Delivery::Stanza).collect(), held);
        kept.acked.store(written.acked, Ordering::Relaxed);
        kept.handled.store(written.handled, Ordering::Relaxed);
        *kept.early() = written.early;
        kept.is_spoilt.store(written.is_spoilt, Ordering::Relaxed);
        kept.alone_since.store(written.alone_since, Ordering::Relaxed);
        kept
    }
}

impl Seat {
    /// From now on all nodes keep what it is sent.
    pub(super) fn keep(&self, kept: Kept) {
        let _ = self.kept.set(Box::new(kept)); // a session is managed once only (XEP-0198 §3)
    }

    /// No connection holds it any more.
    pub(super) fn let_go(&self, handled: u32, acked: u32, at: Millis) {
        if let Some(kept) = self.kept() {
            kept.note_all_handled(handled);
            kept.acknowledge(acked);
            kept.leave_alone(at);
        }
        self.mailbox.refill(Vec::new(), None);
        self.set_owner(NOBODY);
    }

    /// A connection of this node holds it, whose client has everything up to `h`.
    pub(super) fn take(&self, node: i64, h: u32, is_here: bool) {
        let Some(kept) = self.kept() else { return };
        // XEP-0352 §5.2: a resumed client says anew that nobody looks.
        kept.set_inactive(false);
        kept.acknowledge(h);
        kept.note_all_handled(kept.handled());
        if is_here {
            self.mailbox.refill(kept.what_waits(), None);
        } else {
            self.mailbox.set_inactive(false);
        }
        self.set_owner(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Delivery {
        Delivery::Stanza(Stanza::message("chat").with_body(text))
    }

    fn bodies(kept: &Kept) -> Vec<String> {
        let all = kept.what_waits();
        all.iter()
            .map(|one| one.stanza().text_of("body", konvent_wire::ns::CLIENT).unwrap_or_default())
            .collect()
    }

    #[test]
    fn what_the_client_has_is_forgotten_and_it_cannot_have_more_than_there_is() {
        let kept = Kept::new("x", false);
        for text in ["one", "two", "three"] {
            kept.post(words(text), false);
        }
        kept.acknowledge(1);
        assert_eq!(bodies(&kept), ["two", "three"]);
        assert!(kept.covers(1) && kept.covers(3) && !kept.covers(0) && !kept.covers(4));
        kept.acknowledge(0);
        kept.acknowledge(9);
        assert_eq!((bodies(&kept).len(), kept.sent()), (2, 3), "neither is believed");
    }

    #[test]
    fn counts_wrap() {
        let kept = Kept::new("x", false);
        kept.acked.store(u32::MAX, Ordering::Relaxed);
        kept.handled.store(u32::MAX, Ordering::Relaxed);
        kept.post(words("one"), false);
        kept.acknowledge(0);
        for number in [0, 1, 2, u32::MAX] {
            kept.note_handled(number);
        }
        assert_eq!((kept.sent(), kept.handled()), (0, 2));
        assert!(kept.has_handled(2) && kept.has_handled(u32::MAX) && !kept.has_handled(3));
    }

    #[test]
    fn what_comes_after_a_refusal_that_nobody_knows_yet_does_not_count() {
        let kept = Kept::new("x", false);
        kept.note_handled(1);
        kept.note_handled(3);
        kept.note_handled(4);
        assert!((kept.handled(), kept.has_handled(4)) == (1, false), "the second is missing");
        kept.note_handled(2);
        assert_eq!(kept.handled(), 4);
        kept.note_handled(6);
        kept.note_all_handled(4);
        kept.note_handled(5);
        assert_eq!(kept.handled(), 5, "the sixth was sent anew, and comes again");
        for number in 0..=EARLY_MAX {
            kept.note_handled(100 + u32::try_from(number).unwrap());
        }
        assert!(!kept.is_sound());
    }

    #[test]
    fn a_newcomer_gets_the_same_and_goes_on_in_the_same_order() {
        let kept = Kept::new("x", true);
        kept.post(words("one"), false);
        let here = Stanza::presence("").with_from(Jid::new("a@b/c").unwrap());
        kept.post(Delivery::Stanza(here), false);
        kept.note_all_handled(3);
        kept.note_handled(4);
        kept.note_handled(6);
        let address = Jid::new("romeo@verona.example/orchard").unwrap();
        let written = serde_json::to_vec(&kept.written(&address)).unwrap();
        let other = Kept::read(serde_json::from_slice(&written).unwrap());
        for kept in [&kept, &other] {
            kept.post(words("two"), false);
            kept.acknowledge(1);
            assert_eq!(kept.what_waits().len(), 2, "the presence waited for the words");
            assert_eq!(kept.handled(), 4);
            kept.note_handled(5);
            assert_eq!(kept.handled(), 6);
        }
        assert_eq!(kept.what_waits()[1].to(&address), other.what_waits()[1].to(&address));
    }

    #[test]
    fn what_is_too_much_or_does_not_fit_cannot_be_resumed() {
        let kept = Kept::new("x", false);
        for _ in 0..=KEPT_MAX {
            kept.post(words("much"), false);
        }
        assert!(!kept.is_sound());
        let kept = Kept::new("x", false);
        for _ in 0..=WAITING_MAX {
            kept.post(words("much for one who sleeps"), true);
        }
        assert!(!kept.is_sound());
        let kept = Kept::new("x", false);
        kept.spoil();
        assert!(!kept.is_sound());
    }
}
