//! What happens to what somebody has left behind when the member file let him go and his time is over (`[retention]`, Art.
//! 5(1)(e) GDPR): it is erased, unless it is held for a court.
//!
//! The person stays in the directory as the member file has him; only what hangs on the account goes, see
//! [`super::erase`]. Whoever comes back earlier finds everything as it was.

use std::sync::Arc;

use konvent_core::{Answer, Millis, PersonId};
use konvent_people::{accounts, people};

use super::{contacts, erase};
use crate::house::House;

/// Accounts emptied at one tick: each takes its time in the storage, and others wait meanwhile.
const AT_ONCE: usize = 20;

/// Erases what has stayed long enough, a few accounts at a time.
pub async fn time_passes(house: &Arc<House>, now: Millis) -> Answer<()> {
    let settings = house.config().retention.clone();
    let until = now.plus_days(-i64::from(settings.left_days));
    let most = AT_ONCE + settings.held.len();
    let due = house
        .db()
        .read(move |reader| {
            let mut held: Vec<PersonId> = Vec::new();
            for number in &settings.held {
                held.extend(people::by_number(reader, number)?.map(|person| person.id));
            }
            let mut left = accounts::left_before(reader, until, most)?;
            left.retain(|account| !held.contains(&account.person));
            Ok(left)
        })
        .await?;
    for account in due.into_iter().take(AT_ONCE) {
        contacts::tell_and_wait(house, move |house, tx| {
            // He may have come back since he was found.
            let still = accounts::get(tx, account.id)?.is_some_and(|known| known.is_closed);
            if !still {
                return Ok(konvent_talk::contacts::Sequel::default());
            }
            let sequel = erase::contents(tx, house.domain(), &contacts::member(house, &account)?)?;
            accounts::contents_erased(tx, account.id)?;
            Ok(sequel)
        })
        .await?;
    }
    Ok(())
}
