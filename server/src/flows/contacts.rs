//! What happens to a contact list: it is asked for, changed, subscribed to and blocked from. Changes are committed first,
//! then carried out in the order of the commits: stanzas, pushes, presences.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Outbox, PersonId, Tx};
use konvent_people::accounts::{self, Account};
use konvent_talk::blocking::{self, Blocklist};
use konvent_talk::contacts::states::Act;
use konvent_talk::contacts::{self, Contact, Member, Sequel, Tie};
use konvent_talk::presence::Circle;
use konvent_wire::Stanza;

use crate::faces;
use crate::flows::welcome;
use crate::hall::{Hall, Seat};
use crate::house::House;

/// How often a list is read again because it changed while it was read. Then it is shown as it was last read: the next change
/// mends it.
const READINGS_MAX: usize = 5;

/// Everything that follows from a change of contacts, now that it is on disk.
pub fn carry_out(hall: &mut Hall, sequel: Sequel) {
    // RFC 6121 §3.2.2: whoever is not to see any more sees the devices go before he is told so.
    let (ends, rest): (Vec<Tie>, Vec<Tie>) = sequel.ties.into_iter().partition(Tie::ends);
    let mut out = hall.presences.turn(&ends);
    out.append(sequel.out);
    out.append(hall.rosters.carry_out(&sequel.pushes));
    out.append(hall.presences.turn(&rest));
    hall.post(out);
}

/// Tells a story about contacts to its end, and carries out what follows before whoever asked goes on.
pub async fn tell_and_wait(
    house: &Arc<House>,
    story: impl FnOnce(&House, &mut Tx<'_>) -> Answer<Sequel> + Send + 'static,
) -> Answer<()> {
    let (told, carrying) = (Arc::clone(house), Arc::clone(house));
    let (answer, answered) = tokio::sync::oneshot::channel();
    house
        .db()
        .submit(
            move |tx| {
                let mut sequel = story(&told, tx)?;
                super::abroad::keep(&told, tx, &mut sequel.out)?;
                Ok(sequel)
            },
            move |done| {
                let done = done.map(|sequel| carry_out(&mut carrying.hall(), sequel));
                let _ = answer.send(done); // nobody waits any more: the work is done all the same
            },
        )
        .await;
    answered.await.unwrap_or(Err(konvent_core::db::CLOSED))
}

/// What a connection needs to know when it comes.
struct Known {
    contacts: Vec<Contact>,
    blocklist: Blocklist,
    requests: Vec<Stanza>,
}

/// Reads contacts, block list and waiting requests, shows them to the hall while nobody can change them, and lets `show` do
/// the rest. Nothing happens when the session is gone meanwhile.
async fn with_contacts(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    show: impl FnOnce(&mut Hall, Known) -> Outbox,
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
        let mut hall = house.hall();
        if !hall.is_seated(seat) {
            return Ok(());
        }
        // A change between reading and showing would never reach this session.
        if hall.rosters.followed() != before && reading < READINGS_MAX {
            continue;
        }
        hall.rosters.shown(seat.session.account, &known.contacts);
        let out = show(&mut hall, known);
        hall.post(out);
        return Ok(());
    }
    Ok(())
}

/// The contact list: from now on this session hears of changes (RFC 6121 §2.2).
pub async fn list(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    with_contacts(house, seat, |_, known| {
        seat.set_interested();
        let mut out = Outbox::default();
        let reply = contacts::answer(iq, &known.contacts);
        out.to_session(seat.session.id, reply.with_to(seat.session.address.clone()));
        out
    })
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
    {
        let mut hall = house.hall();
        if hall.presences.priority(account, session).is_some() {
            let out = hall.presences.announce(&seat.session, said);
            hall.post(out);
            return Ok(());
        }
    }
    let domain = house.domain().name.clone();
    with_contacts(house, seat, |hall, known| {
        let circle = Circle::of(&known.contacts, |address| address.domain().as_str() == domain);
        let requests = known.requests.into_iter().filter(|request| {
            request.from.as_ref().is_some_and(|from| !known.blocklist.covers(from))
        });
        let requests: Vec<Stanza> = requests.collect();
        hall.presences.begin(account, circle, known.blocklist);
        let mut out = hall.presences.announce(&seat.session, said);
        out.append(contacts::ask_again(house.domain(), &seat.session.bare(), &known.contacts));
        for request in requests {
            out.to_session(session, request);
        }
        out
    })
    .await
}

/// A member asks for a subscription, grants it or ends it (RFC 6121 §3). It settles when the commit is through.
pub async fn subscription(house: &Arc<House>, seat: &Arc<Seat>, act: Act, presence: Stanza) {
    let (asker, listener) = (Arc::clone(seat), Arc::clone(seat));
    let (this, carrying, original) = (Arc::clone(house), Arc::clone(house), presence.clone());
    house
        .db()
        .submit(
            move |tx| {
                let mut sequel = match welcome::invited(&this, tx, &asker.session, act, &presence)?
                {
                    Some(sequel) => sequel,
                    None => contacts::send(tx, this.domain(), &asker.session, act, &presence)?,
                };
                super::abroad::keep(&this, tx, &mut sequel.out)?;
                Ok(sequel)
            },
            move |answer| {
                match answer {
                    Ok(sequel) => carry_out(&mut carrying.hall(), sequel),
                    Err(refusal) => {
                        listener.answer(original.error_reply(&faces::stanza_error(&refusal)));
                    }
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
        seat.set_follows_blocklist();
        seat.answer(reply);
        return Ok(());
    }
    let (this, carrying) = (Arc::clone(house), Arc::clone(house));
    let (session, wish) = (seat.session.clone(), iq.clone());
    let (answer, answered) = tokio::sync::oneshot::channel();
    house
        .db()
        .submit(
            move |tx| blocking::change(tx, this.domain(), &session, &wish),
            move |done| {
                let done = done.map(|changed| {
                    let mut hall = carrying.hall();
                    let mut out = changed.out;
                    out.append(hall.presences.set_blocklist(account, changed.list));
                    hall.rosters.has_followed();
                    hall.post(out);
                });
                let _ = answer.send(done); // nobody waits any more: the work is done all the same
            },
        )
        .await;
    answered.await.unwrap_or(Err(konvent_core::db::CLOSED))
}

/// The directory has changed: the lists of those who are connected follow. `None` looks at everybody.
pub async fn follow(house: &Arc<House>, persons: Option<Vec<PersonId>>) -> Answer<()> {
    let (this, carrying) = (Arc::clone(house), Arc::clone(house));
    let (answer, answered) = tokio::sync::oneshot::channel();
    house
        .db()
        .submit(
            move |tx| {
                let viewers = this.hall().rosters.viewers();
                let now = tx.now();
                contacts::look_again(tx, this.domain(), &viewers, persons.as_deref(), now)
            },
            move |done| {
                let done = done.map(|fresh| {
                    let mut hall = carrying.hall();
                    let sequel = hall.rosters.follow(fresh);
                    carry_out(&mut hall, sequel);
                });
                let _ = answer.send(done); // as above
            },
        )
        .await;
    answered.await.unwrap_or(Err(konvent_core::db::CLOSED))
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
