//! What each happening does to the hall, and what follows.

use std::sync::Arc;

use konvent_core::{Answer, Outbox, SessionId};
use konvent_talk::contacts::{Sequel, Tie};
use konvent_talk::rooms::Place;
use konvent_wire::StreamCondition;

use super::happening::{Effect, Happening, Known, NOT_SEATED};
use super::kept::Kept;
use super::{Hall, Seat};
use crate::flows::caps::questions;
use crate::mailbox::{Delivery, Ending};

/// Sessions of one account at once, waiting ones included: a client that never says goodbye fills no memory.
const SESSIONS_MAX: usize = 100;

impl Hall {
    /// Carries it out and posts what follows.
    ///
    /// # Errors
    /// Those of the features; `house.session-over`. Nothing has happened then.
    #[expect(clippy::too_many_lines, reason = "one table: what happens, and what follows")]
    pub fn happens(&mut self, what: Happening) -> Answer<Effect> {
        let mut effect = Effect::default();
        let mut out = Outbox::default();
        match what {
            Happening::Posted(posts) | Happening::Relayed(posts) => self.deliver(posts),
            Happening::Seated { session, jid, carbons, by, resumable, is_inactive } => {
                let seat = Seat::new(session, jid, carbons, by).through(self.relay.clone());
                seat.mailbox.set_inactive(is_inactive);
                if let Some(id) = resumable.filter(|_| self.nodes.are_several()) {
                    seat.keep(Kept::new(&id, is_inactive));
                }
                self.take_place(seat, &mut effect);
            }
            Happening::Managed(session, id) => {
                let seat = self.seat_of(session)?;
                // What is held back was not promised to be counted.
                effect.waiting = seat.mailbox.unhold();
                seat.keep(Kept::new(&id, seat.mailbox.is_inactive()));
            }
            Happening::Handled(session, h) => {
                let seat = self.seat_of(session)?;
                if let Some(kept) = seat.kept() {
                    kept.note_handled(h);
                }
                seat.mailbox.ring();
            }
            Happening::Refused(session, number, why) => {
                let seat = self.seat_of(session)?;
                if let Some(why) = why {
                    let why = why.with_to(seat.session.address.clone());
                    self.hand(&seat, Delivery::Stanza(why));
                }
                if let Some((kept, number)) = seat.kept().zip(number) {
                    kept.note_handled(number);
                }
                seat.mailbox.ring();
            }
            Happening::Acked(all) => {
                for (session, h) in all {
                    if let Some(seat) = self.sessions.get(&session)
                        && let Some(kept) = seat.kept()
                    {
                        kept.acknowledge(h);
                    }
                }
            }
            Happening::Spoilt(session) => {
                if let Some(kept) = self.seat_of(session)?.kept() {
                    kept.spoil();
                }
            }
            Happening::Wanted(session) => {
                let seat = self.seat_of(session)?;
                if self.holds(&seat) {
                    seat.mailbox.end(Ending::HandOver);
                }
            }
            Happening::LetGo { session, handled, acked, at } => {
                let seat = self.seat_of(session)?;
                seat.let_go(handled, acked, at);
            }
            Happening::Taken { session, node, h, by } => {
                let seat = self.seat_of(session)?;
                seat.comes_back_by(by);
                if self.holds(&seat) {
                    seat.mailbox.end(Ending::HandOver); // it has had its time
                }
                seat.take(node, h, node == self.nodes.own);
            }
            Happening::Left(session) => self.leaves(session, &mut effect),
            Happening::Ended { account, by, resource } => {
                let seats = self.seats_of(account).iter();
                let ending: Vec<Arc<Seat>> = seats
                    .filter(|seat| by.is_none_or(|by| seat.signed_in_by() == by))
                    .filter(|seat| {
                        resource.as_ref().is_none_or(|one| seat.jid.resource().as_str() == one)
                    })
                    .cloned()
                    .collect();
                for seat in ending {
                    seat.mailbox.end(Ending::Stream(StreamCondition::NotAuthorized));
                    self.leaves(seat.session.id, &mut effect);
                }
            }
            Happening::Copies(session, wanted) => self.seat_of(session)?.set_carbons(wanted),
            Happening::Inactive(session, is_inactive) => {
                let seat = self.seat_of(session)?;
                seat.mailbox.set_inactive(is_inactive);
                if let Some(kept) = seat.kept() {
                    kept.set_inactive(is_inactive);
                }
            }
            Happening::Hears { session, from, reads_archive } => {
                self.seat_of(session)?.set_hears(from, reads_archive);
            }
            Happening::FollowsBlocklist(session) => self.seat_of(session)?.set_follows_blocklist(),
            Happening::Listed(session, contacts, followed) => {
                let seat = self.seat_of(session)?;
                if followed.is_some_and(|followed| followed != self.rosters.followed()) {
                    return Ok(Effect { is_stale: true, ..effect });
                }
                self.rosters.shown(seat.session.account, &contacts);
                seat.set_interested();
            }
            Happening::Announced(session, said) => {
                let seat = self.seat_of(session)?;
                out = self.presences.announce(&seat.session, &said);
            }
            Happening::Appeared { followed, .. }
                if followed.is_some_and(|followed| followed != self.rosters.followed()) =>
            {
                effect.is_stale = true;
            }
            Happening::Appeared { session, said, circle, known, again, .. } => {
                let Known { contacts, blocklist, requests } = known;
                let seat = self.seat_of(session)?;
                let account = seat.session.account;
                self.rosters.shown(account, &contacts);
                self.presences.begin(account, circle, blocklist);
                out = self.presences.announce(&seat.session, &said);
                out.append(again);
                for request in requests {
                    out.to_session(session, request);
                }
            }
            Happening::Unavailable(session, said) => {
                let seat = self.seat_of(session)?;
                out = self.occupants.leave_all(&Place::Here(session))?;
                out.append(self.presences.leave(&seat.session, Some(&said)));
                self.caps.leave(session);
            }
            Happening::Directed(session, account, said, unseen) => {
                let seat = self.seat_of(session)?;
                out = self.presences.direct(&seat.session, account, &said)?;
                if let Some(device) = unseen {
                    let said = said.addressed(Some(seat.session.address.clone()), said.to.clone());
                    out.to_session(device, said);
                }
            }
            Happening::Departed(account, from) => {
                let seats = self.seats_of(account).iter();
                let devices: Vec<SessionId> = seats.map(|seat| seat.session.id).collect();
                for device in devices {
                    self.presences.forget_who_left(device, &from);
                }
            }
            Happening::Heard(session, presence) => {
                let seat = self.seat_of(session)?;
                let mut learnt = self.caps.hear(&seat.session, &presence);
                out = questions(std::mem::take(&mut learnt.ask));
                effect.learnt = Some(learnt);
            }
            Happening::Answered(session, iq) => {
                let seat = self.seat_of(session)?;
                effect.learnt = self.caps.answer(&seat.session, &iq);
                if let Some(learnt) = &mut effect.learnt {
                    out = questions(std::mem::take(&mut learnt.ask));
                }
            }
            Happening::OnlookerHeard(account, own, from, presence) => {
                let mut learnt = self.caps.hear_onlooker((account, &own), &from, &presence);
                for question in std::mem::take(&mut learnt.ask) {
                    out.abroad(question);
                }
                effect.learnt_of_onlookers = Some(learnt);
            }
            Happening::OnlookerAnswered(from, iq) => {
                effect.learnt_of_onlookers = self.caps.answer_onlooker(&from, &iq);
            }
            Happening::OnlookerLeft(account, from) => self.caps.onlooker_leaves(account, &from),
            Happening::AppAnswered(iq) => effect.answer = Some(iq),
            Happening::Befriended(sequel) => out = self.carry_out(sequel),
            Happening::Blocked(account, list, first) => {
                out = first;
                out.append(self.presences.set_blocklist(account, list));
                self.rosters.has_followed();
            }
            Happening::Relisted(fresh) => {
                let sequel = self.rosters.follow(fresh);
                out = self.carry_out(sequel);
            }
            Happening::Looked => self.occupants.has_followed(),
            Happening::Turned(deeds) => out = self.occupants.follow(deeds)?,
            Happening::Decided(deed) => out = self.occupants.apply(deed)?,
            // Who is gone by now must not stay inside for ever.
            Happening::Entered(joining) if !self.is_there(joining.place()) => {}
            Happening::Entered(joining) => out = self.occupants.enter(&joining)?,
            Happening::Changed(place, room, said) => {
                out = self.occupants.change_presence(&place, room, &said)?;
            }
            Happening::WentOut(place, room, said) => {
                out = self.occupants.leave(&place, room, Some(&said))?;
            }
            Happening::Bounced(place, room) => out = self.occupants.bounced(&place, room)?,
            Happening::Roles(room, by, wishes, first) => {
                let shown = self.occupants.change_roles(room, &by, &wishes)?;
                out = first;
                out.append(shown);
            }
            Happening::Spoke(room, place, at) => self.occupants.spoke(room, &place, at),
        }
        self.deliver(out.into_posts());
        Ok(effect)
    }

