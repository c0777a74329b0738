//! Probes (RFC 6121 §4.3.2): somebody asks whether a member is there.

use konvent_wire::{Jid, Stanza};

use super::Presences;
use konvent_core::AccountId;

/// What somebody who asks may know of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// The member's contact list lets him see everything ([`crate::contacts::lets_see`]).
    All,
    /// Of those that were asked, these devices have shown themselves to him (RFC 6121 §4.6.6): that they are there, and no
    /// more. Without any he learns nothing.
    Devices(Vec<Jid>),
}

/// The answers to a probe, addressed to whoever asked. `probe` has both addresses, `account` is the member behind the one
/// that was asked, if there is one.
///
/// Who may not see a member gets the same answer as for an address that nobody has.
pub fn answer_probe(
    presences: &Presences,
    account: Option<AccountId>,
    probe: &Stanza,
    sight: &Sight,
) -> Vec<Stanza> {
    let (Some(to), Some(asker)) = (&probe.to, &probe.from) else { return Vec::new() };
    let here = |from: Jid| Stanza::presence("").addressed(Some(from), Some(asker.clone()));
    // RFC 6121 §4.3.2.1: an answer that is no presence of the member's own has the id of the probe.
    let reply = |kind: &str, from: Jid| {
        let mut said = Stanza::presence(kind).addressed(Some(from), Some(asker.clone()));
        said.id.clone_from(&probe.id);
        said
    };
    let account = match (account, sight) {
        (Some(account), Sight::All) => account,
        (Some(_), Sight::Devices(shown)) if !shown.is_empty() => {
            return shown.iter().cloned().map(here).collect();
        }
        // RFC 6121 §4.3.2, first rule.
        _ => return vec![reply("unsubscribed", to.to_bare().into())],
    };
    let devices = presences.online(account);
    if to.is_full() {
        // RFC 6121 §4.3.2: of one device only whether it is there.
        let is_there = devices.iter().any(|device| device.address == *to);
        return vec![if is_there { here(to.clone()) } else { reply("unavailable", to.clone()) }];
    }
    if devices.is_empty() {
        return vec![reply("unavailable", to.clone())]; // third rule
    }
    let shown = |said: &Stanza| said.addressed(said.from.clone(), Some(asker.clone()));
    devices.iter().map(|device| shown(&device.presence)).collect() // fourth rule
}
