//! Sessions take their places, are resumed and end (RFC 6120 §7, XEP-0198).

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Outbox, SessionId};
use konvent_talk::rooms::Place;
use konvent_wire::{Stanza, StreamCondition};

use crate::hall::happening::Effect;
use crate::hall::kept::Kept;
use crate::hall::{Hall, Seat, SignedInBy};
use crate::mailbox::{Delivery, Ending};

/// Sessions of one account at once, waiting ones included: a client that never says goodbye fills no memory.
const SESSIONS_MAX: usize = 100;

impl Hall {
    /// RFC 6120 §7.7.2.2: who takes a resource that is in use ends the session that had it.
    pub(super) fn takes_place(
        &mut self,
        seat: Seat,
        resumable: Option<String>,
        is_inactive: bool,
        effect: &mut Effect,
    ) {
        let seat = seat.through(self.relay.clone());
        seat.mailbox.set_inactive(is_inactive);
        if let Some(id) = resumable.filter(|_| self.nodes.are_several()) {
            seat.keep(Kept::new(&id, is_inactive));
        }
        let account = seat.session.account;
        let same_name = self.seat(Arc::new(seat));
        let seats = self.seats_of(account);
        let oldest = (seats.len() > SESSIONS_MAX).then(|| seats.first().cloned()).flatten();
        let taken = same_name.map(|old| (old, StreamCondition::Conflict));
        let crowded = oldest.map(|old| (old, StreamCondition::ResourceConstraint));
        for (old, condition) in taken.into_iter().chain(crowded) {
            old.mailbox.end(Ending::Stream(condition));
            self.leaves(old.session.id, effect);
        }
    }

    /// Says how much was waiting.
    pub(super) fn is_managed(&self, session: SessionId, id: &str) -> Answer<usize> {
        let seat = self.seat_of(session)?;
        // What is held back was not promised to be counted.
        let waiting = seat.mailbox.unhold();
        seat.keep(Kept::new(id, seat.mailbox.is_inactive()));
        Ok(waiting)
    }

    pub(super) fn is_handled(&self, session: SessionId, h: u32) -> Answer<()> {
        let seat = self.seat_of(session)?;
        if let Some(kept) = seat.kept() {
            kept.note_handled(h);
        }
        seat.mailbox.ring();
        Ok(())
    }

    pub(super) fn is_refused(
        &self,
        session: SessionId,
        number: Option<u32>,
        why: Option<Stanza>,
    ) -> Answer<()> {
        let seat = self.seat_of(session)?;
        if let Some(why) = why {
            let why = why.with_to(seat.session.address.clone());
            self.hand(&seat, Delivery::Stanza(why));
        }
        if let Some((kept, number)) = seat.kept().zip(number) {
            kept.note_handled(number);
        }
        seat.mailbox.ring();
        Ok(())
    }

    pub(super) fn are_acked(&self, all: &[(SessionId, u32)]) {
        for (session, h) in all {
            if let Some(kept) = self.sessions.get(session).and_then(|seat| seat.kept()) {
                kept.acknowledge(*h);
            }
        }
    }

    pub(super) fn is_spoilt(&self, session: SessionId) -> Answer<()> {
        if let Some(kept) = self.seat_of(session)?.kept() {
            kept.spoil();
        }
        Ok(())
    }

    /// The connection that holds a session lets go of it, if that is one of this node.
    pub(super) fn hands_over(&self, seat: &Arc<Seat>) {
        if self.holds(seat) {
            seat.mailbox.end(Ending::HandOver);
        }
    }

    /// Its client resumes it on a node, and has so many stanzas.
    pub(super) fn comes_back(
        &self,
        session: SessionId,
        (node, h): (i64, u32),
        by: SignedInBy,
    ) -> Answer<()> {
        let seat = self.seat_of(session)?;
        seat.comes_back_by(by);
        self.hands_over(&seat); // it has had its time
        seat.take(node, h, node == self.nodes.own);
        Ok(())
    }

    pub(super) fn is_inactive(&self, session: SessionId, is_so: bool) -> Answer<()> {
        let seat = self.seat_of(session)?;
        seat.mailbox.set_inactive(is_so);
        if let Some(kept) = seat.kept() {
            kept.set_inactive(is_so);
        }
        Ok(())
    }

    /// Sessions of an account end: all, those of one device or password, or the one with a resource.
    pub(super) fn ends(
        &mut self,
        account: AccountId,
        by: Option<SignedInBy>,
        resource: Option<&str>,
        effect: &mut Effect,
    ) {
        let is_meant = |seat: &&Arc<Seat>| {
            by.is_none_or(|by| seat.signed_in_by() == by)
                && resource.is_none_or(|one| seat.jid.resource().as_str() == one)
        };
        let ending: Vec<Arc<Seat>> =
            self.seats_of(account).iter().filter(is_meant).cloned().collect();
        for seat in ending {
            seat.mailbox.end(Ending::Stream(StreamCondition::NotAuthorized));
            self.leaves(seat.session.id, effect);
        }
    }

    /// A session is over: its rooms and its circle are told.
    pub(in crate::hall) fn leaves(&mut self, session: SessionId, effect: &mut Effect) {
        let Ok(seat) = self.seat_of(session) else { return };
        let out = self.occupants.leave_all(&Place::Here(session)).unwrap_or_else(|refusal| {
            tracing::error!(target: "presence", cause = refusal.chain(), "a session could not leave its rooms");
            Outbox::default()
        });
        self.deliver(out.into_posts());
        let out = self.presences.leave(&seat.session, None);
        self.deliver(out.into_posts());
        if self.seats_of(seat.session.account).len() <= 1 {
            self.rosters.forget(seat.session.account);
        }
        self.unseat(&seat);
        if self.holds(&seat) {
            effect.over.push(seat);
        }
    }
}
