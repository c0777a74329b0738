//! What programs can do, and the questions to those that do not say so (XEP-0115).

use std::mem::take;

use konvent_core::{AccountId, Answer, Outbox, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use crate::flows::caps::questions;
use crate::hall::Hall;
use crate::hall::happening::Effect;

impl Hall {
    /// XEP-0115 §6.1.
    pub(super) fn names_caps(
        &mut self,
        session: SessionId,
        presence: &Stanza,
        effect: &mut Effect,
    ) -> Answer<Outbox> {
        let seat = self.seat_of(session)?;
        let mut learnt = self.caps.hear(&seat.session, presence);
        let out = questions(take(&mut learnt.ask));
        effect.learnt = Some(learnt);
        Ok(out)
    }

    /// XEP-0115 §6.2.
    pub(super) fn tells_caps(
        &mut self,
        session: SessionId,
        iq: &Stanza,
        effect: &mut Effect,
    ) -> Answer<Outbox> {
        let seat = self.seat_of(session)?;
        let mut learnt = self.caps.answer(&seat.session, iq);
        let ask = learnt.as_mut().map(|learnt| take(&mut learnt.ask));
        effect.learnt = learnt;
        Ok(questions(ask.unwrap_or_default()))
    }

    /// XEP-0060 §9.2.
    pub(super) fn onlooker_names_caps(
        &mut self,
        member: (AccountId, &BareJid),
        from: &Jid,
        presence: &Stanza,
        effect: &mut Effect,
    ) -> Outbox {
        let mut out = Outbox::default();
        let mut learnt = self.caps.hear_onlooker(member, from, presence);
        for question in take(&mut learnt.ask) {
            out.abroad(question);
        }
        effect.learnt_of_onlookers = Some(learnt);
        out
    }
}
