//! How sessions go from node to node (XEP-0198 §5): a connection lets go of its session, and a client finds it again wherever
//! it comes, also when the node that held it is no more.
//!
//! All nodes keep what a session was sent and its client does not have ([`crate::hall::kept`]). Whoever speaks for a session
//! here is its owner at the moment of the commit: one that has lost it changes nothing any more, so that what a client sends
//! again is done once. Messages count in the commit that keeps them. Left out: the same for what is no message. A question
//! that was answered in the moment of a crash is asked again by its client, and done again.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use konvent_core::{Answer, Kind, Millis, Outbox, Refusal, SessionId, Tx};
use konvent_people::accounts;
use konvent_wire::Stanza;
use konvent_wire::sm::Sm;

use super::super::House;
use super::super::resumption::{HAND_OVER_SECS, RESUME_SECS, Resumed};
use super::note;
use crate::hall::happening::{Happening, NOT_SEATED};
use crate::hall::kept::Kept;
use crate::hall::state::NOBODY;
use crate::hall::{Seat, SignedInBy};
use crate::mailbox::Delivery;
use crate::{faces, flows};

/// What clients have acknowledged: their sessions and the newest number.
pub(super) type Acked = HashMap<SessionId, u32>;

/// The session is held elsewhere by now: what came by this connection is sent again by another one.
pub const MOVED: Refusal = Refusal::new(Kind::Conflict, "nodes.session-elsewhere");

/// Its connection has not let go of the session yet.
const STILL_HELD: Refusal = Refusal::new(Kind::Conflict, "nodes.session-still-held");

/// The client says that it has more than it can have.
const TOO_HIGH: Refusal = Refusal::new(Kind::BadRequest, "nodes.acknowledged-too-much");

impl House {
    /// Whether this is one of several nodes.
    pub fn is_one_of_several(&self) -> bool {
        self.db.node().is_some()
    }

    /// Refuses what comes by a connection that has lost its session to another one. Within the transaction.
    pub fn still_holds(&self, seat: &Seat) -> Answer<()> {
        if self.is_one_of_several() && !self.hall().holds(seat) { Err(MOVED) } else { Ok(()) }
    }

    /// This stanza of a session is on disk along with what is written now. Within the transaction.
    pub fn share_handled(&self, tx: &mut Tx<'_>, seat: &Seat, number: Option<u32>) {
        if let Some(number) = number.filter(|_| seat.kept().is_some()) {
            self.share(tx, || Happening::Handled(seat.session.id, number));
        }
    }

    /// Something the owner of a session says of it; nothing, if it is that no more.
    fn owner_says(self: &Arc<Self>, seat: &Arc<Seat>, what: Happening) {
        let seat = Arc::clone(seat);
        self.decide_soon(move |house| house.still_holds(&seat).map(|()| what.clone()), || ());
    }

    /// This stanza of a session was handled, and its client is to hear that once all nodes know.
    pub fn says_handled(self: &Arc<Self>, seat: &Arc<Seat>, number: u32) {
        self.owner_says(seat, Happening::Handled(seat.session.id, number));
    }

    /// Among several nodes: the answer to a stanza that is refused in a transaction which has changed nothing so far. It goes
    /// out with the commit that counts the stanza, so that no client hears of the one without the other.
    pub fn refuses_with_commit(
        &self,
        tx: &Tx<'_>,
        seat: &Seat,
        stanza: &Stanza,
        refusal: &Refusal,
    ) -> Option<Outbox> {
        if !self.is_one_of_several() || tx.is_touched() || refusal.code == MOVED.code {
            return None;
        }
        let mut out = Outbox::default();
        if !stanza.is_error() {
            let why = faces::refused(stanza, refusal);
            out.to_session(seat.session.id, why.with_to(seat.session.address.clone()));
        }
        Some(out)
    }

