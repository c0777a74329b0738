//! All SQL of the search: blocks of an archive.

use konvent_core::{Answer, Reader, Tx};

use super::Block;
use super::filter::Filter;

/// The blocks of an archive, oldest first.
pub(super) fn blocks(reader: &mut Reader<'_>, owner: i64) -> Answer<Vec<Block>> {
    reader.rows(
        "select last, filter from archive_block where owner = $1 order by last",
        &[owner.into()],
        |row| Ok(Block { last: row.get(0)?, filter: Filter::read(row.get(1)?) }),
    )
}

/// Up to where an archive has blocks.
pub(super) fn last(reader: &mut Reader<'_>, owner: i64) -> Answer<i64> {
    let last = reader.one(
        "select last from archive_block where owner = $1 order by last desc limit 1",
        &[owner.into()],
        |row| row.get(0),
    )?;
    Ok(last.unwrap_or(0))
}

/// Adds a block; whoever was first has made the same.
pub(super) fn add(tx: &mut Tx<'_>, owner: i64, last: i64, filter: &Filter) -> Answer<()> {
    tx.run(
        "insert into archive_block (owner, last, filter) values ($1, $2, $3) on conflict do nothing",
        &[owner.into(), last.into(), filter.as_bytes().into()],
    )
    .map(drop)
}

/// Strikes what is known of an archive's words.
pub(super) fn erase(tx: &mut Tx<'_>, owner: i64) -> Answer<()> {
    tx.run("delete from archive_block where owner = $1", &[owner.into()]).map(drop)
}
