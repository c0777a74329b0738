//! The two pure machines of `konvent_wire::s2s` as one: what can be asked of either, and what either says.

use konvent_wire::s2s::{
    Claim, Closed, Credentials, Demand, Failure, Happening, Incoming, Outgoing, Sent, Verdict,
};
use konvent_wire::{Stanza, StanzaError, StreamCondition};

/// Whose stream it is.
pub(super) enum Side {
    /// The other server came.
    Coming(Incoming),
    /// We went.
    Going(Outgoing),
}

/// What either machine says.
pub(super) enum Said {
    StartTls,
    Verify(Claim),
    Admitted { local: String, remote: String, both_ways: bool },
    Ready,
    Stanza(Stanza),
    Faulty(Stanza, StanzaError),
    Acked(u32),
    Answered(Verdict),
    Failed(Failure),
    Closed(Closed),
}

impl Side {
    pub(super) fn tls_done(&mut self, credentials: Credentials) {
        match self {
            Self::Coming(incoming) => incoming.tls_done(credentials),
            Self::Going(outgoing) => outgoing.tls_done(credentials),
        }
    }

    pub(super) fn awaits_ack(&self) -> bool {
        match self {
            Self::Coming(incoming) => incoming.awaits_ack(),
            Self::Going(outgoing) => outgoing.awaits_ack(),
        }
    }

    pub(super) fn lingered(&mut self) {
        match self {
            Self::Coming(incoming) => incoming.lingered(),
            Self::Going(outgoing) => outgoing.lingered(),
        }
    }

    pub(super) fn close(&mut self, condition: StreamCondition) {
        match self {
            Self::Coming(incoming) => incoming.close(condition),
            Self::Going(outgoing) => outgoing.close(condition),
        }
    }

    /// So many more stanzas are settled (XEP-0198 §4).
    pub(super) fn handled(&mut self, count: u32) {
        match self {
            Self::Coming(incoming) => incoming.handled(count),
            Self::Going(outgoing) => outgoing.handled(count),
        }
    }

    /// Sends a stanza, if it may go this way and the other server takes it.
    pub(super) fn send(&mut self, stanza: &Stanza) -> Sent {
        match self {
            Self::Coming(incoming) => incoming.send(stanza),
            Self::Going(outgoing) => outgoing.send(stanza),
        }
    }

    pub(super) fn ask_ack(&mut self) {
        match self {
            Self::Coming(incoming) => incoming.ask_ack(),
            Self::Going(outgoing) => outgoing.ask_ack(),
        }
    }

    /// Ends the stream without reproach.
    pub(super) fn end(&mut self) {
        match self {
            Self::Coming(incoming) => incoming.end(),
            Self::Going(outgoing) => outgoing.end(),
        }
    }

    pub(super) fn take_output(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Coming(incoming) => incoming.take_output(),
            Self::Going(outgoing) => outgoing.take_output(),
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        match self {
            Self::Coming(incoming) => incoming.receive(bytes),
            Self::Going(outgoing) => outgoing.receive(bytes),
        }
    }

    pub(super) fn next(&mut self) -> Option<Said> {
        Some(match self {
            Self::Coming(incoming) => match incoming.next()? {
                Demand::StartTls => Said::StartTls,
                Demand::Verify(claim) => Said::Verify(claim),
                Demand::Admitted { from, to, both_ways } => {
                    Said::Admitted { local: to, remote: from, both_ways }
                }
                Demand::Stanza(stanza) => Said::Stanza(stanza),
                Demand::Faulty(stanza, error) => Said::Faulty(stanza, error),
                Demand::Acked(count) => Said::Acked(count),
                Demand::Closed(closed) => Said::Closed(closed),
            },
            Self::Going(outgoing) => match outgoing.next()? {
                Happening::StartTls => Said::StartTls,
                Happening::Ready { .. } => Said::Ready,
                Happening::Stanza(stanza) => Said::Stanza(stanza),
                Happening::Faulty(stanza, error) => Said::Faulty(stanza, error),
                Happening::Acked(count) => Said::Acked(count),
                Happening::Answered(verdict) => Said::Answered(verdict),
                Happening::Failed(failure) => Said::Failed(failure),
                Happening::Closed(closed) => Said::Closed(closed),
            },
        })
    }
}