    /// Says why a stanza was refused, if it can be told, and settles it. Among several nodes it does not count before all know.
    pub fn says_refused(
        self: &Arc<Self>,
        seat: &Arc<Seat>,
        number: Option<u32>,
        why: Option<Stanza>,
    ) {
        if !self.is_one_of_several() {
            if let Some(why) = why {
                seat.answer(why);
            }
            return seat.mailbox.settle(1);
        }
        let (teller, settled) = (Arc::clone(seat), Arc::clone(seat));
        let what = Happening::Refused(seat.session.id, number, why);
        self.decide_soon(
            move |house| house.still_holds(&teller).map(|()| what.clone()),
            move || settled.mailbox.settle(1),
        );
    }

    /// A session was sent something that the other nodes do not know of.
    pub fn says_spoilt(self: &Arc<Self>, seat: &Arc<Seat>) {
        self.owner_says(seat, Happening::Spoilt(seat.session.id));
    }

    /// A session of this node is over.
    pub(in crate::house) fn says_left(self: &Arc<Self>, seat: &Arc<Seat>) {
        self.owner_says(seat, Happening::Left(seat.session.id));
    }

    /// The client of a session has acknowledged stanzas up to this one. The others hear of it with the next beat.
    pub fn has_acked(self: &Arc<Self>, seat: &Arc<Seat>, h: u32) {
        let Some(kept) = seat.kept() else { return };
        let id = seat.session.id;
        if kept.is_worth_telling() {
            return self.owner_says(seat, Happening::Acked(vec![(id, h)]));
        }
        self.company.acked.lock().unwrap_or_else(PoisonError::into_inner).insert(id, h);
    }

    /// A beat: tells what clients have acknowledged.
    pub(super) async fn tell_acked(self: &Arc<Self>) {
        let acked =
            std::mem::take(&mut *self.company.acked.lock().unwrap_or_else(PoisonError::into_inner));
        if acked.is_empty() {
            let _ = self.db.write(|_| Ok(())).await; // what fails is logged there
            return;
        }
        let told = self.decide_and_wait(move |house, _| {
            let hall = house.hall();
            let is_own = |id| hall.seated(id).is_some_and(|seat| hall.holds(&seat));
            Ok(Happening::Acked(acked.into_iter().filter(|(id, _)| is_own(*id)).collect()))
        });
        note(told.await);
    }

    /// The connection of a session is gone; the session waits for its client on all nodes.
    pub(in crate::house) async fn let_session_go(self: &Arc<Self>, seat: &Arc<Seat>, sm: &Sm) {
        if !seat.kept().is_some_and(Kept::is_sound) {
            return self.leave(seat);
        }
        let (session, handled, acked) = (seat.session.id, sm.handled(), sm.acked());
        let at = self.clock.now();
        let what = Happening::LetGo { session, handled, acked, at };
        let (letting, again) = (Arc::clone(seat), what.clone());
        let gone = self.decide_and_wait(move |house, _| {
            house.still_holds(&letting)?;
            Ok(what)
        });
        if let Err(refusal) = gone.await
            && self.is_worth_trying_again(&refusal)
        {
            self.owner_says(seat, again);
        }
    }

    /// A client comes back for its session, wherever that was.
    pub(in crate::house) async fn resume_anywhere(
        self: &Arc<Self>,
        localpart: &str,
        previd: &str,
        h: u32,
        by: SignedInBy,
    ) -> Resumed {
        let asked = localpart.to_owned();
        let account = self.db.read(move |reader| accounts::by_localpart(reader, &asked)).await;
        let Ok(Some(account)) = account else { return Resumed::No(None) };
        let deadline = tokio::time::Instant::now() + Duration::from_secs(HAND_OVER_SECS);
        let mut has_asked = false;
        loop {
            let let_go = self.let_go.notified();
            tokio::pin!(let_go);
            let_go.as_mut().enable();
            // TRUST 3.1: a session belongs to the account that made it, whoever knows its name.
            let Some(seat) = self.hall().kept_as(account.id, previd) else {
                return Resumed::No(None);
            };
            let is_late = tokio::time::Instant::now() >= deadline;
            if seat.owner() == NOBODY || is_late {
                match self.take(&seat, h, by, is_late).await {
                    Err(refusal) if refusal.code == STILL_HELD.code && !is_late => {}
                    taken => return self.resumed(seat, h, taken),
                }
            }
            if !has_asked {
                has_asked = true;
                note(self.happens(Happening::Wanted(seat.session.id)).await);
                continue; // it may have been let go of meanwhile
            }
            let _ = tokio::time::timeout_at(deadline, let_go).await; // looked at above
        }
    }

