//! All SQL of affiliations and subscriptions.

use konvent_core::{Answer, Reader, Row, Tx};

/// A subscription as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pubsub) struct Subscription {
    /// The address that subscribed, bare or full.
    pub(in crate::pubsub) who: String,
    /// `subscribed` or `pending`.
    pub(in crate::pubsub) state: String,
    /// Its own name.
    pub(in crate::pubsub) subid: String,
}

impl Subscription {
    /// Of somebody who has none (XEP-0060 §4.2).
    pub(in crate::pubsub) fn none(who: &str) -> Self {
        Self { who: who.to_owned(), state: "none".to_owned(), subid: String::new() }
    }
}

fn subscription_of(row: &Row<'_>) -> Answer<Subscription> {
    Ok(Subscription { who: row.get(0)?, state: row.get(1)?, subid: row.get(2)? })
}

pub(in crate::pubsub) fn affiliation(
    reader: &mut Reader<'_>,
    node: i64,
    bare: &str,
) -> Answer<Option<String>> {
    reader.one(
        "select what from pubsub_affiliation where node = $1 and who = $2",
        &[node.into(), bare.into()],
        |row| row.get(0),
    )
}

pub(in crate::pubsub) fn affiliations(
    reader: &mut Reader<'_>,
    node: i64,
) -> Answer<Vec<(String, String)>> {
    reader.rows(
        "select who, what from pubsub_affiliation where node = $1 order by who",
        &[node.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// The affiliations of one address with the nodes of one owner: node, affiliation.
pub(in crate::pubsub) fn affiliations_of(
    reader: &mut Reader<'_>,
    owner: i64,
    bare: &str,
) -> Answer<Vec<(String, String)>> {
    reader.rows(
        "select n.name, a.what from pubsub_affiliation a join pubsub_node n on n.id = a.node
         where n.owner = $1 and a.who = $2 order by n.name",
        &[owner.into(), bare.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(in crate::pubsub) fn affiliate(
    tx: &mut Tx<'_>,
    node: i64,
    bare: &str,
    what: &str,
) -> Answer<u64> {
    tx.run(
        "insert into pubsub_affiliation (node, who, what) values ($1, $2, $3)
         on conflict (node, who) do update set what = excluded.what",
        &[node.into(), bare.into(), what.into()],
    )
}

pub(in crate::pubsub) fn disaffiliate(tx: &mut Tx<'_>, node: i64, bare: &str) -> Answer<u64> {
    tx.run(
        "delete from pubsub_affiliation where node = $1 and who = $2",
        &[node.into(), bare.into()],
    )
}

pub(in crate::pubsub) fn subscription(
    reader: &mut Reader<'_>,
    node: i64,
    who: &str,
) -> Answer<Option<Subscription>> {
    reader.one(
        "select who, state, subid from pubsub_subscription where node = $1 and who = $2",
        &[node.into(), who.into()],
        subscription_of,
    )
}

pub(in crate::pubsub) fn subscriptions(
    reader: &mut Reader<'_>,
    node: i64,
) -> Answer<Vec<Subscription>> {
    reader.rows(
        "select who, state, subid from pubsub_subscription where node = $1 order by who",
        &[node.into()],
        subscription_of,
    )
}

/// The subscriptions of a bare address, with all its resources, with one node.
pub(in crate::pubsub) fn subscriptions_at(
    reader: &mut Reader<'_>,
    node: i64,
    bare: &str,
) -> Answer<Vec<Subscription>> {
    reader.rows(
        "select who, state, subid from pubsub_subscription where node = $1 and bare = $2 order by who",
        &[node.into(), bare.into()],
        subscription_of,
    )
}

/// The subscriptions of a bare address with the nodes of one owner: node, subscription.
pub(in crate::pubsub) fn subscriptions_of(
    reader: &mut Reader<'_>,
    owner: i64,
    bare: &str,
) -> Answer<Vec<(String, Subscription)>> {
    reader.rows(
        "select s.who, s.state, s.subid, n.name from pubsub_subscription s join pubsub_node n on n.id = s.node
         where n.owner = $1 and s.bare = $2 order by n.name, s.who",
        &[owner.into(), bare.into()],
        |row| Ok((row.get(3)?, subscription_of(row)?)),
    )
}

/// All subscriptions of a bare address, with whosever nodes: owner, node, subscription.
pub(in crate::pubsub) fn subscriptions_everywhere(
    reader: &mut Reader<'_>,
    bare: &str,
) -> Answer<Vec<(i64, String, Subscription)>> {
    reader.rows(
        "select s.who, s.state, s.subid, n.owner, n.name from pubsub_subscription s
         join pubsub_node n on n.id = s.node where s.bare = $1 order by n.owner, n.name, s.who",
        &[bare.into()],
        |row| Ok((row.get(3)?, row.get(4)?, subscription_of(row)?)),
    )
}

pub(in crate::pubsub) fn subscribe(
    tx: &mut Tx<'_>,
    node: i64,
    (who, bare): (&str, &str),
    state: &str,
) -> Answer<Subscription> {
    let subid = format!("{:x}", tx.fresh_id());
    tx.run(
        "insert into pubsub_subscription (node, who, bare, state, subid) values ($1, $2, $3, $4, $5)
         on conflict (node, who) do update set state = excluded.state",
        &[node.into(), who.into(), bare.into(), state.into(), (&subid).into()],
    )?;
    Ok(Subscription { who: who.to_owned(), state: state.to_owned(), subid })
}

pub(in crate::pubsub) fn unsubscribe(tx: &mut Tx<'_>, node: i64, who: &str) -> Answer<u64> {
    tx.run(
        "delete from pubsub_subscription where node = $1 and who = $2",
        &[node.into(), who.into()],
    )
}

pub(in crate::pubsub) fn erase(tx: &mut Tx<'_>, bare: &str) -> Answer<()> {
    tx.run("delete from pubsub_subscription where bare = $1", &[bare.into()])?;
    tx.run("delete from pubsub_affiliation where who = $1", &[bare.into()])?;
    Ok(())
}
