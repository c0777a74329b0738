//! What people may say to a member who does not know them: so much a day that they cannot fill his archive. That holds for people
//! elsewhere, to whom a house may be closed altogether, and for accounts here that the directory knows nothing of.
//!
//! Left out: a count that outlives the server or is shared between nodes; after a restart everybody begins anew.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use konvent_core::{AccountId, Answer, Kind, Millis, Reader, Refusal, Tx};
use konvent_people::people;
use konvent_talk::{Session, Who, archive, contacts};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Stanza};

use crate::house::House;

/// So many bytes a day strangers together may say to one address: thousands of letters, but no archive that fills a disk.
pub const BYTES_A_DAY_MAX: usize = 16 * 1024 * 1024;

/// So many of them one source may say to one address, a domain elsewhere or an account here: nobody uses up what all others may
/// say to somebody.
pub const OF_ONE_MAX: usize = BYTES_A_DAY_MAX / 4;

/// So many bytes a day one source may say to all addresses together: one server that lost its senses, or was made for that,
/// does not fill the disk by writing to everybody.
pub const OF_A_SOURCE_MAX: usize = 64 * 1024 * 1024;

/// So many bytes a day all strangers together: whoever makes up domains as well meets this.
pub const OF_ALL_MAX: usize = 1024 * 1024 * 1024;

/// A request to see somebody counts like a letter of so many bytes, since it wants an answer: a thousand a day for one address, and
/// a quarter of them from one domain.
const REQUEST_BYTES: usize = 16 * 1024;

/// So many addresses the strangers of one source may write to in a day: more is a list that somebody tries out.
const ADDRESSES_OF_A_SOURCE_MAX: usize = 5_000;

/// Of so many addresses it is counted, each by itself; those that come later share one count. It bounds the memory that
/// invented addresses take, and pushes nobody's count out.
const ADDRESSES_MAX: usize = 50_000;

/// The same for sources, and for what one of them says to one address.
const SOURCES_MAX: usize = 10_000;
/// See [`SOURCES_MAX`].
const PAIRS_MAX: usize = 50_000;

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
#[derive(Debug)]
struct Today {
    day: i64,
    bytes: usize,
    /// By address.
    told: Counts<usize>,
    /// By source and address.
    pairs: Counts<usize>,
    /// By source: bytes, and addresses that were new when it wrote to them.
    sources: Counts<(usize, usize)>,
}

impl Default for Today {
    fn default() -> Self {
        Self {
            day: 0,
            bytes: 0,
            told: Counts::of(ADDRESSES_MAX),
            pairs: Counts::of(PAIRS_MAX),
            sources: Counts::of(SOURCES_MAX),
        }
    }
}

impl Said {
    /// So much more is said to this address by somebody of that source; false: it is too much, and is not counted.
    fn takes(&self, source: &str, to: &str, bytes: usize, now: Millis) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        let day = now.0.div_euclid(DAY_MILLIS);
        if today.day != day {
            *today = Today { day, ..Today::default() };
        }
        let keys = &self.keys;
        today.takes(keys.hash_one(source), keys.hash_one(to), keys.hash_one((source, to)), bytes)
    }
}

impl Today {
    fn takes(&mut self, source: u64, to: u64, pair: u64, bytes: usize) -> bool {
        let is_new = !self.told.has(to);
        let (told, pair) = (self.told.at(to), self.pairs.at(pair));
        let of_source = self.sources.at(source);
        let (of_source_bytes, new_addresses) = of_source.so_far();
        let is_within = |so_far: usize, max: usize| so_far.saturating_add(bytes) <= max;
        if !is_within(told.so_far(), BYTES_A_DAY_MAX)
            || !is_within(pair.so_far(), OF_ONE_MAX)
            || !is_within(of_source_bytes, OF_A_SOURCE_MAX)
            || !is_within(self.bytes, OF_ALL_MAX)
            || (is_new && new_addresses >= ADDRESSES_OF_A_SOURCE_MAX)
        {
            return false;
        }
        self.bytes += bytes;
        *told.count() += bytes;
        *pair.count() += bytes;
        let counted = of_source.count();
        counted.0 += bytes;
        counted.1 += usize::from(is_new);
        true
    }
}

