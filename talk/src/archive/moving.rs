//! Archives that move in and out (XEP-0227, version 1.1; XEP-0227 §4.4 for messages that waited).
//!
//! * A message keeps its time, and with it its place: ids grow with time, so one that comes late gets the id of a message
//!   of that moment. Our own ids come back as they were, and clients that know them go on where they were.
//! * A message that is there already is found by its id, its mark or its words: reading a file twice changes nothing.

use sha2::{Digest, Sha256};

use konvent_core::{AccountId, Answer, Kind, Millis, Reader, Refusal, Tx};
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::escape_attr;

use super::page::{COUNTER_BITS, first_id_of};
use super::store::{self, Range};
use super::worth::is_words;
use super::{Entry, is_worth_keeping, origin, search};
use crate::moved::Taken;
use crate::ns;

/// The message says that it was written in the future, or before there were computers.
pub const BAD_TIME: Refusal = Refusal::new(Kind::BadRequest, "archive.bad-time");
/// More messages of one millisecond than there are numbers for it near the one that was sought.
pub const CROWDED: Refusal = Refusal::new(Kind::Conflict, "archive.crowded");

/// How many numbers are tried when the one of a message is taken by another.
const PROBES: i64 = 64;

/// An id of our own lies at most so far from its time: a clock that was set back makes ids run ahead.
const APART_MILLIS: i64 = 86_400_000;

/// A message on its way in.
#[derive(Debug, Clone, Copy)]
pub struct Brought<'a> {
    /// Whose archive it comes into.
    pub account: AccountId,
    /// His address.
    pub address: &'a BareJid,
    /// When it was said.
    pub at: Millis,
    /// Its number in the archive it comes from.
    pub id: Option<&'a str>,
    /// How many of the same moment came before it: other servers note seconds, and within one the order would be lost.
    pub turn: u32,
    /// The message.
    pub stanza: &'a Stanza,
}

/// The next messages of a member's own archive, oldest first; damaged ones are left out. `None`: there are no more.
pub fn give_out(
    reader: &mut Reader<'_>,
    account: AccountId,
    after: i64,
    count: i64,
) -> Answer<Option<(Vec<Entry>, i64)>> {
    let range = Range {
        owner: account.0,
        peer: None,
        after,
        before: i64::MAX,
        start: i64::MIN,
        end: i64::MAX,
    };
    let found = store::oldest(reader, range, count)?;
    let is_last = i64::try_from(found.len()).unwrap_or(i64::MAX) < count;
    let entries: Vec<Entry> = found.into_iter().flatten().collect();
    Ok(match entries.last().map(|entry| entry.id) {
        Some(last) => Some((entries, last)),
        None if is_last => None,
        // A whole page of damaged rows: look behind it.
        None => store::next_id(reader, account.0, after, count)?.map(|last| (entries, last)),
    })
}

/// One message as it stands in a document: its number, its time and itself.
pub fn write(entry: &Entry, out: &mut Vec<u8>) {
    out.extend_from_slice(b"<result xmlns=\"urn:xmpp:mam:2\" id=\"");
    out.extend_from_slice(entry.id.to_string().as_bytes());
    out.extend_from_slice(
        b"\"><forwarded xmlns=\"urn:xmpp:forward:0\"><delay xmlns=\"urn:xmpp:delay\" stamp=\"",
    );
    escape_attr(&entry.at.to_xep_0082(), out);
    out.extend_from_slice(b"\"/>");
    out.extend_from_slice(&entry.stanza);
    out.extend_from_slice(b"</forwarded></result>\n");
}

/// Takes a message in; also names its number here, when it is kept.
///
/// # Errors
/// [`BAD_TIME`], [`CROWDED`].
pub fn take_in(tx: &mut Tx<'_>, brought: &Brought<'_>) -> Answer<(Taken, Option<i64>)> {
    let Brought { account, address, at, id, turn, .. } = *brought;
    let is_for_rooms = brought.stanza.is_kind("groupchat"); // rooms keep their own
    if is_for_rooms || !is_worth_keeping(brought.stanza) {
        return Ok((Taken::Not, None));
    }
    if at.0 <= 0 || at > tx.now() {
        return Err(BAD_TIME);
    }
    // Marks of the archive it comes from mean nothing here (XEP-0359 §3).
    let stanza = brought.stanza.without(|child| child.is("stanza-id", ns::STANZA_ID));
    let bare = |jid: &Option<konvent_wire::Jid>| jid.as_ref().map(konvent_wire::Jid::to_bare);
    let (from, to) = (bare(&stanza.from), bare(&stanza.to));
    let outgoing = from.as_ref().is_none_or(|from| from == address);
    let peer = if outgoing {
        to.unwrap_or_else(|| address.clone())
    } else {
        from.unwrap_or_else(|| address.clone())
    };
    let bytes = stanza.to_bytes();
    let digest = Sha256::digest(&bytes);
    let mark = origin::of(&stanza, at);
    let mark = mark.map(|mark| if outgoing { mark } else { format!("< {mark}") });
    let entry = store::NewEntry {
        owner: account.0,
        peer: peer.as_str(),
        sender: outgoing.then_some(account),
        outgoing,
        is_words: is_words(&stanza),
        origin: mark.as_deref(),
        stanza: &bytes,
        digest: &digest,
    };
    let wanted = own_id(id, at).unwrap_or_else(|| id_of_moment(&entry, at, turn));
    for number in wanted..wanted.saturating_add(PROBES) {
        if store::insert_at(tx, &entry, number, at)? {
            // What was known of the words of this archive does not know these.
            search::erase(tx, account.0)?;
            return Ok((Taken::New, Some(number)));
        }
        if let Some(before) = store::same(tx, &entry, number)? {
            return Ok((Taken::Again, Some(before)));
        }
    }
    Err(CROWDED)
}

/// Whether a message of this number is in a member's archive.
pub fn has(reader: &mut Reader<'_>, account: AccountId, id: i64) -> Answer<bool> {
    store::has(reader, account.0, id)
}

/// The number a message had here, when it is one of ours: those tell their time.
fn own_id(id: Option<&str>, at: Millis) -> Option<i64> {
    let id: i64 = id?.parse().ok()?;
    let apart = (id >> COUNTER_BITS).abs_diff(at.0);
    (id > 0 && apart <= APART_MILLIS.unsigned_abs()).then_some(id)
}

/// A number of the millisecond, in the order in which messages come, and always the same for the same message in the same
/// place: eight bits tell apart what comes in other files.
fn id_of_moment(entry: &store::NewEntry<'_>, at: Millis, turn: u32) -> i64 {
    const PRINT_BITS: u32 = 8;
    const TURN_MAX: i64 = (1 << (COUNTER_BITS - PRINT_BITS)) - 1;
    let mut hash = Sha256::new();
    hash.update(entry.owner.to_be_bytes());
    hash.update([u8::from(entry.outgoing)]);
    hash.update(entry.digest);
    let print = hash.finalize().first().copied().map_or(0, i64::from);
    first_id_of(at.0) | i64::from(turn).min(TURN_MAX) << PRINT_BITS | print
}
