//! What people elsewhere may say to a member who does not know them: nothing, where the house wants it so, else so much a day
//! that they cannot fill his archive.
//!
//! Left out: a count that outlives the server or is shared between nodes; after a restart everybody begins anew.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use konvent_core::{AccountId, Answer, Kind, Millis, Reader, Refusal};
use konvent_talk::{Who, archive, contacts};
use konvent_wire::{Jid, Stanza};

use crate::house::House;

/// So many bytes a day strangers together may say to one address: thousands of letters, but no archive that fills a disk.
pub const BYTES_A_DAY_MAX: usize = 16 * 1024 * 1024;

/// Of so many addresses it is counted; with more the count begins anew. It bounds the memory that invented addresses take.
const ADDRESSES_MAX: usize = 50_000;

/// A day, in milliseconds.
const DAY_MILLIS: i64 = 86_400_000;

/// Strangers have said enough to this address for today.
const ENOUGH: Refusal = Refusal::new(Kind::NotNow, "strangers.enough-for-today");

/// What strangers have said today. Addresses that nobody has are counted like all others, so that the refusal tells nobody
/// which ones there are.
#[derive(Debug, Default)]
pub struct Said {
    /// With keys of its own: nobody finds two addresses that are counted as one.
    keys: RandomState,
    today: Mutex<(i64, HashMap<u64, usize>)>,
}

impl Said {
    /// So much more is said to this address; false: it is too much.
    fn takes(&self, to: &str, bytes: usize, now: Millis) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let (day, told) = &mut *today;
        let is_over = *day != now.0.div_euclid(DAY_MILLIS);
        if is_over || told.len() >= ADDRESSES_MAX {
            *day = now.0.div_euclid(DAY_MILLIS);
            told.clear();
        }
        let so_far = told.entry(self.keys.hash_one(to)).or_default();
        *so_far = so_far.saturating_add(bytes);
        *so_far <= BYTES_A_DAY_MAX
    }
}

/// A message from elsewhere for a member or for nobody is counted, if he does not know who says it.
///
/// # Errors
/// [`ENOUGH`].
pub fn spend(
    house: &House,
    reader: &mut Reader<'_>,
    who: &Who,
    (from, to): (&Jid, &Jid),
    said: &Stanza,
    now: Millis,
) -> Answer<()> {
    let is_stranger = match who {
        Who::Account(account) => !knows(house, reader, *account, from)?,
        Who::Nobody => true,
        _ => false,
    };
    if !is_stranger || house.strangers().takes(to.to_bare().as_str(), said.size_hint(), now) {
        return Ok(());
    }
    Err(ENOUGH)
}

/// Whether a member hears from that address at all.
pub fn is_heard(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    from: &Jid,
) -> Answer<bool> {
    Ok(house.abroad().lets_strangers_in() || knows(house, reader, account, from)?)
}

/// Whether a member has listed the address, has written to it, or shows himself to it (as to a room).
fn knows(house: &House, reader: &mut Reader<'_>, account: AccountId, from: &Jid) -> Answer<bool> {
    let bare = from.to_bare();
    Ok(has_shown(house, account, from)
        || contacts::has_listed(reader, account, &bare)?
        || archive::has_written_to(reader, account, bare.as_str())?)
}

fn has_shown(house: &House, account: AccountId, from: &Jid) -> bool {
    let hall = house.hall();
    let seats = hall.seats_of(account);
    seats.iter().any(|seat| hall.presences.has_shown_abroad(seat.session.id, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_takes_so_much_a_day_from_strangers() {
        let (said, now) = (Said::default(), Millis(5 * DAY_MILLIS));
        assert!(said.takes("romeo@verona.example", BYTES_A_DAY_MAX, now));
        assert!(!said.takes("romeo@verona.example", 1, now));
        assert!(said.takes("juliet@verona.example", 1, now), "each for itself");
        let tomorrow = Millis(now.0 + DAY_MILLIS);
        assert!(said.takes("romeo@verona.example", 1, tomorrow));
        for number in 0..ADDRESSES_MAX + 10 {
            said.takes(&format!("{number}@verona.example"), 1, tomorrow);
        }
        assert!(said.today.lock().unwrap().1.len() <= ADDRESSES_MAX);
    }
}
