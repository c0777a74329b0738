//! Presence (RFC 6121 §3 and §4): who is there, told to those whose contact lists say so and who are there themselves.
//!
//! In memory, gone after a restart: connections announce themselves again. There are no subscriptions to keep; the
//! directory grants them ([`crate::roster`]). Presences to rooms are the rooms' own.
//!
//! Left out: remembering directed presence (§4.6.3), so whoever got one is not told of the end of the connection.

mod subscriptions;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use konvent_core::{About, AccountId, Outbox, SessionId};
use konvent_wire::{Jid, Stanza};

pub use subscriptions::answer_subscription;

use crate::Session;
use crate::roster::Change;

/// The visiting card of presence.
pub const ABOUT: About = About {
    name: "presence",
    sentence: "Who of my contacts is there.",
    speaks: &["RFC 6121"],
    leaves_out: &[],
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// Who is there.
#[derive(Debug, Default)]
pub struct Presences {
    accounts: HashMap<AccountId, There>,
}

#[derive(Debug, Default)]
struct There {
    /// With whom presence is shared, sorted.
    circle: Vec<AccountId>,
    devices: Vec<Online>,
}

/// An available connection.
#[derive(Debug, Clone)]
pub struct Online {
    /// Which one.
    pub session: SessionId,
    /// Its full address.
    pub address: Jid,
    /// RFC 6121 §4.7.2.3; negative ones get nothing that is meant for the account.
    pub priority: i8,
    /// Its newest presence.
    pub presence: Stanza,
}

/// The priority a presence states; 0 when it states none, or none that is a number (RFC 6121 §4.7.2.3).
pub fn priority(presence: &Stanza) -> i8 {
    presence
        .text_of("priority", crate::ns::CLIENT)
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(0)
}

impl Presences {
    /// A connection becomes available, or says how it is now (RFC 6121 §4.2.2, §4.4.2).
    ///
    /// `circle` are the accounts that share presence with this one ([`crate::roster::sharing_presence`]).
    pub fn announce(
        &mut self,
        session: &Session,
        presence: &Stanza,
        circle: Vec<AccountId>,
    ) -> Outbox {
        let mut out = Outbox::default();
        let said = presence.addressed(Some(session.address.clone()), None);
        let there = self.accounts.entry(session.account).or_default();
        there.circle = circle;
        there.circle.sort_unstable();
        let is_first = !there.devices.iter().any(|device| device.session == session.id);
        there.devices.retain(|device| device.session != session.id);
        there.devices.push(Online {
            session: session.id,
            address: session.address.clone(),
            priority: priority(presence),
            presence: said.clone(),
        });
        self.tell_circle(session.account, &said, &mut out);
        if is_first {
            // RFC 6121 §4.3.2: the answers to the probes that the server makes for it, all from here.
            let Some(there) = self.accounts.get(&session.account) else { return out };
            let own = there.devices.iter().filter(|device| device.session != session.id);
            let others = there
                .circle
                .iter()
                .filter_map(|account| self.accounts.get(account))
                .flat_map(|other| &other.devices);
            for device in own.chain(others) {
                let shown = device
                    .presence
                    .addressed(device.presence.from.clone(), Some(session.address.clone()));
                out.to_session(session.id, shown);
            }
        }
        out
    }

    /// A connection becomes unavailable, by word (RFC 6121 §4.5.2) or by its end; in both cases all are told once.
    pub fn leave(&mut self, session: &Session, farewell: Option<&Stanza>) -> Outbox {
        let mut out = Outbox::default();
        let Some(there) = self.accounts.get_mut(&session.account) else { return out };
        let before = there.devices.len();
        there.devices.retain(|device| device.session != session.id);
        if there.devices.len() == before {
            return out; // it never was available
        }
        let said = farewell.cloned().unwrap_or_else(|| Stanza::presence("unavailable"));
        let said = said.addressed(Some(session.address.clone()), None);
        self.tell_circle(session.account, &said, &mut out);
        if self.accounts.get(&session.account).is_some_and(|there| there.devices.is_empty()) {
            self.accounts.remove(&session.account);
        }
        out
    }

    /// The circles have changed (after a transfer, for instance): who is new is shown, who is gone is unavailable.
    pub fn follow_directory(&mut self, changes: &[Change]) -> Outbox {
        let mut out = Outbox::default();
        for change in changes {
            let Some(there) = self.accounts.get_mut(&change.account) else { continue };
            there.circle.retain(|account| !change.removed.contains(account));
            there.circle.extend(&change.added);
            there.circle.sort_unstable();
            there.circle.dedup();
        }
        for change in changes {
            let Some(there) = self.accounts.get(&change.account) else { continue };
            let gone = change.removed.iter().flat_map(|account| self.online(*account));
            let gone = gone
                .map(|device| Stanza::presence("unavailable").with_from(device.address.clone()));
            let new = change.added.iter().flat_map(|account| self.online(*account));
            let new = new.map(|device| device.presence.clone());
            for said in gone.chain(new) {
                for device in &there.devices {
                    let to = Some(device.address.clone());
                    out.to_session(device.session, said.addressed(said.from.clone(), to));
                }
            }
        }
        out
    }

    /// The available connections of an account.
    pub fn online(&self, account: AccountId) -> &[Online] {
        self.accounts.get(&account).map_or(&[], |there| &there.devices)
    }

    /// The priority of a connection; `None` when it is not available.
    pub fn priority(&self, account: AccountId, session: SessionId) -> Option<i8> {
        self.online(account)
            .iter()
            .find(|device| device.session == session)
            .map(|device| device.priority)
    }

    /// Whether two accounts see each other's presence; everybody sees his own.
    pub fn shares_with(&self, account: AccountId, other: AccountId) -> bool {
        account == other
            || self
                .accounts
                .get(&account)
                .is_some_and(|there| there.circle.binary_search(&other).is_ok())
    }

    /// A presence addressed to one member (RFC 6121 §4.6): shown to all his available connections.
    pub fn direct(&self, session: &Session, to: AccountId, presence: &Stanza) -> Outbox {
        let mut out = Outbox::default();
        for device in self.online(to) {
            let wanted =
                presence.to.as_ref().is_none_or(|to| to.is_bare() || *to == device.address);
            if wanted {
                let from = Some(session.address.clone());
                out.to_session(
                    device.session,
                    presence.addressed(from, Some(device.address.clone())),
                );
            }
        }
        out
    }

    /// To everybody of the circle who is there, and to the member's own connections.
    fn tell_circle(&self, account: AccountId, said: &Stanza, out: &mut Outbox) {
        let Some(there) = self.accounts.get(&account) else { return };
        let others = there
            .circle
            .iter()
            .filter_map(|account| self.accounts.get(account))
            .flat_map(|other| &other.devices);
        for device in there.devices.iter().chain(others) {
            let to = Some(device.address.clone());
            out.to_session(device.session, said.addressed(said.from.clone(), to));
        }
    }
}
