//! What RFC 6120 §8 demands of any stanza, whatever it is about. A fault here is answered, not punished:
//! the stream goes on.

use super::{Name, Stanza};
use crate::errors::{Condition, ErrorKind, StanzaError};

impl Stanza {
    /// What is wrong with its frame, as the error to answer with. Nothing is wrong with most.
    pub fn fault(&self) -> Option<StanzaError> {
        if self.name != Name::Iq {
            return None;
        }
        // RFC 6120 §8.2.3: an iq has an id and one of four types; a request has exactly one child.
        let sound = self.id.is_some()
            && match self.kind.as_deref() {
                Some("get" | "set") => self.body.children.len() == 1,
                Some("result") => self.body.children.len() <= 1,
                Some("error") => true,
                _ => false,
            };
        (!sound).then(|| StanzaError::new(ErrorKind::Modify, Condition::BadRequest))
    }

    /// Whether a refusal may be sent back: never for errors nor results (RFC 6120 §8.3.1, §8.2.3).
    pub fn may_be_refused(&self) -> bool {
        let is_result = self.name == Name::Iq && self.is_kind("result");
        !self.is_error() && !is_result
    }
}
