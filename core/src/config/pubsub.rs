//! Settings of the organisation's publish-and-subscribe service.

use serde::Deserialize;

/// `[pubsub]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pubsub {
    /// The first label of the service's address: nodes of the organisation (news, agendas, reports) live at
    /// `<service>.<domain>`.
    pub service: String,
}

impl Default for Pubsub {
    fn default() -> Self {
        Self { service: "pubsub".to_owned() }
    }
}
