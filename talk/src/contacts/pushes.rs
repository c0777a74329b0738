//! Changes of the contact list reach those who asked for it (RFC 6121 §2.1.6).
//!
//! What each has seen is remembered as 24 bytes for each contact, so that a change of the directory becomes exactly the
//! pushes it needs and an idle session stays small. The storage is asked elsewhere ([`super::look_again`]): what stands here
//! is in memory, changes after the commit, and asks nobody.

use serde::{Deserialize, Serialize};

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::list::{Contact, Sharing};
use super::sequel::{Peer, Push, Sequel, Tie};
use super::{Fresh, stanzas};
use konvent_core::{AccountId, Outbox, Reach};
use konvent_wire::jid::BareJid;

/// What the accounts with a connection have seen of their contact lists.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Rosters {
    seen: HashMap<AccountId, Seen>,
    pushed: u64,
    followed: u64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Seen {
    /// Contacts with an account here, what they looked like, who sees whom; sorted by account.
    here: Vec<(AccountId, u64, Sharing)>,
    /// Contacts elsewhere by a hash of their address, and what they looked like; sorted.
    elsewhere: Vec<(u64, u64)>,
}

/// An account that is shown its contact list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The login.
    pub account: AccountId,
    /// The accounts that stand in the list, sorted.
    pub contacts: Vec<AccountId>,
}

impl Seen {
    fn of(contacts: &[Contact]) -> Self {
        let mut seen = Self { here: Vec::new(), elsewhere: Vec::new() };
        for contact in contacts {
            let print = stanzas::fingerprint(contact);
            match contact.account {
                Some(account) => seen.here.push((account, print, contact.sharing)),
                None => seen.elsewhere.push((key(&contact.address), print)),
            }
        }
        seen.here.sort_unstable();
        seen.elsewhere.sort_unstable();
        seen.here.shrink_to_fit();
        seen.elsewhere.shrink_to_fit();
        seen
    }

    fn version(&self) -> String {
        let prints = self.here.iter().map(|(_, print, _)| print);
        let prints = prints.chain(self.elsewhere.iter().map(|(_, print)| print));
        let sum = prints.fold(0_u64, |sum, print| sum.wrapping_add(*print));
        stanzas::version(sum, self.here.len() + self.elsewhere.len())
    }

    fn entry(&self, account: AccountId) -> Option<(u64, Sharing)> {
        let at = self.here.binary_search_by_key(&account, |entry| entry.0).ok()?;
        self.here.get(at).map(|(_, print, sharing)| (*print, *sharing))
    }

    /// Takes note of how one contact looks now; says whether that is new.
    fn set(&mut self, push: &Push) -> bool {
        let now = push.contact.as_ref().map(|one| (stanzas::fingerprint(one), one.sharing));
        if let Some(account) = push.of {
            let before = self.entry(account);
            self.here.retain(|(known, ..)| *known != account);
            if let Some((print, sharing)) = now {
                let at = self.here.partition_point(|(known, ..)| *known < account);
                self.here.insert(at, (account, print, sharing));
            }
            return before != now;
        }
        let key = key(&push.address);
        let before =
            self.elsewhere.iter().find(|(known, _)| *known == key).map(|(_, print)| *print);
        self.elsewhere.retain(|(known, _)| *known != key);
        if let Some((print, _)) = now {
            let at = self.elsewhere.partition_point(|(known, _)| *known < key);
            self.elsewhere.insert(at, (key, print));
        }
        before != now.map(|(print, _)| print)
    }
}

fn key(address: &BareJid) -> u64 {
    let mut hasher = DefaultHasher::new();
    address.as_str().hash(&mut hasher);
    hasher.finish()
}

impl Rosters {
    /// An account asked for its list and was shown this one, or begins to share presence by it.
    pub fn shown(&mut self, account: AccountId, contacts: &[Contact]) {
        self.seen.insert(account, Seen::of(contacts));
    }

    /// The last connection of an account is gone.
    pub fn forget(&mut self, account: AccountId) {
        self.seen.remove(&account);
    }

    /// How often lists have changed. Who reads a list takes this number before and, when it is another one afterwards,
    /// reads again: a change between reading and showing would otherwise never reach the reader.
    pub fn followed(&self) -> u64 {
        self.followed
    }

    /// Something about contacts has changed elsewhere (a block list): whoever reads just now has to read again.
    pub fn has_followed(&mut self) {
        self.followed += 1;
    }

    /// Everybody who is shown a list.
    pub fn viewers(&self) -> Vec<Viewer> {
        let mut viewers: Vec<Viewer> = self
            .seen
            .iter()
            .map(|(&account, seen)| Viewer {
                account,
                contacts: seen.here.iter().map(|(contact, ..)| *contact).collect(),
            })
            .collect();
        viewers.sort_unstable_by_key(|viewer| viewer.account);
        viewers
    }

    /// Pushes what a member or the other side has changed, whether it looks different or not (RFC 6121 §2.3.2).
    pub fn carry_out(&mut self, pushes: &[Push]) -> Outbox {
        let mut out = Outbox::default();
        self.followed += 1;
        for push in pushes {
            if let Some(seen) = self.seen.get_mut(&push.account) {
                seen.set(push);
                self.push(push, &mut out);
            }
        }
        out
    }

    /// The directory has changed: pushes what looks different, and says between whom sharing began or ended.
    pub fn follow(&mut self, fresh: Fresh) -> Sequel {
        let mut sequel = Sequel::default();
        self.followed += 1;
        for (account, contacts) in fresh.lists {
            for contact in contacts {
                let (of, address) = (contact.account, contact.address.clone());
                let push = Push { account, address, of, contact: Some(contact) };
                self.follow_one(&push, &mut sequel);
            }
        }
        for push in fresh.singles {
            self.follow_one(&push, &mut sequel);
        }
        sequel
    }

    fn follow_one(&mut self, push: &Push, sequel: &mut Sequel) {
        let Some(seen) = self.seen.get_mut(&push.account) else { return };
        let Some(of) = push.of else { return };
        let before = seen.entry(of).map_or(Sharing::NONE, |(_, sharing)| sharing);
        let after = push.contact.as_ref().map_or(Sharing::NONE, |contact| contact.sharing);
        if seen.set(push) {
            let mut out = Outbox::default();
            self.push(push, &mut out);
            sequel.out.append(out);
        }
        if before != after {
            let (account, peer) = (push.account, Peer::Here(of));
            sequel.ties.push(Tie { account, peer, before, after });
        }
    }

    fn push(&mut self, push: &Push, out: &mut Outbox) {
        let Some(seen) = self.seen.get(&push.account) else { return };
        self.pushed += 1;
        let item = match &push.contact {
            Some(contact) => stanzas::item(contact),
            None => stanzas::removed(&push.address),
        };
        let push_stanza = stanzas::push(item, &format!("push{}", self.pushed), &seen.version());
        out.to_account(push.account, Reach::Interested, None, push_stanza);
    }
}