/// Counts by hash, so many of them by themselves.
#[derive(Debug)]
struct Counts<C> {
    own: HashMap<u64, C>,
    max: usize,
    /// What all share for which there was no room.
    shared: C,
}

impl<C: Copy + Default> Counts<C> {
    fn of(max: usize) -> Self {
        Self { own: HashMap::new(), max, shared: C::default() }
    }

    fn has(&self, key: u64) -> bool {
        self.own.contains_key(&key)
    }

    fn at(&mut self, key: u64) -> Count<'_, C> {
        if self.own.len() < self.max || self.has(key) {
            Count::Own(self.own.entry(key))
        } else {
            Count::Shared(&mut self.shared)
        }
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
    let may = match who {
        Who::Account(account) => {
            may_say(house, reader, *account, (from, to), said.size_hint(), now)?
        }
        Who::Nobody => takes(house, (from, to), said.size_hint(), now),
        _ => true,
    };
    if may { Ok(()) } else { Err(ENOUGH) }
}

/// Whether a member is shown a request of somebody elsewhere, which is counted if he does not know him: whoever asks and takes it
/// back in turns does not knock all day.
pub fn may_ask(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    (from, to): (&Jid, &Jid),
    request: &Stanza,
    now: Millis,
) -> Answer<bool> {
    may_say(house, reader, account, (from, to), weight(request), now)
}

/// The same for an address that nobody has, or whose member has blocked who asks: counted, so that no count tells of it.
pub fn asks_nobody(house: &House, (from, to): (&Jid, &Jid), request: &Stanza) {
    takes(house, (from, to), weight(request), house.clock().now());
}

fn weight(request: &Stanza) -> usize {
    request.size_hint().max(REQUEST_BYTES)
}

fn may_say(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    (from, to): (&Jid, &Jid),
    bytes: usize,
    now: Millis,
) -> Answer<bool> {
    Ok(knows(house, reader, account, from)? || takes(house, (from, to), bytes, now))
}

fn takes(house: &House, (from, to): (&Jid, &Jid), bytes: usize, now: Millis) -> bool {
    house.strangers().takes(from.domain().as_str(), to.to_bare().as_str(), bytes, now)
}

/// The same for what somebody here says and what is kept: members know each other through the directory, accounts outside of it
/// are strangers to everybody who has neither listed them nor written to them.
///
/// # Errors
/// [`ENOUGH`].
pub fn spend_here(
    house: &House,
    tx: &mut Tx<'_>,
    sender: &Session,
    (account, to): (AccountId, &BareJid),
    said: &Stanza,
) -> Answer<()> {
    if sender.account == account
        || !archive::is_worth_keeping(said)
        || !is_outside(house, tx, sender)?
        || knows_here(house, tx, account, sender)?
    {
        return Ok(());
    }
    let (own, now) = (sender.bare(), tx.now());
    if house.strangers().takes(own.as_str(), to.as_str(), said.size_hint(), now) {
        return Ok(());
    }
    Err(ENOUGH)
}

/// Whether the directory knows nothing of whoever speaks. It is asked once in a session.
fn is_outside(house: &House, reader: &mut Reader<'_>, sender: &Session) -> Answer<bool> {
    let seat = house.hall().seated(sender.id);
    if let Some(known) = seat.as_ref().and_then(|seat| seat.is_outside.get()) {
        return Ok(*known);
    }
    let is_outside = people::is_guest(reader, sender.person)?;
    if let Some(seat) = seat {
        let _ = seat.is_outside.set(is_outside); // another message of his was as fast
    }
    Ok(is_outside)
}

