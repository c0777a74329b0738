//! Which words their author has taken back (XEP-0424 §4). In an archive of a member both stand: what was said and the wish that
//! it be unsaid; each client decides what it shows. Whoever gets only the first must be told the second by this.

use super::store::{self, Range};
use super::{Entry, Owner};
use crate::ns;
use konvent_core::{AccountId, Answer, Reader};
use konvent_wire::Stanza;

/// So many of the newest messages are looked at: it bounds what a sign-in costs.
const LOOKED_AT_MAX: i64 = 2_000;

/// Something that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    by: String,
    id: String,
}

impl TakenBack {
    /// Whether it is this message (XEP-0424 §4: by its origin id, or by its own).
    pub fn is_of(&self, entry: &Entry, said: &Stanza) -> bool {
        let origin = said.child("origin-id", ns::STANZA_ID).and_then(|mark| mark.attr("id"));
        let is_its_id =
            said.id.as_deref() == Some(&*self.id) || origin.as_deref() == Some(&*self.id);
        is_its_id && !entry.outgoing && entry.peer == self.by && Self::read(entry, said).is_none()
    }

    fn read(entry: &Entry, said: &Stanza) -> Option<Self> {
        let wish = said.child("retract", ns::RETRACT)?;
        Some(Self { by: entry.peer.clone(), id: wish.attr("id")?.into_owned() })
    }
}

/// What others have taken back in a member's archive since an entry.
pub fn taken_back_since(
    reader: &mut Reader<'_>,
    account: AccountId,
    entry: i64,
) -> Answer<Vec<TakenBack>> {
    let owner = Owner::Account(account).number();
    let (start, end) = (i64::MIN, i64::MAX);
    let range = Range { owner, peer: None, after: entry, before: i64::MAX, start, end };
    let newest = store::newest(reader, range, LOOKED_AT_MAX)?;
    let wishes = newest.into_iter().flatten().filter(|entry| !entry.outgoing).filter_map(|entry| {
        let names_it =
            entry.stanza.windows(ns::RETRACT.len()).any(|part| part == ns::RETRACT.as_bytes());
        names_it
            .then(|| Stanza::parse(&entry.stanza).ok())
            .flatten()
            .and_then(|said| TakenBack::read(&entry, &said))
    });
    Ok(wishes.collect())
}
