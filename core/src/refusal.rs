//! One way of saying no, with three faces: a stanza error, an HTTP problem and a sentence in the client.
//!
//! The faces are drawn in one file of the server (`server/src/faces.rs`); features only choose kind and code.

use std::error::Error;

/// What a request comes back with.
pub type Answer<T> = Result<T, Refusal>;

/// A refusal is an answer to the person who asked, except for [`Kind::Broken`], which is our own fault.
#[derive(Debug, thiserror::Error)]
#[error("{code}")]
pub struct Refusal {
    /// Decides how the refusal looks on each wire.
    pub kind: Kind,
    /// Stable name, `feature.what-happened`. The web client translates it; nobody parses other text.
    pub code: &'static str,
    /// For the log only, never for the wire.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// The few ways in which a request can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request makes no sense; sending it again will not help.
    BadRequest,
    /// The person is known but may not do this.
    NotAllowed,
    /// It does not exist, or the person may not know that it does.
    NotFound,
    /// Somebody was faster, or what the request rests on has changed.
    Conflict,
    /// Too much or too fast; try again later.
    NotNow,
    /// We failed. Logged once, where it is turned into a reply.
    Broken,
}

impl Refusal {
    /// Says no without a cause worth logging.
    pub const fn new(kind: Kind, code: &'static str) -> Self {
        Self { kind, code, cause: None }
    }

    /// Our own fault, with what led to it.
    pub fn broken(code: &'static str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: Kind::Broken, code, cause: Some(cause.into()) }
    }

    /// The same no, with what led to it, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The code and every cause behind it, in one line for the log.
    pub fn chain(&self) -> String {
        let mut line = self.code.to_owned();
        let mut next = self.source();
        while let Some(cause) = next {
            line.push_str(": ");
            line.push_str(&cause.to_string());
            next = cause.source();
        }
        line
    }
}

/// Two refusals are the same answer when kind and code agree; the cause is not part of the answer.
impl PartialEq for Refusal {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.code == other.code
    }
}
