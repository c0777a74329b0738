//! Two members see each other at once, by an invitation (XEP-0379 §3.3); and a member who goes lets go of everybody.

use konvent_core::{Answer, Reach, Tx};
use konvent_people::accounts;
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;

use super::sequel::{Peer, Sequel, Tie};
use super::states::{Act, State};
use super::store::{self, Item};
use super::subscriptions::{push, receive_from_abroad, step};
use super::{CONTACTS_MAX, Member, Sharing, TOO_MANY};
use crate::{Domain, roster};

/// Both see each other and stand in each other's list, as if each had asked and the other had granted it.
///
/// # Errors
/// `contacts.too-many` when either list is full.
pub fn befriend(tx: &mut Tx<'_>, domain: &Domain, one: &Member, other: &Member) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    if one.account == other.account {
        return Ok(sequel);
    }
    let now = tx.now();
    let is_derived = match accounts::get(tx, other.account)? {
        Some(account) => roster::between(tx, domain, one.person, &account, now)?
            .is_some_and(|contact| contact.shares_presence),
        None => false,
    };
    for (me, peer) in [(one, other), (other, one)] {
        let before = store::item(tx, me.account, &peer.address)?
            .unwrap_or_else(|| Item::new(peer.address.clone()));
        if !before.is_listed && store::counts(tx, me.account)?.0 >= CONTACTS_MAX {
            return Err(TOO_MANY);
        }
        let after = Item { is_listed: true, state: State::BOTH, ..before.clone() };
        store::put(tx, me.account, &after)?;
        push(tx, domain, me, &peer.address, Some(peer.account), &mut sequel)?;
        let before = Sharing::from(before.state);
        if !is_derived && before != Sharing::BOTH {
            let (account, peer) = (me.account, Peer::Here(peer.account));
            sequel.ties.push(Tie { account, peer, before, after: Sharing::BOTH });
        }
    }
    Ok(sequel)
}

/// A request that shows an invitation: both see each other, and the request is answered (XEP-0379 §3.3).
///
/// # Errors
/// As [`befriend`].
pub fn welcome(
    tx: &mut Tx<'_>,
    domain: &Domain,
    inviter: &Member,
    asker: &Member,
    request: &Stanza,
) -> Answer<Sequel> {
    let mut granted = Stanza::presence(Act::Subscribed.kind())
        .addressed(Some(inviter.address.clone().into()), Some(asker.address.clone().into()));
    granted.id.clone_from(&request.id);
    let mut sequel = befriend(tx, domain, inviter, asker)?;
    sequel.out.to_account(asker.account, Reach::Interested, None, granted);
    Ok(sequel)
}

/// The same for somebody on another server: his request is granted ahead (RFC 6121 §3.4), received, and asked back.
///
/// # Errors
/// As [`befriend`].
pub fn welcome_from_abroad(
    tx: &mut Tx<'_>,
    domain: &Domain,
    inviter: &Member,
    from: &BareJid,
    request: &Stanza,
) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    let say = |tx: &mut Tx<'_>, act: Act, sequel: &mut Sequel| {
        step(tx, domain, inviter, act, from, &Stanza::presence(act.kind()), sequel)
    };
    say(tx, Act::Subscribed, &mut sequel)?;
    sequel.append(receive_from_abroad(tx, domain, inviter, request)?);
    say(tx, Act::Subscribe, &mut sequel)?;
    Ok(sequel)
}

/// A member leaves: everybody he chose is told, and nothing of his list stays.
pub fn part_from_all(tx: &mut Tx<'_>, domain: &Domain, member: &Member) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    for item in store::items(tx, member.account)? {
        let mut say = |tx: &mut Tx<'_>, act: Act| {
            let presence = Stanza::presence(act.kind());
            step(tx, domain, member, act, &item.address, &presence, &mut sequel)
        };
        // RFC 6121 §2.5.2, for each of them.
        if item.state.sees || item.state.asks {
            say(tx, Act::Unsubscribe)?;
        }
        if item.state.is_seen || item.state.is_asked {
            say(tx, Act::Unsubscribed)?;
        }
    }
    store::erase(tx, member.account)?;
    Ok(sequel)
}
