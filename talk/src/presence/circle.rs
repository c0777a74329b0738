//! With whom an account shares presence: eight bytes for each member, as nearly all of them see each other both ways.

use serde::{Deserialize, Serialize};

use konvent_core::AccountId;
use konvent_wire::jid::BareJid;

use crate::contacts::{Contact, Peer, Sharing};

/// With whom an account shares presence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circle {
    /// They see each other, sorted.
    both: Vec<AccountId>,
    /// Members who only see the account, or are only seen by it; sorted.
    one_way: Vec<(AccountId, Sharing)>,
    /// Those elsewhere, sorted.
    abroad: Vec<(BareJid, Sharing)>,
}

impl Circle {
    /// From a contact list.
    pub fn of(contacts: &[Contact], is_ours: impl Fn(&BareJid) -> bool) -> Self {
        let mut circle = Self::default();
        for contact in contacts {
            match contact.account {
                Some(account) => circle.set(&Peer::Here(account), contact.sharing),
                None if is_ours(&contact.address) => {} // nobody has this address
                None => circle.set(&Peer::Abroad(contact.address.clone()), contact.sharing),
            }
        }
        circle.both.shrink_to_fit();
        circle
    }

    /// From now on it is so.
    pub(super) fn set(&mut self, peer: &Peer, sharing: Sharing) {
        match peer {
            Peer::Here(account) => {
                if let Ok(at) = self.both.binary_search(account) {
                    self.both.remove(at);
                }
                self.one_way.retain(|(known, _)| known != account);
                if sharing == Sharing::BOTH {
                    let at = self.both.partition_point(|known| known < account);
                    self.both.insert(at, *account);
                } else if sharing != Sharing::NONE {
                    self.one_way.push((*account, sharing));
                    self.one_way.sort_unstable();
                }
            }
            Peer::Abroad(address) => {
                self.abroad.retain(|(known, _)| known != address);
                if sharing != Sharing::NONE {
                    self.abroad.push((address.clone(), sharing));
                    self.abroad.sort_unstable();
                }
            }
        }
    }

    /// Members who see the account.
    pub(super) fn watchers(&self) -> impl Iterator<Item = AccountId> {
        let more = self.one_way.iter().filter(|(_, sharing)| sharing.is_seen);
        self.both.iter().copied().chain(more.map(|(account, _)| *account))
    }

    /// Members whom the account sees.
    pub(super) fn seen(&self) -> impl Iterator<Item = AccountId> {
        let more = self.one_way.iter().filter(|(_, sharing)| sharing.sees);
        self.both.iter().copied().chain(more.map(|(account, _)| *account))
    }

    /// Those elsewhere who see the account.
    pub(super) fn watchers_abroad(&self) -> impl Iterator<Item = &BareJid> {
        self.abroad.iter().filter(|(_, sharing)| sharing.is_seen).map(|(address, _)| address)
    }

    /// Those elsewhere whom the account sees.
    pub(super) fn seen_abroad(&self) -> impl Iterator<Item = &BareJid> {
        self.abroad.iter().filter(|(_, sharing)| sharing.sees).map(|(address, _)| address)
    }

    /// Whether this member sees the account.
    pub(super) fn is_seen_by(&self, other: AccountId) -> bool {
        self.both.binary_search(&other).is_ok()
            || self.one_way.iter().any(|(known, sharing)| *known == other && sharing.is_seen)
    }

    /// Whether the account sees this member.
    pub(super) fn sees(&self, other: AccountId) -> bool {
        self.both.binary_search(&other).is_ok()
            || self.one_way.iter().any(|(known, sharing)| *known == other && sharing.sees)
    }
}
