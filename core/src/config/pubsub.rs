//! Settings of the organisation's publish-and-subscribe service.

use serde::Deserialize;

/// `[pubsub]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pubsub {
    /// The first label of the service's address: nodes of the organisation (news, agendas, reports) live at
    /// `<service>.<domain>`.
    pub service: String,
    /// Who may make nodes there. An organisation speaks through its offices; at a provider, or for test programs, every
    /// account may, within bounds of its own.
    pub made_by: NodesMadeBy,
}

/// Who may make nodes in the organisation's service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodesMadeBy {
    /// Those whose office lets them announce for a unit.
    Offices,
    /// Every account of this house, guests too.
    Everybody,
}

impl Default for Pubsub {
    fn default() -> Self {
        Self { service: "pubsub".to_owned(), made_by: NodesMadeBy::Offices }
    }
}
