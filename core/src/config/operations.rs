//! What whoever runs the server needs to look after it.

use serde::Deserialize;

/// `[operations]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Operations {
    /// With this word (`Authorization: Bearer …`) figures can be fetched from `/metrics` from elsewhere; without it they are
    /// shown to programs on this machine only, because they tell how busy an organisation is.
    pub metrics_token: Option<String>,
}

/// `[contact]`: whom strangers can write to about this server (XEP-0157), as addresses with their scheme such as
/// `mailto:abuse@partei.example` or `xmpp:…`. Shown to everybody.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Contact {
    /// Abuse that comes from here.
    pub abuse: Vec<String>,
    /// Whoever administers.
    pub admin: Vec<String>,
    /// Opinions.
    pub feedback: Vec<String>,
    /// Holes in the security.
    pub security: Vec<String>,
    /// Help.
    pub support: Vec<String>,
}
