//! Presence (RFC 6121 §4): who is there, told to those whose contact lists say so.
//!
//! In memory, gone after a restart: connections announce themselves again. Who sees whom is decided by the contact lists
//! ([`crate::contacts`]); what was decided at the first presence of an account is kept in step by ties. Whom a member
//! blocked ([`crate::blocking`]) neither sees him nor is seen. Presences to rooms are the rooms' own.

mod circle;
mod directed;
mod leaves_out;
mod probes;
#[cfg(test)]
mod tests;
mod turns;

use serde::{Deserialize, Serialize};

use std::collections::HashMap;

use konvent_core::{About, AccountId, Outbox, SessionId};
use konvent_wire::{Jid, Stanza};

pub use circle::Circle;
pub use directed::{DIRECTED_MAX, TOO_MANY_DIRECTED};
pub use probes::{Sight, answer_probe};

use crate::Session;
use crate::blocking::Blocklist;
use directed::Shown;

/// The visiting card of presence.
pub const ABOUT: About = About {
    name: "presence",
    sentence: "Who of my contacts is there.",
    speaks: &["RFC 6121", "XEP-0191"],
    leaves_out: leaves_out::LEAVES_OUT,
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// The id of the probes that the server makes itself: when one comes back as an error, no member has asked.
pub const PROBE: &str = "konvent-probe";

/// Who is there.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Presences {
    accounts: HashMap<AccountId, There>,
    /// To whom a connection has shown itself beyond its circle.
    directed: HashMap<SessionId, Vec<Shown>>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct There {
    circle: Circle,
    blocklist: Blocklist,
    devices: Vec<Online>,
}

/// An available connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Whether the account has an available connection, so that its circle is known and kept in step.
    pub fn knows(&self, account: AccountId) -> bool {
        self.accounts.contains_key(&account)
    }

    /// The circle of an account that is about to announce itself, read just now.
    pub fn begin(&mut self, account: AccountId, circle: Circle, blocklist: Blocklist) {
        let there = self.accounts.entry(account).or_default();
        there.circle = circle;
        there.blocklist = blocklist;
    }

    /// A connection becomes available, or says how it is now (RFC 6121 §4.2.2, §4.4.2). [`Self::begin`] came before.
    pub fn announce(&mut self, session: &Session, presence: &Stanza) -> Outbox {
        let mut out = Outbox::default();
        let said = presence.addressed(Some(session.address.clone()), None);
        let there = self.accounts.entry(session.account).or_default();
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
            self.show_others(session, &mut out);
        }
        out
    }

    /// RFC 6121 §4.3.2: the answers to the probes that the server makes for a new connection; those to members come from
    /// here, those abroad are sent.
    fn show_others(&self, session: &Session, out: &mut Outbox) {
        let Some(there) = self.accounts.get(&session.account) else { return };
        let own = there.devices.iter().filter(|device| device.session != session.id);
        let others = there
            .circle
            .seen()
            .filter_map(|account| self.accounts.get(&account))
            .flat_map(|other| other.devices.iter().map(move |device| (other, device)))
            .filter(|(other, device)| !there.is_apart(other, &session.address, &device.address))
            .map(|(_, device)| device);
        for device in own.chain(others) {
            let shown = device
                .presence
                .addressed(device.presence.from.clone(), Some(session.address.clone()));
            out.to_session(session.id, shown);
        }
        for address in there.circle.seen_abroad() {
            let to: Jid = address.clone().into();
            if !there.blocklist.covers(&to) {
                // RFC 6121 §4.3: from account to account.
                let from = Some(session.bare().into());
                out.abroad(Stanza::presence("probe").with_id(PROBE).addressed(from, Some(to)));
            }
        }
    }

    /// A connection becomes unavailable, by word (RFC 6121 §4.5.2) or by its end; in both cases all are told once, also
    /// those to whom it showed itself alone (§4.6.3).
    pub fn leave(&mut self, session: &Session, farewell: Option<&Stanza>) -> Outbox {
        let mut out = Outbox::default();
        let said = farewell.cloned().unwrap_or_else(|| Stanza::presence("unavailable"));
        let said = said.addressed(Some(session.address.clone()), None);
        self.take_back_directed(session, &said, &mut out);
        let Some(there) = self.accounts.get_mut(&session.account) else { return out };
        let before = there.devices.len();
        there.devices.retain(|device| device.session != session.id);
        if there.devices.len() == before {
            return out; // it never was available
        }
        if farewell.is_some() {
            // RFC 6121 §4.5.2: whoever says so hears it, too.
            let to = Some(session.bare().into());
            out.to_session(session.id, said.addressed(said.from.clone(), to));
        }
        self.tell_circle(session.account, &said, &mut out);
        if self.accounts.get(&session.account).is_some_and(|there| there.devices.is_empty()) {
            self.accounts.remove(&session.account);
        }
        out
    }

    /// The available connections of an account.
    pub fn online(&self, account: AccountId) -> &[Online] {
        self.accounts.get(&account).map_or(&[], |there| &there.devices)
    }

    /// Whom an account has blocked, in step with what is on disk; `None` while it is not there.
    pub fn blocklist(&self, account: AccountId) -> Option<&Blocklist> {
        self.accounts.get(&account).map(|there| &there.blocklist)
    }

    /// The priority of a connection; `None` when it is not available.
    pub fn priority(&self, account: AccountId, session: SessionId) -> Option<i8> {
        self.online(account)
            .iter()
            .find(|device| device.session == session)
            .map(|device| device.priority)
    }

    /// Whether `other` may see an account's presence; everybody sees his own. False while the account is not there.
    pub fn shares_with(&self, account: AccountId, other: AccountId) -> bool {
        account == other
            || self.accounts.get(&account).is_some_and(|there| there.circle.is_seen_by(other))
    }

    /// Whether an account sees another's presence, by its own side. False while the account is not there.
    pub fn sees(&self, account: AccountId, other: AccountId) -> bool {
        account == other
            || self.accounts.get(&account).is_some_and(|there| there.circle.sees(other))
    }

    /// To the member's own connections and to everybody who may see him (RFC 6121 §4.2.2, §4.4.2, §4.5.2).
    fn tell_circle(&self, account: AccountId, said: &Stanza, out: &mut Outbox) {
        let Some(there) = self.accounts.get(&account) else { return };
        let Some(from) = &said.from else { return };
        let others = there
            .circle
            .watchers()
            .filter_map(|account| self.accounts.get(&account))
            .flat_map(|other| other.devices.iter().map(move |device| (other, device)))
            .filter(|(other, device)| !there.is_apart(other, from, &device.address))
            .map(|(_, device)| device);
        for device in there.devices.iter().chain(others) {
            let to = Some(device.address.to_bare().into()); // RFC 6121 §4.2.3, §8.5.2.1.2: it is for the account
            out.to_session(device.session, said.addressed(said.from.clone(), to));
        }
        for address in there.circle.watchers_abroad() {
            let to: Jid = address.clone().into();
            if !there.blocklist.covers(&to) {
                out.abroad(said.addressed(said.from.clone(), Some(to)));
            }
        }
    }
}

impl There {
    /// Whether one of two has blocked the other.
    fn is_apart(&self, other: &Self, own: &Jid, theirs: &Jid) -> bool {
        self.blocklist.covers(theirs) || other.blocklist.covers(own)
    }
}
