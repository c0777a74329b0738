//! How much is said in a room (XEP-0502): counted by the hour, told as messages an hour of the last day. Only of rooms that are
//! open to everybody; what members say among themselves is counted nowhere.

use konvent_core::{Answer, Millis, Reader, RoomId, Tx};
use konvent_wire::Stanza;

use crate::ns;
use crate::rooms::{RoomInfo, RoomKind, Terms, store};

/// So many full hours are looked back (XEP-0502 §4: no more than 72).
const HOURS: i64 = 24;
const HOUR_MS: i64 = 3_600_000;

/// Whether it is told of a room with these terms (XEP-0502 §3.1, §9): it stays, everybody finds it, and everybody may enter.
fn is_told(terms: &Terms) -> bool {
    terms.is_public && terms.is_persistent && !terms.is_members_only && terms.password.is_none()
}

/// Whether a message counts (XEP-0502 §4): words for people, and not the same ones corrected.
fn counts(message: &Stanza) -> bool {
    message.has("body", ns::CLIENT) && !message.has("replace", "urn:xmpp:message-correct:0")
}

/// Somebody has said something in a room.
pub(in crate::rooms) fn note(
    tx: &mut Tx<'_>,
    room: RoomId,
    terms: &Terms,
    message: &Stanza,
) -> Answer<()> {
    if !is_told(terms) || !counts(message) {
        return Ok(());
    }
    let hour = hour_of(tx.now());
    if store::count_message(tx, room, hour)? == 1 {
        store::forget_activity(tx, room, hour - HOURS)?; // the first of an hour tidies up
    }
    Ok(())
}

/// Messages an hour, if that is known: the running hour and the time before the room was made do not count.
pub fn hourly(reader: &mut Reader<'_>, room: &RoomInfo, now: Millis) -> Answer<Option<f64>> {
    if room.kind != RoomKind::Free || !is_told(&room.terms) {
        return Ok(None);
    }
    let Some(made) = store::made_at(reader, room.id)? else { return Ok(None) };
    let until = hour_of(now);
    let from = hour_of(made).max(until - HOURS);
    let Some(hours) = u32::try_from(until - from).ok().filter(|hours| *hours > 0) else {
        return Ok(None);
    };
    let said: i64 = store::activity(reader, room.id, from, until)?.into_iter().sum();
    let said = u32::try_from(said).unwrap_or(u32::MAX);
    Ok(Some(f64::from(said) / f64::from(hours)))
}

const fn hour_of(at: Millis) -> i64 {
    at.0.div_euclid(HOUR_MS)
}
