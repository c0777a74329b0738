//! Messages for members who are away (XEP-0160), for clients that cannot read the archive: what nobody has heard is given to the
//! next device that becomes available.
//!
//! * The archive keeps the words; here stand only their numbers. So nothing waits that is not on disk, what is taken back or
//!   erased there is not delivered from here, and a client that knows the archive recognises each message by its stanza id.
//! * A number goes when its message is handed to a device: on its first presence, by a page of the archive, or by the session
//!   that it was written to before the connection broke. Whoever comes first takes it, as with any server.
//! * What a session was sent and did not acknowledge waits again when its connection is gone (XEP-0198 §4), unless another
//!   device has heard it.
//!
//! Left out: choosing among what waits, and messages that no archive keeps.

pub mod privacy;
mod store;
#[cfg(test)]
mod tests;

use konvent_core::{About, AccountId, Answer, Migration, Outbox, Reader, Tx};
use konvent_wire::jid::BareJid;
use konvent_wire::{Jid, Name, Stanza};

use crate::archive::{self, Entry, Owner};
use crate::{Domain, Session, blocking, carbons, forward, ns};

/// The visiting card of messages for those who are away.
pub const ABOUT: About = About {
    name: "offline",
    sentence: "What was said while nobody was there reaches the next device, also one that cannot read the archive.",
    speaks: &["RFC 6121", "XEP-0160", "XEP-0191", "XEP-0198", "XEP-0203", "XEP-0313", "XEP-0359"],
    leaves_out: &[
        (
            "RFC 6120 §8.1.1.1",
            "what waited for a device that is gone is addressed to the one that gets it: the old address would be nobody's",
        ),
        (
            "XEP-0160 §2",
            "nothing is refused because too much waits: the oldest are then found in the archive only",
        ),
        (
            "XEP-0334 §4",
            "what is not to be stored permanently does not wait either: whatever waits stands in the archive",
        ),
        (
            "XEP-0386 §3.2",
            "who binds with Bind 2 is sent none of these messages, and they stop waiting when it fetches them from the archive, not when it binds: a client that dies in between, or that reads no archive, takes nothing from the others",
        ),
    ],
    announces: &[ns::MSGOFFLINE],
    migrations: &[Migration::common("0001_message", include_str!("migrations/0001_message.sql"))],
    keeps: Some("which messages none of a member's devices has got yet"),
};

/// So many messages wait for one member at most; it bounds what a device is sent at once, and what somebody who is away for a
/// year costs. Older ones are found in the archive.
pub const MESSAGES_MAX: i64 = 500;

/// And so many bytes are sent at once: half of what may wait for one connection.
const BYTES_MAX: usize = 2 * 1024 * 1024;

/// Nobody hears a message of this account's archive: it waits for the next device. Within the transaction that keeps it.
pub fn wait(tx: &mut Tx<'_>, account: AccountId, entry: i64) -> Answer<()> {
    if let Some(place) = store::insert(tx, account, entry)?
        && place > MESSAGES_MAX
    {
        store::forget_up_to(tx, account, place - MESSAGES_MAX)?;
    }
    Ok(())
}

/// A device becomes available: it is handed all that waits, oldest first, and nothing waits any more (XEP-0160 §2).
pub fn hand_over(tx: &mut Tx<'_>, domain: &Domain, session: &Session) -> Answer<Outbox> {
    let mut out = Outbox::default();
    let account = session.account;
    if !store::has_waiting(tx, account)? {
        return Ok(out);
    }
    for message in waiting(tx, domain, session)? {
        out.to_session(session.id, message);
    }
    store::erase(tx, account)?;
    Ok(out)
}

/// What waits, as the device gets it, oldest first; the newest as far as there is room.
fn waiting(tx: &mut Tx<'_>, domain: &Domain, session: &Session) -> Answer<Vec<Stanza>> {
    let (account, own) = (session.account, session.bare());
    let by: Jid = domain.server()?.into();
    let entries = store::newest(tx, account, MESSAGES_MAX)?;
    let oldest = entries.last().copied().unwrap_or_default();
    let taken_back = archive::taken_back_since(tx, account, oldest)?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for id in entries {
        // Erased, buried with the archive's own rules, or damaged: then it is not said.
        let Some(entry) = archive::entry(tx, Owner::Account(account), id)? else { continue };
        let Ok(said) = Stanza::parse(&entry.stanza) else { continue };
        let Some(from) = said.from.clone() else { continue };
        // XEP-0191 §3.3: the member may have blocked him since.
        let is_unheard_of = blocking::blocks(tx, account, &from)?;
        if is_unheard_of || taken_back.iter().any(|one| one.is_of(&entry, &said)) {
            continue;
        }
        bytes += said.size_hint();
        if bytes > BYTES_MAX && !messages.is_empty() {
            break;
        }
        messages.push(delayed(&said, &entry, &by, session, &own));
    }
    messages.reverse();
    Ok(messages)
}

/// The message as it stands in the archive (XEP-0359 §3), with the time at which it came (XEP-0203 §2).
fn delayed(said: &Stanza, entry: &Entry, by: &Jid, session: &Session, own: &BareJid) -> Stanza {
    // RFC 6121 §8.5.3.2.1: what was for a device that is gone is for the account.
    let to = said.to.clone().filter(Jid::is_bare).unwrap_or_else(|| session.address.clone());
    let said = carbons::without_private(said).addressed(said.from.clone(), Some(to));
    let said = said.with_child(&forward::delay(entry.at, Some(by)));
    archive::marked(&said, own, entry.id)
}

/// Which of these messages of the archive wait still. `entries` is a page that a device is about to get.
pub fn among(reader: &mut Reader<'_>, account: AccountId, entries: &[i64]) -> Answer<Vec<i64>> {
    let ends = entries.iter().min().copied().zip(entries.iter().max().copied());
    let Some(ends) = ends else { return Ok(Vec::new()) };
    let mut waiting = store::between(reader, account, ends)?;
    waiting.retain(|entry| entries.contains(entry));
    Ok(waiting)
}

/// A device has got these in another way (XEP-0313 §6.1 suggests not to send them once more).
pub fn got(tx: &mut Tx<'_>, account: AccountId, entries: &[i64]) -> Answer<()> {
    entries.iter().try_for_each(|entry| store::forget(tx, account, *entry).map(drop))
}

/// A session goes on with everything it was sent (XEP-0198 §5), which is what came after this number: that waits for no other
/// one. What is older was handed to nobody on its account, and waits on.
pub fn got_since(tx: &mut Tx<'_>, account: AccountId, from: i64) -> Answer<()> {
    if store::has_waiting(tx, account)? {
        store::forget_after(tx, account, from)?;
    }
    Ok(())
}

/// Under which number a message that a session was sent stands in its own archive; none when it is no such message.
pub fn number(sent: &Stanza, own: &BareJid) -> Option<i64> {
    if sent.name != Name::Message || !matches!(sent.kind.as_deref(), None | Some("chat" | "normal"))
    {
        return None;
    }
    let mark = sent.children().find(|child| {
        child.is("stanza-id", ns::STANZA_ID)
            && child.attr("by").is_some_and(|by| by.as_ref() == own.as_str())
    })?;
    mark.attr("id")?.parse().ok()
}
