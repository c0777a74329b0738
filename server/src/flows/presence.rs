//! What happens to a presence: to the member's circle, into a room and out of it, to one person, and from another server.

use std::sync::Arc;

use konvent_core::{AccountId, Answer, Kind, Millis, Outbox, Reach, Reader, Refusal};
use konvent_people::accounts;
use konvent_talk::contacts::states::Act;
use konvent_talk::contacts::{self, Member};
use konvent_talk::presence::Sight;
use konvent_talk::{Who, avatars, blocking, presence};
use konvent_wire::{Jid, Stanza};

use crate::faces;
use crate::flows::caps;
use crate::flows::offline;
use crate::flows::rooms::{self, Asker};
use crate::flows::strangers::{self, is_heard};
use crate::hall::happening::Happening;
use crate::hall::{Hall, Seat};
use crate::house::House;

/// A presence of a type that makes no sense where it was sent.
pub(super) const BAD_TYPE: Refusal = Refusal::new(Kind::BadRequest, "presence.bad-type");

/// A presence is shown to everybody around and remembered for newcomers: it says how somebody is, it is no letter.
pub(super) const PRESENCE_BYTES_MAX: usize = 16 * 1024;

/// The presence is larger than [`PRESENCE_BYTES_MAX`].
pub(super) const TOO_LARGE: Refusal = Refusal::new(Kind::BadRequest, "presence.too-large");

/// Receives a presence. It counts as handled when its effect is there.
pub async fn receive(house: &Arc<House>, seat: &Arc<Seat>, presence: Stanza) {
    let original = presence.clone();
    // RFC 6121 §4.3: a client's probe is no fault; one that names nobody asks for the own account.
    let presence = if presence.to.is_none() && presence.is_kind("probe") {
        presence.with_to(seat.session.bare())
    } else {
        presence
    };
    let presence = with_picture(house, seat, presence).await;
    let done = match presence.to.clone() {
        _ if presence.size_hint() > PRESENCE_BYTES_MAX => Err(TOO_LARGE),
        None => to_circle(house, seat, &presence).await.map(|()| true),
        Some(to) => match whom(house, seat, to).await {
            Ok(Whom { who: Who::Room(room, _), .. }) => {
                return rooms::presence::receive(house, Asker::here(seat), Some(room), presence)
                    .await;
            }
            Ok(Whom { who: Who::Nobody, .. }) if rooms_name_it(house, &presence) => {
                return rooms::presence::receive(house, Asker::here(seat), None, presence).await;
            }
            Ok(whom) => to_one(house, seat, whom, presence).await,
            Err(refusal) => Err(refusal),
        },
    };
    match done {
        Ok(false) => return, // settled later, by the commit
        Ok(true) => {}
        Err(refusal) if original.is_error() => drop(refusal),
        Err(refusal) => seat.answer(faces::refused(&original, &refusal)),
    }
    seat.mailbox.settle(1);
}

/// An available presence names the member's picture, to whomever it goes (XEP-0398 §4). A picture that cannot be looked up
/// does not hold up a presence.
async fn with_picture(house: &Arc<House>, seat: &Arc<Seat>, presence: Stanza) -> Stanza {
    if presence.kind.is_some() || presence.size_hint() > PRESENCE_BYTES_MAX {
        return presence;
    }
    let account = seat.session.account;
    let hash = house.db().glance(move |reader| avatars::hash(reader, account)).await;
    match hash {
        Ok(hash) => avatars::stamp(&presence, hash.as_deref()),
        Err(_) => presence,
    }
}

/// Who is behind an address, and whether he lets the asker see him.
struct Whom {
    who: Who,
    may_be_seen: bool,
    /// He has blocked the asker.
    is_blocking: bool,
    /// He has blocked somebody who else could see him: who knows that he is there.
    is_silent: bool,
}

