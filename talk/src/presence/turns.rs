//! Who sees whom has changed while both are there: whoever is new is shown, whoever is gone is unavailable.

use konvent_core::{AccountId, Outbox};
use konvent_wire::{Jid, Stanza};

use super::{Online, Presences};
use crate::blocking::Blocklist;
use crate::contacts::{Peer, Tie};

impl Presences {
    /// Ties have begun or ended: between members the one who sees is told, elsewhere the other server is (RFC 6121 §3.1.5,
    /// §3.2.2, §3.3.3).
    pub fn turn(&mut self, ties: &[Tie]) -> Outbox {
        let mut out = Outbox::default();
        for tie in ties {
            if let Some(there) = self.accounts.get_mut(&tie.account) {
                there.circle.set(&tie.peer, tie.after);
            }
        }
        for tie in ties {
            match &tie.peer {
                Peer::Here(other) if tie.before.sees != tie.after.sees => {
                    self.show_to(tie.account, *other, tie.after.sees, &mut out);
                }
                Peer::Abroad(address) if tie.before.is_seen != tie.after.is_seen => {
                    self.show_abroad(
                        tie.account,
                        &address.clone().into(),
                        tie.after.is_seen,
                        &mut out,
                    );
                }
                Peer::Here(_) | Peer::Abroad(_) => {}
            }
        }
        out
    }

    /// Shows an account the other's devices, or that they are gone.
    fn show_to(&self, account: AccountId, other: AccountId, is_there: bool, out: &mut Outbox) {
        let (Some(there), Some(shown)) = (self.accounts.get(&account), self.accounts.get(&other))
        else {
            return;
        };
        for device in &shown.devices {
            for own in &there.devices {
                if !there.is_apart(shown, &own.address, &device.address) {
                    let to = Some(own.address.clone());
                    let said = as_it_is(device, is_there);
                    out.to_session(own.session, said.addressed(said.from.clone(), to));
                }
            }
        }
    }

    /// Shows somebody elsewhere the account's devices, or that they are gone.
    fn show_abroad(&self, account: AccountId, to: &Jid, is_there: bool, out: &mut Outbox) {
        let Some(there) = self.accounts.get(&account) else { return };
        if there.blocklist.covers(to) {
            return;
        }
        for device in &there.devices {
            let said = as_it_is(device, is_there);
            out.abroad(said.addressed(said.from.clone(), Some(to.clone())));
        }
    }

    /// A member has blocked or unblocked: whom he blocked sees him go (XEP-0191 §3.3), whom he unblocked sees him again, as
    /// far as his contact list allows (§3.4), and he sees the unblocked.
    pub fn set_blocklist(&mut self, account: AccountId, blocklist: Blocklist) -> Outbox {
        let mut out = Outbox::default();
        let Some(there) = self.accounts.get_mut(&account) else { return out };
        let before = std::mem::replace(&mut there.blocklist, blocklist);
        let Some(there) = self.accounts.get(&account) else { return out };
        let turned = |address: &Jid| match (before.covers(address), there.blocklist.covers(address))
        {
            (false, true) => Some(false),
            (true, false) => Some(true),
            _ => None,
        };
        for other in there.circle.watchers().filter_map(|account| self.accounts.get(&account)) {
            for device in &other.devices {
                let Some(is_there) = turned(&device.address) else { continue };
                for own in &there.devices {
                    if !other.blocklist.covers(&own.address) {
                        let said = as_it_is(own, is_there);
                        let to = Some(device.address.clone());
                        out.to_session(device.session, said.addressed(said.from.clone(), to));
                    }
                }
            }
        }
        for other in there.circle.seen().filter_map(|account| self.accounts.get(&account)) {
            for device in &other.devices {
                if turned(&device.address) == Some(true) {
                    for own in
                        there.devices.iter().filter(|own| !other.blocklist.covers(&own.address))
                    {
                        let to = Some(own.address.clone());
                        let said = &device.presence;
                        out.to_session(own.session, said.addressed(said.from.clone(), to));
                    }
                }
            }
        }
        for address in there.circle.watchers_abroad() {
            let to = Jid::from(address.clone());
            let Some(is_there) = turned(&to) else { continue };
            for own in &there.devices {
                let said = as_it_is(own, is_there);
                out.abroad(said.addressed(said.from.clone(), Some(to.clone())));
            }
        }
        out
    }
}

/// The newest presence of a connection, or its end.
fn as_it_is(device: &Online, is_there: bool) -> Stanza {
    if is_there {
        device.presence.clone()
    } else {
        Stanza::presence("unavailable").with_from(device.address.clone())
    }
}
