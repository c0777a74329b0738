//! Streams between servers (RFC 6120), as two machines without I/O: [`Incoming`] for who comes to us, [`Outgoing`] for
//! whom we go to. Each is fed with bytes and gives demands, as [`crate::stream::C2s`] does.
//!
//! What holds everywhere:
//! * A stanza comes out only if its sender's domain was proven on this very stream, by certificate (XEP-0178) or by a
//!   key (XEP-0220), and its receiver is a host of ours: nobody speaks in the name of another.
//! * Nothing but the opening, TLS and proofs is read before that, within the limits for strangers.
//! * Which domains may come at all is a question to [`Settings::is_welcome`], asked before any proof.
//!
//! Left out: multiplexing of several domains on one outgoing stream, resumption (XEP-0198 §5) between servers, and the
//! protocol of servers older than RFC 3920.

mod acks;
pub mod certificate;
pub mod dialback;
pub mod identity;
mod incoming;
mod link;
mod outgoing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use dialback::{Claim, Verdict};
pub use identity::{CertName, Credentials};
pub use incoming::{Demand, Incoming};
pub use outgoing::{Errand, Failure, Happening, Outgoing};

use crate::announced::Announced;
use crate::errors::StreamCondition;
use crate::xml::Limits;

/// Why a stream between servers is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    /// The other server said goodbye.
    ByPeer,
    /// We said goodbye.
    ByUs,
    /// We ended it with this error.
    Error(StreamCondition),
    /// The other server ended it with an error.
    PeerError(Option<StreamCondition>),
}

/// What became of a stanza that was to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sent {
    /// It is on its way.
    Off,
    /// It has no business on this stream, or the stream is over.
    Refused,
    /// It is larger than what the other server takes (XEP-0478 §4): sending it would end the stream.
    TooLarge,
}

/// Whether a domain may be connected with us.
pub type Welcome = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What all streams of a house between servers have in common.
#[derive(Clone)]
pub struct Settings {
    /// The names we answer for, normalised: the domain, the room service …
    pub hosts: Vec<String>,
    /// Nothing before TLS (RFC 7590 §3.4). Without it words of members would travel in the clear.
    pub tls_required: bool,
    /// Take keys from servers without a valid certificate, and go to such servers (XEP-0220).
    pub dialback: bool,
    /// The secret of the house under which keys are made (XEP-0185 §2).
    pub secret: [u8; 32],
    /// Which domains may be connected with us.
    pub welcome: Welcome,
    /// Limits before the other server has proven who it is.
    pub stranger: Limits,
    /// Limits afterwards.
    pub peer: Limits,
    /// Seconds in which nobody says anything, after which the driver ends a stream; told to the other server (XEP-0478 §3.1).
    pub idle_secs: Option<u32>,
}

impl Settings {
    /// TLS before all, certificates only, everybody welcome.
    pub fn new(hosts: Vec<String>, secret: [u8; 32]) -> Self {
        Self {
            hosts,
            tls_required: true,
            dialback: false,
            secret,
            welcome: Arc::new(|_| true),
            stranger: Limits::STRANGER,
            // What a member may send, and what his server adds to it.
            peer: Limits { stanza_bytes: 320 * 1024, ..Limits::MEMBER },
            idle_secs: None,
        }
    }

    /// What we take of another server within these limits.
    fn takes(&self, limits: Limits) -> Announced {
        Announced { max_bytes: limits.stanza_bytes, idle_secs: self.idle_secs }
    }

    /// Whether this name is one of ours.
    pub fn is_ours(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own == host)
    }

    /// Whether a domain may be connected with us.
    pub fn is_welcome(&self, domain: &str) -> bool {
        (self.welcome)(domain)
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

/// A domain as it stands in addresses: normalised, nothing before or after it.
pub(crate) fn domain(text: &str) -> Option<String> {
    let jid = crate::stanza::address(text)?;
    let is_domain = jid.node().is_none() && jid.resource().is_none();
    is_domain.then(|| jid.domain().as_str().to_owned())
}
