//! What each happening does to the hall, and what follows.

mod caps;
mod circle;
mod sessions;

use std::sync::Arc;

use konvent_core::{Answer, Outbox, SessionId};
use konvent_talk::rooms::Place;

use super::happening::{Effect, Happening, NOT_SEATED};
use super::{Hall, Seat};

impl Hall {
    /// Carries it out and posts what follows.
    ///
    /// # Errors
    /// Those of the features; `house.session-over`. Nothing has happened then.
    pub fn happens(&mut self, what: Happening) -> Answer<Effect> {
        let mut effect = Effect::default();
        let mut out = Outbox::default();
        match what {
            Happening::Posted(posts) | Happening::Relayed(posts) => self.deliver(posts),
            Happening::Seated { session, jid, carbons, by, resumable, is_inactive } => {
                let seat = Seat::new(session, jid, carbons, by);
                self.takes_place(seat, resumable, is_inactive, &mut effect);
            }
            Happening::Managed(session, id) => effect.waiting = self.is_managed(session, &id)?,
            Happening::Handled(session, h) => self.is_handled(session, h)?,
            Happening::Refused(session, number, why) => self.is_refused(session, number, why)?,
            Happening::Acked(all) => self.are_acked(&all),
            Happening::Spoilt(session) => self.is_spoilt(session)?,
            Happening::Wanted(session) => self.hands_over(&self.seat_of(session)?),
            Happening::LetGo { session, handled, acked, at } => {
                self.seat_of(session)?.let_go(handled, acked, at);
            }
            Happening::Taken { session, node, h, by } => self.comes_back(session, (node, h), by)?,
            Happening::Left(session) => self.leaves(session, &mut effect),
            Happening::Ended { account, by, resource } => {
                self.ends(account, by, resource.as_deref(), &mut effect);
            }
            Happening::Copies(session, wanted) => self.seat_of(session)?.set_carbons(wanted),
            Happening::Inactive(session, is_so) => self.is_inactive(session, is_so)?,
            Happening::Hears { session, from, reads_archive } => {
                self.seat_of(session)?.set_hears(from, reads_archive);
            }

            Happening::FollowsBlocklist(session) => self.seat_of(session)?.set_follows_blocklist(),
            Happening::Listed(_, _, followed) | Happening::Appeared { followed, .. }
                if self.has_moved_on(followed) =>
            {
                effect.is_stale = true;
            }
            Happening::Listed(session, contacts, _) => self.is_listed(session, &contacts)?,
            Happening::Appeared { session, said, circle, known, again, .. } => {
                out = self.appears(session, &said, circle, known, again)?;
            }
            Happening::Announced(session, said) => {
                out = self.presences.announce(&self.seat_of(session)?.session, &said);
            }
            Happening::Unavailable(session, said) => out = self.is_unavailable(session, &said)?,
            Happening::Directed(session, account, said, unseen) => {
                out = self.shows_itself(session, account, &said, unseen)?;
            }
            Happening::Departed(account, from) => self.departs(account, &from),
            Happening::Befriended(sequel) => out = self.carry_out(sequel),
            Happening::Blocked(account, list, first) => out = self.blocks(account, list, first),
            Happening::Relisted(fresh) => {
                let sequel = self.rosters.follow(fresh);
                out = self.carry_out(sequel);
            }

            Happening::Heard(session, presence) => {
                out = self.names_caps(session, &presence, &mut effect)?;
            }
            Happening::Answered(session, iq) => out = self.tells_caps(session, &iq, &mut effect)?,
            Happening::OnlookerHeard(account, own, from, presence) => {
                out = self.onlooker_names_caps((account, &own), &from, &presence, &mut effect);
            }
            Happening::OnlookerAnswered(from, iq) => {
                effect.learnt_of_onlookers = self.caps.answer_onlooker(&from, &iq);
            }
            Happening::OnlookerLeft(account, from) => self.caps.onlooker_leaves(account, &from),
            Happening::AppAnswered(iq) => effect.answer = Some(iq),

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
}