    /// Makes this node the owner. A connection that has had its time loses the session; one of this node does not, because
    /// what it has under way would count for the new one.
    async fn take(
        self: &Arc<Self>,
        seat: &Arc<Seat>,
        h: u32,
        by: SignedInBy,
        is_late: bool,
    ) -> Answer<()> {
        let (id, node) = (seat.session.id, self.db.node().unwrap_or(NOBODY));
        let taking = self.decide_and_wait(move |house, _| {
            let hall = house.hall();
            let seat = hall.seated(id).ok_or(NOT_SEATED)?;
            let kept = seat.kept().filter(|kept| kept.is_sound()).ok_or(NOT_SEATED)?;
            if seat.owner() != NOBODY && (!is_late || hall.holds(&seat)) {
                return Err(STILL_HELD);
            }
            if !kept.covers(h) {
                return Err(TOO_HIGH);
            }
            Ok(Happening::Taken { session: id, node, h, by })
        });
        taking.await.map(drop)
    }

    fn resumed(&self, seat: Arc<Seat>, h: u32, taken: Answer<()>) -> Resumed {
        let Some(kept) = seat.kept() else { return Resumed::No(None) };
        let handled = kept.handled();
        let limits = self.stream_settings().sm;
        let id = Arc::clone(&kept.id);
        let sm = |acked| Sm::continued(seat.jid.clone(), id, limits, acked, handled);
        match taken {
            Ok(()) => {
                let sm = sm(h);
                Resumed::Yes(seat, Box::new(sm))
            }
            Err(refusal) if refusal.code == TOO_HIGH.code => {
                Resumed::TooHigh(Box::new(sm(kept.sent())))
            }
            // XEP-0198 §5: what was handled is told all the same.
            Err(refusal) if refusal.code == NOT_SEATED.code => Resumed::No(Some(handled)),
            Err(refusal) => {
                tracing::info!(target: "nodes", code = refusal.code, "a session could not be resumed");
                Resumed::No(Some(handled))
            }
        }
    }

    /// Sessions whose clients have been away too long are over, as are those that cannot be resumed. The leading node looks
    /// after all.
    pub(in crate::house) async fn give_up_alone(self: &Arc<Self>, now: Millis) {
        let too_long = Millis(now.0 - i64::from(RESUME_SECS) * 1000);
        let is_over = move |seat: &Seat| {
            seat.owner() == NOBODY
                && seat.kept().is_none_or(|kept| !kept.is_sound() || kept.alone_since() <= too_long)
        };
        let over: Vec<Arc<Seat>> =
            self.hall().all().filter(|seat| is_over(seat)).map(Arc::clone).collect();
        for seat in over {
            let id = seat.session.id;
            let given_up = self.decide_and_wait(move |house, _| {
                let is_still_over = house.hall().seated(id).is_some_and(|seat| is_over(&seat));
                if is_still_over { Ok(Happening::Left(id)) } else { Err(NOT_SEATED) }
            });
            let is_over = given_up.await;
            if is_over.is_ok() {
                self.is_gone(&seat);
            }
            note(is_over); // what fails is tried again with the next tick
        }
    }

    /// A node is gone with what it was sending: those who may not have seen it are told that something waits, and their next
    /// device gets it. Once for all.
    pub(super) fn miss_alone(self: &Arc<Self>, alone: Vec<Arc<Seat>>) {
        if alone.is_empty() || !self.leads() {
            return;
        }
        let house = Arc::clone(self);
        self.spawn(async move {
            for seat in alone {
                let Some(kept) = seat.kept() else { continue };
                let waiting = kept.what_waits();
                let words = flows::push::words(waiting.iter().map(Delivery::stanza));
                flows::push::missed(&house, seat.session.account, words).await;
                flows::offline::left_alone(&house, &seat, &waiting).await;
            }
        });
    }
}
