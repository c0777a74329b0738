//! What a connection counts (XEP-0198 §4): stanzas that came, that are settled and that the client has, and how much may go out.

use konvent_wire::Stanza;
use konvent_wire::sm::Sm;
use konvent_wire::stream::Demand;

use super::{Conversation, ROUND_BYTES, ROUND_STANZAS};
use crate::counters::Way;

impl Conversation {
    /// What the stream asks for next. It refuses by itself what is no stanza at all: the other nodes do not know of such an answer,
    /// and would count otherwise than the client from then on.
    pub(super) fn next_demand(&mut self) -> Option<Demand> {
        let Some(seat) = self.seat.as_ref().filter(|seat| seat.kept().is_some()) else {
            return self.stream.next();
        };
        let before = self.stream.sm().map(Sm::sent);
        let demand = self.stream.next();
        if self.stream.sm().map(Sm::sent) != before {
            self.house.says_spoilt(seat);
        }
        demand
    }

    /// A stanza came, whose place in the count of stream management is that of the last one: nothing further is read before it
    /// is taken out.
    pub(super) fn came(&mut self, stanza: Stanza) {
        self.house.counters().stanza(Way::FromClient, stanza.name);
        let number = self.stream.sm().map(Sm::received);
        self.waiting.push_back((stanza, number));
    }

    /// So many stanzas of the client are settled. It hears of them unless its stream is over: what was refused meanwhile is told
    /// to nobody any more, and the client must know that it has to ask again.
    pub(super) fn note_settled(&mut self, stanzas: u32) {
        self.in_flight = self.in_flight.saturating_sub(stanzas as usize);
        if self.is_final {
            return;
        }
        if self.seat.as_ref().is_some_and(|seat| seat.kept().is_some()) {
            self.count_among_nodes();
        } else if stanzas > 0 {
            self.stream.handled(stanzas);
        }
    }

    /// Among several nodes a stanza counts as handled (XEP-0198 §4) as soon as all of them count it, so that the client is never
    /// told more than the node that it may come to knows; and not before it was sent why something was refused.
    fn count_among_nodes(&mut self) {
        let Some((seat, kept)) = self.seat.as_ref().and_then(|seat| Some((seat, seat.kept()?)))
        else {
            return;
        };
        let claim = if self.in_flight == 0 { self.claim.take() } else { None };
        let counted = if kept.is_sound() {
            if let Some(number) = claim {
                self.house.says_handled(seat, number);
            }
            if seat.mailbox.is_waiting() && self.allowance().0 > 0 {
                return;
            }
            self.stream.sm().map_or(0, |sm| sm.settles_to(kept.handled()))
        } else {
            // The client cannot come to another node, so it is enough that this one knows.
            let unsettled = u32::try_from(self.in_flight + self.waiting.len()).unwrap_or(u32::MAX);
            self.stream.under_way().saturating_sub(unsettled)
        };
        if counted > 0 {
            self.stream.handled(counted);
        }
    }

    /// After how many settled stanzas there is something to do again: all that are under way when others wait for them or other
    /// nodes must hear of one, half of them when there are too many, and those that the client has asked about (XEP-0198 §4).
    /// Otherwise nobody need be woken.
    pub(super) fn awaited(&self, may_read: bool) -> Option<u32> {
        let under_way = u32::try_from(self.in_flight).unwrap_or(u32::MAX);
        let is_full = (!may_read).then_some(under_way.div_ceil(2));
        let is_held_up = (!self.waiting.is_empty()).then_some(under_way);
        let is_claimed = self.claim.map(|_| under_way).filter(|under_way| *under_way > 0);
        let asked = self.stream.sm().and_then(Sm::owes_after);
        [is_full, is_held_up, is_claimed, asked].into_iter().flatten().min()
    }

    /// The client has acknowledged something: what did not fit may fit now. It is asked on until nothing is left to acknowledge.
    pub(super) fn acked(&mut self) {
        if let (Some(seat), Some(sm)) = (&self.seat, self.stream.sm()) {
            self.house.has_acked(seat, sm.acked());
        }
        match &self.seat {
            Some(seat) if seat.mailbox.is_waiting() => seat.mailbox.ring(),
            _ => self.stream.ask_ack(),
        }
    }

    /// How many stanzas and bytes the client may get now. It must not be sent more than it can acknowledge: the queue of
    /// XEP-0198 is bounded, and what does not fit waits in the mailbox.
    pub(super) fn allowance(&self) -> (usize, usize) {
        let Some(sm) = self.stream.sm() else { return (ROUND_STANZAS, ROUND_BYTES) };
        let (stanzas, bytes) = sm.room();
        let is_full = bytes < ROUND_BYTES && sm.unacked_count() > 0;
        let stanzas = if is_full { 0 } else { ROUND_STANZAS.min(stanzas as usize) };
        (stanzas, ROUND_BYTES)
    }
}
