//! One page of an archive. Its cost depends on the page, not on the archive: every way in is an index.

use super::query::From;
use super::store::{self, Range};
use super::{NO_SUCH_ENTRY, Owner, PAGE_BYTES_MAX, Page, Query, search};
use konvent_core::{Answer, Reader};

/// Ids are made from the time and never fall, so after a restart or a clock that was set back they run ahead of the
/// clock by up to this. It turns an end in time into a bound for the index.
const AHEAD_OF_CLOCK_MILLIS: i64 = 86_400_000;

/// How many low bits of an id count within one millisecond (`konvent_core::Tx::fresh_id`).
pub(super) const COUNTER_BITS: u32 = 20;

/// Looks up what a query asks for.
pub fn page(reader: &mut Reader<'_>, owner: Owner, query: &Query) -> Answer<Page> {
    let owner = owner.number();
    if !query.ids.is_empty() {
        return by_ids(reader, owner, query);
    }
    let mut range = Range {
        owner,
        peer: query.with.as_ref().map(|with| with.as_str()),
        after: 0,
        before: i64::MAX,
        start: query.start.map_or(i64::MIN, |at| at.0),
        end: query.end.map_or(i64::MAX, |at| at.0),
    };
    if let Some(start) = query.start {
        range.after = first_id_of(start.0) - 1;
    }
    if let Some(end) = query.end {
        range.before = first_id_of(end.0.saturating_add(AHEAD_OF_CLOCK_MILLIS));
    }
    for after in [query.after_id, after_of(query.from)].into_iter().flatten() {
        known(reader, owner, after)?;
        range.after = range.after.max(after);
    }
    for before in [query.before_id, before_of(query.from)].into_iter().flatten() {
        known(reader, owner, before)?;
        range.before = range.before.min(before);
    }
    if query.max == 0 {
        // XEP-0059 §2.7: how many there are. Matches of a search are not counted, for that means reading them all.
        let count = match query.text {
            None => store::count(reader, range)?,
            Some(_) => return Ok(Page::default()),
        };
        return Ok(Page { entries: Vec::new(), complete: count == 0, count: Some(count) });
    }
    let limit = i64::try_from(query.max).unwrap_or(i64::MAX).saturating_add(1); // one more shows whether it is complete
    let backwards = matches!(query.from, From::Newest | From::Before(_));
    let mut rows = match &query.text {
        Some(needle) => search::matches(reader, range, needle, backwards, query.max + 1)?,
        None if backwards => store::newest(reader, range, limit)?,
        None => store::oldest(reader, range, limit)?,
    };
    let fitting = fitting(&rows).min(query.max);
    let complete = rows.len() <= fitting;
    rows.truncate(fitting);
    if backwards != query.flip {
        rows.reverse(); // XEP-0313 §4.2: in order of time, whatever the direction of paging, unless flipped
    }
    Ok(Page { entries: rows.into_iter().flatten().collect(), complete, count: None })
}

/// How many rows, from the first, fit into one page ([`PAGE_BYTES_MAX`]); one at least.
fn fitting(rows: &[store::Found]) -> usize {
    let mut sum = 0_usize;
    let sizes = rows.iter().map(|row| row.as_ref().map_or(0, |entry| entry.stanza.len()));
    let count = sizes.take_while(|size| {
        sum = sum.saturating_add(*size);
        sum <= PAGE_BYTES_MAX
    });
    count.count().max(1)
}

fn by_ids(reader: &mut Reader<'_>, owner: i64, query: &Query) -> Answer<Page> {
    let mut ids = query.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    let mut entries = Vec::with_capacity(ids.len());
    for id in ids {
        // XEP-0313 §4.1.3: one unknown id fails the whole query.
        entries.extend(store::by_id(reader, owner, id)?.ok_or(NO_SUCH_ENTRY)?);
    }
    if query.flip {
        entries.reverse();
    }
    Ok(Page { entries, complete: true, count: None })
}

/// XEP-0313 §4.3.2: an id that is not in the archive is `item-not-found`, so that a client notices a gap.
fn known(reader: &mut Reader<'_>, owner: i64, id: i64) -> Answer<()> {
    if store::has(reader, owner, id)? { Ok(()) } else { Err(NO_SUCH_ENTRY) }
}

const fn after_of(from: From) -> Option<i64> {
    if let From::After(id) = from { Some(id) } else { None }
}

const fn before_of(from: From) -> Option<i64> {
    if let From::Before(id) = from { Some(id) } else { None }
}

/// No id drawn at or after a moment is smaller than this.
pub(super) const fn first_id_of(at: i64) -> i64 {
    const LATEST: i64 = i64::MAX >> COUNTER_BITS;
    if at < 0 {
        0
    } else if at > LATEST {
        i64::MAX
    } else {
        at << COUNTER_BITS
    }
}
