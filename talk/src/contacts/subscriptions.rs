//! The stanzas of a subscription on their way (RFC 6121 §3): through the sender's row, to the other, through the other's.

use konvent_core::{AccountId, Answer, Millis, Outbox, Reach, Reader, Tx};
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;

use super::list::{Contact, Sharing, contact, is_ours, open_account};
use super::sequel::{Peer, Push, Sequel, Tie};
use super::states::{Act, State, inbound, outbound};
use super::store::{self, Item};
use super::{CONTACTS_MAX, Member, REQUEST_BYTES_MAX, REQUESTS_MAX, TOO_MANY};
use crate::roster::{self, DIRECTORY_OWNS_IT};
use crate::{Domain, Session, blocking};

/// A member sends a stanza of a subscription. `presence` is as the client wrote it.
///
/// # Errors
/// `roster.directory-owns-it` for ending what the directory has made; `contacts.too-many`.
pub fn send(
    tx: &mut Tx<'_>,
    domain: &Domain,
    sender: &Session,
    act: Act,
    presence: &Stanza,
) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    let Some(to) = presence.to.as_ref().map(konvent_wire::Jid::to_bare) else { return Ok(sequel) };
    let me = Member::from(sender);
    if to == me.address {
        return Ok(sequel); // everybody sees himself
    }
    let now = tx.now();
    if let Some(other) = open_account(tx, domain, &to)? {
        let derived = roster::between(tx, domain, me.person, &other, now)?;
        if derived.is_some_and(|contact| contact.shares_presence) {
            return by_the_directory(sender, act, presence, &to);
        }
    }
    step(tx, domain, &me, act, &to, presence, &mut sequel)?;
    Ok(sequel)
}

/// Between those who share presence anyway: granted already, and not to be ended by hand.
fn by_the_directory(sender: &Session, act: Act, presence: &Stanza, to: &BareJid) -> Answer<Sequel> {
    let mut out = Outbox::default();
    match act {
        // RFC 6121 §3.1.3: an existing subscription is answered by the server itself.
        Act::Subscribe => {
            let address = Some(sender.address.clone());
            let mut reply =
                Stanza::presence("subscribed").addressed(Some(to.clone().into()), address);
            reply.id.clone_from(&presence.id);
            out.to_session(sender.id, reply);
        }
        Act::Subscribed => {}
        Act::Unsubscribe | Act::Unsubscribed => return Err(DIRECTORY_OWNS_IT),
    }
    Ok(Sequel { out, ..Sequel::default() })
}

/// One stanza out of a member's row, and into the other's when it goes on (RFC 6121 Appendix A.2).
pub(super) fn step(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    act: Act,
    to: &BareJid,
    presence: &Stanza,
    sequel: &mut Sequel,
) -> Answer<()> {
    let before = store::item(tx, me.account, to)?.unwrap_or_else(|| Item::new(to.clone()));
    let done = outbound(before.state, before.is_approved, act);
    let mut after = Item { state: done.state, is_approved: done.is_approved, ..before.clone() };
    after.is_listed |= belongs_into_the_list(&after);
    if after.is_listed && !before.is_listed && store::counts(tx, me.account)?.0 >= CONTACTS_MAX {
        return Err(TOO_MANY);
    }
    keep(tx, domain, me, &before, &after, sequel)?;
    if !done.is_routed {
        return Ok(());
    }
    // RFC 6121 §3.1.2: from the account to the account, whatever the client wrote.
    let said = stamped(presence, act, &me.address, to);
    hand_over(tx, domain, me, to, act, &said, sequel)
}

fn stamped(presence: &Stanza, act: Act, from: &BareJid, to: &BareJid) -> Stanza {
    let mut said = presence.addressed(Some(from.clone().into()), Some(to.clone().into()));
    said.kind = Some(act.kind().into());
    said
}

