//! The names under which an installation is reached, and how addresses are built from them.

use konvent_core::{Answer, Refusal};
use konvent_wire::Jid;
use konvent_wire::jid::BareJid;

/// The organisation's name on the network and that of its room service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// The part of a member's address after the `@`.
    pub name: String,
    /// The part of a room's address after the `@`.
    pub rooms: String,
    /// Further services with a name of their own.
    pub services: Vec<Service>,
}

/// A service that has a name of its own and no accounts: uploads, for instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its address.
    pub host: String,
    /// Which feature answers there, by the name on its card.
    pub feature: &'static str,
    /// What people call it.
    pub name: &'static str,
}

impl Domain {
    /// The server itself.
    pub fn server(&self) -> Answer<BareJid> {
        bare(&self.name)
    }

    /// The room service.
    pub fn room_service(&self) -> Answer<BareJid> {
        bare(&self.rooms)
    }

    /// The publish-and-subscribe service.
    pub fn pubsub_service(&self) -> Answer<BareJid> {
        let service = self.services.iter().find(|service| service.feature == "pubsub");
        bare(service.map_or("", |service| &service.host))
    }

    /// A member's address.
    pub fn account(&self, localpart: &str) -> Answer<BareJid> {
        bare(&format!("{localpart}@{}", self.name))
    }

    /// A room's address.
    pub fn room(&self, address: &str) -> Answer<BareJid> {
        bare(&format!("{address}@{}", self.rooms))
    }
}

/// The directory and the settings only hold what fits into an address, so failing here is our own fault.
fn bare(text: &str) -> Answer<BareJid> {
    BareJid::new(text).map_err(|error| Refusal::broken("talk.address", error))
}

/// An address with a resource, for instance a room with a nickname.
pub(crate) fn with_resource(bare: &BareJid, resource: &str) -> Answer<Jid> {
    bare.with_resource_str(resource)
        .map(Jid::from)
        .map_err(|error| Refusal::broken("talk.address", error))
}
