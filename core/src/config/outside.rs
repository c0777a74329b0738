//! Settings of what stands beside this server: relays for calls (XEP-0215), and what is told of how data is kept (XEP-0504).

use serde::Deserialize;

/// A table `[[relays]]`: something outside XMPP that clients need, usually a relay for calls.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// `stun`, `turn`, `turns` or another registered type.
    pub kind: String,
    /// Its name or address.
    pub host: String,
    /// Its port; without one clients take that of the type.
    pub port: Option<u16>,
    /// `udp` or `tcp`.
    pub transport: Option<String>,
    /// The secret that the relay shares with us (coturn: `static-auth-secret`). With it members get a name and password of
    /// their own that end by themselves, so that nobody else's calls go through the organisation's relay.
    pub secret: Option<String>,
    /// How long such a password is good: as long as a call may be begun with it.
    #[serde(default = "an_hour")]
    pub valid_secs: i64,
}

fn an_hour() -> i64 {
    3600
}

/// The secret is not for logs.
impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay")
            .field("kind", &self.kind)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

/// The table `[policy]`: what the server tells clients of how it keeps data and cannot know by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Where the terms of use stand.
    pub terms: Option<String>,
    /// A backup is made at least every so many hours; 0: none is made. Without it nothing is said.
    pub backup_hours: Option<u32>,
    /// Backups are kept so many hours at most. Without it nothing is said.
    pub backups_kept_hours: Option<u32>,
    /// The disks are encrypted: the operator's word, the server cannot look.
    pub encrypted_at_rest: bool,
}
