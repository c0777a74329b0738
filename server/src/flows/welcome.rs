//! What an invitation brings about between two people: they become contacts, by a registration or by a request that shows it
//! (XEP-0379). Making invitations stands in `commands/invite.rs`, registration in `registration.rs`.

use konvent_core::{AccountId, Answer, Tx};
use konvent_people::accounts::{self, Account};
use konvent_people::invitations::{self, Invitation};
use konvent_people::registration;
use konvent_talk::contacts::states::Act;
use konvent_talk::contacts::{self, Member, Sequel};
use konvent_talk::{Session, Who, blocking};
use konvent_wire::Stanza;

use super::contacts::member;
use super::strangers;
use crate::house::House;

/// A member asks for a subscription and shows an invitation of whom he asks: both see each other at once (XEP-0379 §3.3).
/// `None` for anything else. A token that is not the other's, is used up or was never given changes nothing: the request is
/// then one like any other.
pub fn invited(
    house: &House,
    tx: &mut Tx<'_>,
    asker: &Session,
    act: Act,
    presence: &Stanza,
) -> Answer<Option<Sequel>> {
    let Some(to) = presence.to.as_ref().filter(|_| act == Act::Subscribe) else { return Ok(None) };
    let Who::Account(whom) = house.who_is(tx, to)? else { return Ok(None) };
    let Some(invitation) = invited_by(house, tx, whom, presence)? else { return Ok(None) };
    // XEP-0191: whoever was blocked since finds nobody, with and without an invitation.
    if whom == asker.account || blocking::blocks(tx, whom, &asker.address)? {
        return Ok(None);
    }
    let Some(inviter) = accounts::get(tx, whom)? else { return Ok(None) };
    invitations::spend(tx, invitation.id, Some(asker.account))?;
    let (inviter, asker) = (member(house, &inviter)?, Member::from(asker));
    contacts::welcome(tx, house.domain(), &inviter, &asker, presence).map(Some)
}

/// The invitation of this account that a request shows, if it is good for a contact.
fn invited_by(
    house: &House,
    tx: &mut Tx<'_>,
    asked: AccountId,
    presence: &Stanza,
) -> Answer<Option<Invitation>> {
    let Some(token) = registration::preauth_token(presence) else { return Ok(None) };
    let now = tx.now();
    match invitations::by_token(tx, house.key(), &token, now) {
        Ok(found) => Ok(Some(found).filter(|it| it.makes_contact && it.inviter == Some(asked))),
        Err(refusal) if refusal == invitations::UNKNOWN => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// A request from another server; with an invitation it is granted at once and asked back (XEP-0379 §3.3). Without one it
/// must come from somebody from whom the member hears at all.
pub fn subscription_from_abroad(
    house: &House,
    tx: &mut Tx<'_>,
    asked: &Member,
    is_heard: bool,
    presence: &Stanza,
) -> Answer<Sequel> {
    let domain = house.domain();
    let from = presence.from.as_ref().map(konvent_wire::Jid::to_bare);
    let invitation = match Act::of(presence.kind.as_deref()) {
        Some(Act::Subscribe) => invited_by(house, tx, asked.account, presence)?,
        _ => None,
    };
    let (Some(invitation), Some(from)) = (invitation, from) else {
        if !is_heard || !may_ask(house, tx, asked.account, presence)? {
            return Ok(Sequel::default()); // in silence, as of nobody
        }
        return contacts::receive_from_abroad(tx, domain, asked, presence);
    };
    invitations::spend(tx, invitation.id, None)?;
    contacts::welcome_from_abroad(tx, domain, asked, &from, presence)
}

/// Whether strangers have asked and said less today than they may; anything but a request is not counted.
fn may_ask(house: &House, tx: &mut Tx<'_>, asked: AccountId, presence: &Stanza) -> Answer<bool> {
    let (Some(from), Some(to)) = (&presence.from, &presence.to) else { return Ok(true) };
    if Act::of(presence.kind.as_deref()) != Some(Act::Subscribe) {
        return Ok(true);
    }
    let now = tx.now();
    strangers::may_ask(house, tx, asked, (from, to), presence, now)
}

/// Whoever registered by an invitation and whoever made it become contacts (XEP-0379 §3.3).
pub fn befriend_inviter(
    house: &House,
    tx: &mut Tx<'_>,
    invitation: &Invitation,
    newcomer: &Account,
) -> Answer<Sequel> {
    let inviter = invitation.inviter.filter(|_| invitation.makes_contact);
    let inviter = match inviter {
        Some(inviter) => accounts::get(tx, inviter)?.filter(|inviter| !inviter.is_closed),
        None => None,
    };
    let Some(inviter) = inviter else { return Ok(Sequel::default()) };
    // The inviter's list is looked at first: when it is full nothing has changed, and the account is opened all the same.
    match contacts::befriend(
        tx,
        house.domain(),
        &member(house, &inviter)?,
        &member(house, newcomer)?,
    ) {
        Err(refusal) if refusal == contacts::TOO_MANY => Ok(Sequel::default()),
        done => done,
    }
}
