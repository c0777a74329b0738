//! Keeping a message: the hot path. No look-up before the insert; the unique index tells what was there before.

use sha2::{Digest, Sha256};

use super::worth::is_words;
use super::{Kept, Party, is_worth_keeping, origin, store};
use konvent_core::{AccountId, Answer, RoomId, Tx};
use konvent_wire::Stanza;
use konvent_wire::jid::BareJid;

/// Keeps a message from one member to another in both archives, or says that it is there already.
///
/// `stanza` is as it will be delivered, with `from` set by the server and without a stanza id.
pub fn keep_between(
    tx: &mut Tx<'_>,
    from: Party<'_>,
    to: Party<'_>,
    stanza: &Stanza,
) -> Answer<Kept> {
    if !is_worth_keeping(stanza) {
        return Ok(Kept::Not);
    }
    let bytes = stanza.to_bytes();
    let digest = Sha256::digest(&bytes);
    let origin = origin::of(stanza, tx.now());
    let mine = store::NewEntry {
        owner: from.account.0,
        peer: to.address.as_str(),
        sender: Some(from.account),
        outgoing: true,
        is_words: is_words(stanza),
        origin: origin.as_deref(),
        stanza: &bytes,
        digest: &digest,
    };
    let id = match store::insert(tx, &mine)? {
        store::Inserted::New(id) => id,
        store::Inserted::Again(id) => return Ok(Kept::Again(id)),
    };
    if from.account == to.account {
        return Ok(Kept::New { mine: id, theirs: id }); // a note to oneself is one message
    }
    let theirs = store::NewEntry {
        owner: to.account.0,
        peer: from.address.as_str(),
        outgoing: false,
        origin: None, // the sender's row has decided already
        ..mine
    };
    match store::insert(tx, &theirs)? {
        store::Inserted::New(theirs) | store::Inserted::Again(theirs) => {
            Ok(Kept::New { mine: id, theirs })
        }
    }
}

/// Keeps a message from a member to somebody on another server in his own archive.
pub fn keep_sent(tx: &mut Tx<'_>, from: Party<'_>, to: &BareJid, stanza: &Stanza) -> Answer<Kept> {
    if !is_worth_keeping(stanza) {
        return Ok(Kept::Not);
    }
    let origin = origin::of(stanza, tx.now());
    keep_one(tx, from.account, Some(from.account), to, origin.as_deref(), stanza)
}

/// Keeps a message from another server in the archive of a member. A server that sends it again, because it never saw
/// our acknowledgement, finds it there.
pub fn keep_received(
    tx: &mut Tx<'_>,
    from: &BareJid,
    to: AccountId,
    stanza: &Stanza,
) -> Answer<Kept> {
    if !is_worth_keeping(stanza) {
        return Ok(Kept::Not);
    }
    // The mark is the other side's: it must never be taken for one of the member's own messages to it.
    let origin = origin::of(stanza, tx.now()).map(|origin| format!("< {origin}"));
    keep_one(tx, to, None, from, origin.as_deref(), stanza)
}

/// One row in one member's archive: the other side of the conversation has its own elsewhere.
fn keep_one(
    tx: &mut Tx<'_>,
    owner: AccountId,
    sender: Option<AccountId>,
    peer: &BareJid,
    origin: Option<&str>,
    stanza: &Stanza,
) -> Answer<Kept> {
    let bytes = stanza.to_bytes();
    let digest = Sha256::digest(&bytes);
    let inserted = store::insert(
        tx,
        &store::NewEntry {
            owner: owner.0,
            peer: peer.as_str(),
            sender,
            outgoing: sender.is_some(),
            is_words: is_words(stanza),
            origin,
            stanza: &bytes,
            digest: &digest,
        },
    )?;
    Ok(match inserted {
        store::Inserted::New(id) => Kept::New { mine: id, theirs: id },
        store::Inserted::Again(id) => Kept::Again(id),
    })
}

/// Keeps what was said in a room. `heard` is what the sender wrote, `said` what the room reflects; `sender` is none for
/// somebody from abroad.
pub fn keep_in_room(
    tx: &mut Tx<'_>,
    room: RoomId,
    sender: Option<AccountId>,
    address: &BareJid,
    heard: &Stanza,
    said: &Stanza,
) -> Answer<Kept> {
    if !is_worth_keeping(said) {
        return Ok(Kept::Not);
    }
    let bytes = said.to_bytes();
    let digest = Sha256::digest(&bytes);
    let origin = origin::of(heard, tx.now());
    let inserted = store::insert(
        tx,
        &store::NewEntry {
            owner: room.0,
            peer: address.as_str(),
            sender,
            outgoing: true,
            is_words: is_words(said),
            origin: origin.as_deref(),
            stanza: &bytes,
            digest: &digest,
        },
    )?;
    Ok(match inserted {
        store::Inserted::New(id) => Kept::New { mine: id, theirs: id },
        store::Inserted::Again(id) => Kept::Again(id),
    })
}

/// The number under which a room has kept what somebody says again.
pub fn said_before(
    tx: &mut Tx<'_>,
    room: RoomId,
    address: &BareJid,
    heard: &Stanza,
) -> Answer<Option<i64>> {
    match origin::of(heard, tx.now()) {
        Some(origin) => store::by_origin(tx, room.0, address.as_str(), &origin),
        None => Ok(None),
    }
}

/// Keeps what a room itself said to all. It is nobody's words.
pub fn keep_of_room(
    tx: &mut Tx<'_>,
    room: RoomId,
    address: &BareJid,
    said: &Stanza,
) -> Answer<i64> {
    keep_single(tx, room.0, address, said)
}

/// Keeps what a service of ours says to a member (an invitation, for instance), in his archive only. It is not counted as
/// unread words.
pub fn keep_for(tx: &mut Tx<'_>, account: AccountId, from: &BareJid, said: &Stanza) -> Answer<i64> {
    keep_single(tx, account.0, from, said)
}

fn keep_single(tx: &mut Tx<'_>, owner: i64, peer: &BareJid, said: &Stanza) -> Answer<i64> {
    let bytes = said.to_bytes();
    let digest = Sha256::digest(&bytes);
    let entry = store::NewEntry {
        owner,
        peer: peer.as_str(),
        sender: None,
        outgoing: false,
        is_words: false,
        origin: None,
        stanza: &bytes,
        digest: &digest,
    };
    match store::insert(tx, &entry)? {
        store::Inserted::New(id) | store::Inserted::Again(id) => Ok(id),
    }
}
