//! Settings of push (`[push]`): what those who are away are told, and through whom.

use std::path::PathBuf;

use serde::Deserialize;

/// The table `[push]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Push {
    /// Lets the sender and the first words of the last message go along to the servers of apps, and conversations be named in
    /// notifications of browsers. Without this only how much waits is told: the services belong to others, and notifications
    /// are read on locked screens.
    pub content: bool,
    /// Offers notifications in browsers. They go through the service of the browser's maker, who learns when and how often a
    /// member is told, and not what.
    pub web: bool,
    /// Whom the makers of browsers write to when something is wrong (RFC 8292): `mailto:admin@partei.example`. Without it they
    /// are told the address of the web client.
    pub contact: Option<String>,
    /// Lets browsers name push services in private networks and at other ports: for a service of one's own, and for tests.
    /// Without this a member could let the server knock at machines inside.
    pub private_addresses: bool,
    /// Certificates (PEM) of authorities that are trusted besides those of the system: for a push service of one's own.
    pub roots: Option<PathBuf>,
}

impl Default for Push {
    fn default() -> Self {
        Self { content: false, web: true, contact: None, private_addresses: false, roots: None }
    }
}
