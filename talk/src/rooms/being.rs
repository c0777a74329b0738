//! Who stands before a room: somebody with an account here or on another server, and the connection he speaks through.

use serde::{Deserialize, Serialize};

use konvent_core::{AccountId, Outbox, PersonId, SessionId};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use crate::Session;

/// Somebody, whatever device he uses. All his devices are one occupant of a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Being {
    /// An account of this house.
    Here(AccountId),
    /// An address of another server.
    Abroad(BareJid),
}

/// One of his connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// A session of this house.
    Here(SessionId),
    /// A full address of another server.
    Abroad(Jid),
}

/// Somebody who asks something of a room, through one of his connections.
#[derive(Clone, Serialize, Deserialize)]
pub struct Caller {
    /// Who he is.
    pub being: Being,
    /// Through what he speaks.
    pub place: Place,
    /// The address of that connection.
    pub address: Jid,
    /// Who he is in the directory; nobody from abroad stands there.
    pub person: Option<PersonId>,
    /// His name in the directory: his nickname in its rooms.
    pub name: String,
}

impl Caller {
    /// Somebody on another server. Who calls this has checked that `from` is his.
    pub fn abroad(from: Jid) -> Self {
        let being = Being::Abroad(from.to_bare());
        let name = from.node().map(|node| node.as_str().to_owned()).unwrap_or_default();
        Self { being, place: Place::Abroad(from.clone()), address: from, person: None, name }
    }

    /// His address without the device.
    pub fn bare(&self) -> BareJid {
        self.address.to_bare()
    }

    /// His account, if he has one here.
    pub const fn account(&self) -> Option<AccountId> {
        match self.being {
            Being::Here(account) => Some(account),
            Being::Abroad(_) => None,
        }
    }

    /// Says something to him, through this connection only.
    pub fn tell(&self, stanza: &Stanza, out: &mut Outbox) {
        self.place.tell(&self.address, stanza, out);
    }
}

impl Place {
    /// Posts a stanza to this connection; `to` is written here, `from` stands in the stanza.
    pub(super) fn tell(&self, address: &Jid, stanza: &Stanza, out: &mut Outbox) {
        let addressed = stanza.addressed(stanza.from.clone(), Some(address.clone()));
        match self {
            Self::Here(session) => out.to_session(*session, addressed),
            Self::Abroad(_) => out.abroad(addressed),
        }
    }
}

impl From<&Session> for Caller {
    fn from(session: &Session) -> Self {
        Self {
            being: Being::Here(session.account),
            place: Place::Here(session.id),
            address: session.address.clone(),
            person: Some(session.person),
            name: session.name.clone(),
        }
    }
}

/// Names and addresses are personal; a log sees numbers.
impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("person", &self.person).finish_non_exhaustive()
    }
}
