//! What a room is about (XEP-0045 §8.1): set by moderators, or by all who may speak where the terms say so.

use konvent_core::{Answer, Kind, Refusal, RoomId, Tx};
use konvent_wire::Stanza;

use super::store;
use crate::ns;
use crate::rooms::occupants::Voice;
use crate::rooms::stanzas::Subject;

/// Only moderators set the subject here.
pub const NOT_THE_SUBJECT: Refusal = Refusal::new(Kind::NotAllowed, "rooms.not-the-subject");

/// A subject is a line or two; every newcomer is shown it.
pub const SUBJECT_BYTES_MAX: usize = 4_000;

/// Whether a message sets the subject: it has one and says nothing else (XEP-0045 §8.1).
pub fn is_subject(message: &Stanza) -> bool {
    message.has("subject", ns::CLIENT)
        && !message.has("body", ns::CLIENT)
        && !message.has("thread", ns::CLIENT)
}

/// Keeps a subject.
///
/// # Errors
/// `rooms.bad-request` when it is longer than [`SUBJECT_BYTES_MAX`].
pub(in crate::rooms) fn keep(
    tx: &mut Tx<'_>,
    room: RoomId,
    message: &Stanza,
    voice: &Voice,
) -> Answer<()> {
    let text = message.text_of("subject", ns::CLIENT).unwrap_or_default();
    if text.len() > SUBJECT_BYTES_MAX {
        return Err(crate::rooms::BAD_REQUEST);
    }
    let Voice { nick, occupant_id, .. } = voice.clone();
    let subject = Subject { text, by: Some(nick), occupant: Some(occupant_id), at: Some(tx.now()) };
    store::set_subject(tx, room, &subject).map(drop)
}