/// # Errors
/// `blocking.you-blocked`: nothing goes to whom the member has blocked himself (XEP-0191 §3.3).
async fn whom(house: &Arc<House>, seat: &Arc<Seat>, to: Jid) -> Answer<Whom> {
    let (this, asker, now) = (Arc::clone(house), seat.session.clone(), house.clock().now());
    house
        .db()
        .glance(move |reader| {
            if blocking::blocks(reader, asker.account, &to)? {
                return Err(blocking::YOU_BLOCKED);
            }
            let who = this.who_is(reader, &to)?;
            let (would_be_seen, is_blocking) = match who {
                Who::Account(account) => (
                    would_let_see(&this, reader, account, &asker.address, now)?,
                    blocking::blocks(reader, account, &asker.address)?,
                ),
                _ => (false, false),
            };
            let (may_be_seen, is_silent) =
                (would_be_seen && !is_blocking, would_be_seen && is_blocking);
            Ok(Whom { who, may_be_seen, is_blocking, is_silent })
        })
        .await
}

/// Whether a member's list lets somebody see him, and he has not blocked him.
pub(super) fn lets_see(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    asker: &Jid,
    now: Millis,
) -> Answer<bool> {
    Ok(!blocking::blocks(reader, account, asker)?
        && would_let_see(house, reader, account, asker, now)?)
}

/// The same, whether he has blocked him or not.
fn would_let_see(
    house: &House,
    reader: &mut Reader<'_>,
    account: AccountId,
    asker: &Jid,
    now: Millis,
) -> Answer<bool> {
    let Some(member) = member(house, reader, account)? else { return Ok(false) };
    contacts::lets_see(reader, house.domain(), &member, &asker.to_bare(), now)
}

fn member(house: &House, reader: &mut Reader<'_>, account: AccountId) -> Answer<Option<Member>> {
    let account = accounts::get(reader, account)?;
    account.map(|account| super::contacts::member(house, &account)).transpose()
}

fn rooms_name_it(house: &House, presence: &Stanza) -> bool {
    presence.to.as_ref().is_some_and(|to| to.domain().as_str() == house.domain().rooms)
}

/// RFC 6121 §4.2, §4.4, §4.5: I am here, I am like this now, I am going.
async fn to_circle(house: &Arc<House>, seat: &Arc<Seat>, said: &Stanza) -> Answer<()> {
    match said.kind.as_deref() {
        None => {
            let begins_to_hear = offline::begins_to_hear(house, seat, said);
            super::contacts::announce(house, seat, said).await?;
            if begins_to_hear {
                offline::arrived(house, seat).await;
            }
            super::push::looked(house, seat.session.account).await;
            caps::heard(house, seat, said).await
        }
        Some("unavailable") => {
            let gone = Happening::Unavailable(seat.session.id, said.clone());
            house.happens(gone).await.map(drop)
        }
        Some(_) => Err(BAD_TYPE),
    }
}

/// RFC 6121 §3, §4.3 and §4.6: a subscription, a probe, or showing oneself to one person. False: it settles later.
async fn to_one(house: &Arc<House>, seat: &Arc<Seat>, whom: Whom, said: Stanza) -> Answer<bool> {
    if let Some(to) = said.to.as_ref().filter(|_| whom.who == Who::Elsewhere) {
        super::abroad::may_leave(house, to)?;
    }
    if let Some(act) = Act::of(said.kind.as_deref()) {
        super::contacts::subscription(house, seat, act, said).await;
        return Ok(false);
    }
    let account = match whom.who {
        Who::Account(account) => Some(account),
        _ => None,
    };
    match said.kind.as_deref() {
        // RFC 6121 §4.3: clients should not probe; those who do learn what the server knows anyway.
        // XEP-0191 §3.3: whoever has blocked the asker says nothing, not even no. To those who never saw him he is nobody.
        Some("probe") if whom.is_silent => {}
        Some("probe") if whom.who != Who::Elsewhere => {
            let hall = house.hall();
            let asker = seat.session.account;
            let has_shown = |device: &Seat| {
                !whom.is_blocking && hall.presences.has_shown(device.session.id, asker)
            };
            let sight = sight(whom.may_be_seen, devices_asked(&hall, account, &said, has_shown));
            let mut out = Outbox::default();
            for answer in presence::answer_probe(&hall.presences, account, &said, &sight) {
                out.to_session(seat.session.id, answer);
            }
            hall.post(out);
        }
        // RFC 6121 §4.3: a client's own probe goes on as one of the account.
        Some("probe") => {
            let from = Some(seat.session.bare().into());
            house.abroad().send(said.addressed(from, said.to.clone()), None);
        }
        None | Some("unavailable" | "error") if account.is_some() || whom.who == Who::Elsewhere => {
            // RFC 6121 §8.5.3.1: also to a device that is connected without being seen.
            let unseen = {
                let hall = house.hall();
                device_at(&hall, account, &said)
                    .filter(|_| !whom.is_blocking)
                    .map(|device| device.session.clone())
                    .filter(|device| hall.presences.priority(device.account, device.id).is_none())
                    .map(|device| device.id)
            };
            let (session, has_gone) = (seat.session.id, said.is_kind("unavailable"));
            house.happens(Happening::Directed(session, account, said, unseen)).await?;
            if has_gone && let Some(account) = account {
                house.happens(Happening::Departed(account, seat.session.address.clone())).await?;
            }
        }
        None | Some("unavailable" | "error") => {} // RFC 6121 §8.5.1: to nobody, dropped
        Some(_) => return Err(BAD_TYPE),
    }
    Ok(true)
}

