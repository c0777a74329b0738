//! By what a message that is sent again is recognised: the sender's own mark.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use konvent_core::Millis;
use konvent_wire::Stanza;

use crate::ns;

/// Longer marks are kept as their hash: an index must not grow by what a stranger writes.
const LONGEST: usize = 128;

/// A message without an origin id is taken for the same one only within this time: clients that count from 1 again
/// after each start would lose messages otherwise.
const WEEK_MILLIS: i64 = 7 * 86_400_000;

/// The mark of a message: its origin id (XEP-0359 §2.2), or, when it has none, its stanza id attribute together with
/// what it says and the week in which it came. `None` when it has neither.
pub(super) fn of(stanza: &Stanza, now: Millis) -> Option<String> {
    let origin = stanza.child("origin-id", ns::STANZA_ID);
    if let Some(id) = origin.and_then(|origin| origin.attr("id")).filter(|id| !id.is_empty()) {
        return Some(if id.len() <= LONGEST {
            format!("o {id}")
        } else {
            hashed('O', 0, &id, b"")
        });
    }
    let id = stanza.id.as_deref().filter(|id| !id.is_empty())?;
    Some(hashed('i', now.0.div_euclid(WEEK_MILLIS), id, stanza.inner()))
}

fn hashed(kind: char, week: i64, id: &str, content: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(week.to_be_bytes());
    hash.update((id.len() as u64).to_be_bytes());
    hash.update(id);
    hash.update(content);
    let mut mark = String::from(kind);
    for byte in hash.finalize().iter().take(16) {
        let _ = write!(mark, "{byte:02x}"); // writing to a string cannot fail
    }
    mark
}
