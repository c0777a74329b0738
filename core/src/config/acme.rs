//! Certificates that the house gets and renews by itself (RFC 8555).

use std::path::PathBuf;

use serde::Deserialize;

use super::Listen;

/// `[acme]`: an authority that signs certificates for whoever shows that a name leads to him. Off until its terms are
/// accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Acme {
    /// Whether the organisation accepts the terms of the authority; nobody can do that for it, and nothing is asked of the
    /// authority before.
    pub accept_terms: bool,
    /// The authority's directory (RFC 8555 §7.1.1); without it that of Let's Encrypt.
    pub directory: String,
    /// Whom the authority warns when something is wrong, such as `mailto:technik@partei.example`.
    pub contact: Vec<String>,
    /// Further names that stand in the certificate; the domain and its services do by themselves.
    pub names: Vec<String>,
    /// A door of its own for the authority's visits, usually `0.0.0.0:80`: everybody else is sent on to HTTPS there. Without
    /// it the visits must reach the HTTP interface, by a proxy that passes `/.well-known/acme-challenge/` on.
    pub listen: Listen,
    /// The certificate (PEM) that the authority's own server shows, where the system does not know it: an authority of the
    /// organisation's own.
    pub roots: Option<PathBuf>,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            accept_terms: false,
            directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
            contact: Vec::new(),
            names: Vec::new(),
            listen: Listen::default(),
            roots: None,
        }
    }
}
