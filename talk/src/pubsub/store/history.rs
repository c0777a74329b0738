//! All SQL of the archive of a node.

use konvent_core::{Answer, Reader, Value};

use super::items::{Item, item_of};

/// Which publications of a node: between two moments and two numbers, of all or of one bare address.
#[derive(Debug, Clone, Copy)]
pub(in crate::pubsub) struct Span<'s> {
    pub(in crate::pubsub) node: i64,
    pub(in crate::pubsub) since: i64,
    pub(in crate::pubsub) until: i64,
    pub(in crate::pubsub) above: i64,
    pub(in crate::pubsub) below: i64,
    /// Who published; empty for everybody.
    pub(in crate::pubsub) with: &'s str,
}

impl Span<'_> {
    fn args(&self) -> [Value<'_>; 6] {
        [
            self.node.into(),
            self.since.into(),
            self.until.into(),
            self.above.into(),
            self.below.into(),
            self.with.into(),
        ]
    }
}

/// The publication with this number.
pub(in crate::pubsub) fn by_publication(
    reader: &mut Reader<'_>,
    node: i64,
    changed: i64,
) -> Answer<Option<Item>> {
    reader.one(
        "select id, payload, publisher, made, changed, at from pubsub_item
         where node = $1 and changed = $2",
        &[node.into(), changed.into()],
        item_of,
    )
}

/// How many there are.
pub(in crate::pubsub) fn count_in(reader: &mut Reader<'_>, span: Span<'_>) -> Answer<i64> {
    let count = reader.one(
        "select count(*) from pubsub_item
         where node = $1 and at >= $2 and at <= $3 and changed > $4 and changed < $5
         and ($6 = '' or publisher = $6 or substr(publisher, 1, length($6) + 1) = $6 || '/')",
        &span.args(),
        |row| row.get(0),
    )?;
    Ok(count.unwrap_or(0))
}

/// The lowest, or the highest first.
pub(in crate::pubsub) fn items_in(
    reader: &mut Reader<'_>,
    span: Span<'_>,
    is_backwards: bool,
    limit: usize,
) -> Answer<Vec<Item>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut args = span.args().to_vec();
    args.push(limit.into());
    if is_backwards {
        reader.rows(
            "select id, payload, publisher, made, changed, at from pubsub_item
             where node = $1 and at >= $2 and at <= $3 and changed > $4 and changed < $5
             and ($6 = '' or publisher = $6 or substr(publisher, 1, length($6) + 1) = $6 || '/')
             order by changed desc limit $7",
            &args,
            item_of,
        )
    } else {
        reader.rows(
            "select id, payload, publisher, made, changed, at from pubsub_item
             where node = $1 and at >= $2 and at <= $3 and changed > $4 and changed < $5
             and ($6 = '' or publisher = $6 or substr(publisher, 1, length($6) + 1) = $6 || '/')
             order by changed limit $7",
            &args,
            item_of,
        )
    }
}
