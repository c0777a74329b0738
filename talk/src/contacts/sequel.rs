//! What follows from a change of contacts, to be carried out after the commit.

use serde::{Deserialize, Serialize};

use konvent_core::{AccountId, Outbox};
use konvent_wire::jid::BareJid;

use super::list::{Contact, Sharing};

/// Everything that follows, in this order: stanzas, pushes, presences.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sequel {
    /// Stanzas of the subscription itself.
    pub out: Outbox,
    /// What looks different in contact lists now.
    pub pushes: Vec<Push>,
    /// Who begins or ceases to see whom.
    pub ties: Vec<Tie>,
}

impl Sequel {
    /// Appends another sequel.
    pub fn append(&mut self, mut other: Self) {
        self.out.append(other.out);
        self.pushes.append(&mut other.pushes);
        self.ties.append(&mut other.ties);
    }
}

/// One contact of one member that looks different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// Whose list.
    pub account: AccountId,
    /// Which address.
    pub address: BareJid,
    /// The contact behind the address when it is an account of ours.
    pub of: Option<AccountId>,
    /// How it looks now; `None` when it is gone from the list.
    pub contact: Option<Contact>,
}

/// The other end of a tie.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Peer {
    /// A member of ours.
    Here(AccountId),
    /// Somebody on another server.
    Abroad(BareJid),
}

impl Tie {
    /// Whether nothing begins by it and something ends.
    pub fn ends(&self) -> bool {
        let begins = |before: bool, after: bool| !before && after;
        !begins(self.before.sees, self.after.sees)
            && !begins(self.before.is_seen, self.after.is_seen)
            && self.before != self.after
    }
}

/// How the sharing of presence between an account and another has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tie {
    /// Whose side this is.
    pub account: AccountId,
    /// The other.
    pub peer: Peer,
    /// How it was.
    pub before: Sharing,
    /// How it is.
    pub after: Sharing,
}