/// The device at a full address, available or not.
fn device_at(hall: &Hall, account: Option<AccountId>, said: &Stanza) -> Option<Arc<Seat>> {
    let resource = said.to.as_ref()?.resource()?;
    hall.at(account?, resource.as_str()).cloned()
}

/// The devices that a probe asks for and that have shown themselves to whoever asks (RFC 6121 §4.6.6).
fn devices_asked(
    hall: &Hall,
    account: Option<AccountId>,
    probe: &Stanza,
    has_shown: impl Fn(&Seat) -> bool,
) -> Vec<Jid> {
    let (Some(account), Some(to)) = (account, &probe.to) else { return Vec::new() };
    let seats = hall.seats_of(account).iter();
    let asked = seats.filter(|seat| to.is_bare() || seat.session.address == *to);
    asked.filter(|seat| has_shown(seat)).map(|seat| seat.session.address.clone()).collect()
}

fn sight(may_see: bool, shown: Vec<Jid>) -> Sight {
    if may_see { Sight::All } else { Sight::Devices(shown) }
}

/// What somebody elsewhere is to the member whom he addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// Blocked, or there is no such member: both are told the same.
    Nobody,
    /// Blocked, and but for that he could see him: he knows that he is there.
    BlockedSeer,
    /// A stranger in a house that takes no first word from strangers.
    Unheard,
    /// Somebody of whom he hears.
    Heard,
    /// Somebody who may see him.
    Seer,
}

/// The member who has this address, unless he has blocked who asks, and what that one is to him.
async fn standing(house: &Arc<House>, from: &Jid, to: &Jid) -> Answer<(Option<Member>, Standing)> {
    let (this, now) = (Arc::clone(house), house.clock().now());
    let (asker, address) = (from.clone(), to.clone());
    house
        .db()
        .read(move |reader| {
            let Who::Account(account) = this.who_is(reader, &address)? else {
                return Ok((None, Standing::Nobody));
            };
            let could_see = would_let_see(&this, reader, account, &asker, now)?;
            if blocking::blocks(reader, account, &asker)? {
                let standing = if could_see { Standing::BlockedSeer } else { Standing::Nobody };
                return Ok((None, standing));
            }
            let standing = match could_see {
                true => Standing::Seer,
                false if is_heard(&this, reader, account, &asker)? => Standing::Heard,
                false => Standing::Unheard,
            };
            Ok((member(&this, reader, account)?, standing))
        })
        .await
}

/// Whether an error is about something that the account itself sent to a contact of its list, not the server for it.
async fn is_about_a_contact(
    house: &Arc<House>,
    account: AccountId,
    from: &Jid,
    error: &Stanza,
) -> Answer<bool> {
    let own = [contacts::AGAIN, presence::PROBE];
    if error.id.as_deref().is_some_and(|id| own.contains(&id)) {
        return Ok(false);
    }
    let contact = from.to_bare();
    house.db().read(move |reader| contacts::has_listed(reader, account, &contact)).await
}

