//! Several processes that form one service (`[nodes]`): docs/handbook/mehrere-knoten.md.

use std::path::PathBuf;

use serde::Deserialize;

/// This process as one of several on one PostgreSQL.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nodes {
    /// What this node is called: another name on every machine, and the same after every start. Who starts under the name
    /// of a node that still runs ends that one.
    pub name: String,
    /// Where the message bus is: addresses of NATS servers such as `nats://10.0.0.5:4222`, or `tls://…`. It only rings when
    /// there is news; without it (or while it is down) nodes look at the database ten times a second.
    #[serde(default)]
    pub bus: Vec<String>,
    /// A file with the credentials for the bus, two lines: user and password. Kept out of this file, so that it can be
    /// read by others.
    pub bus_login: Option<PathBuf>,
    /// Certificates (PEM) of authorities that are trusted for the bus besides those of the system.
    pub bus_roots: Option<PathBuf>,
    /// How long a node may stay silent before the others go on without it, in seconds: long enough for a restart of the
    /// network, short enough that its members are not shown as present for long.
    #[serde(default = "lease_secs")]
    pub lease_secs: u32,
}

const fn lease_secs() -> u32 {
    10
}
