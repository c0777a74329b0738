//! Counting wrong tries, in the storage, so that neither a restart nor another node forgets them.
//!
//! * A password is held against three counts: the name's, the network's, and that of both together. Whoever has signed in
//!   from a network is held there against the last alone: strangers elsewhere, or behind the same address, cannot shut him out.
//! * A pause ends a quarter of an hour after the first wrong try, however many follow. Devices with a token are never asked
//!   for a password.
//! * Names that belong to nobody are counted like all others.

use konvent_core::{Answer, Millis, PersonId, Reader, Tx};

use super::{ServerKey, TOO_MANY_TRIES, store};

/// How long wrong tries count together, and thereby the longest pause.
const WINDOW_SECS: i64 = 15 * 60;
/// Wrong codes allowed from one network within the window. Codes have 59 random bits, so this only has to slow down; a
/// hall full of people typing behind one address must still get in.
const FROM_SOURCE_MAX: i64 = 10;
/// Wrong tries allowed against one person within the window, from wherever.
const AT_PERSON_MAX: i64 = 20;

/// Wrong passwords for one name within the window, from all networks that it does not know.
const AT_NAME_MAX: i64 = 10;
/// Wrong passwords from one network within the window, for all names that are strange to it.
const FROM_NETWORK_MAX: i64 = 10;
/// Of these, for one name: a phone with an old password does not shut out the whole hall behind the same address.
const AT_STRANGE_PAIR_MAX: i64 = 5;
/// Wrong passwords for a name from a network from which it has signed in.
const AT_FAMILIAR_PAIR_MAX: i64 = 10;

/// So long a network stays familiar after the last sign-in that was noted.
const FAMILIAR_DAYS: i64 = 30;
/// How often at most that is noted anew.
const FAMILIAR_NOTED_DAYS: i64 = 1;

/// Somebody who may be counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    /// A network address.
    Source(&'a str),
    /// The person whose code was named.
    Person(PersonId),
}

impl Who<'_> {
    fn max(self) -> i64 {
        match self {
            Self::Source(_) => FROM_SOURCE_MAX,
            Self::Person(_) => AT_PERSON_MAX,
        }
    }

    /// A keyed hash: the table tells nobody which addresses tried.
    fn hash(self, key: &ServerKey) -> [u8; 32] {
        match self {
            Self::Source(address) => key.mac("accounts.try.source", &[address.as_bytes()]),
            Self::Person(id) => key.mac("accounts.try.person", &[&id.0.to_be_bytes()]),
        }
    }
}

/// Whether too many tries were wrong already.
pub(super) fn is_spent(tx: &mut Tx<'_>, key: &ServerKey, who: Who<'_>) -> Answer<bool> {
    let now = tx.now();
    is_spent_at(tx, key, who, now)
}

fn is_spent_at(
    reader: &mut Reader<'_>,
    key: &ServerKey,
    who: Who<'_>,
    now: Millis,
) -> Answer<bool> {
    let count = store::tries(reader, &who.hash(key), window_start(now))?;
    Ok(count >= who.max())
}

/// Whether a network address may show one more random secret, such as an invitation.
///
/// # Errors
/// [`TOO_MANY_TRIES`].
pub fn may_try(reader: &mut Reader<'_>, key: &ServerKey, source: &str, now: Millis) -> Answer<()> {
    if is_spent_at(reader, key, Who::Source(source), now)? { Err(TOO_MANY_TRIES) } else { Ok(()) }
}

/// Counts a wrong secret from a network address.
pub fn count_failure(tx: &mut Tx<'_>, key: &ServerKey, source: &str) -> Answer<()> {
    count(tx, key, Who::Source(source))
}

/// Counts a wrong try, and forgets those that no longer count.
pub(super) fn count(tx: &mut Tx<'_>, key: &ServerKey, who: Who<'_>) -> Answer<()> {
    let start = window_start(tx.now());
    store::forget_tries(tx, start)?;
    store::count_try(tx, &who.hash(key))
}

