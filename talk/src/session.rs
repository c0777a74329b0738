//! The connection that asks or speaks, as the features see it.

use serde::{Deserialize, Serialize};

use std::fmt;

use konvent_core::{AccountId, PersonId, SessionId};
use konvent_wire::Jid;
use konvent_wire::jid::BareJid;

/// A bound XMPP connection and the member behind it. The server makes it once, at sign-in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// The connection.
    pub id: SessionId,
    /// The login it belongs to.
    pub account: AccountId,
    /// The member.
    pub person: PersonId,
    /// Its full address.
    pub address: Jid,
    /// The member's name as others read it: the nickname in all rooms.
    pub name: String,
}

impl Session {
    /// The address of the account.
    pub fn bare(&self) -> BareJid {
        self.address.to_bare()
    }
}

/// Names and addresses are personal; a log sees numbers.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
