//! What all streams of a house have in common.

use minidom::Element;

use crate::sasl::Hash;
use crate::sm::SmLimits;
use crate::xml::Limits;

/// How the client reached us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// A plain connection that may become TLS (RFC 6120 §5).
    Tcp,
    /// The same between two programs of one machine: nobody else can listen, so TLS is offered and not required.
    Loopback,
    /// TLS from the first byte (XEP-0368). Tell the channel binding by `tls_done` before the first byte.
    DirectTls,
    /// Frames (RFC 7395); encryption is the business of whoever speaks HTTP.
    WebSocket,
}

/// The settings, shared by all streams.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The host we are, normalised.
    pub domain: String,
    /// No sign-in before TLS.
    pub tls_required: bool,
    /// Hash functions offered for passwords, strongest first.
    pub hashes: Vec<Hash>,
    /// Offer tokens (XEP-0484).
    pub fast: bool,
    /// Tell a hash of what was offered along with SCRAM (XEP-0474), so that clients notice when somebody
    /// shortened the lists.
    /// `COMPAT:` the strophe.js of Converse up to 10.1.6 cannot sign in where it is told (ejabberd #4142).
    pub downgrade_protection: bool,
    /// A secret of the house from which the salts of accounts that do not exist are made.
    pub secret: [u8; 32],
    /// The iterations accounts that do not exist pretend to have; should be what new passwords get.
    pub iterations: u32,
    /// Failed sign-ins on one stream before it is closed: guessing costs a connection for every few.
    pub tries: u8,
    /// Limits before sign-in.
    pub stranger: Limits,
    /// Limits after sign-in.
    pub member: Limits,
    /// Limits of stream management.
    pub sm: SmLimits,
    /// Features to offer strangers once they may sign in: registration (XEP-0077 §8, XEP-0445 §3). Without any, their
    /// stanzas end the stream.
    pub stranger_features: Vec<Element>,
    /// More features to offer after sign-in (roster versions, pre-approval, entity capabilities …).
    pub features: Vec<Element>,
}

impl Settings {
    /// What a house needs: TLS before all, SCRAM with both hashes, tokens, five tries.
    pub fn new(domain: &str, secret: [u8; 32]) -> Self {
        Self {
            domain: domain.to_owned(),
            tls_required: true,
            hashes: vec![Hash::Sha256, Hash::Sha1],
            fast: true,
            downgrade_protection: true,
            secret,
            iterations: 10_000,
            tries: 5,
            stranger: Limits::STRANGER,
            member: Limits::MEMBER,
            sm: SmLimits::default(),
            stranger_features: Vec::new(),
            features: Vec::new(),
        }
    }
}
