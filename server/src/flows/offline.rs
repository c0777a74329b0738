//! What happens to words that nobody hears (XEP-0160): they wait ([`keep`]) and are handed to the next device ([`arrived`]).
//!
//! A device hears while it is available with a priority that is not negative and a connection holds it. A session that its
//! client may resume (XEP-0198 §5) is sent everything as well, but whether anybody reads it is not known: so it waits, too, until
//! the client has come back ([`resumed`]).
//!
//! One writer does all jobs in turn. A message whose job comes before that of an arriving device waits and is found; one whose
//! job comes later finds the device in the hall. So none falls between.

use std::sync::Arc;
use std::time::Duration;

use konvent_core::{AccountId, Answer, Outbox, Post, Reach, Tx};
use konvent_talk::archive::Kept;
use konvent_talk::receiving::Road;
use konvent_talk::{offline, presence};
use konvent_wire::Stanza;
use konvent_wire::sm::Sm;

use crate::hall::happening::Happening;
use crate::hall::{Hall, Seat};
use crate::house::House;
use crate::mailbox::Delivery;

/// How long the end of a connection may take to write down what it took along, in seconds.
const LOST_SECS: u64 = 10;

/// Within the transaction that keeps a message: it waits unless somebody hears it.
pub fn keep(tx: &mut Tx<'_>, receiver: AccountId, kept: Kept, is_heard: bool) -> Answer<()> {
    match kept {
        Kept::New { theirs, .. } if !is_heard => offline::wait(tx, receiver, theirs),
        _ => Ok(()),
    }
}

/// The same for what a room says to members, and has kept in their archives: an invitation, for instance.
pub fn keep_posted(house: &House, tx: &mut Tx<'_>, out: &Outbox) -> Answer<()> {
    for post in out.posts() {
        let Post::Account { account, reach: Reach::Available, stanza, .. } = post else { continue };
        let number = stanza.to.as_ref().and_then(|to| offline::number(stanza, &to.to_bare()));
        let is_heard = is_heard(&house.hall(), *account, Road::ToAvailable);
        if let Some(number) = number.filter(|_| !is_heard) {
            offline::wait(tx, *account, number)?;
        }
    }
    Ok(())
}

/// Whether somebody hears a message on this road for sure; also where nobody is meant to.
pub fn is_heard(hall: &Hall, receiver: AccountId, road: Road) -> bool {
    match road {
        Road::ToSession(session) => {
            let is_held = hall.seated(session).is_some_and(|seat| !seat.is_away());
            is_held || hall.hearing(receiver).next().is_some()
        }
        Road::ToAvailable => hall.hearing(receiver).next().is_some(),
        Road::Waits => false,
        Road::Nowhere | Road::Refused => true,
    }
}

/// Whether a presence that is about to be announced makes its device one that hears, and it was none before.
pub fn begins_to_hear(house: &House, seat: &Seat, said: &Stanza) -> bool {
    let before = house.hall().presences.priority(seat.session.account, seat.session.id);
    presence::priority(said) >= 0 && before.is_none_or(|priority| priority < 0)
}

/// A device has become available (XEP-0160 §2): from now on it hears, and what waits is for it. Whoever binds with Bind 2 fetches
/// it from the archive (XEP-0386 §3.2).
pub async fn arrived(house: &Arc<House>, seat: &Arc<Seat>) {
    let newcomer = Arc::clone(seat);
    let done = house
        .tell_and_wait(move |house, tx| {
            let (from, reads_archive) = (tx.fresh_id(), newcomer.reads_archive());
            newcomer.set_hears(from, reads_archive);
            let session = newcomer.session.id;
            house.share(tx, || Happening::Hears { session, from, reads_archive });
            let out = if reads_archive {
                Outbox::default()
            } else {
                offline::hand_over(tx, house.domain(), &newcomer.session)?
            };
            Ok(((), out))
        })
        .await;
    if let Err(refusal) = done {
        tracing::error!(target: "offline", cause = refusal.chain(), "what waits for a member could not be handed over; it waits on");
    }
}

