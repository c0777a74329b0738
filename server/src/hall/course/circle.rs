//! Who sees whom: contact lists, presence, block lists (RFC 6121, XEP-0191).

use konvent_core::{AccountId, Answer, Outbox, SessionId};
use konvent_talk::blocking::Blocklist;
use konvent_talk::contacts::{Contact, Sequel, Tie};
use konvent_talk::presence::Circle;
use konvent_talk::rooms::Place;
use konvent_wire::{Jid, Stanza};

use crate::hall::Hall;
use crate::hall::happening::Known;

impl Hall {
    /// Whether lists have changed since something was read of them.
    pub(super) fn has_moved_on(&self, followed: Option<u64>) -> bool {
        followed.is_some_and(|followed| followed != self.rosters.followed())
    }

    pub(super) fn is_listed(&mut self, session: SessionId, contacts: &[Contact]) -> Answer<()> {
        let seat = self.seat_of(session)?;
        self.rosters.shown(seat.session.account, contacts);
        seat.set_interested();
        Ok(())
    }

    pub(super) fn appears(
        &mut self,
        session: SessionId,
        said: &Stanza,
        circle: Circle,
        known: Known,
        again: Outbox,
    ) -> Answer<Outbox> {
        let Known { contacts, blocklist, requests } = known;
        let seat = self.seat_of(session)?;
        let account = seat.session.account;
        self.rosters.shown(account, &contacts);
        self.presences.begin(account, circle, blocklist);
        let mut out = self.presences.announce(&seat.session, said);
        out.append(again);
        for request in requests {
            out.to_session(session, request);
        }
        Ok(out)
    }

    pub(super) fn is_unavailable(&mut self, session: SessionId, said: &Stanza) -> Answer<Outbox> {
        let seat = self.seat_of(session)?;
        let mut out = self.occupants.leave_all(&Place::Here(session))?;
        out.append(self.presences.leave(&seat.session, Some(said)));
        self.caps.leave(session);
        Ok(out)
    }

    pub(super) fn shows_itself(
        &mut self,
        session: SessionId,
        account: Option<AccountId>,
        said: &Stanza,
        unseen: Option<SessionId>,
    ) -> Answer<Outbox> {
        let seat = self.seat_of(session)?;
        let mut out = self.presences.direct(&seat.session, account, said)?;
        if let Some(device) = unseen {
            let own = Some(seat.session.address.clone());
            out.to_session(device, said.addressed(own, said.to.clone()));
        }
        Ok(out)
    }

    pub(super) fn departs(&mut self, account: AccountId, from: &Jid) {
        let seats = self.seats_of(account).iter();
        let devices: Vec<SessionId> = seats.map(|seat| seat.session.id).collect();
        for device in devices {
            self.presences.forget_who_left(device, from);
        }
    }

    pub(super) fn blocks(&mut self, account: AccountId, list: Blocklist, first: Outbox) -> Outbox {
        let mut out = first;
        out.append(self.presences.set_blocklist(account, list));
        self.rosters.has_followed();
        out
    }

    /// Everything that follows from a change of contacts, now that it is on disk.
    pub(super) fn carry_out(&mut self, sequel: Sequel) -> Outbox {
        // RFC 6121 §3.2.2: whoever is not to see any more sees the devices go before he is told so.
        let (ends, rest): (Vec<Tie>, Vec<Tie>) = sequel.ties.into_iter().partition(Tie::ends);
        let mut out = self.presences.turn(&ends);
        out.append(sequel.out);
        out.append(self.rosters.carry_out(&sequel.pushes));
        out.append(self.presences.turn(&rest));
        out
    }
}