fn window_start(now: Millis) -> Millis {
    now.plus_secs(-WINDOW_SECS)
}

/// Somebody tries a password. Made of hashes alone, so that it may be kept while the password is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    name: [u8; 32],
    /// The network's hash, and that of name and network together; none behind a proxy that names nobody.
    network: Option<([u8; 32], [u8; 32])>,
}

/// A count that a guess is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Whose: a keyed hash.
    pub who: [u8; 32],
    /// How many were wrong within the window.
    pub wrong: i64,
    /// How many may be.
    pub max: i64,
}

/// What the storage knows of a guess before it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// All of them must have room.
    pub counts: Vec<Count>,
    /// Whether it is worth a note when it turns out right: the network is not familiar yet, or was long ago.
    pub is_notable: bool,
}

impl Guess {
    /// A guess for a localpart, whether it exists or not, from a network as [`Display`](std::fmt::Display) writes it.
    pub fn new(key: &ServerKey, localpart: &str, network: Option<&str>) -> Self {
        let name = localpart.as_bytes();
        let of_network = |network: &str| {
            let network = network.as_bytes();
            (
                key.mac("accounts.guess.network", &[network]),
                key.mac("accounts.guess.pair", &[name, network]),
            )
        };
        Self { name: key.mac("accounts.guess.name", &[name]), network: network.map(of_network) }
    }

    /// All counts that it may be held against.
    pub fn keys(&self) -> Vec<[u8; 32]> {
        let others = self.network.iter().flat_map(|(network, pair)| [*network, *pair]);
        std::iter::once(self.name).chain(others).collect()
    }

    /// How it stands at `now`.
    pub fn standing(&self, reader: &mut Reader<'_>, now: Millis) -> Answer<Standing> {
        let familiar_at = match &self.network {
            Some((_, pair)) => store::familiar_at(reader, pair)?,
            None => None,
        };
        let is_familiar = familiar_at.is_some_and(|at| at.plus_days(FAMILIAR_DAYS) > now);
        let is_fresh = familiar_at.is_some_and(|at| at.plus_days(FAMILIAR_NOTED_DAYS) > now);
        let mut counts = Vec::with_capacity(3);
        for (who, max) in self.bounds(is_familiar) {
            let wrong = store::tries(reader, &who, window_start(now))?;
            counts.push(Count { who, wrong, max });
        }
        Ok(Standing { counts, is_notable: self.network.is_some() && !is_fresh })
    }

    fn bounds(&self, is_familiar: bool) -> Vec<([u8; 32], i64)> {
        match &self.network {
            Some((_, pair)) if is_familiar => vec![(*pair, AT_FAMILIAR_PAIR_MAX)],
            Some((network, pair)) => vec![
                (self.name, AT_NAME_MAX),
                (*network, FROM_NETWORK_MAX),
                (*pair, AT_STRANGE_PAIR_MAX),
            ],
            None => vec![(self.name, AT_NAME_MAX)],
        }
    }

    /// It was wrong: counted where it was held against.
    pub fn was_wrong(&self, tx: &mut Tx<'_>) -> Answer<()> {
        let now = tx.now();
        store::forget_tries(tx, window_start(now))?;
        for count in self.standing(tx, now)?.counts {
            store::count_try(tx, &count.who)?;
        }
        Ok(())
    }

    /// It was right: the network is familiar from now on.
    pub fn was_right(&self, tx: &mut Tx<'_>) -> Answer<()> {
        let until = tx.now().plus_days(-FAMILIAR_DAYS);
        store::forget_familiar(tx, until)?;
        match &self.network {
            Some((_, pair)) => store::note_familiar(tx, pair),
            None => Ok(()),
        }
    }
}

impl Standing {
    /// Whether one of the counts is used up.
    pub fn is_spent(&self) -> bool {
        self.counts.iter().any(|count| count.wrong >= count.max)
    }
}

#[cfg(test)]
mod tests {
    use konvent_core::Db;
    use konvent_core::testing::twins;

