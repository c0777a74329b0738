//! What happens when the directory changes: an import, a first sign-in, the beginning or end of an office.
//!
//! The directory changes in one transaction; what follows from it (rooms, contact lists, bookmarks, sessions) is derived
//! again and told to those who are connected. Nothing is copied, so there is nothing to keep in step.

use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::{AccountId, Answer, Millis, Outbox, PersonId, Reader, Refusal, Tx};
use konvent_people::accounts::{self, Attempt, Outcome, Purpose, SignedIn};
use konvent_people::import::{self, Applied, File, Options, Plan};
use konvent_people::{offices, people};
use konvent_talk::bookmarks::{self, Bookmark};
use konvent_talk::pubsub::Ctx;
use konvent_talk::{Session, rooms};

use crate::hall::happening::Happening;
use crate::house::House;

/// How long a code from the command line is good.
const LETTER_DAYS: i64 = 14;

/// Compares member files with the directory. Changes nothing.
pub async fn plan(house: &Arc<House>, files: Vec<File>) -> Answer<Plan> {
    let options = Options {
        zone: house.config().zone(),
        leaving_permille_max: house.config().leaving_permille_max,
        contents_kept_days: house.config().retention.left_days,
        now: house.clock().now(),
    };
    house.db().read(move |reader| import::plan(reader, &files, &options)).await
}

/// Applies a plan in one transaction: who leaves loses his account in the same moment. Rooms and contacts follow.
pub async fn apply(
    house: &Arc<House>,
    plan: Plan,
    actor: Actor,
    despite_brake: bool,
) -> Answer<Applied> {
    let house = Arc::clone(house);
    to_the_end(async move { apply_all(&house, plan, actor, despite_brake).await }).await
}

/// Tells a story to its end even when whoever asked for it goes away: an admin who closes the tab must not leave those
/// connected who have just been expelled.
pub async fn to_the_end<T: Send + 'static>(
    story: impl Future<Output = Answer<T>> + Send + 'static,
) -> Answer<T> {
    tokio::spawn(story)
        .await
        .unwrap_or_else(|error| Err(Refusal::broken("house.story-ended", error)))
}

/// Does work that takes long and waits for the storage, beside the threads that serve.
pub async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Refusal::broken("house.story-ended", error)))
}

async fn apply_all(
    house: &Arc<House>,
    plan: Plan,
    actor: Actor,
    despite_brake: bool,
) -> Answer<Applied> {
    let (applied, closed) = house
        .tell_and_wait(move |house, tx| {
            let (before, now) = (bookmarks_of_all(house, tx, None)?, tx.now());
            let applied = import::apply(tx, &plan, actor, despite_brake)?;
            let mut closed = Vec::new();
            for person in &applied.left {
                closed.extend(accounts::close(tx, *person)?);
                // Who never had an account stands on no list.
                if let Some(account) = accounts::by_person(tx, *person)? {
                    let address = house.domain().account(&account.localpart)?;
                    rooms::free::hand_over(tx, *person, &address)?;
                }
            }
            let out = tell_bookmarks(house, tx, before, now)?;
            Ok(((applied, closed), out))
        })
        .await?;
    end_all(house, closed.clone());
    // Both are tried, whatever becomes of the other: the member file is applied, and nothing would repeat them.
    let followed = follow(house, None).await;
    super::contacts::part(house, closed).await?;
    followed?;
    Ok(applied)
}

/// Makes a sign-in code on the word of whoever runs the server, and says in German how to use it.
pub async fn letter(house: &Arc<House>, number: String) -> Answer<String> {
    let (key, random) = (house.key().clone(), house.random().clone());
    let (name, code) = house
        .db()
        .write(move |tx| {
            let person = people::by_number(tx, &number)?.ok_or(people::UNKNOWN)?;
            let purpose = Purpose::Letter { valid_days: LETTER_DAYS };
            let code =
                accounts::issue_code(tx, &key, &random, Actor::Operator, person.id, purpose)?;
            Ok((person.display_name(), code))
        })
        .await?;
    let base = house.public_url();
    Ok(format!(
        "{name}: {base}/anmelden#{code}\nCode {code}, gültig {LETTER_DAYS} Tage, einmal, mit dem Geburtsjahr.\n"
    ))
}

