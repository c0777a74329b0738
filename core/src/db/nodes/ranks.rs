//! Who belongs to the nodes: entering their ranks, leaving them, and who is kept out.

use super::{GONE, JOINED, LOCK, Membership, NODES_AT_WORK, Node, OTHER_KEY, OTHER_VERSION};
use crate::db::engine::Connection;
use crate::db::tx::Ids;
use crate::db::value::Value;
use crate::refusal::Answer;

/// What a connection of a node needs: a node that is cut off must not keep the lock for ever.
pub(in crate::db) fn prepare(connection: &mut Connection) -> Answer<()> {
    connection.script("set idle_in_transaction_session_timeout = 5000; set lock_timeout = 30000")
}

/// Holds the lock of all commits until the end of the transaction under way.
pub(in crate::db) fn lock(connection: &mut Connection) -> Answer<()> {
    match connection {
        Connection::Sqlite(_) => Ok(()),
        Connection::Postgres(_) => connection.script(LOCK),
    }
}

/// Refuses a node of another version while nodes are at work. Asked before anything is brought up to date, too: a newer one would
/// change the tables below those that run.
pub(in crate::db) fn refuse_other_version(
    connection: &mut Connection,
    membership: &Membership,
) -> Answer<()> {
    if matches!(connection, Connection::Sqlite(_)) {
        return Ok(());
    }
    let mut are_there = false;
    connection.each("select to_regclass('storage_node') is not null", &[], &mut |row| {
        are_there = row.get::<bool>(0)?;
        Ok(())
    })?;
    if !are_there {
        return Ok(()); // a database that nobody has used yet
    }
    let mut others = Vec::new();
    connection.each(
        "select n.name from storage_node n join storage_mark m on m.name = 'version' and m.value <> $1
         where n.is_dead = 0 and n.lease_until > (extract(epoch from clock_timestamp()) * 1000)::bigint",
        &[Value::Int(membership.version)],
        &mut |row| {
            others.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    if others.is_empty() { Ok(()) } else { Err(OTHER_VERSION.because(others.join(", "))) }
}

/// Refuses a process that is no node while nodes are at work.
pub(in crate::db) fn refuse_beside_nodes(connection: &mut Connection) -> Answer<()> {
    if matches!(connection, Connection::Sqlite(_)) {
        return Ok(());
    }
    let mut at_work = Vec::new();
    connection.each(
        "select name from storage_node
         where is_dead = 0 and lease_until > (extract(epoch from clock_timestamp()) * 1000)::bigint",
        &[],
        &mut |row| {
            at_work.push(row.get::<String>(0)?);
            Ok(())
        },
    )?;
    if at_work.is_empty() { Ok(()) } else { Err(NODES_AT_WORK.because(at_work.join(", "))) }
}

pub(super) fn enter(connection: &mut Connection, membership: &Membership) -> Answer<Node> {
    let mut known = None;
    let mut marks = (0, 0, 0);
    connection.each("select name, value from storage_mark", &[], &mut |row| {
        let (name, value): (String, i64) = (row.get(0)?, row.get(1)?);
        match name.as_str() {
            "key" => known = Some(value),
            "ids" => marks.0 = value,
            "log" => marks.1 = value,
            "node" => marks.2 = value,
            _ => {}
        }
        Ok(())
    })?;
    if known.is_some_and(|known| known != membership.fingerprint) {
        return Err(OTHER_KEY);
    }
    refuse_other_version(connection, membership)?;
    let mut now = 0;
    connection.each(
        "select (extract(epoch from clock_timestamp()) * 1000)::bigint",
        &[],
        &mut |row| {
            now = row.get(0)?;
            Ok(())
        },
    )?;
    let mut same_name = Vec::new();
    connection.each(
        "update storage_node set is_dead = 1 where is_dead = 0 and name = $1 returning number",
        &[Value::Text(&membership.name)],
        &mut |row| {
            same_name.push(row.get(0)?);
            Ok(())
        },
    )?;
    let mut ids = Ids::after(marks.0);
    for node in same_name {
        write_entry(connection, ids.draw_next(), node, GONE, &[])?;
    }
    let number = marks.2 + 1;
    let joined = ids.draw_next();
    write_entry(connection, joined, number, JOINED, &[])?;
    connection.run(
        "insert into storage_node (number, name, lease_until, read_to, is_dead) values ($1, $2, $3, $4, 0)",
        &[
            Value::Int(number),
            Value::Text(&membership.name),
            Value::Int(now + membership.lease_ms),
            Value::Int(joined),
        ],
    )?;
    let Membership { fingerprint, version, .. } = *membership;
    let marks = [("key", fingerprint), ("version", version), ("node", number), ("ids", joined)];
    for (name, value) in marks {
        connection.run(
            "insert into storage_mark (name, value) values ($1, $2)
             on conflict (name) do update set value = excluded.value",
            &[Value::Text(name), Value::Int(value)],
        )?;
    }
    Ok(Node {
        number,
        lease_ms: membership.lease_ms,
        heard: joined,
        listener: None,
        shared: Vec::new(),
        has_company: false,
        dying: Vec::new(),
        renewed: now,
        renewing: None,
        awake_since: now,
        is_fenced: false,
        writing: None,
        welcomes: Vec::new(),
    })
}

pub(super) fn bury(connection: &mut Connection, node: i64, ids: &mut Ids) -> Answer<()> {
    connection.run("update storage_node set is_dead = 1 where number = $1", &[Value::Int(node)])?;
    write_entry(connection, ids.draw_next(), node, GONE, &[])
}

pub(super) fn write_entry(
    connection: &mut Connection,
    number: i64,
    node: i64,
    kind: i64,
    said: &[u8],
) -> Answer<()> {
    connection.run(
        "with entry as (insert into storage_log (number, node, kind, said) values ($1, $2, $3, $4) returning number)
         insert into storage_mark (name, value) select 'log', number from entry
         on conflict (name) do update set value = excluded.value",
        &[Value::Int(number), Value::Int(node), Value::Int(kind), Value::Bytes(said)],
    )?;
    Ok(())
}
