//! What happens to a contact list: it is asked for, changed, subscribed to and blocked from. Changes are committed first,
//! then carried out in the order of the commits: stanzas, pushes, presences.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, PersonId, Tx};
use konvent_people::accounts::{self, Account};
use konvent_talk::blocking;
use konvent_talk::contacts::states::Act;
use konvent_talk::contacts::{self, Member, Sequel};
use konvent_talk::presence::Circle;
use konvent_wire::{Jid, Stanza};

use crate::faces;
use crate::flows::welcome;
use crate::hall::Seat;
use crate::hall::happening::{Happening, Known, NOT_SEATED};
use crate::house::House;

/// How often a list is read again because it changed while it was read. Then it is shown as it was last read: the next change
/// mends it.
const READINGS_MAX: usize = 5;

/// Tells a story about contacts to its end, and carries out what follows before whoever asked goes on.
pub async fn tell_and_wait(
    house: &Arc<House>,
    story: impl FnOnce(&House, &mut Tx<'_>) -> Answer<Sequel> + Send + 'static,
) -> Answer<()> {
    house
        .decide_and_wait(move |house, tx| {
            let mut sequel = story(house, tx)?;
            super::abroad::keep(house, tx, &mut sequel.out)?;
            Ok(Happening::Befriended(sequel))
        })
        .await
        .map(drop)
}

/// Reads contacts, block list and waiting requests, lets happen what `show` makes of them while nobody can change them, and
/// lets `then` follow at once. Nothing happens when the session is gone meanwhile.
async fn with_contacts(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    show: impl Fn(Known, Option<u64>) -> Happening,
    then: impl Fn(&Known) -> Option<Stanza>,
) -> Answer<()> {
    for reading in 1.. {
        let before = house.hall().rosters.followed();
        let (this, member, now) =
            (Arc::clone(house), Member::from(&seat.session), house.clock().now());
        let known = house
            .db()
            .read(move |reader| {
                Ok(Known {
                    contacts: contacts::list(reader, this.domain(), &member, now)?,
                    blocklist: blocking::blocklist(reader, member.account)?,
                    requests: contacts::requests(reader, member.account)?,
                })
            })
            .await?;
        if !house.hall().is_seated(seat) {
            return Ok(());
        }
        // A change between reading and showing would never reach this session.
        let followed = (reading < READINGS_MAX).then_some(before);
        let (answer, answered) = tokio::sync::oneshot::channel();
        let (reply, seat) = (then(&known), Arc::clone(seat));
        house
            .let_happen(show(known, followed), move |_, done| {
                if let (Ok(effect), Some(reply)) = (&done, reply)
                    && !effect.is_stale
                {
                    seat.answer(reply);
                }
                let _ = answer.send(done); // nobody waits any more: it has happened all the same
            })
            .await;
        match answered.await.unwrap_or(Err(konvent_core::db::CLOSED)) {
            Ok(effect) if effect.is_stale => {}
            Err(refusal) if refusal.code != NOT_SEATED.code => return Err(refusal),
            _ => return Ok(()),
        }
    }
    Ok(())
}

/// The contact list: from now on this session hears of changes (RFC 6121 §2.2).
pub async fn list(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let session = seat.session.id;
    with_contacts(
        house,
        seat,
        |known, followed| Happening::Listed(session, known.contacts, followed),
        |known| Some(contacts::answer(iq, &known.contacts)),
    )
    .await
}

/// One contact is noted or removed (RFC 6121 §2.3, §2.4, §2.5).
pub async fn change(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let (session, wish) = (seat.session.clone(), iq.clone());
    tell_and_wait(house, move |house, tx| {
        let mut sequel = contacts::change(tx, house.domain(), &Member::from(&session), &wish)?;
        sequel.out.to_session(session.id, wish.result(None).with_to(session.address.clone()));
        Ok(sequel)
    })
    .await
}

/// A first presence (RFC 6121 §4.2): the circle is read once for the account and kept in step from then on; requests that
/// wait are shown to every connection that comes (§3.1.3).
pub async fn announce(house: &Arc<House>, seat: &Arc<Seat>, said: &Stanza) -> Answer<()> {
    let (account, session) = (seat.session.account, seat.session.id);
    let is_there = house.hall().presences.priority(account, session).is_some();
    if is_there {
        let done = house.happens(Happening::Announced(session, said.clone())).await;
        return done.map(drop);
    }
    let domain = house.domain().name.clone();
    with_contacts(
        house,
        seat,
        |known, followed| {
            let circle = Circle::of(&known.contacts, |address| address.domain().as_str() == domain);
            let again = contacts::ask_again(house.domain(), &seat.session.bare(), &known.contacts);
            let Known { contacts, blocklist, mut requests } = known;
            requests.retain(|request| {
                request.from.as_ref().is_some_and(|from| !blocklist.covers(from))
            });
            let said = said.clone();
            let known = Known { contacts, blocklist, requests };
            Happening::Appeared { session, said, circle, known, again, followed }
        },
        |_| None,
    )
    .await
}

/// A member asks for a subscription, grants it or ends it (RFC 6121 §3). It settles when the commit is through.
pub async fn subscription(house: &Arc<House>, seat: &Arc<Seat>, act: Act, presence: Stanza) {
    let (asker, listener) = (Arc::clone(seat), Arc::clone(seat));
    let original = presence.clone();
    house
        .decide(
            move |house, tx| {
                let mut sequel = match welcome::invited(house, tx, &asker.session, act, &presence)?
                {
                    Some(sequel) => sequel,
                    None => contacts::send(tx, house.domain(), &asker.session, act, &presence)?,
                };
                super::abroad::keep(house, tx, &mut sequel.out)?;
                Ok(Happening::Befriended(sequel))
            },
            move |_, answer| {
                if let Err(refusal) = answer {
                    listener.answer(faces::refused(&original, &refusal));
                }
                listener.mailbox.settle(1);
            },
        )
        .await;
}

/// An account as the contacts need it.
pub fn member(house: &House, account: &Account) -> Answer<Member> {
    let address = house.domain().account(&account.localpart)?;
    Ok(Member { account: account.id, person: account.person, address })
}

/// The block list, asked for or changed (XEP-0191 §3).
pub async fn blocklist(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let account = seat.session.account;
    if iq.is_kind("get") {
        let list = house.db().read(move |reader| blocking::blocklist(reader, account)).await?;
        let reply = blocking::answer(iq, &list)?;
        house.happens(Happening::FollowsBlocklist(seat.session.id)).await?;
        seat.answer(reply);
        return Ok(());
    }
    let (session, wish) = (seat.session.clone(), iq.clone());
    house
        .decide_and_wait(move |house, tx| {
            let behind = super::rooms::occupant::behind_nicknames(house, &session, &wish);
            let behind = |address: &Jid| behind.get(address).cloned();
            let changed = blocking::change(tx, house.domain(), &session, &wish, &behind)?;
            Ok(Happening::Blocked(account, changed.list, changed.out))
        })
        .await
        .map(drop)
}

/// The directory has changed: the lists of those who are connected follow. `None` looks at everybody.
pub async fn follow(house: &Arc<House>, persons: Option<Vec<PersonId>>) -> Answer<()> {
    house
        .decide_and_wait(move |house, tx| {
            let viewers = house.hall().rosters.viewers();
            let (now, persons) = (tx.now(), persons.as_deref());
            let fresh = contacts::look_again(tx, house.domain(), &viewers, persons, now)?;
            Ok(Happening::Relisted(fresh))
        })
        .await
        .map(drop)
}

/// Those who leave let go of everybody they had chosen, here and elsewhere.
pub async fn part(house: &Arc<House>, accounts: Vec<AccountId>) -> Answer<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    tell_and_wait(house, move |house, tx| {
        let mut sequel = Sequel::default();
        for account in accounts {
            let Some(account) = accounts::get(tx, account)? else { continue };
            let member = member(house, &account)?;
            sequel.append(contacts::part_from_all(tx, house.domain(), &member)?);
        }
        Ok(sequel)
    })
    .await
}