/// The connection of a session is gone, before the session is over or sleeps. What it took along waits again, unless another
/// device of the member has heard it (XEP-0198 §4); a device that came later gets it at once.
pub async fn goes(house: &Arc<House>, seat: &Arc<Seat>, sm: Option<&Sm>) {
    if !hears(house, seat) {
        return;
    }
    seat.set_away(true); // from here on nobody counts on it
    let patience = Duration::from_secs(LOST_SECS);
    let done = tokio::time::timeout(patience, async {
        house.db().write(|_| Ok(())).await?; // afterwards, what counted on it has been posted
        missed(house, seat, unread(seat, sm)).await
    });
    match done.await {
        Ok(Ok(())) => {}
        Ok(Err(refusal)) => {
            tracing::error!(target: "offline", cause = refusal.chain(), "what a lost connection took along is found in the archive only");
        }
        Err(_) => {
            tracing::warn!(target: "offline", "what a lost connection took along may be found in the archive only");
        }
    }
}

/// A node is gone without a word, and this session of its waits for its client with what it was sent: the same.
pub async fn left_alone(house: &Arc<House>, seat: &Arc<Seat>, waiting: &[Delivery]) {
    if !hears(house, seat) {
        return;
    }
    let own = seat.session.bare();
    let unread = waiting.iter().filter_map(|sent| offline::number(sent.stanza(), &own)).collect();
    if let Err(refusal) = missed(house, seat, unread).await {
        tracing::error!(target: "offline", cause = refusal.chain(), "what a lost node was sending is found in the archive only");
    }
}

/// Whether what is meant for the account comes to this session.
fn hears(house: &House, seat: &Seat) -> bool {
    let priority = house.hall().presences.priority(seat.session.account, seat.session.id);
    priority.is_some_and(|priority| priority >= 0)
}

/// The numbers of what a session was sent and has not acknowledged.
fn unread(seat: &Seat, sm: Option<&Sm>) -> Vec<i64> {
    let own = seat.session.bare();
    let mut numbers: Vec<i64> = Vec::new();
    let mut note = |stanza: &Stanza| numbers.extend(offline::number(stanza, &own));
    sm.iter().flat_map(|sm| sm.unacked()).for_each(&mut note);
    seat.mailbox.each_waiting(&mut note);
    numbers
}

async fn missed(house: &Arc<House>, seat: &Arc<Seat>, mut numbers: Vec<i64>) -> Answer<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    let account = seat.session.account;
    let others: Vec<Arc<Seat>> = house.hall().hearing(account).cloned().collect();
    numbers.retain(|number| !others.iter().any(|other| other.has_heard(*number)));
    if numbers.is_empty() {
        return Ok(());
    }
    let asleep = Arc::clone(seat);
    let wait = move |tx: &mut Tx<'_>| {
        if !asleep.is_away() {
            return Ok(()); // its client is back, and has it
        }
        numbers.iter().try_for_each(|number| offline::wait(tx, account, *number))
    };
    house.db().write(wait).await?;
    if let Some(other) = others.iter().find(|other| !other.reads_archive()) {
        arrived(house, other).await;
    }
    Ok(())
}

/// A client has come back to its session and gets all it was sent: nothing of it waits for another device. What waited before
/// it began to hear does, unless that was handed to it then.
pub async fn resumed(house: &Arc<House>, seat: &Arc<Seat>) {
    let (account, from) = (seat.session.account, seat.hears_from());
    if from == 0 || !house.hall().hearing(account).any(|other| Arc::ptr_eq(other, seat)) {
        return;
    }
    let done = house.db().write(move |tx| offline::got_since(tx, account, from)).await;
    if let Err(refusal) = done {
        tracing::error!(target: "offline", cause = refusal.chain(), "a member's next device will get what this one has");
    }
}

/// A device gets these from the archive (XEP-0313 §6.1).
pub async fn fetched(house: &Arc<House>, account: AccountId, numbers: Vec<i64>) {
    if numbers.is_empty() {
        return;
    }
    let done = house.db().write(move |tx| offline::got(tx, account, &numbers)).await;
    if let Err(refusal) = done {
        tracing::error!(target: "offline", cause = refusal.chain(), "a member's next device will get what this one fetched");
    }
}
