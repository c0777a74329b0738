//! Settings of an installation. Two are enough to start (`domain`, `admin`); all others have defaults that fit most.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::db::Storage;
use crate::refusal::{Answer, Kind, Refusal};

/// What `konvent.toml` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The name of the organisation on the network: the part of an address after the `@`.
    pub domain: String,
    /// The member number of the first admin, who may import and print letters.
    pub admin: String,
    /// What the organisation calls itself, in letters; without it the domain stands there.
    pub organisation: Option<String>,
    /// Where data, keys and certificates lie.
    #[serde(default = "defaults::data")]
    pub data: PathBuf,
    /// A PostgreSQL connection string; without it the embedded database in `data` is used.
    pub postgres: Option<String>,
    /// Web client and HTTP interface.
    #[serde(default = "defaults::http")]
    pub http: SocketAddr,
    /// XMPP clients, with STARTTLS (RFC 6120).
    #[serde(default = "defaults::xmpp")]
    pub xmpp: SocketAddr,
    /// XMPP clients, with TLS from the first byte (XEP-0368).
    #[serde(default = "defaults::xmpps")]
    pub xmpps: SocketAddr,
    /// Certificate chain (PEM) and key; without them a self-signed certificate is made at the first start.
    pub certificate: Option<PathBuf>,
    /// The key of the certificate (PEM).
    pub key: Option<PathBuf>,
    /// Where people reach the web client; used in letters and links. Without it: `https://` and the domain.
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
    /// Lets clients sign in without TLS. For pipes, proxies on the same machine and tests only.
    #[serde(default)]
    pub plaintext: bool,
}

mod defaults {
    use super::{PathBuf, SocketAddr};

    pub(super) fn data() -> PathBuf {
        PathBuf::from("data")
    }
    pub(super) fn http() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 8080))
    }
    pub(super) fn xmpp() -> SocketAddr {
        SocketAddr::from(([0, 0, 0, 0], 5222))
    }
    pub(super) fn xmpps() -> SocketAddr {
        SocketAddr::from(([0, 0, 0, 0], 5223))
    }
    pub(super) fn timezone() -> String {
        "Europe/Berlin".to_owned()
    }
    pub(super) fn rooms() -> String {
        "gruppen".to_owned()
    }
    pub(super) fn leaving_permille_max() -> u32 {
        50
    }
}

/// The settings cannot be used; the cause names the line.
pub const UNREADABLE: Refusal = Refusal::new(Kind::BadRequest, "config.unreadable");

impl Config {
    /// Reads a settings file.
    pub fn read(file: &Path) -> Answer<Self> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| UNREADABLE.because(format!("{}: {error}", file.display())))?;
        Self::parse(&text)
    }

    /// Reads settings from text.
    pub fn parse(text: &str) -> Answer<Self> {
        let config: Self = toml::from_str(text).map_err(|error| UNREADABLE.because(error))?;
        if config.domain.is_empty() || config.domain.contains(['@', '/', ' ']) {
            return Err(UNREADABLE.because("domain must be a name such as partei.example"));
        }
        jiff::tz::TimeZone::get(&config.timezone).map_err(|error| UNREADABLE.because(error))?;
        Ok(config)
    }

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

    /// The civil time of the organisation.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::get(&self.timezone).unwrap_or(jiff::tz::TimeZone::UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_settings_are_enough() {
        let config = Config::parse("domain = 'partei.example'\nadmin = '100001'").unwrap();
        assert_eq!(config.rooms_service(), "gruppen.partei.example");
        assert_eq!(config.storage(), Storage::Sqlite("data/konvent.db".into()));
    }

    #[test]
    fn a_misspelt_setting_is_named() {
        let refusal = Config::parse("domain = 'a.example'\nadmin = '1'\ndomian = 2").unwrap_err();
        assert!(refusal.chain().contains("domian"), "{}", refusal.chain());
    }
}
