//! What the stream asks of its driver, and what the driver answers. Everything that needs a database, a
//! clock or a socket is one of these.

use std::sync::Arc;

use crate::jid::FullJid;
use minidom::Element;

use crate::errors::StreamCondition;
use crate::sasl::{Hash, Mechanism};
use crate::stanza::Stanza;

/// What the driver is asked to do. Variants that say so hold the stream until they are answered.
#[derive(Debug)]
pub enum Demand {
    /// Send the output, then begin TLS. Answer: [`tls_done`](super::C2s::tls_done).
    StartTls,
    /// Look up a verifier. Answer: [`credentials`](super::C2s::credentials) or [`refuse`](super::C2s::refuse).
    Credentials {
        /// The localpart, normalised; nobody has proven to be this yet.
        username: String,
        /// Which verifier.
        hash: Hash,
    },
    /// Look up the tokens of one device. Answer: [`tokens`](super::C2s::tokens) or [`refuse`](super::C2s::refuse).
    Tokens {
        /// The localpart, normalised; nobody has proven to be this yet.
        username: String,
        /// Only tokens made for this mechanism can fit.
        mechanism: Mechanism,
        /// The device that says it owns the token (`user-agent` `id`).
        device: Option<String>,
    },
    /// The proof did not fit: a wrong password, or a binding to another connection. Nothing waits for an answer.
    WrongProof,
    /// The proof was right. Answer: [`welcome`](super::C2s::welcome) or [`refuse`](super::C2s::refuse), for
    /// instance because the account is locked or the token was used meanwhile.
    SignedIn(SignedIn),
    /// Take a session over. Answer: [`resumed`](super::C2s::resumed) with its
    /// [`Sm`](crate::sm::Sm) if it belongs to this account, or [`not_resumed`](super::C2s::not_resumed).
    Resume {
        /// The localpart that signed in. A session of anyone else does not exist for it.
        username: String,
        /// The name of the session.
        previd: String,
        /// How many stanzas the client has of it, as it says.
        h: u32,
    },
    /// Take a resource. Answer: [`bound`](super::C2s::bound) or [`bind_refused`](super::C2s::bind_refused).
    Bind(Bind),
    /// A stranger wants to register, or shows an invitation (XEP-0077 §3.1, XEP-0445 §4). The stanza says nothing of who
    /// sent it. Answer: [`register_answered`](super::C2s::register_answered).
    Register(Stanza),
    /// Begin stream management (XEP-0198 §3). Answer: [`managed`](super::C2s::managed).
    Manage(SmRequest),
    /// A stanza from the client, `from` set. Once it is durable (or refused, or of no lasting effect):
    /// [`handled`](super::C2s::handled), oldest first.
    Stanza(Stanza),
    /// The client acknowledged so many stanzas more.
    Acked(u32),
    /// Somebody looks at the client's screen, or no longer (XEP-0352).
    Active(bool),
    /// Send the output, then close the connection. The last of all demands.
    Closed(Closed),
}

/// Someone proved who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignedIn {
    /// The localpart, normalised.
    pub username: String,
    /// How.
    pub by: By,
    /// Which password it was, by the name its verifier had; none for tokens.
    pub password: Option<Arc<str>>,
    /// With what.
    pub user_agent: Option<UserAgent>,
    /// The mechanism a token is wanted for (XEP-0484 §3.2).
    pub wants_token: Option<Mechanism>,
}

/// How someone signed in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum By {
    /// With a password, by this mechanism.
    Password(Mechanism),
    /// With a token.
    Token {
        /// The driver's name for it.
        id: Arc<str>,
        /// The client's count, to be kept: lower ones are replays.
        count: Option<u32>,
        /// The token is to be forgotten (XEP-0484 §3.6).
        invalidate: bool,
    },
}

/// The client's device (XEP-0388 §2.3). Personal: not for logs.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct UserAgent {
    /// Stable name of the installation.
    pub id: Option<String>,
    /// Name of the program.
    pub software: Option<String>,
    /// Name of the device.
    pub device: Option<String>,
}

impl std::fmt::Debug for UserAgent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserAgent").finish_non_exhaustive()
    }
}

/// A new token for the client.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// The secret.
    pub token: String,
    /// Until when, as XEP-0082 writes it.
    pub expiry: String,
}

impl std::fmt::Debug for NewToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewToken").field("expiry", &self.expiry).finish_non_exhaustive()
    }
}

/// A resource is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bind {
    /// The localpart that signed in.
    pub username: String,
    /// The resource to give: asked for by the client, or its tag and a random part (XEP-0386 §3.2.1).
    pub resource: String,
    /// The device. Its earlier sessions may go on: the tabs of one browser are one device (left out of XEP-0386 §3.2).
    pub device: Option<String>,
    /// Carbons from the start (XEP-0280).
    pub carbons: bool,
    /// Stream management from the start.
    pub sm: Option<SmRequest>,
    /// The client starts in the background (XEP-0352).
    pub is_inactive: bool,
    /// By Bind 2: the client fetches what it missed from the archive.
    pub is_bind2: bool,
}

/// Stream management is wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SmRequest {
    /// The name the session will have.
    pub id: Arc<str>,
    /// The client wants to be able to resume.
    pub resume: bool,
    /// The longest absence the client has in mind, in seconds.
    pub max_secs: Option<u32>,
}

/// The answer to [`Bind`].
#[derive(Clone, Debug)]
pub struct Bound {
    /// The session's address.
    pub jid: FullJid,
    /// If management was wanted: how long it may be resumed; zero for "not at all".
    pub resume_secs: u32,
    /// More for `<bound/>`, such as the state of the archive (XEP-0313 §5).
    pub extra: Vec<Element>,
}

impl Bound {
    /// Bound, without anything else.
    pub const fn new(jid: FullJid) -> Self {
        Self { jid, resume_secs: 0, extra: Vec::new() }
    }
}

/// Why a stream ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Closed {
    /// The client said goodbye: its session is over, even a managed one.
    ByPeer,
    /// We said goodbye.
    ByUs,
    /// With an error: of the client, or what the driver gave.
    Error(StreamCondition),
    /// The client reported an error.
    PeerError,
}
