//! Registration over XMPP (XEP-0077, XEP-0445): of strangers before sign-in, and of those who are in.

use std::borrow::Cow;
use std::sync::Arc;

use konvent_core::audit::Actor;
use konvent_core::config::{Accounts, WhoMay};
use konvent_core::{Answer, Kind, Refusal, Tx};
use konvent_people::accounts::{self, NewPassword};
use konvent_people::invitations::{self, Invitation};
use konvent_people::registration::{self, Attempt, Request};
use konvent_talk::contacts::Sequel;
use konvent_talk::push::{self, By};
use konvent_wire::jid::Part;
use konvent_wire::xml::el;
use konvent_wire::{Element, Stanza};

use crate::faces;
use crate::flows::{contacts, erase, member, welcome};
use crate::hall::{Seat, SignedInBy};
use crate::house::House;

/// Somebody wants to change another account's password.
const NOT_YOURS: Refusal = Refusal::new(Kind::NotAllowed, "registration.not-your-account");

/// What a stranger is offered: invitations always, because admins may invite; registration where it is open.
pub fn features(settings: &Accounts) -> Vec<Element> {
    let invited = el("register", registration::INVITED_FEATURE).build();
    let open = (settings.registration != WhoMay::Nobody)
        .then(|| el("register", registration::FEATURE).build());
    std::iter::once(invited).chain(open).collect()
}

/// What a stranger asks before sign-in. `shown` is the invitation of this stream.
pub async fn of_stranger(
    house: &Arc<House>,
    source: &str,
    shown: &mut Option<Box<Invitation>>,
    iq: Stanza,
) -> Stanza {
    match answer_stranger(house, source, shown, &iq).await {
        Ok(reply) => reply,
        Err(refusal) => faces::refused(&iq, &refusal),
    }
}

async fn answer_stranger(
    house: &Arc<House>,
    source: &str,
    shown: &mut Option<Box<Invitation>>,
    iq: &Stanza,
) -> Answer<Stanza> {
    if registration::is_preauth(iq) {
        let token = registration::preauth_token(iq).ok_or(registration::BAD_REQUEST)?;
        *shown = Some(Box::new(look_at(house, source, token).await?));
        return Ok(iq.result(None));
    }
    let settings = &house.config().accounts;
    match registration::request(iq)?.ok_or(registration::BAD_REQUEST)? {
        Request::Form => {
            registration::may_register(settings, shown.as_deref())?;
            let kept = shown.as_ref().and_then(|shown| shown.localpart.as_deref());
            Ok(registration::form(iq, kept))
        }
        // XEP-0077 §3.2: who has not signed in has nothing to cancel.
        Request::Remove => Err(registration::CLOSED),
        Request::Fill { username, password } => {
            registration::may_register(settings, shown.as_deref())?;
            register(house, source, shown.clone(), &username, password).await?;
            *shown = None; // XEP-0445 §4: used up, as it was not by a name that is taken
            Ok(iq.result(None))
        }
    }
}

/// The invitation behind a token; wrong ones count like wrong passwords, so that nobody tries many.
async fn look_at(house: &Arc<House>, source: &str, token: String) -> Answer<Invitation> {
    let (key, now, from) = (house.key().clone(), house.clock().now(), source.to_owned());
    let found = house
        .db()
        .read(move |reader| {
            accounts::may_try(reader, &key, &from, now)?;
            invitations::by_token(reader, &key, &token, now)
        })
        .await;
    if found.as_ref().is_err_and(|refusal| *refusal == invitations::UNKNOWN) {
        let (key, from) = (house.key().clone(), source.to_owned());
        house.db().write(move |tx| accounts::count_failure(tx, &key, &from)).await?;
    }
    found
}

async fn register(
    house: &Arc<House>,
    source: &str,
    shown: Option<Box<Invitation>>,
    username: &str,
    password: String,
) -> Answer<()> {
    let localpart = localpart(username)?;
    let (key, source) = (house.key().clone(), source.to_owned());
    let settings = house.config().accounts.clone();
    may_begin(house, &localpart, shown.clone(), &source).await?;
    let password = stretch(house, localpart.clone(), password).await?;
    contacts::tell_and_wait(house, move |house, tx| {
        let (localpart, invitation, source) = (&localpart, shown.as_deref(), &source);
        let attempt = Attempt { localpart, invitation, source };
        let account = registration::register(tx, &key, &settings, &attempt, &password)?;
        match shown {
            Some(shown) => welcome::befriend_inviter(house, tx, &shown, &account),
            None => Ok(Sequel::default()),
        }
    })
    .await
}

