//! All SQL of the items.

use konvent_core::{Answer, Millis, Reader, Row, Tx, Value};
use konvent_wire::Jid;

use crate::pubsub::Asker;

/// An item as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pubsub) struct Item {
    pub(in crate::pubsub) id: String,
    pub(in crate::pubsub) payload: Option<Vec<u8>>,
    pub(in crate::pubsub) publisher: String,
    pub(in crate::pubsub) made: i64,
    pub(in crate::pubsub) changed: i64,
    pub(in crate::pubsub) at: Millis,
}

impl Item {
    /// Whether somebody published it, with whichever device.
    pub(in crate::pubsub) fn is_by(&self, asker: &Asker) -> bool {
        Jid::new(&self.publisher).is_ok_and(|publisher| publisher.to_bare() == asker.bare())
    }
}

pub(super) fn item_of(row: &Row<'_>) -> Answer<Item> {
    Ok(Item {
        id: row.get(0)?,
        payload: row.get(1)?,
        publisher: row.get(2)?,
        made: row.get(3)?,
        changed: row.get(4)?,
        at: row.get(5)?,
    })
}

pub(in crate::pubsub) fn item(
    reader: &mut Reader<'_>,
    node: i64,
    id: &str,
    alive: i64,
) -> Answer<Option<Item>> {
    reader.one(
        "select id, payload, publisher, made, changed, at from pubsub_item
         where node = $1 and id = $2 and at >= $3",
        &[node.into(), id.into(), alive.into()],
        item_of,
    )
}

/// By which number items are ordered (XEP-0413 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// When they were last published.
    #[default]
    Changed,
    /// When they were new.
    Made,
}

