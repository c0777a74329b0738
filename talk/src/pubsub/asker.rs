//! Who asks, where, and what the rules need to know of the moment.

use konvent_core::{
    AccountId, Answer, Kind, Millis, Outbox, PersonId, Reach, Reader, Refusal, SessionId,
};
use konvent_people::accounts;
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use crate::{Domain, Session};

/// Who asks: somebody with a connection here, or an address of another server that has proved it.
#[derive(Debug, Clone)]
pub enum Asker {
    /// One of our sessions.
    Here(Session),
    /// A member of whom no connection is at hand: somebody who subscribed, for instance.
    Member {
        /// His account.
        account: AccountId,
        /// Who he is.
        person: PersonId,
        /// His address, bare or full.
        address: Jid,
    },
    /// Somebody elsewhere, bare or full.
    Abroad(Jid),
}

impl Asker {
    /// Whoever has this address; `None` for one of ours that nobody has.
    pub fn at(reader: &mut Reader<'_>, domain: &Domain, address: Jid) -> Answer<Option<Self>> {
        if address.domain().as_str() != domain.name {
            return Ok(Some(Self::Abroad(address)));
        }
        let Some(localpart) = address.node() else { return Ok(None) };
        let account = accounts::by_localpart(reader, localpart.as_str())?;
        let account = account.filter(|account| !account.is_closed);
        Ok(account.map(|account| Self::Member {
            account: account.id,
            person: account.person,
            address,
        }))
    }

    /// Its address, as the server knows it.
    pub fn jid(&self) -> &Jid {
        match self {
            Self::Here(session) => &session.address,
            Self::Member { address, .. } | Self::Abroad(address) => address,
        }
    }

    /// Its bare address.
    pub fn bare(&self) -> BareJid {
        self.jid().to_bare()
    }

    /// Its account here, if it has one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Here(session) => Some(session.account),
            Self::Member { account, .. } => Some(*account),
            Self::Abroad(_) => None,
        }
    }

    /// The member behind it, if it is one.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Here(session) => Some(session.person),
            Self::Member { person, .. } => Some(*person),
            Self::Abroad(_) => None,
        }
    }

    /// Its connection here, if it has one.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::Here(session) => Some(session.id),
            Self::Member { .. } | Self::Abroad(_) => None,
        }
    }

    /// Sends the answer to where the question came from.
    pub fn reply(&self, stanza: Stanza, out: &mut Outbox) {
        match self {
            Self::Here(session) => out.to_session(session.id, stanza),
            Self::Member { account, .. } => {
                out.to_account(*account, Reach::Available, None, stanza);
            }
            Self::Abroad(_) => out.abroad(stanza),
        }
    }
}

/// Whose nodes they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A member's own.
    Member {
        /// His account.
        account: AccountId,
        /// Who he is.
        person: PersonId,
        /// His bare address: events come from it (XEP-0163 §4.3.1).
        address: BareJid,
    },
    /// The organisation's.
    Service {
        /// The address of the service.
        address: BareJid,
        /// Whether every account may make nodes, not offices alone.
        for_everybody: bool,
    },
}

/// The account does not exist (any more).
const NO_SUCH_ACCOUNT: Refusal = Refusal::new(Kind::NotFound, "pubsub.no-such-account");

impl Place {
    /// The nodes of an asker himself.
    pub fn of_session(session: &Session) -> Self {
        Self::Member { account: session.account, person: session.person, address: session.bare() }
    }

    /// The nodes of an account.
    pub fn of_account(
        reader: &mut Reader<'_>,
        domain: &Domain,
        account: AccountId,
    ) -> Answer<Self> {
        let known = accounts::get(reader, account)?.filter(|account| !account.is_closed);
        let known = known.ok_or(NO_SUCH_ACCOUNT)?;
        let address = domain.account(&known.localpart)?;
        Ok(Self::Member { account, person: known.person, address })
    }

    /// The address that speaks for the nodes.
    pub fn address(&self) -> &BareJid {
        match self {
            Self::Member { address, .. } | Self::Service { address, .. } => address,
        }
    }

    /// Whose account it is, if it is one's.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::Member { account, .. } => Some(*account),
            Self::Service { .. } => None,
        }
    }

    /// How the tables call it.
    pub(super) fn owner(&self) -> i64 {
        self.account().map_or(0, |account| account.0)
    }

    /// Whether the nodes are the asker's own.
    pub fn is_of(&self, asker: &Asker) -> bool {
        self.account().is_some() && self.account() == asker.account()
    }
}

/// A device that is there, and whether it wants to hear of a node (XEP-0060 §9.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its connection.
    pub session: SessionId,
    /// Its full address.
    pub address: Jid,
    /// Whether its capabilities name the node with `+notify`.
    pub wants: bool,
}

/// Who is there at this moment; the server's hall, or a list in tests.
pub trait Here {
    /// The available devices of an account.
    fn devices(&self, account: AccountId, node: &str) -> Vec<Device>;

    /// The devices of people on other servers that have shown themselves to an account and want to hear of a node of his
    /// (XEP-0060 §9.2).
    fn onlookers(&self, _: AccountId, _: &str) -> Vec<Jid> {
        Vec::new()
    }
}

/// Nobody is there.
#[derive(Debug)]
pub struct Nobody;

impl Here for Nobody {
    fn devices(&self, _: AccountId, _: &str) -> Vec<Device> {
        Vec::new()
    }
}

/// What the rules need to know of the moment.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// Our names.
    pub domain: &'a Domain,
    /// Now.
    pub now: Millis,
    /// Who is there.
    pub here: &'a dyn Here,
}

impl std::fmt::Debug for Ctx<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ctx").field("now", &self.now).finish_non_exhaustive()
    }
}