    fn is_there(&self, place: &Place) -> bool {
        match place {
            Place::Here(session) => self.sessions.contains_key(session),
            Place::Abroad(_) => true,
        }
    }

    fn seat_of(&self, session: SessionId) -> Answer<Arc<Seat>> {
        self.sessions.get(&session).cloned().ok_or(NOT_SEATED)
    }

    /// RFC 6120 §7.7.2.2: who takes a resource that is in use ends the session that had it.
    fn take_place(&mut self, seat: Seat, effect: &mut Effect) {
        let seat = Arc::new(seat);
        let account = seat.session.account;
        let same_name = self.seat(seat);
        let seats = self.seats_of(account);
        let oldest = (seats.len() > SESSIONS_MAX).then(|| seats.first().cloned()).flatten();
        let taken = same_name.map(|old| (old, StreamCondition::Conflict));
        let crowded = oldest.map(|old| (old, StreamCondition::ResourceConstraint));
        for (old, condition) in taken.into_iter().chain(crowded) {
            old.mailbox.end(Ending::Stream(condition));
            self.leaves(old.session.id, effect);
        }
    }

    /// A session is over: its rooms and its circle are told.
    pub(super) fn leaves(&mut self, session: SessionId, effect: &mut Effect) {
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

    /// Everything that follows from a change of contacts, now that it is on disk.
    fn carry_out(&mut self, sequel: Sequel) -> Outbox {
        // RFC 6121 §3.2.2: whoever is not to see any more sees the devices go before he is told so.
        let (ends, rest): (Vec<Tie>, Vec<Tie>) = sequel.ties.into_iter().partition(Tie::ends);
        let mut out = self.presences.turn(&ends);
        out.append(sequel.out);
        out.append(self.rosters.carry_out(&sequel.pushes));
        out.append(self.presences.turn(&rest));
        out
    }
}
