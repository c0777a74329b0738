//! Holds: whose contents stay although the member file let him go and the time is over, because a court or the organisation's
//! own tribunal may ask for them (Art. 17(3)(e) GDPR). Each has a reason, also for its end; both are noted in the audit.

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Kind, Millis, PersonId, Reader, Refusal, Tx};

use super::store;

/// So long may a reason be, in bytes.
pub const REASON_BYTES_MAX: usize = 1_000;

/// Without a reason nobody's data is kept longer, and none that was kept is let go.
pub const REASON_NEEDED: Refusal = Refusal::new(Kind::BadRequest, "accounts.hold-reason-needed");
/// There is a hold already.
pub const ALREADY_HELD: Refusal = Refusal::new(Kind::Conflict, "accounts.already-held");
/// There is no such hold, or it was lifted.
pub const NO_SUCH_HOLD: Refusal = Refusal::new(Kind::NotFound, "accounts.no-such-hold");

/// A running hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its number.
    pub id: i64,
    /// Whose contents stay.
    pub person: PersonId,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Millis,
    /// Who said so.
    pub by: PersonId,
}

/// All running holds, the latest first.
pub fn holds(reader: &mut Reader<'_>) -> Answer<Vec<Hold>> {
    store::holds(reader)
}

/// Whether a running hold keeps what this person has left.
pub fn is_held(reader: &mut Reader<'_>, person: PersonId) -> Answer<bool> {
    store::is_held(reader, person)
}

/// Every hold there was of a person, with reasons: for himself.
pub(super) fn of(reader: &mut Reader<'_>, person: PersonId) -> Answer<Vec<(Millis, String)>> {
    store::holds_of(reader, person)
}

/// Holds what a person has left, or may leave one day.
///
/// # Errors
/// [`REASON_NEEDED`], [`ALREADY_HELD`].
pub fn hold(tx: &mut Tx<'_>, person: PersonId, reason: &str, by: PersonId) -> Answer<i64> {
    let (id, reason) = (tx.fresh_id(), checked(reason)?);
    if !store::hold(tx, id, person, reason, by)? {
        return Err(ALREADY_HELD);
    }
    note(tx, "accounts.held", person, by)?;
    Ok(id)
}

/// Lifts a hold: what was held goes like everybody else's.
///
/// # Errors
/// [`REASON_NEEDED`], [`NO_SUCH_HOLD`].
pub fn lift(tx: &mut Tx<'_>, id: i64, because: &str, by: PersonId) -> Answer<()> {
    let because = checked(because)?;
    let person = store::lift_hold(tx, id, because, by)?.ok_or(NO_SUCH_HOLD)?;
    note(tx, "accounts.hold-lifted", person, by)
}

fn checked(reason: &str) -> Answer<&str> {
    let reason = reason.trim();
    if reason.is_empty() || reason.len() > REASON_BYTES_MAX {
        Err(REASON_NEEDED)
    } else {
        Ok(reason)
    }
}

/// The reason is not in the note: it may speak of people.
fn note(tx: &mut Tx<'_>, act: &'static str, person: PersonId, by: PersonId) -> Answer<()> {
    audit::note(tx, Note { actor: Actor::Person(by.0), act, subject: person.0, detail: "" })
}

#[cfg(test)]
mod tests {
    use konvent_core::testing::twins;

    use super::*;
    use crate::accounts::tests::member;
    use crate::tests::WITH_NOTES;

    #[test]
    fn what_is_held_has_a_reason_and_is_held_once() {
        twins(WITH_NOTES, |db, _| {
            let (romeo, escalus) = db
                .write_blocking(|tx| {
                    let romeo = member(tx, "1", "Romeo", "Montague")?;
                    Ok((romeo, member(tx, "2", "Escalus", "Verona")?))
                })
                .unwrap();
            let try_hold =
                |reason: String| db.write_blocking(move |tx| hold(tx, romeo, &reason, escalus));
            for none in [String::new(), " \n".to_owned(), "x".repeat(REASON_BYTES_MAX + 1)] {
                assert_eq!(try_hold(none).unwrap_err(), REASON_NEEDED);
            }
            let id = try_hold(" Schiedsverfahren ".to_owned()).unwrap();
            assert_eq!(try_hold("noch einmal".to_owned()).unwrap_err(), ALREADY_HELD);
            let running = db.read_blocking(holds).unwrap();
            assert_eq!(running.len(), 1);
            assert_eq!((running[0].id, running[0].person, running[0].by), (id, romeo, escalus));
            assert_eq!(running[0].reason, "Schiedsverfahren");
            assert!(db.read_blocking(move |reader| is_held(reader, romeo)).unwrap());
            assert!(!db.read_blocking(move |reader| is_held(reader, escalus)).unwrap());
            let try_lift =
                |reason: &'static str| db.write_blocking(move |tx| lift(tx, id, reason, escalus));
            assert_eq!(try_lift(" ").unwrap_err(), REASON_NEEDED);
            try_lift("beendet").unwrap();
            assert_eq!(try_lift("beendet").unwrap_err(), NO_SUCH_HOLD);
            assert!(db.read_blocking(holds).unwrap().is_empty());
            let again = try_hold("Berufung".to_owned()).unwrap();
            assert_ne!(again, id);
            assert_eq!(db.read_blocking(audit::verify).unwrap(), None);
        });
    }
}
