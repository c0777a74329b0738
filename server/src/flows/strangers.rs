//! What people elsewhere may say to a member who does not know them: nothing, where the house wants it so, else so much a day
//! that they cannot fill his archive.
//!
//! Left out: a count that outlives the server or is shared between nodes; after a restart everybody begins anew.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use konvent_core::{AccountId, Answer, Kind, Millis, Reader, Refusal};
use konvent_talk::{Who, archive, contacts};
use konvent_wire::{Jid, Stanza};

use crate::house::House;

/// So many bytes a day strangers together may say to one address: thousands of letters, but no archive that fills a disk.
pub const BYTES_A_DAY_MAX: usize = 16 * 1024 * 1024;

/// So many bytes a day the strangers of one domain may say to all addresses together: one server that lost its senses, or was
/// made for that, does not fill the disk by writing to everybody.
pub const OF_A_DOMAIN_MAX: usize = 64 * 1024 * 1024;

/// So many bytes a day all strangers together: whoever makes up domains as well meets this.
pub const OF_ALL_MAX: usize = 1024 * 1024 * 1024;

/// So many addresses the strangers of one domain may write to in a day: more is a list that somebody tries out.
const ADDRESSES_OF_A_DOMAIN_MAX: usize = 5_000;

/// Of so many addresses it is counted, each by itself; those that come later share one count. It bounds the memory that
/// invented addresses take, and pushes nobody's count out.
const ADDRESSES_MAX: usize = 50_000;

/// The same for domains.
const DOMAINS_MAX: usize = 10_000;

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
    today: Mutex<Today>,
}

/// The counts of one day.
#[derive(Debug, Default)]
struct Today {
    day: i64,
    bytes: usize,
    /// By address.
    told: HashMap<u64, usize>,
    /// What all addresses share for which there was no room.
    told_others: usize,
    /// By domain: bytes, and addresses that were new when it wrote to them.
    domains: HashMap<u64, (usize, usize)>,
    other_domains: (usize, usize),
}

impl Said {
    /// So much more is said to this address by somebody of that domain; false: it is too much, and is not counted.
    fn takes(&self, domain: &str, to: &str, bytes: usize, now: Millis) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.0.div_euclid(DAY_MILLIS);
        if today.day != day {
            *today = Today { day, ..Today::default() };
        }
        today.takes(self.keys.hash_one(domain), self.keys.hash_one(to), bytes)
    }
}

impl Today {
    fn takes(&mut self, domain: u64, to: u64, bytes: usize) -> bool {
        let is_new = !self.told.contains_key(&to);
        let told = if is_new && self.told.len() >= ADDRESSES_MAX {
            Count::Shared(&mut self.told_others)
        } else {
            Count::Own(self.told.entry(to))
        };
        let is_counted = self.domains.contains_key(&domain) || self.domains.len() < DOMAINS_MAX;
        let of_domain = if is_counted {
            Count::Own(self.domains.entry(domain))
        } else {
            Count::Shared(&mut self.other_domains)
        };
        let (of_domain_bytes, new_addresses) = of_domain.so_far();
        let is_within = |so_far: usize, max: usize| so_far.saturating_add(bytes) <= max;
        if !is_within(told.so_far(), BYTES_A_DAY_MAX)
            || !is_within(of_domain_bytes, OF_A_DOMAIN_MAX)
            || !is_within(self.bytes, OF_ALL_MAX)
            || (is_new && new_addresses >= ADDRESSES_OF_A_DOMAIN_MAX)
        {
            return false;
        }
        self.bytes += bytes;
        *told.count() += bytes;
        let counted = of_domain.count();
        counted.0 += bytes;
        counted.1 += usize::from(is_new);
        true
    }
}

/// Where something is counted: by itself, or together with all that came too late for that. Nothing is kept of who is only asked
/// for.
enum Count<'t, C> {
    Own(Entry<'t, u64, C>),
    Shared(&'t mut C),
}

impl<'t, C: Copy + Default> Count<'t, C> {
    fn so_far(&self) -> C {
        match self {
            Self::Own(Entry::Occupied(known)) => *known.get(),
            Self::Own(Entry::Vacant(_)) => C::default(),
            Self::Shared(count) => **count,
        }
    }

    fn count(self) -> &'t mut C {
        match self {
            Self::Own(entry) => entry.or_default(),
            Self::Shared(count) => count,
        }
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
    let (domain, bytes) = (from.domain().as_str(), said.size_hint());
    if !is_stranger || house.strangers().takes(domain, to.to_bare().as_str(), bytes, now) {
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
pub(super) fn knows(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    from: &Jid,
) -> Answer<bool> {
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

    const NOW: Millis = Millis(5 * DAY_MILLIS);
    const FROM: &str = "mantua.example";

    #[test]
    fn an_address_takes_so_much_a_day_from_strangers() {
        let said = Said::default();
        assert!(said.takes(FROM, "romeo@verona.example", BYTES_A_DAY_MAX, NOW));
        assert!(!said.takes(FROM, "romeo@verona.example", 1, NOW));
        assert!(!said.takes("padua.example", "romeo@verona.example", 1, NOW), "all together");
        assert!(said.takes(FROM, "juliet@verona.example", 1, NOW), "each for itself");
        let tomorrow = Millis(NOW.0 + DAY_MILLIS);
        assert!(said.takes(FROM, "romeo@verona.example", 1, tomorrow));
    }

    #[test]
    fn a_domain_has_a_bound_of_its_own_whomever_it_writes_to() {
        let said = Said::default();
        let each = OF_A_DOMAIN_MAX / 8;
        assert!((0..8).all(|at| said.takes(FROM, &format!("{at}@verona.example"), each, NOW)));
        assert!(!said.takes(FROM, "juliet@verona.example", 1, NOW));
        assert!(said.takes("padua.example", "juliet@verona.example", 1, NOW));
        // All addresses that it makes up are one list: the next one is one too many.
        let said = Said::default();
        let tried = (0..ADDRESSES_OF_A_DOMAIN_MAX + 10)
            .filter(|at| said.takes(FROM, &format!("{at}@verona.example"), 1, NOW));
        assert_eq!(tried.count(), ADDRESSES_OF_A_DOMAIN_MAX);
        assert!(said.takes(FROM, "0@verona.example", 1, NOW), "to those it writes on");
    }

    #[test]
    fn invented_addresses_and_domains_push_no_count_out() {
        let said = Said::default();
        assert!(said.takes(FROM, "romeo@verona.example", BYTES_A_DAY_MAX, NOW));
        for at in 0..ADDRESSES_MAX + 100 {
            said.takes(&format!("{}.example", at / 5), &format!("{at}@verona.example"), 1, NOW);
        }
        let today = said.today.lock().unwrap();
        assert_eq!((today.told.len(), today.domains.len()), (ADDRESSES_MAX, DOMAINS_MAX));
        drop(today);
        assert!(!said.takes("padua.example", "romeo@verona.example", 1, NOW), "still full");
        // Who comes after all that shares one count with all the others.
        assert!(said.takes("late.example", "late@verona.example", BYTES_A_DAY_MAX - 200, NOW));
        assert!(!said.takes("later.example", "later@verona.example", 1_000, NOW));
    }

    #[test]
    fn all_strangers_together_fill_no_disk() {
        let said = Said::default();
        let taken = (0..200).filter(|at| {
            said.takes(
                &format!("{at}.example"),
                &format!("{at}@verona.example"),
                BYTES_A_DAY_MAX,
                NOW,
            )
        });
        assert_eq!(taken.count(), OF_ALL_MAX / BYTES_A_DAY_MAX);
    }
}
