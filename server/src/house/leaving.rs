//! A session is over: the others are told, its rooms are left, and whoever asked it something that it never acknowledged hears
//! that nobody is there, as if he had asked a device that is gone (XEP-0198 §4, RFC 6121 §8.5.3.2.3).
//!
//! Words are not sent back: they lie in the archive, where their receiver finds them. A client that answered and died before
//! it acknowledged the question makes that two answers; the second one means nothing to whoever has the first.

use std::collections::HashMap;
use std::sync::Arc;

use konvent_core::{Outbox, Tx};
use konvent_people::accounts;
use konvent_wire::{Condition, ErrorKind, Jid, Name, Stanza, StanzaError};

use super::House;
use crate::flows;
use crate::hall::happening::Happening;
use crate::hall::{Seat, SignedInBy};
use crate::mailbox::Delivery;

/// The answer of a device that is gone.
const NOBODY_THERE: StanzaError =
    StanzaError::new(ErrorKind::Cancel, Condition::ServiceUnavailable);

/// The answers to the questions among stanzas that nobody will read, by whom they are for.
fn answers<'a>(unread: impl IntoIterator<Item = &'a Stanza>) -> HashMap<Jid, Vec<Stanza>> {
    let mut answers: HashMap<Jid, Vec<Stanza>> = HashMap::new();
    for stanza in unread {
        let is_question =
            stanza.name == Name::Iq && (stanza.is_kind("get") || stanza.is_kind("set"));
        if let Some(asker) = stanza.from.clone().filter(|_| is_question) {
            answers.entry(asker).or_default().push(stanza.error_reply(&NOBODY_THERE));
        }
    }
    answers
}

impl House {
    /// A session is over: the others are told, its rooms are left.
    pub fn leave(self: &Arc<Self>, seat: &Arc<Seat>) {
        if let Some(sm) = self.forget_resumption(seat) {
            let late = seat.mailbox.take_up_to(usize::MAX, usize::MAX).deliveries;
            self.answer_for(sm.unacked().chain(late.iter().map(Delivery::stanza)));
        }
        if self.hall().is_seated(seat) {
            self.note_last_use(seat);
            if self.is_one_of_several() {
                self.says_left(seat);
            } else {
                self.happens_soon(Happening::Left(seat.session.id));
            }
            if self.hall().occupants.has_emptied()
                && let Ok(runtime) = tokio::runtime::Handle::try_current()
            {
                let house = Arc::clone(self);
                runtime.spawn(async move { flows::rooms::sweep::end_emptied(&house).await });
            }
        }
    }

    /// Among several nodes: a session that waited for its client is over.
    pub(super) fn is_gone(&self, seat: &Seat) {
        self.note_last_use(seat);
        if let Some(kept) = seat.kept() {
            let unread = kept.what_waits();
            self.answer_for(unread.iter().map(Delivery::stanza));
        }
    }

    /// Its owner sees in his list when a device was last here, and others since when he is gone: to the hour.
    fn note_last_use(&self, seat: &Seat) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (db, by, at) = (self.db.clone(), seat.signed_in_by(), self.clock.now());
        runtime.spawn(async move {
            let note = move |tx: &mut Tx<'_>| match by {
                SignedInBy::Device(id) => accounts::touch_device_at(tx, id, at),
                SignedInBy::AppPassword(id) => accounts::touch_app_password_at(tx, id, at),
            };
            db.submit(note, drop).await; // that it could not be noted is no harm
        });
    }

    /// Answers in place of a session whose client no longer can.
    pub fn answer_for<'a>(&self, unread: impl IntoIterator<Item = &'a Stanza>) {
        let mut answers = answers(unread);
        if answers.is_empty() {
            return;
        }
        let mut out = Outbox::default();
        let hall = self.hall();
        for seat in hall.all() {
            for answer in answers.remove(&seat.session.address).into_iter().flatten() {
                out.to_session(seat.session.id, answer);
            }
        }
        // The others asked from elsewhere, or are gone themselves.
        for (asker, replies) in answers {
            if !self.abroad().is_ours(asker.domain().as_str()) {
                for reply in replies {
                    out.abroad(reply);
                }
            }
        }
        hall.post(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_questions_are_answered_each_to_whoever_asked() {
        let romeo = Jid::new("romeo@verona.example/orchard").unwrap();
        let juliet = Jid::new("juliet@verona.example/balcony").unwrap();
        let sent = |stanza: Stanza| stanza.with_from(romeo.clone()).with_to(juliet.clone());
        let unread = [
            sent(Stanza::iq("get", "a")),
            sent(Stanza::iq("result", "b")),
            sent(Stanza::message("chat").with_body("Juliet?")),
            sent(Stanza::iq("set", "c")),
            Stanza::iq("get", "d"),
        ];
        let mut answers = answers(&unread);
        let to_romeo = answers.remove(&romeo).unwrap();
        assert!(answers.is_empty());
        let ids: Vec<_> = to_romeo.iter().filter_map(|reply| reply.id.as_deref()).collect();
        assert_eq!(ids, ["a", "c"]);
        assert!(
            to_romeo.iter().all(|reply| reply.is_error() && reply.from == Some(juliet.clone()))
        );
    }
}