/// Whether a try may come to something, before its password is stretched: that costs milliseconds, a name that is taken none.
async fn may_begin(
    house: &Arc<House>,
    localpart: &str,
    shown: Option<Box<Invitation>>,
    source: &str,
) -> Answer<()> {
    let (key, settings) = (house.key().clone(), house.config().accounts.clone());
    let (asked, limits, from) = (key.clone(), settings.clone(), source.to_owned());
    let now = house.clock().now();
    house.db().read(move |r| registration::may_try(r, &asked, &limits, &from, now)).await?;
    let (localpart, source) = (localpart.to_owned(), source.to_owned());
    house
        .db()
        .write(move |tx| {
            let (localpart, invitation, source) = (&localpart, shown.as_deref(), &source);
            registration::begin(tx, &key, &settings, &Attempt { localpart, invitation, source })
        })
        .await?
}

/// What somebody who is signed in asks about the own account.
pub async fn of_session(house: &Arc<House>, seat: &Arc<Seat>, iq: &Stanza) -> Answer<()> {
    let account = seat.session.account;
    let own = seat.jid.node().map(|node| node.as_str().to_owned()).unwrap_or_default();
    match registration::request(iq)?.ok_or(registration::BAD_REQUEST)? {
        Request::Form => seat.answer(registration::registered(iq, &own)),
        Request::Fill { username, password } => {
            if localpart(&username)? != own {
                return Err(NOT_YOURS);
            }
            house.db().read(move |reader| accounts::outside(reader, account)).await?;
            let password = stretch(house, own, password).await?;
            change_own_password(house, seat, password).await?;
            seat.answer(iq.result(None));
        }
        Request::Remove => {
            let by = Actor::Person(seat.session.person.0);
            close_account(house, by, account).await?;
            // XEP-0077 §3.2: the result first, then the streams end.
            seat.answer(iq.result(None));
            house.end_sessions(account, None);
        }
    }
    Ok(())
}

/// Whoever came in with the old password is out, but for the device that asks: a password is also changed because another
/// device is gone. What this one had asked for while it is away (XEP-0357) holds with the new one.
async fn change_own_password(
    house: &Arc<House>,
    seat: &Arc<Seat>,
    password: NewPassword,
) -> Answer<()> {
    let (house, seat) = (Arc::clone(house), Arc::clone(seat));
    member::to_the_end(async move {
        let (account, by) = (seat.session.account, Actor::Person(seat.session.person.0));
        let told_through = seat.told_through();
        let change = move |tx: &mut Tx<'_>| {
            accounts::set_password(tx, by, account, &password)?;
            let Some(own) = accounts::own_password(tx, account)? else { return Ok(None) };
            for (service, node) in &told_through {
                push::hold_by(tx, account, (service, node), By::AppPassword(own.id))?;
            }
            Ok(Some(own.id))
        };
        if let Some(id) = house.db().write(change).await? {
            seat.comes_back_by(SignedInBy::AppPassword(id));
        }
        let others: Vec<String> = {
            let hall = house.hall();
            let all = hall.seats_of(account).iter();
            let others = all.filter(|other| other.session.id != seat.session.id);
            others.map(|other| other.jid.resource().as_str().to_owned()).collect()
        };
        for resource in others {
            house.end_session_at(account, &resource);
        }
        Ok(())
    })
    .await
}

/// Closes an account outside the directory with all that it holds, and its contacts are told. Ending its sessions is the caller's business.
pub async fn close_account(
    house: &Arc<House>,
    actor: Actor,
    account: konvent_core::AccountId,
) -> Answer<()> {
    let house = Arc::clone(house);
    member::to_the_end(async move {
        erase::ahead(&house, account, move |tx| accounts::outside(tx, account).map(|_| true))
            .await?;
        contacts::tell_and_wait(&house, move |house, tx| {
            let leaving = accounts::outside(tx, account)?;
            let sequel = erase::contents(tx, house.domain(), &contacts::member(house, &leaving)?)?;
            accounts::close_outside(tx, actor, account)?;
            Ok(sequel)
        })
        .await
    })
    .await
}

/// Derives the keys of a password beside the threads that serve.
pub async fn stretch(house: &Arc<House>, localpart: String, plain: String) -> Answer<NewPassword> {
    let (key, length_min) = (house.key().clone(), house.config().accounts.password_length_min);
    tokio::task::spawn_blocking(move || NewPassword::derive(&key, &localpart, &plain, length_min))
        .await
        .unwrap_or_else(|error| Err(Refusal::broken("house.story-ended", error)))
}

/// A name as it stands in addresses (RFC 7622 §3.3).
pub fn localpart(name: &str) -> Answer<String> {
    Part::localpart(name).map(Cow::into_owned).map_err(|_| accounts::BAD_NAME)
}
