//! Settings of an installation. Two are enough to start (`domain`, `admin`); all others have defaults that fit most.
//!
//! What an installation is stands here; each area has a table of its own (`[files]`) in a file of its own (`files.rs`): a
//! struct with `#[serde(deny_unknown_fields, default)]`, a doc sentence for each setting and a `Default`.

mod accounts;
mod acme;
mod defaults;
mod federation;
mod files;
pub mod free_rooms;
mod listen;
mod nodes;
mod operations;
mod outside;
mod pubsub;
mod push;
mod read;
mod retention;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use serde::Deserialize;

use crate::db::Storage;

pub use accounts::{Accounts, WhoMay};
pub use acme::Acme;
pub use federation::{Component, Components, Federation, With};
pub use files::{Files, S3};
pub use free_rooms::FreeRooms;
pub use listen::Listen;
pub use nodes::Nodes;
pub use operations::{Contact, Operations};
pub use outside::{Policy, Relay};
pub use pubsub::{NodesMadeBy, Pubsub};
pub use push::Push;
pub use read::UNREADABLE;
pub use retention::Retention;

/// What `konvent.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name of the organisation on the network: the part of an address after the `@`.
    pub domain: String,
    /// The member number of the first admin, who may import and print letters. Without it those named in `[accounts]` are
    /// the only technical admins: an organisation without a directory has no member numbers.
    pub admin: Option<String>,
    /// What the organisation calls itself, in letters; without it the domain stands there.
    pub organisation: Option<String>,
    /// Where data, keys and certificates lie.
    #[serde(default = "defaults::data")]
    pub data: PathBuf,
    /// A PostgreSQL connection string; without it the embedded database in `data` is used.
    pub postgres: Option<String>,
    /// Web client and HTTP interface: one address or several.
    #[serde(default = "defaults::http")]
    pub http: Listen,
    /// XMPP clients, with STARTTLS (RFC 6120): one address or several.
    #[serde(default = "defaults::xmpp")]
    pub xmpp: Listen,
    /// XMPP clients, with TLS from the first byte (XEP-0368): one address or several.
    #[serde(default = "defaults::xmpps")]
    pub xmpps: Listen,
    /// Doors of their own at which clients may sign in without TLS: loopback addresses only, for a proxy on this machine
    /// and for tests. Everywhere else TLS stays required.
    #[serde(default)]
    pub plaintext: Listen,
    /// Certificate chain (PEM) and key; without them a self-signed certificate is made at the first start.
    pub certificate: Option<PathBuf>,
    /// The key of the certificate (PEM).
    pub key: Option<PathBuf>,
    /// Certificates that the house gets and renews by itself.
    #[serde(default)]
    pub acme: Acme,
    /// Where people reach the web client; used in letters and links. Without it: `https://` and the domain, or the door itself
    /// where only this machine reaches it and no proxy stands before it.
    pub public_url: Option<String>,
    /// The civil time by which days begin: terms, deadlines, letters.
    #[serde(default = "defaults::timezone")]
    pub timezone: String,
    /// The first label of the room service's address: rooms live at `<rooms>.<domain>`.
    #[serde(default = "defaults::rooms")]
    pub rooms: String,
    /// An import that would let more than so many of a thousand members leave stops and asks.
    #[serde(default = "defaults::leaving_permille_max")]
    pub leaving_permille_max: u32,
    /// A proxy on this machine speaks HTTPS for us and names the real address of whoever asks (`X-Forwarded-For`). Without
    /// this, wrong codes of all people behind the proxy count together.
    #[serde(default)]
    pub behind_proxy: bool,
    /// Figures for whoever runs the server.
    #[serde(default)]
    pub operations: Operations,
    /// Whom strangers can write to (XEP-0157).
    #[serde(default)]
    pub contact: Contact,
    /// Accounts outside the directory: who may have one, and how it comes about.
    #[serde(default)]
    pub accounts: Accounts,
    /// How large files may be, how long they stay and where they lie.
    #[serde(default)]
    pub files: Files,
    /// Other servers: with whom members may talk beyond this installation.
    #[serde(default)]
    pub federation: Federation,
    /// Programs that speak as hosts of ours.
    #[serde(default)]
    pub components: Components,
    /// Relays for calls and other services that clients are told of (XEP-0215), each in a table `[[relays]]`.
    #[serde(default)]
    pub relays: Vec<Relay>,
    /// What clients are told of how data is kept here and the server cannot know by itself (XEP-0504).
    #[serde(default)]
    pub policy: Policy,
    /// How long what members have written stays after they have left.
    #[serde(default)]
    pub retention: Retention,
    /// Rooms that members make for themselves.
    #[serde(default)]
    pub free_rooms: FreeRooms,
    /// The organisation's publish-and-subscribe service.
    #[serde(default)]
    pub pubsub: Pubsub,
    /// What those who are away are told, and through whom.
    #[serde(default)]
    pub push: Push,
    /// This process as one of several that form one service; without this table there is only one.
    pub nodes: Option<Nodes>,
}

impl Config {
    /// Where the data lies.
    pub fn storage(&self) -> Storage {
        match &self.postgres {
            Some(url) => Storage::Postgres { url: url.clone(), schema: "public".to_owned() },
            None => Storage::Sqlite(self.data.join("konvent.db")),
        }
    }

    /// The address of the room service.
    pub fn rooms_service(&self) -> String {
        format!("{}.{}", self.rooms, self.domain)
    }

    /// The address of the upload service (XEP-0363).
    pub fn upload_service(&self) -> String {
        format!("{}.{}", self.files.service, self.domain)
    }

    /// The address of the publish-and-subscribe service.
    pub fn pubsub_service(&self) -> String {
        format!("{}.{}", self.pubsub.service, self.domain)
    }

    /// The civil time of the organisation.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.timezone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}
