//! Probes (RFC 6121 §4.3.2): somebody asks whether a member is there.

use konvent_wire::{Jid, Stanza};

use super::Presences;
use konvent_core::AccountId;

/// The answers to a probe, addressed to whoever asked. `to` is the address that was asked, `account` the member behind it if
/// there is one, `may_see` what his contact list says ([`crate::contacts::lets_see`]).
///
/// Who may not see a member gets the same answer as for an address that nobody has.
pub fn answer_probe(
    presences: &Presences,
    account: Option<AccountId>,
    to: &Jid,
    may_see: bool,
    asker: &Jid,
) -> Vec<Stanza> {
    let bare = Jid::from(to.to_bare());
    let reply =
        |kind: &str, from: Jid| Stanza::presence(kind).addressed(Some(from), Some(asker.clone()));
    let Some(account) = account.filter(|_| may_see) else {
        return vec![reply("unsubscribed", bare)]; // RFC 6121 §4.3.2, first rule
    };
    let devices = presences.online(account).iter();
    let wanted = devices.filter(|device| to.is_bare() || device.address == *to);
    let shown: Vec<Stanza> = wanted
        .map(|device| device.presence.addressed(device.presence.from.clone(), Some(asker.clone())))
        .collect();
    if shown.is_empty() {
        return vec![reply("unavailable", bare)];
    }
    shown
}
