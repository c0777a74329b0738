//! Whose contents stay for a court or tribunal although the time is over: an admin says so and why, and lifts it again. What
//! becomes of everybody else's is told in [`super::retention`].

use std::sync::Arc;

use konvent_core::{Answer, Millis, PersonId, Reader};
use konvent_people::{accounts, people};

use crate::house::House;

/// People who have left, on one page: those whose time is over first.
const SHOWN_MAX: i64 = 200;

/// Somebody who has left and whose contents are still there.
#[derive(Debug)]
pub struct Left {
    /// The member number.
    pub number: String,
    /// The name.
    pub name: String,
    /// Since when.
    pub at: Millis,
    /// When the contents go; nothing while they are held.
    pub goes_at: Option<Millis>,
}

/// Somebody whose contents stay.
#[derive(Debug)]
pub struct Held {
    /// The number of the hold; nothing for one of the settings, which only the operator lifts.
    pub id: Option<i64>,
    /// The member number.
    pub number: String,
    /// The name, if somebody has this number.
    pub name: Option<String>,
    /// Why; nothing for one of the settings.
    pub reason: Option<String>,
    /// Since when.
    pub since: Option<Millis>,
    /// Who said so.
    pub by: Option<String>,
}

/// Who has left, and what is held.
#[derive(Debug)]
pub struct Overview {
    /// Who goes first stands first.
    pub left: Vec<Left>,
    /// The latest first, then those of the settings.
    pub held: Vec<Held>,
}

/// What goes next, and what does not.
pub async fn overview(house: &Arc<House>) -> Answer<Overview> {
    let settings = house.config().retention.clone();
    house
        .db()
        .read(move |reader| {
            let mut held = Vec::new();
            let mut persons = Vec::new();
            for hold in accounts::holds(reader)? {
                let Some(person) = people::get(reader, hold.person)? else { continue };
                persons.push(hold.person);
                held.push(Held {
                    id: Some(hold.id),
                    name: Some(person.display_name()),
                    number: person.member_number,
                    reason: Some(hold.reason),
                    since: Some(hold.since),
                    by: people::display_name(reader, hold.by)?,
                });
            }
            for number in settings.held {
                let person = people::by_number(reader, &number)?;
                persons.extend(person.as_ref().map(|person| person.id));
                let name = person.map(|person| person.display_name());
                held.push(Held { id: None, number, name, reason: None, since: None, by: None });
            }
            let left = left(reader, &persons, i64::from(settings.left_days))?;
            Ok(Overview { left, held })
        })
        .await
}

fn left(reader: &mut Reader<'_>, held: &[PersonId], days: i64) -> Answer<Vec<Left>> {
    let mut all = Vec::new();
    for (id, at) in accounts::left(reader, SHOWN_MAX)? {
        let Some(person) = people::get(reader, id)? else { continue };
        let goes_at = (!held.contains(&id)).then(|| at.plus_days(days));
        all.push(Left { name: person.display_name(), number: person.member_number, at, goes_at });
    }
    Ok(all)
}

/// Holds what the member with this number has left, or may leave one day. Guests have none: what they leave goes at once.
///
/// # Errors
/// `people.unknown`, `accounts.hold-reason-needed`, `accounts.already-held`.
pub async fn hold(house: &Arc<House>, number: String, reason: String, by: PersonId) -> Answer<()> {
    house
        .db()
        .write(move |tx| {
            let person = people::by_number(tx, number.trim())?.ok_or(people::UNKNOWN)?.id;
            if people::is_guest(tx, person)? {
                return Err(people::UNKNOWN);
            }
            accounts::hold(tx, person, &reason, by).map(drop)
        })
        .await
}

/// Lifts a hold.
///
/// # Errors
/// `accounts.no-such-hold`, `accounts.hold-reason-needed`.
pub async fn lift(house: &Arc<House>, id: i64, because: String, by: PersonId) -> Answer<()> {
    house.db().write(move |tx| accounts::lift(tx, id, &because, by)).await
}
