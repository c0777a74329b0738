//! Names of mechanisms and of channel bindings (RFC 5802 §4, RFC 9266, RFC 5929, XEP-0440, XEP-0484).

use std::sync::Arc;

use super::Hash;

/// How a sign-in is tied to the TLS connection it happens in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum BindingKind {
    /// `tls-exporter` (RFC 9266).
    Exporter,
    /// `tls-server-end-point` (RFC 5929 §4): the hash of the certificate.
    EndPoint,
}

impl BindingKind {
    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exporter => "tls-exporter",
            Self::EndPoint => "tls-server-end-point",
        }
    }

    /// The kind with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Exporter, Self::EndPoint].into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What both ends of one TLS connection know and no one between them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ChannelBinding {
    /// 32 bytes exported under `EXPORTER-Channel-Binding` (RFC 9266 §2).
    pub exporter: Option<Vec<u8>>,
    /// The certificate's hash by its signature's hash function, SHA-256 instead of MD5 and SHA-1.
    pub end_point: Option<Vec<u8>>,
}

impl ChannelBinding {
    /// The data of one kind, if this connection has it.
    pub fn data(&self, kind: BindingKind) -> Option<&[u8]> {
        match kind {
            BindingKind::Exporter => self.exporter.as_deref(),
            BindingKind::EndPoint => self.end_point.as_deref(),
        }
    }

    /// The kinds this connection has, strongest first.
    pub fn kinds(&self) -> impl Iterator<Item = BindingKind> {
        let all = [BindingKind::Exporter, BindingKind::EndPoint];
        all.into_iter().filter(|kind| self.data(*kind).is_some())
    }

    /// Whether it has none: no `-PLUS` is offered then.
    pub const fn is_none(&self) -> bool {
        self.exporter.is_none() && self.end_point.is_none()
    }
}

/// A way to sign in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Mechanism {
    /// With a password.
    Scram {
        /// The hash function.
        hash: Hash,
        /// Tied to the TLS connection.
        is_plus: bool,
    },
    /// With a token (XEP-0484), tied to the TLS connection or not.
    Ht(Option<BindingKind>),
}

impl Mechanism {
    /// All hashed-token mechanisms.
    pub const TOKENS: [Self; 3] = [
        Self::Ht(Some(BindingKind::Exporter)),
        Self::Ht(Some(BindingKind::EndPoint)),
        Self::Ht(None),
    ];

    /// The registered name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scram { hash: Hash::Sha1, is_plus: false } => "SCRAM-SHA-1",
            Self::Scram { hash: Hash::Sha1, is_plus: true } => "SCRAM-SHA-1-PLUS",
            Self::Scram { hash: Hash::Sha256, is_plus: false } => "SCRAM-SHA-256",
            Self::Scram { hash: Hash::Sha256, is_plus: true } => "SCRAM-SHA-256-PLUS",
            Self::Ht(None) => "HT-SHA-256-NONE",
            Self::Ht(Some(BindingKind::Exporter)) => "HT-SHA-256-EXPR",
            Self::Ht(Some(BindingKind::EndPoint)) => "HT-SHA-256-ENDP",
        }
    }

    /// The mechanism with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let scram = [Hash::Sha1, Hash::Sha256]
            .into_iter()
            .flat_map(|hash| [false, true].map(|is_plus| Self::Scram { hash, is_plus }));
        scram.chain(Self::TOKENS).find(|mechanism| mechanism.as_str() == name)
    }
}

/// A token as the driver derives it anew; only for the moment of comparison (XEP-0484).
#[derive(Clone)]
pub struct Token {
    /// The driver's own name for it, given back when it fits.
    pub id: Arc<str>,
    /// What the client was given.
    pub secret: zeroize::Zeroizing<String>,
    /// The mechanism it was asked for: it fits no other (XEP-0484 §3.4).
    pub mechanism: Mechanism,
    /// The highest `count` seen with it.
    pub count: Option<u32>,
}

/// Prints nothing of the secret.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("id", &self.id).finish_non_exhaustive()
    }
}