/// To the other side, which lives here, elsewhere, or not at all.
fn hand_over(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    to: &BareJid,
    act: Act,
    said: &Stanza,
    sequel: &mut Sequel,
) -> Answer<()> {
    if !is_ours(domain, to) {
        sequel.out.abroad(said.clone());
        return Ok(());
    }
    // RFC 6121 §8.5.1: to nobody, silently.
    let Some(other) = open_account(tx, domain, to)? else { return Ok(()) };
    let other = Member { account: other.id, person: other.person, address: to.clone() };
    take_in(tx, domain, &other, &me.address, act, said, sequel)
}

/// A stanza of a subscription arrives from another server. Anything else changes nothing.
pub fn receive_from_abroad(
    tx: &mut Tx<'_>,
    domain: &Domain,
    receiver: &Member,
    presence: &Stanza,
) -> Answer<Sequel> {
    let mut sequel = Sequel::default();
    let from = presence.from.as_ref().map(konvent_wire::Jid::to_bare);
    let (Some(act), Some(from)) = (Act::of(presence.kind.as_deref()), from) else {
        return Ok(sequel);
    };
    if is_ours(domain, &from) {
        return Ok(sequel); // nobody speaks for our members from outside
    }
    let said = stamped(presence, act, &from, &receiver.address);
    take_in(tx, domain, receiver, &from, act, &said, &mut sequel)?;
    Ok(sequel)
}

/// One stanza into a member's row (RFC 6121 Appendix A.3).
fn take_in(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    from: &BareJid,
    act: Act,
    said: &Stanza,
    sequel: &mut Sequel,
) -> Answer<()> {
    // XEP-0191: no answer, no error, nothing kept.
    if blocking::blocks(tx, me.account, &from.clone().into())? {
        return Ok(());
    }
    let before = store::item(tx, me.account, from)?.unwrap_or_else(|| Item::new(from.clone()));
    let done = inbound(before.state, before.is_approved, act);
    let begins_to_wait = done.state.is_asked && !before.state.is_asked;
    // Apart, so that nobody from elsewhere keeps out those of the house.
    if begins_to_wait && waiting_beside(tx, domain, me.account, from)? >= REQUESTS_MAX {
        return Ok(()); // silently, as if it still waited
    }
    let mut after = Item { state: done.state, is_approved: done.is_approved, ..before.clone() };
    after.is_listed |= belongs_into_the_list(&after);
    if done.is_shown {
        // RFC 6121 §3.1.3: a request to all that are there, the answers (§3.1.6, §3.2.3, §3.3.3) to those who follow the list.
        let reach = if act == Act::Subscribe { Reach::Present } else { Reach::Interested };
        sequel.out.to_account(me.account, reach, None, said.clone());
    }
    keep(tx, domain, me, &before, &after, sequel)?;
    if begins_to_wait {
        keep_request(tx, me.account, from, said)?;
    }
    if let Some(reply) = done.reply {
        let mut answer = Stanza::presence(reply.kind())
            .addressed(Some(me.address.clone().into()), Some(from.clone().into()));
        answer.id.clone_from(&said.id);
        hand_over(tx, domain, me, from, reply, &answer, sequel)?;
    }
    Ok(())
}

/// How many requests wait that come from here, or from elsewhere, as this one does.
fn waiting_beside(
    tx: &mut Tx<'_>,
    domain: &Domain,
    account: AccountId,
    from: &BareJid,
) -> Answer<i64> {
    let waiting = store::who_waits(tx, account)?;
    let is_from_here = is_ours(domain, from);
    let beside = waiting.iter().filter(|one| is_ours(domain, one) == is_from_here).count();
    Ok(i64::try_from(beside).unwrap_or(i64::MAX))
}