/// As [`knows`], of somebody here: who sees whom is known without asking the storage.
fn knows_here(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    from: &Session,
) -> Answer<bool> {
    let hall = house.hall();
    let is_near = hall.presences.sees(account, from.account)
        || hall.presences.shares_with(account, from.account);
    drop(hall);
    let own = from.bare();
    Ok(is_near
        || contacts::has_listed(reader, account, &own)?
        || archive::has_written_to(reader, account, own.as_str())?)
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
    fn one_source_says_so_much_a_day_to_one_address() {
        let said = Said::default();
        assert!(said.takes(FROM, "romeo@verona.example", OF_ONE_MAX, NOW));
        assert!(!said.takes(FROM, "romeo@verona.example", 1, NOW));
        assert!(said.takes("paris@verona.example", "romeo@verona.example", 1, NOW), "not others");
        assert!(said.takes(FROM, "juliet@verona.example", 1, NOW), "each for itself");
        let tomorrow = Millis(NOW.0 + DAY_MILLIS);
        assert!(said.takes(FROM, "romeo@verona.example", 1, tomorrow));
    }

    /// Fills what an address takes.
    fn fill(said: &Said, to: &str) {
        let sources = ["a.example", "b.example", "c.example", "d.example"];
        assert!(sources.iter().all(|from| said.takes(from, to, OF_ONE_MAX, NOW)));
    }

    #[test]
    fn an_address_takes_so_much_a_day_from_strangers_together() {
        let said = Said::default();
        fill(&said, "romeo@verona.example");
        assert!(!said.takes(FROM, "romeo@verona.example", 1, NOW));
        assert!(said.takes(FROM, "juliet@verona.example", 1, NOW));
    }

    #[test]
    fn a_source_has_a_bound_of_its_own_whomever_it_writes_to() {
        let said = Said::default();
        let each = OF_A_SOURCE_MAX / 16;
        assert!((0..16).all(|at| said.takes(FROM, &format!("{at}@verona.example"), each, NOW)));
        assert!(!said.takes(FROM, "juliet@verona.example", 1, NOW));
        assert!(said.takes("padua.example", "juliet@verona.example", 1, NOW));
        // All addresses that it makes up are one list: the next one is one too many.
        let said = Said::default();
        let tried = (0..ADDRESSES_OF_A_SOURCE_MAX + 10)
            .filter(|at| said.takes(FROM, &format!("{at}@verona.example"), 1, NOW));
        assert_eq!(tried.count(), ADDRESSES_OF_A_SOURCE_MAX);
        assert!(said.takes(FROM, "0@verona.example", 1, NOW), "to those it writes on");
    }

    #[test]
    fn invented_addresses_and_sources_push_no_count_out() {
        let said = Said::default();
        fill(&said, "romeo@verona.example");
        for at in 0..ADDRESSES_MAX + 100 {
            said.takes(&format!("{}.example", at / 5), &format!("{at}@verona.example"), 1, NOW);
        }
        let today = said.today.lock().unwrap();
        let counted = (today.told.own.len(), today.sources.own.len(), today.pairs.own.len());
        assert_eq!(counted, (ADDRESSES_MAX, SOURCES_MAX, PAIRS_MAX));
        drop(today);
        assert!(!said.takes("padua.example", "romeo@verona.example", 1, NOW), "still full");
        // Who comes after all that shares one count with all the others.
        assert!(said.takes("late.example", "late@verona.example", OF_ONE_MAX - 200, NOW));
        assert!(!said.takes("later.example", "later@verona.example", 1_000, NOW));
    }

    #[test]
    fn all_strangers_together_fill_no_disk() {
        let said = Said::default();
        let taken = (0..1_000).filter(|at| {
            said.takes(&format!("{at}.example"), &format!("{at}@verona.example"), OF_ONE_MAX, NOW)
        });
        assert_eq!(taken.count(), OF_ALL_MAX / OF_ONE_MAX);
    }
}
