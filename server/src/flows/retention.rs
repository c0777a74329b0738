//! What happens to what somebody has left behind when the member file let him go and his time is over (`[retention]`, Art.
//! 5(1)(e) GDPR): it is erased, unless it is held for a court. And what was dealt with goes, too: reports of members.
//!
//! The person stays in the directory as the member file has him; only what hangs on the account goes, see
//! [`super::erase`]. Whoever comes back earlier finds everything as it was.

use std::sync::Arc;

use konvent_core::{Answer, Millis, PersonId, Tx};
use konvent_people::accounts::Account;
use konvent_people::{accounts, people};
use konvent_talk::blocking;
use konvent_talk::contacts::Sequel;

use super::{contacts, erase};
use crate::house::House;

/// Accounts emptied at one tick: each takes its time in the storage, and others wait meanwhile.
const AT_ONCE: usize = 20;

/// Erases what has stayed long enough, a few accounts at a time.
pub async fn time_passes(house: &Arc<House>, now: Millis) -> Answer<()> {
    let settings = house.config().retention.clone();
    let until = now.plus_days(-i64::from(settings.left_days));
    let dealt_until = now.plus_days(-i64::from(settings.reports_days));
    let (due, has_dealt) = house
        .db()
        .read(move |reader| {
            let mut held: Vec<PersonId> = Vec::new();
            for number in &settings.held {
                held.extend(people::by_number(reader, number)?.map(|person| person.id));
            }
            held.extend(accounts::holds(reader)?.into_iter().map(|hold| hold.person));
            let mut left = accounts::left_before(reader, until, AT_ONCE + held.len())?;
            left.retain(|account| !held.contains(&account.person));
            Ok((left, blocking::has_dealt_before(reader, dealt_until)?))
        })
        .await?;
    if has_dealt {
        house.db().write(move |tx| blocking::forget_dealt_before(tx, dealt_until)).await?;
    }
    for account in due.into_iter().take(AT_ONCE) {
        // Whose things cannot be erased now keeps nobody else's from being erased; he is tried again at the next tick.
        if let Err(refusal) = empty(house, account).await {
            tracing::error!(target: "retention", cause = refusal.chain(), "what a former member left behind could not be erased");
        }
    }
    Ok(())
}

async fn empty(house: &Arc<House>, account: Account) -> Answer<()> {
    let id = account.id;
    // He may have come back, or been held, since he was found.
    let is_due = move |tx: &mut Tx<'_>| {
        let still = accounts::get(tx, id)?.is_some_and(|known| known.is_closed);
        Ok(still && !accounts::is_held(tx, account.person)?)
    };
    erase::ahead(house, id, is_due).await?;
    contacts::tell_and_wait(house, move |house, tx| {
        if !is_due(tx)? {
            return Ok(Sequel::default());
        }
        let sequel = erase::contents(tx, house.domain(), &contacts::member(house, &account)?)?;
        accounts::contents_erased(tx, id)?;
        Ok(sequel)
    })
    .await
}