/// RFC 6121 §3.1.3: the complete stanza waits, as long as it is no burden.
fn keep_request(tx: &mut Tx<'_>, account: AccountId, from: &BareJid, said: &Stanza) -> Answer<()> {
    let bytes = said.to_bytes();
    if bytes.len() <= REQUEST_BYTES_MAX {
        return store::keep_request(tx, account, from, &bytes);
    }
    let bare =
        Stanza::presence(Act::Subscribe.kind()).addressed(said.from.clone(), said.to.clone());
    store::keep_request(tx, account, from, &bare.to_bytes())
}

/// RFC 6121 §3.1.3: a request alone puts nobody into a list; everything else about a subscription does.
fn belongs_into_the_list(item: &Item) -> bool {
    let State { sees, is_seen, asks, .. } = item.state;
    sees || is_seen || asks || item.is_approved
}

/// Keeps a row that changed, with the push and the tie that follow.
fn keep(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    before: &Item,
    after: &Item,
    sequel: &mut Sequel,
) -> Answer<()> {
    if before == after {
        return Ok(());
    }
    store::put(tx, me.account, after)?;
    let of = open_account(tx, domain, &after.address)?.map(|account| account.id);
    let visible = |item: &Item| {
        let State { sees, is_seen, asks, .. } = item.state;
        item.is_listed.then_some((sees, is_seen, asks, item.is_approved))
    };
    if visible(before) != visible(after) {
        push(tx, domain, me, &after.address, of, sequel)?;
    }
    let (before, after_sharing) = (Sharing::from(before.state), Sharing::from(after.state));
    if before != after_sharing
        && let Some(peer) = peer(domain, &after.address, of)
    {
        sequel.ties.push(Tie { account: me.account, peer, before, after: after_sharing });
    }
    Ok(())
}

/// How the address looks now in the member's list, for those of his sessions that follow it.
pub(super) fn push(
    tx: &mut Tx<'_>,
    domain: &Domain,
    me: &Member,
    address: &BareJid,
    of: Option<AccountId>,
    sequel: &mut Sequel,
) -> Answer<()> {
    let now = tx.now();
    let contact = contact(tx, domain, me, address, now)?;
    sequel.pushes.push(Push { account: me.account, address: address.clone(), of, contact });
    Ok(())
}

fn peer(domain: &Domain, address: &BareJid, of: Option<AccountId>) -> Option<Peer> {
    match of {
        Some(account) => Some(Peer::Here(account)),
        None if is_ours(domain, address) => None, // nobody is there to see or be seen
        None => Some(Peer::Abroad(address.clone())),
    }
}

/// The id of requests that the server repeats: when one comes back as an error, no member has asked just now (RFC 6121 §3.1.2
/// recommends one, so that they can be told apart).
pub const AGAIN: &str = "konvent-again";

/// So many requests are repeated for one session that comes: the rest waits for the next one.
const AGAIN_MAX: usize = 50;

/// Requests to people on other servers that nobody has answered yet, once more: the first may have been lost on its way
/// (RFC 6121 §3.1.2). For a session that comes.
pub fn ask_again(domain: &Domain, me: &BareJid, contacts: &[Contact]) -> Outbox {
    let mut out = Outbox::default();
    let waiting = contacts.iter().filter(|one| one.asks && !is_ours(domain, &one.address));
    for contact in waiting.take(AGAIN_MAX) {
        let request = Stanza::presence(Act::Subscribe.kind())
            .with_id(AGAIN)
            .addressed(Some(me.clone().into()), Some(contact.address.clone().into()));
        out.abroad(request);
    }
    out
}

/// Whether somebody may see a member's presence (RFC 6121 §4.3.2), by the directory or by the member's word.
pub fn lets_see(
    reader: &mut Reader<'_>,
    domain: &Domain,
    member: &Member,
    who: &BareJid,
    now: Millis,
) -> Answer<bool> {
    if *who == member.address {
        return Ok(true);
    }
    let contact = contact(reader, domain, member, who, now)?;
    Ok(contact.is_some_and(|contact| contact.sharing.is_seen))
}