    use super::*;
    use crate::tests::WITH_NOTES;

    const KEY: ServerKey = ServerKey::new([7; 32]);

    fn is_spent(db: &Db, now: Millis, name: &str, network: Option<&str>) -> bool {
        let guess = Guess::new(&KEY, name, network);
        db.read_blocking(|reader| guess.standing(reader, now)).unwrap().is_spent()
    }

    fn wrong(db: &Db, name: &str, network: Option<&str>, times: usize) {
        for _ in 0..times {
            let guess = Guess::new(&KEY, name, network);
            db.write_blocking(move |tx| guess.was_wrong(tx)).unwrap();
        }
    }

    fn right(db: &Db, name: &str, network: &str) {
        let guess = Guess::new(&KEY, name, Some(network));
        db.write_blocking(move |tx| guess.was_right(tx)).unwrap();
    }

    #[test]
    fn a_name_a_network_and_both_together_are_bounded() {
        twins(WITH_NOTES, |db, clock| {
            let now = clock.now();
            wrong(db, "romeo", Some("a"), 5);
            assert!(is_spent(db, now, "romeo", Some("a")));
            assert!(!is_spent(db, now, "juliet", Some("a")));
            assert!(!is_spent(db, now, "romeo", Some("b")));
            wrong(db, "romeo", Some("b"), 5);
            assert!(is_spent(db, now, "romeo", Some("c")), "ten for a name");
            wrong(db, "juliet", Some("a"), 5);
            assert!(is_spent(db, now, "nurse", Some("a")), "ten from a network");
            // A proxy that names nobody is not counted; the name is.
            assert!(is_spent(db, now, "romeo", None));
            assert!(!is_spent(db, now, "nurse", None));
            let later = now.plus_secs(WINDOW_SECS);
            assert!(!is_spent(db, later, "romeo", Some("a")));
        });
    }

    #[test]
    fn a_pause_does_not_grow_by_what_comes_during_it() {
        twins(WITH_NOTES, |db, clock| {
            wrong(db, "romeo", Some("a"), 5);
            clock.advance((WINDOW_SECS - 1) * 1000);
            wrong(db, "romeo", Some("a"), 5);
            clock.advance(1000);
            assert!(!is_spent(db, clock.now(), "romeo", Some("a")));
        });
    }

    #[test]
    fn where_somebody_is_at_home_strangers_do_not_count() {
        twins(WITH_NOTES, |db, clock| {
            right(db, "romeo", "home");
            wrong(db, "romeo", Some("elsewhere"), 10);
            wrong(db, "nurse", Some("home"), 10);
            let now = clock.now();
            assert!(!is_spent(db, now, "romeo", Some("home")));
            wrong(db, "romeo", Some("home"), 10);
            assert!(is_spent(db, now, "romeo", Some("home")), "but he himself does");
            clock.advance(FAMILIAR_DAYS * 86_400_000);
            let guess = Guess::new(&KEY, "romeo", Some("home"));
            let now = clock.now();
            let standing = db.read_blocking(|reader| guess.standing(reader, now)).unwrap();
            assert!(standing.is_notable && standing.counts.len() == 3, "home is forgotten");
        });
    }

    #[test]
    fn a_network_is_noted_once_a_day() {
        twins(WITH_NOTES, |db, clock| {
            let notable = |now: Millis| {
                let guess = Guess::new(&KEY, "romeo", Some("home"));
                db.read_blocking(|reader| guess.standing(reader, now)).unwrap().is_notable
            };
            assert!(notable(clock.now()));
            right(db, "romeo", "home");
            assert!(!notable(clock.now()));
            assert!(notable(clock.now().plus_days(FAMILIAR_NOTED_DAYS)));
            let proxy = Guess::new(&KEY, "romeo", None);
            let now = clock.now();
            assert!(!db.read_blocking(|r| proxy.standing(r, now)).unwrap().is_notable);
        });
    }
}
