//! Counting wrong tries, in the storage, so that a restart does not forget them.

use konvent_core::{Answer, Millis, PersonId, Reader, Tx};

use super::{ServerKey, TOO_MANY_TRIES, store};

/// How long wrong tries count together.
const WINDOW_SECS: i64 = 15 * 60;
/// Wrong tries allowed from one network address within the window. Codes have 59 random bits, so this only has to slow
/// down; a hall full of people typing behind one address must still get in.
const FROM_SOURCE_MAX: i64 = 10;
/// Wrong tries allowed against one person within the window, from wherever.
const AT_PERSON_MAX: i64 = 20;

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

/// Whether a network address may try once more, with whatever proof.
///
/// # Errors
/// [`TOO_MANY_TRIES`].
pub fn may_try(reader: &mut Reader<'_>, key: &ServerKey, source: &str, now: Millis) -> Answer<()> {
    if is_spent_at(reader, key, Who::Source(source), now)? { Err(TOO_MANY_TRIES) } else { Ok(()) }
}

/// Counts a wrong proof (app password or token) from a network address.
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
