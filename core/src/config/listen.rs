//! Where a door stands: one address, several, or none.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer};

/// The addresses of one kind of door. An empty list means that there is no such door.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listen(Vec<SocketAddr>);

impl Listen {
    /// All addresses, in the order of the settings.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.0
    }

    /// The first address: the one that is named to people.
    pub fn first(&self) -> Option<SocketAddr> {
        self.0.first().copied()
    }

    /// Whether every address belongs to this machine alone.
    pub fn is_loopback(&self) -> bool {
        self.0.iter().all(|address| address.ip().is_loopback())
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        Self(vec![address])
    }
}

impl From<Vec<SocketAddr>> for Listen {
    fn from(addresses: Vec<SocketAddr>) -> Self {
        Self(addresses)
    }
}

/// `"127.0.0.1:5222"` or `["127.0.0.1:5222", "[::1]:5222"]`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(SocketAddr),
    Several(Vec<SocketAddr>),
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match Written::deserialize(deserializer) {
            Ok(Written::One(address)) => Ok(Self(vec![address])),
            Ok(Written::Several(addresses)) => Ok(Self(addresses)),
            Err(_) => Err(D::Error::custom(
                "expected an address with a port such as \"127.0.0.1:5222\", or a list of them",
            )),
        }
    }
}