/// A presence for a member arrives from another server, whose right to speak for `from` is proved. Nothing is answered that
/// would tell whether the address exists (RFC 6121 §8.5.1).
pub async fn from_abroad(house: &Arc<House>, said: Stanza) -> Answer<()> {
    let (Some(from), Some(to)) = (said.from.clone(), said.to.clone()) else { return Ok(()) };
    if said.size_hint() > PRESENCE_BYTES_MAX {
        return Ok(());
    }
    let (member, standing) = standing(house, &from, &to).await?;
    if standing == Standing::BlockedSeer && said.is_kind("probe") {
        return Ok(()); // XEP-0191 §3.3: no answer, no error
    }
    if let Some(act) = Act::of(said.kind.as_deref()) {
        let Some(member) = member else {
            if act == Act::Subscribe && standing == Standing::Nobody {
                strangers::asks_nobody(house, (&from, &to), &said);
            }
            return Ok(());
        };
        let is_heard = standing != Standing::Unheard;
        return super::contacts::tell_and_wait(house, move |house, tx| {
            super::welcome::subscription_from_abroad(house, tx, &member, is_heard, &said)
        })
        .await;
    }
    // Of whom the member does not hear, only this reaches a device of his that the other knows: that he goes, or that
    // something went wrong.
    let is_end = to.is_full() && matches!(said.kind.as_deref(), Some("unavailable" | "error"));
    let member = member.filter(|_| standing != Standing::Unheard || is_end);
    let may_see = standing == Standing::Seer;
    let own = member.as_ref().map(|member| member.address.clone());
    let account = member.map(|member| member.account);
    if let (Some(account), Some(own)) = (account, own) {
        match said.kind.as_deref() {
            None if may_see => caps::onlooker_heard(house, (account, own), &from, &said).await?,
            Some("unavailable") => caps::onlooker_left(house, account, &from).await?,
            _ => {}
        }
    }
    // RFC 6121 §4.6.1: whoever goes need not be told when the devices that have shown themselves to him go.
    if said.is_kind("unavailable")
        && let Some(account) = account
    {
        house.happens(Happening::Departed(account, from.clone())).await?;
    }
    let comes_back = match account {
        Some(account) if said.is_error() && to.is_bare() => {
            is_about_a_contact(house, account, &from, &said).await?
        }
        _ => false,
    };
    let hall = house.hall();
    let mut out = Outbox::default();
    match (said.kind.as_deref(), account) {
        (Some("probe"), account) => {
            let has_shown =
                |device: &Seat| hall.presences.has_shown_abroad(device.session.id, &from);
            let sight = sight(may_see, devices_asked(&hall, account, &said, has_shown));
            for answer in presence::answer_probe(&hall.presences, account, &said, &sight) {
                out.abroad(answer);
            }
        }
        // RFC 6121 §8.5.3.1: to one device, also one that is connected without being seen (a room abroad answers it).
        (None | Some("unavailable" | "error"), Some(account)) if to.is_full() => {
            let resource = to.resource().map(|resource| resource.as_str().to_owned());
            if let Some(seat) = resource.and_then(|resource| hall.at(account, &resource)) {
                out.to_session(seat.session.id, said);
            }
        }
        // RFC 6121 §3.1.2: what a member asked of a contact and could not be brought goes to all that are available, as the
        // answer would have. RFC 6121 §8.5.2.1.2: so does what is meant for the account.
        (kind, Some(account)) if matches!(kind, None | Some("unavailable")) || comes_back => {
            out.to_account(account, Reach::Present, None, said);
        }
        // RFC 6121 §4.7.1: a type that nobody knows, whoever is there or not.
        (Some(kind), _) if !matches!(kind, "unavailable" | "error") => {
            out.abroad(faces::refused(&said, &BAD_TYPE));
        }
        _ => {}
    }
    hall.post(out);
    Ok(())
}
