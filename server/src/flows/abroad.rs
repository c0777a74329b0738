//! What happens to a stanza that leaves for another server, or comes from one.

use konvent_wire::Stanza;

/// The way out. This house is not connected with others: what leaves is let go.
#[derive(Debug, Default)]
pub struct Abroad;

impl Abroad {
    /// Sends a stanza whose `from` and `to` are written.
    pub fn send(&self, stanza: Stanza) {
        tracing::debug!(target: "abroad", to = ?stanza.to.map(|to| to.domain().to_string()), "no way to another server");
    }
}
