//! How those who are away are told that something waits: what a message owes them ([`owe`]), who looks ([`looked`]), and the
//! courier that decides, claims, sends and notes what came of it ([`serve`]).
//!
//! Who looks is known to the hall: an available session whose connection stands and whose client has not said that nobody
//! looks (XEP-0352). Everybody else is away, a session that may be resumed included.

use std::sync::Arc;
use std::time::Duration;

use konvent_core::{AccountId, Answer, RoomId, Tx};
use konvent_talk::push::due::{self, Due};
use konvent_talk::push::{self, By, New, Outcome, Summary, Through, Wish};
use konvent_wire::{Jid, Stanza};

use crate::counters::Deed;
use crate::flows::abroad;
use crate::hall::{Seat, SignedInBy};
use crate::house::House;
use crate::net::push::Place;

/// How long the server of an app may take to answer, in seconds.
const ANSWER_SECS: u64 = 60;

/// Devices looked at in one round.
const ROUND: i64 = 100;

/// How long a device waits when its service has had its share, in seconds.
const SHARE_SECS: i64 = 2;

/// What a client asks of push (XEP-0357 §5, §6).
pub async fn wish(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza, wish: Wish) -> Answer<()> {
    let account = seat.session.account;
    let by = means(seat.signed_in_by());
    let enabled = match &wish {
        Wish::Enable { service, node, .. } => {
            abroad::may_leave(house, service)?;
            Some((service.to_string(), node.clone()))
        }
        Wish::Disable { .. } => None,
    };
    house
        .db()
        .write(move |tx| match wish {
            Wish::Enable { service, node, options } => {
                let (service, through) = (service.to_string(), Through::App);
                let (node, secret) = (node.as_str(), options.as_slice());
                push::enable(tx, account, New { through, service: &service, node, secret, by })
            }
            Wish::Disable { service, node } => {
                push::disable(tx, account, Through::App, service.as_str(), node.as_deref())
            }
        })
        .await?;
    if let Some((service, node)) = enabled {
        seat.is_told_through(&service, &node);
    }
    seat.answer(iq.result(None));
    Ok(())
}

/// With what a session was signed in, as push keeps it.
fn means(signed_in_by: SignedInBy) -> By {
    match signed_in_by {
        SignedInBy::Device(id) => By::Device(id),
        SignedInBy::AppPassword(id) => By::AppPassword(id),
    }
}

/// A message to a member is kept under this number in his archive. Within the transaction; nobody is told who looks.
pub fn owe(
    house: &House,
    tx: &mut Tx<'_>,
    receiver: AccountId,
    (said, entry): (&Stanza, i64),
) -> Answer<()> {
    let Some(is_urgent) = push::wakes(said) else { return Ok(()) };
    if house.hall().is_looking(receiver) {
        return Ok(());
    }
    if !push::concerns_between(tx, house.domain(), receiver, said)? {
        return Ok(());
    }
    house.pusher().owe();
    push::owe(tx, receiver, entry, is_urgent)
}

/// A message is kept under this number in the archive of a room. Within the transaction.
pub fn owe_in_room(
    house: &House,
    tx: &mut Tx<'_>,
    room: RoomId,
    (said, entry): (&Stanza, i64),
) -> Answer<()> {
    if push::wakes(said).is_none() {
        return Ok(());
    }
    house.pusher().owe();
    push::owe_in_room(tx, room, entry)
}

/// Somebody looks at a device of his: nothing is owed any more.
pub async fn looked(house: &Arc<House>, account: AccountId) {
    if !house.hall().is_looking(account) {
        return;
    }
    let is_owed = house.db().glance(move |reader| push::has_waiting(reader, account)).await;
    let taken_back = match is_owed {
        Ok(true) => house.db().write(move |tx| push::looked(tx, account)).await,
        other => other.map(drop),
    };
    if let Err(refusal) = taken_back {
        tracing::error!(target: "push", cause = refusal.chain(), "what was read already will be told");
    }
}

/// A connection broke with these stanzas on their way to it: the member may not have seen the words among them.
pub async fn missed(house: &Arc<House>, account: AccountId, words: i64) {
    if words == 0 || house.hall().is_looking(account) {
        return;
    }
    if let Err(refusal) = house.db().write(move |tx| push::missed(tx, account, words)).await {
        tracing::error!(target: "push", cause = refusal.chain(), "what a lost connection took along is not told");
    }
    house.pusher().ring();
}

/// How many of these are words to the member himself.
pub fn words<'a>(stanzas: impl Iterator<Item = &'a Stanza>) -> i64 {
    let words =
        stanzas.filter(|stanza| !stanza.is_kind("groupchat") && push::wakes(stanza).is_some());
    i64::try_from(words.count()).unwrap_or(i64::MAX)
}

/// Tells those who are away, until aborted.
pub async fn serve(house: Arc<House>) {
    loop {
        house.pusher().rung().await;
        if let Err(refusal) = round(&house).await {
            tracing::error!(target: "push", cause = refusal.chain(), "those who are away could not be told; tried again soon");
        }
    }
}

