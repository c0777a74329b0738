//! Acknowledgements between servers (XEP-0198 §4), without resumption: what was not acknowledged when a stream ends is
//! sent again on the next one, from the queue of the driver.

use crate::sm::TooHigh;

/// The two counters of a managed stream. All run modulo 2^32.
#[derive(Debug, Default)]
pub(super) struct Acks {
    is_on: bool,
    received: u32,
    handled: u32,
    /// Stanzas under way when counting began: they do not count.
    before: u32,
    in_flight: u32,
    /// Stanzas sent before counting began: acknowledged with the first one that counts.
    uncounted: u32,
    sent: u32,
    acked: u32,
    is_asked: bool,
    /// The count that the peer asked us to reach.
    due: Option<u32>,
}

impl Acks {
    /// Counting begins.
    pub(super) fn begin(&mut self) {
        self.is_on = true;
        self.before = self.in_flight;
    }

    pub(super) const fn is_on(&self) -> bool {
        self.is_on
    }

    /// A stanza came in and is under way.
    pub(super) fn receive(&mut self) {
        self.in_flight = self.in_flight.wrapping_add(1);
        if self.is_on {
            self.received = self.received.wrapping_add(1);
        }
    }

    /// So many of them are settled, oldest first. Says what to tell the peer, if it waits for it.
    pub(super) fn settle(&mut self, count: u32) -> Option<u32> {
        let count = count.min(self.in_flight);
        self.in_flight -= count;
        let earlier = count.min(self.before);
        self.before -= earlier;
        if self.is_on {
            self.handled = self.handled.wrapping_add(count - earlier);
        }
        self.reached()
    }

    /// The peer asks (`<r/>`): answered when everything that came before is settled.
    pub(super) fn asked(&mut self) -> Option<u32> {
        self.due = Some(self.received);
        self.reached()
    }

    fn reached(&mut self) -> Option<u32> {
        let due = self.due?;
        let is_reached = self.handled.wrapping_sub(due) < u32::MAX / 2;
        is_reached.then(|| {
            self.due = None;
            self.handled
        })
    }

    /// One stanza went out.
    pub(super) fn send(&mut self) {
        if self.is_on {
            self.sent = self.sent.wrapping_add(1);
        } else {
            self.uncounted = self.uncounted.saturating_add(1);
        }
    }

    /// Whether an acknowledgement is to be waited for. What was sent uncounted gets none by itself.
    pub(super) const fn is_awaited(&self) -> bool {
        self.is_on && self.sent != self.acked
    }

    /// What was sent uncounted counts as arrived.
    pub(super) fn forget_uncounted(&mut self) {
        self.uncounted = 0;
    }

    /// Whether an `<r/>` would be of use; notes that one is sent.
    pub(super) fn ask(&mut self) -> bool {
        let is_useful = self.is_awaited() && !self.is_asked;
        self.is_asked |= is_useful;
        is_useful
    }

    /// The peer has everything up to `h`. Says how many that are anew.
    pub(super) fn acknowledged(&mut self, h: u32) -> Result<u32, TooHigh> {
        let anew = h.wrapping_sub(self.acked);
        if anew > self.sent.wrapping_sub(self.acked) {
            return Err(TooHigh { h, sent: self.sent });
        }
        self.acked = h;
        self.is_asked = false;
        // Stanzas arrive in order: what went before has arrived, too.
        let before = if anew > 0 { std::mem::take(&mut self.uncounted) } else { 0 };
        Ok(anew.saturating_add(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_settled_is_not_acknowledged() {
        let mut acks = Acks::default();
        acks.receive();
        acks.begin();
        acks.receive();
        assert_eq!(acks.asked(), None);
        assert_eq!(acks.settle(1), None, "the one from before does not count");
        assert_eq!(acks.settle(1), Some(1));
        assert_eq!(acks.settle(9), None, "nothing is under way any more");
        assert_eq!(acks.asked(), Some(1));
    }

    #[test]
    fn what_was_sent_before_counting_arrives_with_the_first_that_counts() {
        let mut acks = Acks::default();
        acks.send();
        acks.begin();
        assert!(!acks.is_awaited() && !acks.ask());
        acks.send();
        assert!(acks.is_awaited() && acks.ask());
        assert_eq!(acks.acknowledged(0), Ok(0));
        assert_eq!(acks.acknowledged(1), Ok(2));
        acks.send();
        assert_eq!(acks.acknowledged(2), Ok(1), "once");
    }

    #[test]
    fn nobody_acknowledges_what_was_not_sent() {
        let mut acks = Acks::default();
        acks.begin();
        acks.send();
        assert!(acks.ask() && !acks.ask());
        assert_eq!(acks.acknowledged(2), Err(TooHigh { h: 2, sent: 1 }));
        assert_eq!(acks.acknowledged(1), Ok(1));
        assert_eq!(acks.acknowledged(0), Err(TooHigh { h: 0, sent: 1 }), "never backwards");
    }
}
