//! Brings the tables up to date: every feature's steps in the order of the list, all in one transaction.

use super::engine::Connection;
use super::nodes;
use super::value::Value;
use crate::about::About;
use crate::clock::Millis;
use crate::refusal::{Answer, Kind, Refusal};

/// The data was written by a newer Konvent. Start that one, or restore a backup made before the update.
pub const FROM_THE_FUTURE: Refusal = Refusal::new(Kind::Broken, "storage.from-a-newer-version");

const OWN_TABLES: &str = "
    create table if not exists storage_step (
        feature text not null, step text not null, done_at bigint not null, primary key (feature, step));
    create table if not exists storage_mark (name text primary key, value bigint not null);";

pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    features: &[&About],
    now: Millis,
) -> Answer<()> {
    connection.script("begin")?;
    nodes::lock(connection)?; // several nodes may start at once
    let done = steps(connection, features, now);
    connection.script(if done.is_ok() { "commit" } else { "rollback" })?;
    done
}

pub(super) fn steps(connection: &mut Connection, features: &[&About], now: Millis) -> Answer<()> {
    connection.script(OWN_TABLES)?;
    if matches!(connection, Connection::Postgres(_)) {
        connection.script(nodes::TABLES)?;
    }
    let mut done: Vec<(String, String)> = Vec::new();
    connection.each("select feature, step from storage_step", &[], &mut |row| {
        done.push((row.get(0)?, row.get(1)?));
        Ok(())
    })?;
    for (feature, step) in &done {
        let known = features.iter().any(|about| {
            about.name == feature && about.migrations.iter().any(|known| known.name == step)
        });
        if !known {
            return Err(FROM_THE_FUTURE.because(format!("unknown step {feature}/{step}")));
        }
    }
    for about in features {
        for step in about.migrations {
            if done.iter().any(|(f, s)| f == about.name && s == step.name) {
                continue;
            }
            connection.script(match connection {
                Connection::Sqlite(_) => step.sqlite,
                Connection::Postgres(_) => step.postgres,
            })?;
            connection.run(
                "insert into storage_step (feature, step, done_at) values ($1, $2, $3)",
                &[Value::Text(about.name), Value::Text(step.name), now.into()],
            )?;
        }
    }
    Ok(())
}
