//! Whether the storage takes what is written; and what a PostgreSQL and the nodes on it look like, for whoever examines an
//! installation. The embedded database needs none of the latter.

use super::nodes::Known;
use super::{Db, Storage};
use crate::refusal::Answer;

/// How things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The database's clock, in milliseconds since 1970.
    pub clock: i64,
    /// Whether it is reached by the network and not by a socket of this machine.
    pub is_remote: bool,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
    /// The nodes of the last day, the living first.
    pub nodes: Vec<Known>,
}

impl Db {
    /// Whether something can be written at this moment: a mark without a meaning, on disk when this returns.
    ///
    /// # Errors
    /// [`super::DISK_FULL`] and those of the engine.
    pub async fn can_write(&self) -> Answer<()> {
        self.write(|tx| {
            let now = tx.now().0;
            tx.run(
                "insert into storage_mark (name, value) values ('looked', $1)
                 on conflict (name) do update set value = excluded.value",
                &[now.into()],
            )
        })
        .await
        .map(drop)
    }

    /// Looks; none where the embedded database is used.
    ///
    /// # Errors
    /// Those of the engine.
    pub async fn health(&self) -> Answer<Option<Health>> {
        if !matches!(self.pool.storage(), Storage::Postgres { .. }) {
            return Ok(None);
        }
        self.read(|reader| {
            let seen = reader.one(
                "select (extract(epoch from clock_timestamp()) * 1000)::bigint, inet_server_addr() is not null,
                     coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)",
                &[],
                |row| Ok((row.get::<i64>(0)?, row.get::<bool>(1)?, row.get::<bool>(2)?)),
            )?;
            let nodes = reader.rows(
                "select name, is_dead, lease_until from storage_node order by is_dead, number",
                &[],
                |row| {
                    Ok(Known { name: row.get(0)?, is_dead: row.get(1)?, lease_until: row.get(2)? })
                },
            )?;
            Ok(seen.map(|(clock, is_remote, is_encrypted)| Health {
                clock,
                is_remote,
                is_encrypted,
                nodes,
            }))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;
    use crate::testing::{START, postgres, sqlite};

    use super::*;

    #[test]
    fn a_database_is_seen_as_it_is() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let look = |storage: &Storage| {
            let db = Db::open(storage, &[], &Clock::manual(START)).unwrap();
            runtime.block_on(db.health()).unwrap()
        };
        assert_eq!(look(&sqlite().0), None);
        let seen = look(&postgres().0).unwrap();
        assert!(!seen.is_remote && !seen.is_encrypted && seen.nodes.is_empty(), "{seen:?}");
        assert!(seen.clock > START.0 - 86_400_000, "a clock that goes");
    }
}