/// One round: what was said in rooms is decided, what is due goes out.
async fn round(house: &Arc<House>) -> Answer<()> {
    while decide(house).await? {}
    let now = house.clock().now();
    let all = house.db().read(move |reader| due::due(reader, now, ROUND)).await?;
    let is_full = i64::try_from(all.len()).is_ok_and(|count| count >= ROUND);
    for one in all {
        send(house, one).await?;
    }
    if is_full {
        house.pusher().ring();
    }
    Ok(())
}

/// Decides whom the messages in rooms concern. True: there may be more.
async fn decide(house: &Arc<House>) -> Answer<bool> {
    let all = house.db().read(push::owed).await?;
    let count: usize = all.iter().map(|owed| owed.rows.len()).sum();
    for owed in all {
        let (this, now, asked) = (Arc::clone(house), house.clock().now(), owed.clone());
        let concerned = house
            .db()
            .read(move |reader| {
                let looks = |account| this.hall().is_looking(account);
                push::concerned(reader, this.domain(), &asked, now, looks)
            })
            .await?;
        // What another node has decided first is none of ours any more; what it did not know of comes with the next ring.
        house.db().write(move |tx| push::settle(tx, &owed, &concerned)).await?;
    }
    Ok(i64::try_from(count).is_ok_and(|count| count >= push::OWED_AT_ONCE))
}

/// Sends one notification, unless nobody needs it any more.
async fn send(house: &Arc<House>, due: Due) -> Answer<()> {
    let asked = due.clone();
    if !house.db().read(move |reader| due::is_valid(reader, &asked)).await? {
        return house.db().write(move |tx| due::forget(tx, &due)).await;
    }
    if house.hall().is_looking(due.account) {
        let account = due.account;
        return house.db().write(move |tx| push::looked(tx, account)).await;
    }
    let Some(place) = house.pusher().take_place(&service(house, &due)) else {
        return house.db().write(move |tx| due::postpone(tx, &due, SHARE_SECS)).await;
    };
    let claimed = due.clone();
    if house.db().write(move |tx| due::claim(tx, &claimed)).await? {
        tokio::spawn(carry(Arc::clone(house), due, place));
    }
    Ok(())
}

/// By what the services are told apart.
fn service(house: &House, due: &Due) -> String {
    match due.through {
        Through::App => {
            Jid::new(&due.service).map(|jid| jid.domain().as_str().to_owned()).unwrap_or_default()
        }
        Through::Browser => house
            .pusher()
            .target(&due.service)
            .map(|target| target.host().to_owned())
            .unwrap_or_default(),
    }
}

/// A notification is claimed: it goes out, and what came of it is noted.
async fn carry(house: Arc<House>, due: Due, place: Place) {
    let outcome = match due.through {
        Through::App => tell_app(&house, &due).await,
        Through::Browser => tell_browser(&house, &due).await,
    };
    drop(place);
    house.counters().note(match outcome {
        Outcome::Delivered => Deed::Push,
        Outcome::Failed(_) => Deed::FailedPush,
        Outcome::Gone => Deed::GonePush,
    });
    let id = due.id;
    let noted = house
        .db()
        .write(move |tx| match outcome {
            Outcome::Delivered => due::delivered(tx, &due).map(|()| false),
            Outcome::Failed(wait_secs) => due::failed(tx, &due, wait_secs),
            Outcome::Gone => due::forget(tx, &due).map(|()| true),
        })
        .await;
    match noted {
        Ok(true) => tracing::info!(target: "push", id, "a device is not told any more"),
        Ok(false) => {}
        Err(refusal) => {
            tracing::error!(target: "push", cause = refusal.chain(), "what came of a notification could not be noted");
        }
    }
}

async fn tell_app(house: &Arc<House>, due: &Due) -> Outcome {
    let Ok(service) = Jid::new(&due.service) else { return Outcome::Gone };
    if abroad::may_leave(house, &service).is_err() {
        return Outcome::Failed(None); // the organisation may let it in again
    }
    let with_content = house.config().push.content;
    let (asked, id) = (due.clone(), house.random().hex::<12>());
    let summary = house.db().read(move |reader| push::summary(reader, &asked, with_content)).await;
    // How much waits can be told even if the words cannot be read.
    let summary = summary.unwrap_or(Summary { count: due.waiting, ..Summary::default() });
    let Ok(publication) = push::publication(house.domain(), due, &summary, &id) else {
        return Outcome::Gone;
    };
    let told = house.pusher().expect(&id, service);
    house.abroad().send(publication, None);
    let outcome = tokio::time::timeout(Duration::from_secs(ANSWER_SECS), told).await;
    house.pusher().give_up(&id);
    match outcome {
        Ok(Ok(outcome)) => outcome,
        _ => Outcome::Failed(None),
    }
}

/// A browser is told how much waits, never what: it asks us itself, with its cookie.
async fn tell_browser(house: &Arc<House>, due: &Due) -> Outcome {
    let message = format!("{{\"count\":{}}}", due.waiting);
    let (url, now) = (house.public_url(), house.clock().now());
    // The name tells the service nothing but that it is the same device again.
    let about = format!("k{}", due.id);
    let salt = house.random().bytes();
    let told = (message.as_str(), due.is_urgent, about);
    house.pusher().tell_browser(&due.service, &due.secret, told, (&url, salt, now)).await
}
