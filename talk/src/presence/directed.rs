//! Directed presence (RFC 6121 §4.6): a connection shows itself to one address, and the server takes it back in the end.

use serde::{Deserialize, Serialize};

use konvent_core::{AccountId, Answer, Kind, Outbox, Refusal, SessionId};
use konvent_wire::{Jid, Stanza};

use super::Presences;
use crate::Session;

/// To so many addresses one connection may show itself: each is remembered until it ends, rooms abroad among them.
pub const DIRECTED_MAX: usize = 300;

/// The connection shows itself to too many, see [`DIRECTED_MAX`].
pub const TOO_MANY_DIRECTED: Refusal = Refusal::new(Kind::NotNow, "presence.too-many-directed");

/// Somebody to whom a connection has shown itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shown {
    /// As it was addressed.
    to: Jid,
    /// The account behind it; `None` for somebody elsewhere.
    account: Option<AccountId>,
}

impl Presences {
    /// A presence addressed to one: a member (to all his available connections, or to the one named) or somebody elsewhere
    /// (`None`). It is remembered, and an `unavailable` forgets it again (RFC 6121 §4.6.3).
    pub fn direct(
        &mut self,
        session: &Session,
        to: Option<AccountId>,
        presence: &Stanza,
    ) -> Answer<Outbox> {
        let mut out = Outbox::default();
        let Some(address) = presence.to.clone() else { return Ok(out) };
        let shown = Shown { to: address, account: to };
        match presence.kind.as_deref() {
            None => {
                let known = self.directed.entry(session.id).or_default();
                if !known.contains(&shown) {
                    if known.len() >= DIRECTED_MAX {
                        return Err(TOO_MANY_DIRECTED);
                    }
                    known.push(shown.clone());
                }
            }
            Some("unavailable") => self.forget_directed(session.id, &shown),
            Some(_) => {} // an error is passed on and not remembered
        }
        let said = presence.addressed(Some(session.address.clone()), None);
        self.show(session, &shown, &said, &mut out);
        Ok(out)
    }

    fn forget_directed(&mut self, session: SessionId, shown: &Shown) {
        if let Some(known) = self.directed.get_mut(&session) {
            known.retain(|other| other != shown);
            if known.is_empty() {
                self.directed.remove(&session);
            }
        }
    }

    fn show(&self, session: &Session, shown: &Shown, said: &Stanza, out: &mut Outbox) {
        let Some(account) = shown.account else {
            out.abroad(said.addressed(said.from.clone(), Some(shown.to.clone())));
            return;
        };
        let Some(there) = self.accounts.get(&account) else { return };
        if there.blocklist.covers(&session.address) {
            return;
        }
        for device in &there.devices {
            if shown.to.is_bare() || shown.to == device.address {
                // RFC 6121 §8.5.2.1.2: what was addressed to the account stays addressed to the account.
                let to = Some(shown.to.clone());
                out.to_session(device.session, said.addressed(said.from.clone(), to));
            }
        }
    }

    /// The connection is going: whoever saw it by its own word is told, but for those whom the circle tells anyway.
    pub(super) fn take_back_directed(
        &mut self,
        session: &Session,
        said: &Stanza,
        out: &mut Outbox,
    ) {
        let Some(directed) = self.directed.remove(&session.id) else { return };
        let there = self.accounts.get(&session.account);
        let is_there = there
            .is_some_and(|there| there.devices.iter().any(|device| device.session == session.id));
        for shown in directed {
            let is_told_anyway = is_there
                && there.is_some_and(|there| match shown.account {
                    Some(account) => account == session.account || there.circle.is_seen_by(account),
                    None => there.circle.watchers_abroad().any(|known| *known == shown.to),
                });
            if !is_told_anyway {
                self.show(session, &shown, said, out);
            }
        }
    }

    /// Somebody whom a connection has shown itself to is gone: he need not be told of its end (RFC 6121 §4.6.1).
    pub fn forget_who_left(&mut self, session: SessionId, from: &Jid) {
        let bare = Jid::from(from.to_bare());
        if let Some(known) = self.directed.get_mut(&session) {
            known.retain(|shown| shown.to != *from && shown.to != bare);
            if known.is_empty() {
                self.directed.remove(&session);
            }
        }
    }

    /// Whether a connection has shown itself to an account (RFC 6121 §8.5.3.1: it may then be asked).
    pub fn has_shown(&self, session: SessionId, to: AccountId) -> bool {
        let shown = self.directed.get(&session);
        shown.is_some_and(|shown| shown.iter().any(|shown| shown.account == Some(to)))
    }

    /// As [`Self::has_shown`], to somebody elsewhere: to the account, one of its devices, or the room in which he is.
    pub fn has_shown_abroad(&self, session: SessionId, to: &Jid) -> bool {
        let bare = to.to_bare();
        let shown = self.directed.get(&session);
        shown.is_some_and(|shown| shown.iter().any(|shown| shown.to.to_bare() == bare))
    }
}
