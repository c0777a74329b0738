//! What other features ask of the archive: who a member has written with, what is newest, how much is unread.

use super::{Entry, Owner, store};
use konvent_core::{AccountId, Answer, Reader};

/// The bare addresses that an account has written with, in the order of the alphabet, at most `limit`.
///
/// Costs one step of an index for each, however long the conversations are.
pub fn peers(reader: &mut Reader<'_>, account: AccountId, limit: usize) -> Answer<Vec<String>> {
    let mut peers: Vec<String> = Vec::new();
    while peers.len() < limit {
        let after = peers.last().map_or("", String::as_str);
        let Some(next) = store::next_peer(reader, account.0, after)? else { break };
        peers.push(next);
    }
    Ok(peers)
}

/// The newest words of an archive, or of one conversation in it. A damaged one is not shown.
pub fn newest_words(
    reader: &mut Reader<'_>,
    owner: Owner,
    peer: Option<&str>,
) -> Answer<Option<Entry>> {
    Ok(store::newest_words(reader, owner.number(), peer)?.flatten())
}

/// How many words of others than `reading` came after an id, counted up to `cap`.
pub fn unread(
    reader: &mut Reader<'_>,
    owner: Owner,
    peer: Option<&str>,
    reading: AccountId,
    after: i64,
    cap: i64,
) -> Answer<i64> {
    store::unread(reader, owner.number(), peer, reading, after, cap)
}

/// So many messages at either end of a conversation tell whether it is one.
const LOOKED_AT: i64 = 100;

/// Whether a member has written to that address, who is no stranger then: at the beginning, or not long ago. Looked at is no more
/// than a few messages: whoever writes on and on to somebody who never answers must not make the question dear.
pub fn has_written_to(reader: &mut Reader<'_>, account: AccountId, peer: &str) -> Answer<bool> {
    store::has_written_to(reader, account.0, peer, LOOKED_AT)
}

/// One message by its id. A damaged one is not shown.
pub fn entry(reader: &mut Reader<'_>, owner: Owner, id: i64) -> Answer<Option<Entry>> {
    Ok(store::by_id(reader, owner.number(), id)?.flatten())
}