/// Redeems a code. The account is made at the first sign-in; from then on neighbours see it in their contact lists.
pub async fn sign_in(
    house: &Arc<House>,
    code: String,
    birth_year: Option<i32>,
    source: String,
    device_name: String,
) -> Answer<SignedIn> {
    let key = house.key().clone();
    let outcome = house
        .db()
        .write(move |tx| {
            let attempt =
                Attempt { code: &code, birth_year, source: &source, device_name: &device_name };
            accounts::sign_in(tx, &key, &attempt)
        })
        .await?;
    match outcome {
        Outcome::Refused(refusal) => Err(refusal),
        Outcome::SignedIn(signed_in) => {
            if signed_in.first_time {
                let (house, person) = (Arc::clone(house), signed_in.account.person);
                let told =
                    to_the_end(async move { follow(&house, Some(vec![person])).await }).await;
                // The code is used: whatever happens to the neighbours' lists, this person is in.
                if let Err(refusal) = told {
                    tracing::error!(target: "member", cause = refusal.chain(), "neighbours were not told of a first sign-in");
                }
            }
            Ok(signed_in)
        }
    }
}

/// Offices that began or ended after `since` and not after `now` take effect (DOMAIN rule 5).
pub async fn time_passes(house: &Arc<House>, since: Millis, now: Millis) -> Answer<()> {
    let turns = house.db().read(move |reader| offices::changes_between(reader, since, now)).await?;
    if turns.is_empty() {
        return Ok(());
    }
    let mut persons: Vec<PersonId> = turns.into_iter().map(|(person, ..)| person).collect();
    persons.sort_unstable();
    persons.dedup();
    let concerned = persons.clone();
    house
        .tell_and_wait(move |house, tx| {
            let before = bookmarks_of_all(house, tx, Some((&concerned, since)))?;
            Ok(((), tell_bookmarks(house, tx, before, now)?))
        })
        .await?;
    follow(house, Some(persons)).await
}

/// Everybody who is connected is where the directory has him: rooms, contact lists, presence. `None`: look at everybody.
pub async fn follow(house: &Arc<House>, persons: Option<Vec<PersonId>>) -> Answer<()> {
    follow_rooms(house, persons.clone()).await?;
    super::contacts::follow(house, persons).await
}

/// Everybody inside a room is where the directory has him. Read first, shown after the commit.
async fn follow_rooms(house: &Arc<House>, persons: Option<Vec<PersonId>>) -> Answer<()> {
    // Whoever asked to come in on the strength of what the directory said before has to ask again.
    house.happens(Happening::Looked).await?;
    house
        .decide_and_wait(move |house, tx| {
            let seen = house.hall().occupants.look(persons.as_deref());
            let now = tx.now();
            rooms::follow::turns(tx, &seen, now).map(Happening::Turned)
        })
        .await
        .map(drop)
}

fn end_all(house: &Arc<House>, accounts: Vec<AccountId>) {
    for account in accounts {
        house.end_sessions(account, None);
    }
}

/// The bookmarks of connected members, one session of each: of all as they are now, or of some as they were.
fn bookmarks_of_all(
    house: &House,
    reader: &mut Tx<'_>,
    some: Option<(&[PersonId], Millis)>,
) -> Answer<Vec<(Session, Vec<Bookmark>)>> {
    let at = some.map_or(reader.now(), |(_, at)| at);
    let mut sessions = house.hall().one_session_each();
    if let Some((persons, _)) = some {
        sessions.retain(|session| persons.contains(&session.person));
    }
    sessions
        .into_iter()
        .map(|session| {
            let own = bookmarks::bookmarks_of(reader, house.domain(), &session, at)?;
            Ok((session, own))
        })
        .collect()
}

fn tell_bookmarks(
    house: &House,
    reader: &mut Reader<'_>,
    before: Vec<(Session, Vec<Bookmark>)>,
    now: Millis,
) -> Answer<Outbox> {
    let mut out = Outbox::default();
    let ctx = Ctx { domain: house.domain(), now, here: house };
    for (session, old) in before {
        let new = bookmarks::bookmarks_of(reader, house.domain(), &session, now)?;
        let bare = session.bare();
        bookmarks::changes(ctx, (session.account, &bare), &old, &new, &mut out);
    }
    Ok(out)
}
