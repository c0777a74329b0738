//! What is owed to those who are away, written down in the transaction that keeps the message.

use super::store;
use crate::archive::worth::is_words;
use konvent_core::{AccountId, Answer, Reader, RoomId, Tx};
use konvent_wire::Stanza;

/// Children that change what was said before: nobody is woken for a slip of the pen.
const CHANGES: &[(&str, &str)] = &[
    ("replace", "urn:xmpp:message-correct:0"),
    ("retract", "urn:xmpp:message-retract:1"),
    ("apply-to", "urn:xmpp:fasten:0"),
    ("reactions", "urn:xmpp:reactions:0"),
];

/// Somebody calls, or invites to a call.
const CALLS: &[(&str, &str)] =
    &[("propose", "urn:xmpp:jingle-message:0"), ("invite", "urn:xmpp:call-invites:0")];

/// Whether somebody who is away is told of a message: `None`: no; else whether it is urgent.
pub fn wakes(said: &Stanza) -> Option<bool> {
    let has = |known: &[(&str, &str)]| known.iter().any(|(name, space)| said.has(name, space));
    if has(CALLS) {
        return Some(true);
    }
    (is_words(said) && !has(CHANGES)).then_some(false)
}

/// A message to one member, which stands in his archive under this number: all his devices are owed a word. Nothing happens
/// for a member who has none that wants to be told.
pub fn owe(tx: &mut Tx<'_>, account: AccountId, entry: i64, is_urgent: bool) -> Answer<()> {
    store::owe(tx, account, 1, (Some(account.0), Some(entry)), is_urgent).map(drop)
}

/// A message in a room: whom it concerns is decided after the commit. Nothing is written where nobody wants to be told.
pub fn owe_in_room(tx: &mut Tx<'_>, room: RoomId, entry: i64) -> Answer<()> {
    store::owe_in_room(tx, room, entry).map(drop)
}

/// A connection broke, and so many words that were on their way to it may not have arrived.
pub fn missed(tx: &mut Tx<'_>, account: AccountId, words: i64) -> Answer<()> {
    store::owe(tx, account, words, (None, None), false).map(drop)
}

/// Whether there is anything to take back when the member looks.
pub fn has_waiting(reader: &mut Reader<'_>, account: AccountId) -> Answer<bool> {
    store::has_waiting(reader, account)
}

/// Somebody looks: nothing is owed any more.
pub fn looked(tx: &mut Tx<'_>, account: AccountId) -> Answer<()> {
    store::looked(tx, account).map(drop)
}