/// Items with numbers above `above`, the lowest first; `skip` so many of them.
pub(in crate::pubsub) fn upwards(
    reader: &mut Reader<'_>,
    (node, alive, order): (i64, i64, Order),
    above: i64,
    (limit, skip): (u32, u32),
) -> Answer<Vec<Item>> {
    let args: &[Value<'_>] =
        &[node.into(), alive.into(), above.into(), i64::from(limit).into(), i64::from(skip).into()];
    match order {
        Order::Changed => reader.rows(
            "select id, payload, publisher, made, changed, at from pubsub_item
             where node = $1 and at >= $2 and changed > $3 order by changed limit $4 offset $5",
            args,
            item_of,
        ),
        Order::Made => reader.rows(
            "select id, payload, publisher, made, changed, at from pubsub_item
             where node = $1 and at >= $2 and made > $3 order by made limit $4 offset $5",
            args,
            item_of,
        ),
    }
}

/// Items with numbers below `below`, the highest first.
pub(in crate::pubsub) fn downwards(
    reader: &mut Reader<'_>,
    (node, alive, order): (i64, i64, Order),
    below: i64,
    (limit, skip): (u32, u32),
) -> Answer<Vec<Item>> {
    let args: &[Value<'_>] =
        &[node.into(), alive.into(), below.into(), i64::from(limit).into(), i64::from(skip).into()];
    match order {
        Order::Changed => reader.rows(
            "select id, payload, publisher, made, changed, at from pubsub_item
             where node = $1 and at >= $2 and changed < $3 order by changed desc limit $4 offset $5",
            args,
            item_of,
        ),
        Order::Made => reader.rows(
            "select id, payload, publisher, made, changed, at from pubsub_item
             where node = $1 and at >= $2 and made < $3 order by made desc limit $4 offset $5",
            args,
            item_of,
        ),
    }
}

/// How many items there are in all, and how many have lower numbers than `number`.
pub(in crate::pubsub) fn places(
    reader: &mut Reader<'_>,
    (node, alive, order): (i64, i64, Order),
    number: i64,
) -> Answer<(i64, i64)> {
    let args: &[Value<'_>] = &[node.into(), alive.into(), number.into()];
    let sql = match order {
        Order::Changed => {
            "select count(*), count(case when changed < $3 then 1 end) from pubsub_item
             where node = $1 and at >= $2"
        }
        Order::Made => {
            "select count(*), count(case when made < $3 then 1 end) from pubsub_item
             where node = $1 and at >= $2"
        }
    };
    Ok(reader.one(sql, args, |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or_default())
}

/// The ids of all items, the oldest first.
pub(in crate::pubsub) fn ids(
    reader: &mut Reader<'_>,
    node: i64,
    alive: i64,
    limit: u32,
) -> Answer<Vec<String>> {
    reader.rows(
        "select id from pubsub_item where node = $1 and at >= $2 order by changed limit $3",
        &[node.into(), alive.into(), i64::from(limit).into()],
        |row| row.get(0),
    )
}

/// The size of an item that is there.
pub(in crate::pubsub) fn size_of(
    reader: &mut Reader<'_>,
    node: i64,
    id: &str,
) -> Answer<Option<i64>> {
    reader.one(
        "select size from pubsub_item where node = $1 and id = $2",
        &[node.into(), id.into()],
        |row| row.get(0),
    )
}

/// Keeps an item, over the one with the same id (XEP-0060 §7.1.2).
pub(in crate::pubsub) fn keep(
    tx: &mut Tx<'_>,
    node: i64,
    id: &str,
    payload: Option<&[u8]>,
    publisher: &str,
    size: i64,
) -> Answer<u64> {
    let (number, now) = (tx.fresh_id(), tx.now());
    tx.run(
        "insert into pubsub_item (node, id, payload, publisher, size, made, changed, at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)
         on conflict (node, id) do update set payload = excluded.payload, publisher = excluded.publisher,
             size = excluded.size, changed = excluded.changed, at = excluded.at",
        &[
            node.into(),
            id.into(),
            payload.map_or(Value::Null, Value::Bytes),
            publisher.into(),
            size.into(),
            number.into(),
            now.into(),
        ],
    )
}

/// Strikes one item and says how big it was.
pub(in crate::pubsub) fn strike(tx: &mut Tx<'_>, node: i64, id: &str) -> Answer<Option<i64>> {
    tx.one(
        "delete from pubsub_item where node = $1 and id = $2 returning size",
        &[node.into(), id.into()],
        |row| row.get(0),
    )
}

/// Strikes the oldest items beyond `keep`, but never `besides`; says which they were and how big.
pub(in crate::pubsub) fn strike_oldest(
    tx: &mut Tx<'_>,
    node: i64,
    besides: &str,
    surplus: i64,
) -> Answer<Vec<(String, i64)>> {
    tx.rows(
        "delete from pubsub_item where node = $1 and id in
             (select id from pubsub_item where node = $1 and id <> $2 order by changed limit $3)
         returning id, size",
        &[node.into(), besides.into(), surplus.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Strikes what has expired; says how many and how big.
pub(in crate::pubsub) fn strike_expired(
    tx: &mut Tx<'_>,
    node: i64,
    alive: i64,
) -> Answer<Vec<i64>> {
    tx.rows(
        "delete from pubsub_item where node = $1 and at < $2 returning size",
        &[node.into(), alive.into()],
        |row| row.get(0),
    )
}

/// Strikes everything.
pub(in crate::pubsub) fn purge(tx: &mut Tx<'_>, node: i64) -> Answer<u64> {
    tx.run("update pubsub_node set items = 0, bytes = 0 where id = $1", &[node.into()])?;
    tx.run("delete from pubsub_item where node = $1", &[node.into()])
}

/// Everything a person has published in nodes of others: who signs in as `bare`, with any resource.
pub(in crate::pubsub) fn published_elsewhere(
    reader: &mut Reader<'_>,
    owner: i64,
    bare: &str,
) -> Answer<Vec<(i64, String, String, Item)>> {
    reader.rows(
        "select i.id, i.payload, i.publisher, i.made, i.changed, i.at, n.id, n.name, n.creator
         from pubsub_item i join pubsub_node n on n.id = i.node
         where n.owner <> $1 and (i.publisher = $2 or substr(i.publisher, 1, length($2) + 1) = $2 || '/')
         order by i.changed",
        &[owner.into(), bare.into()],
        |row| Ok((row.get(6)?, row.get(7)?, row.get(8)?, item_of(row)?)),
    )
}
