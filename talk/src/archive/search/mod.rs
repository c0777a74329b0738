//! Full text search in an archive (XEP-0431): found within words too, for German glues them together.
//!
//! Nothing is done while messages are kept. Whoever searches an archive has it divided into blocks of [`BLOCK`] messages,
//! each with a filter of 4 KiB ([`filter`]) that rules most blocks out; the messages of the others are read. Who never
//! searches costs nothing, and words stand nowhere but in the messages.
//!
//! Left out: order by relevance (the archive's own order holds), search across archives, stems and synonyms.

mod filter;
mod needle;
mod store;

use std::ops::ControlFlow;

use konvent_core::{Answer, Kind, Reader, Refusal, Tx};

use super::Owner;
use super::store::{Found, Range, newest, oldest};
use filter::Filter;
pub use needle::Needle;

/// So many messages share a filter.
const BLOCK: i64 = 256;

/// Blocks that are made in one go: bounds how long a reader and the writer are busy with it.
const BLOCKS_AT_ONCE: usize = 32;

/// One search reads at most so many messages.
const LOOKED_THROUGH_MAX: usize = 200_000;

/// The words are too common or too short for an archive of this size: a span of time or the other side narrows it.
pub const TOO_WIDE: Refusal = Refusal::new(Kind::BadRequest, "archive.search-too-wide");

/// Messages after the block before it and up to `last`; without a filter nothing is ruled out.
pub(super) struct Block {
    last: i64,
    filter: Option<Filter>,
}

/// Blocks that an archive lacks, ready to be kept.
#[derive(Debug)]
pub struct NewBlocks {
    owner: i64,
    blocks: Vec<(i64, Filter)>,
}

/// Divides the next part of an archive into blocks; `None` when no whole block is missing.
pub fn divide(reader: &mut Reader<'_>, owner: Owner) -> Answer<Option<NewBlocks>> {
    let owner = owner.number();
    let mut after = store::last(reader, owner)?;
    let mut blocks = Vec::new();
    while blocks.len() < BLOCKS_AT_ONCE {
        let rows = oldest(reader, whole(owner, after, i64::MAX), BLOCK)?;
        if rows.len() < usize::try_from(BLOCK).unwrap_or(usize::MAX) {
            break;
        }
        // A damaged row has no id to end a block with; it is in none and never shown.
        let Some(last) = rows.iter().flatten().map(|entry| entry.id).max() else { break };
        let mut filter = Filter::default();
        for entry in rows.iter().flatten() {
            filter.note(&needle::text_of(&entry.stanza));
        }
        blocks.push((last, filter));
        after = last;
    }
    Ok((!blocks.is_empty()).then_some(NewBlocks { owner, blocks }))
}

/// Keeps blocks.
pub fn keep(tx: &mut Tx<'_>, new: &NewBlocks) -> Answer<()> {
    new.blocks.iter().try_for_each(|(last, filter)| store::add(tx, new.owner, *last, filter))
}

/// Forgets the blocks of an archive.
pub(super) fn erase(tx: &mut Tx<'_>, owner: i64) -> Answer<()> {
    store::erase(tx, owner)
}

/// The first messages of a range that hold the needle, in the direction of paging, at most `limit`.
pub(super) fn matches(
    reader: &mut Reader<'_>,
    range: Range<'_>,
    needle: &Needle,
    backwards: bool,
    limit: usize,
) -> Answer<Vec<Found>> {
    let mut spans = spans(&store::blocks(reader, range.owner)?, needle);
    if backwards {
        spans.reverse();
    }
    let mut search = Search { needle, backwards, limit, looked: 0, found: Vec::new() };
    for (after, up_to) in spans {
        let within = Range {
            after: range.after.max(after),
            before: range.before.min(up_to.saturating_add(1)),
            ..range
        };
        if search.look_through(reader, within)?.is_break() {
            break;
        }
    }
    Ok(search.found)
}

/// The spans of ids (after, up to) in which the needle may lie, oldest first; what has no block yet comes last.
fn spans(blocks: &[Block], needle: &Needle) -> Vec<(i64, i64)> {
    let mut spans: Vec<(i64, i64)> = Vec::new();
    let mut after = 0;
    for block in blocks {
        let may = |filter: &Filter| needle.words().iter().all(|word| filter.may_hold(word));
        if block.filter.as_ref().is_none_or(may) {
            match spans.last_mut().filter(|(_, up_to)| *up_to == after) {
                Some((_, up_to)) => *up_to = block.last,
                None => spans.push((after, block.last)),
            }
        }
        after = block.last;
    }
    spans.push((after, i64::MAX));
    spans
}

struct Search<'a> {
    needle: &'a Needle,
    backwards: bool,
    limit: usize,
    looked: usize,
    found: Vec<Found>,
}

impl Search<'_> {
    /// Reads a span piece by piece; breaks when enough is found.
    fn look_through(
        &mut self,
        reader: &mut Reader<'_>,
        mut range: Range<'_>,
    ) -> Answer<ControlFlow<()>> {
        while range.after < range.before {
            let rows = if self.backwards {
                newest(reader, range, BLOCK)?
            } else {
                oldest(reader, range, BLOCK)?
            };
            let (count, edge) = (rows.len(), rows.iter().flatten().next_back().map(|row| row.id));
            self.looked += count;
            for row in rows.into_iter().flatten() {
                if self.needle.is_in(&row.stanza) {
                    self.found.push(Some(row));
                    if self.found.len() >= self.limit {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            if i64::try_from(count).is_ok_and(|count| count < BLOCK) {
                break;
            }
            if self.looked >= LOOKED_THROUGH_MAX {
                return Err(TOO_WIDE);
            }
            match edge {
                Some(id) if self.backwards => range.before = id,
                Some(id) => range.after = id,
                None => break, // a whole piece is damaged, and was logged
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

fn whole(owner: i64, after: i64, before: i64) -> Range<'static> {
    Range { owner, peer: None, after, before, start: i64::MIN, end: i64::MAX }
}
