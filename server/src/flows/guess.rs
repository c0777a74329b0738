//! What happens to somebody who says a password, by whatever road: a place is taken before it is compared, given back when it
//! was right, and turned into a count when it was wrong. The bounds stand in `people/src/accounts/tries.rs`.

use std::sync::Arc;
use std::time::Duration;

use konvent_core::{Answer, Reader, Tx};
use konvent_people::accounts::{self, Guess};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::house::House;
use crate::house::gate::{Place, Turn};
use crate::net::places::OWN_PROXY;

/// How long somebody waits for guesses that are under way at the same count, in seconds: less than a client waits for a
/// server, and less than a stranger may take to sign in.
const PATIENCE_SECS: u64 = 10;

/// How long somebody who was asked for a proof may take to bring it, in seconds. It is a program that answers, not a person; and
/// it is less than others wait for its place: phones that lose the network half-way, or ten connections that say nothing more, hold
/// a hall up for a moment and shut nobody out.
const ANSWER_SECS: u64 = 6;

/// A guess that may be compared now.
#[derive(Debug)]
pub struct Attempt {
    guess: Guess,
    place: Place,
    is_notable: bool,
    until: Instant,
}

/// Takes a place for a guess, and reads in the same look what it will be compared with.
///
/// # Errors
/// `accounts.too-many-tries`.
pub async fn begin<T: Send + 'static>(
    house: &Arc<House>,
    localpart: &str,
    source: &str,
    with: impl Fn(&mut Reader<'_>) -> Answer<T> + Clone + Send + 'static,
) -> Answer<(Attempt, T)> {
    // A proxy that names nobody stands for everybody: what is counted by it would shut out all.
    let network = (source != OWN_PROXY).then_some(source);
    let guess = Guess::new(house.key(), localpart, network);
    let deadline = Instant::now() + Duration::from_secs(PATIENCE_SECS);
    let mut visitor = house.gate().visit(guess.keys());
    let mut waited: Option<Arc<Notify>> = None;
    loop {
        visitor.look();
        let (asked, with, now) = (guess.clone(), with.clone(), house.clock().now());
        let looked = move |reader: &mut Reader<'_>| {
            let standing = asked.standing(reader, now)?;
            // Who is refused in any case learns nothing by how long that takes.
            Ok((with(reader)?, standing))
        };
        let (compared, standing) = house.db().glance(looked).await?;
        match visitor.ask(&standing, now) {
            Turn::Now(place) => {
                let is_notable = standing.is_notable;
                let until = Instant::now() + Duration::from_secs(ANSWER_SECS);
                return Ok((Attempt { guess, place, is_notable, until }, compared));
            }
            Turn::Spent => return Err(accounts::TOO_MANY_TRIES),
            Turn::Later(freed) => {
                if let Some(before) = waited.filter(|before| !Arc::ptr_eq(before, &freed)) {
                    before.notify_one(); // another one may find room there
                }
                if tokio::time::timeout_at(deadline, freed.notified()).await.is_err() {
                    return Err(accounts::TOO_MANY_TRIES);
                }
                waited = Some(freed);
            }
        }
    }
}

impl Attempt {
    /// Until when the proof must be here.
    pub const fn until(&self) -> Instant {
        self.until
    }

    /// It was wrong, which is on disk before whoever guessed hears of it.
    pub async fn was_wrong(self, house: &Arc<House>) {
        let guess = self.guess;
        match house.db().write(move |tx| guess.was_wrong(tx)).await {
            Ok(()) => self.place.noted(),
            Err(refusal) => {
                tracing::warn!(target: "guess", cause = refusal.chain(), "a wrong password could not be written down; it counts in memory");
                self.place.unwritten(house.clock().now());
            }
        }
    }

    /// It was right: the place is given back. What is noted, if it is worth a note, shall be noted with the sign-in.
    pub fn was_right(self) -> Right {
        Right { guess: self.guess, is_notable: self.is_notable }
    }
}

/// A guess that was right.
#[derive(Debug, Clone)]
pub struct Right {
    guess: Guess,
    is_notable: bool,
}

impl Right {
    /// Whether it is worth a note: the network is not yet known to the account.
    pub const fn is_notable(&self) -> bool {
        self.is_notable
    }

    /// Notes the network as one that the account knows, once a day.
    pub fn note(&self, tx: &mut Tx<'_>) -> Answer<()> {
        if self.is_notable { self.guess.was_right(tx) } else { Ok(()) }
    }
}
