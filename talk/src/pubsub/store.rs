//! All SQL of the nodes.

mod history;
mod items;
mod people;

pub(super) use history::*;
pub(super) use items::*;
pub(super) use people::*;

use konvent_core::{Answer, Reader, Row, Tx};

use super::NodeConfig;

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its number.
    pub id: i64,
    /// An account, or 0 for the service.
    pub owner: i64,
    /// Its name.
    pub name: String,
    /// Its set-up.
    pub config: NodeConfig,
    /// The bare address of whoever made it.
    pub creator: String,
    /// When.
    pub made: konvent_core::Millis,
    /// How many items are in it.
    pub items: i64,
}

fn node_of(row: &Row<'_>) -> Answer<Node> {
    Ok(Node {
        id: row.get(0)?,
        owner: row.get(1)?,
        name: row.get(2)?,
        config: NodeConfig::from_json(&row.get::<String>(3)?),
        creator: row.get(4)?,
        made: row.get(5)?,
        items: row.get(6)?,
    })
}

pub(super) fn node(reader: &mut Reader<'_>, owner: i64, name: &str) -> Answer<Option<Node>> {
    reader.one(
        "select id, owner, name, config, creator, made, items from pubsub_node
         where owner = $1 and name = $2",
        &[owner.into(), name.into()],
        node_of,
    )
}

pub(crate) fn nodes(reader: &mut Reader<'_>, owner: i64) -> Answer<Vec<Node>> {
    reader.rows(
        "select id, owner, name, config, creator, made, items from pubsub_node
         where owner = $1 order by name",
        &[owner.into()],
        node_of,
    )
}

/// The first nodes of an owner, by name.
pub(super) fn first_nodes(reader: &mut Reader<'_>, owner: i64, limit: i64) -> Answer<Vec<Node>> {
    reader.rows(
        "select id, owner, name, config, creator, made, items from pubsub_node
         where owner = $1 order by name limit $2",
        &[owner.into(), limit.into()],
        node_of,
    )
}

/// How many nodes an owner has, and how many bytes are in them.
pub(super) fn usage(reader: &mut Reader<'_>, owner: i64) -> Answer<(i64, i64)> {
    let usage = reader.one(
        "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from pubsub_node where owner = $1",
        &[owner.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(usage.unwrap_or_default())
}

/// The same of the nodes that one address has made there.
pub(super) fn usage_by(reader: &mut Reader<'_>, owner: i64, creator: &str) -> Answer<(i64, i64)> {
    let usage = reader.one(
        "select count(*), cast(coalesce(sum(bytes), 0) as bigint) from pubsub_node
         where owner = $1 and creator = $2",
        &[owner.into(), creator.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(usage.unwrap_or_default())
}

/// A node by its number.
pub(super) fn by_number(reader: &mut Reader<'_>, id: i64) -> Answer<Option<Node>> {
    reader.one(
        "select id, owner, name, config, creator, made, items from pubsub_node where id = $1",
        &[id.into()],
        node_of,
    )
}

/// Makes a node; `None` when it is there already.
pub(super) fn make(
    tx: &mut Tx<'_>,
    owner: i64,
    name: &str,
    config: &NodeConfig,
    creator: &str,
) -> Answer<Option<Node>> {
    let (id, now) = (tx.fresh_id(), tx.now());
    tx.one(
        "insert into pubsub_node (id, owner, name, config, creator, made, items, bytes)
         values ($1, $2, $3, $4, $5, $6, 0, 0) on conflict (owner, name) do nothing
         returning id, owner, name, config, creator, made, items",
        &[
            id.into(),
            owner.into(),
            name.into(),
            (&config.to_json()).into(),
            creator.into(),
            now.into(),
        ],
        node_of,
    )
}

pub(super) fn configure(tx: &mut Tx<'_>, node: i64, config: &NodeConfig) -> Answer<u64> {
    tx.run(
        "update pubsub_node set config = $2 where id = $1",
        &[node.into(), (&config.to_json()).into()],
    )
}

pub(super) fn delete(tx: &mut Tx<'_>, node: i64) -> Answer<u64> {
    tx.run("delete from pubsub_node where id = $1", &[node.into()])
}

/// Counts items and bytes that came or went.
pub(super) fn count(tx: &mut Tx<'_>, node: i64, items: i64, bytes: i64) -> Answer<u64> {
    tx.run(
        "update pubsub_node set items = items + $2, bytes = bytes + $3 where id = $1",
        &[node.into(), items.into(), bytes.into()],
    )
}

pub(super) fn delete_all_of(tx: &mut Tx<'_>, owner: i64) -> Answer<u64> {
    tx.run("delete from pubsub_node where owner = $1", &[owner.into()])
}
