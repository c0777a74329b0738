//! The two engines behind one enum: every call is one `match`, so there is no trait object and no feature flag.

use super::value::{Args, Row};
use super::{Storage, postgres, sqlite};
use crate::refusal::Answer;

/// A connection to either engine.
#[derive(Debug)]
pub(super) enum Connection {
    Sqlite(sqlite::Connection),
    Postgres(postgres::Connection),
}

impl Connection {
    /// A connection that may write. There is one for each installation and process: the writer's.
    pub(super) fn open_writing(storage: &Storage) -> Answer<Self> {
        Ok(match storage {
            Storage::Sqlite(file) => Self::Sqlite(sqlite::Connection::open_writing(file)?),
            Storage::Postgres { url, schema } => {
                Self::Postgres(postgres::Connection::open_writing(url, schema)?)
            }
        })
    }

    /// A connection that can only read.
    pub(super) fn open_reading(storage: &Storage) -> Answer<Self> {
        Ok(match storage {
            Storage::Sqlite(file) => Self::Sqlite(sqlite::Connection::open_reading(file)?),
            Storage::Postgres { url, schema } => {
                Self::Postgres(postgres::Connection::open_reading(url, schema)?)
            }
        })
    }

    /// Runs a statement that returns no rows, and says how many rows it changed.
    pub(super) fn run(&mut self, sql: &'static str, args: Args<'_>) -> Answer<u64> {
        match self {
            Self::Sqlite(connection) => connection.run(sql, args),
            Self::Postgres(connection) => connection.run(sql, args),
        }
    }

    /// Runs a statement and shows each row as it comes.
    pub(super) fn each(
        &mut self,
        sql: &'static str,
        args: Args<'_>,
        see: &mut dyn FnMut(&Row<'_>) -> Answer<()>,
    ) -> Answer<()> {
        match self {
            Self::Sqlite(connection) => connection.each(sql, args, see),
            Self::Postgres(connection) => connection.each(sql, args, see),
        }
    }

    /// Prepares a statement without running it.
    pub(super) fn prepare(&mut self, sql: &'static str) -> Answer<()> {
        match self {
            Self::Sqlite(connection) => connection.prepare(sql),
            Self::Postgres(connection) => connection.prepare(sql),
        }
    }

    /// Begins or ends a transaction.
    pub(super) fn control(&mut self, word: &'static str) -> Answer<()> {
        match self {
            Self::Sqlite(connection) => connection.control(word),
            Self::Postgres(connection) => connection.script(word),
        }
    }

    /// Runs a script of several statements, as migrations are.
    pub(super) fn script(&mut self, sql: &str) -> Answer<()> {
        match self {
            Self::Sqlite(connection) => connection.script(sql),
            Self::Postgres(connection) => connection.script(sql),
        }
    }

    /// Whether the connection is beyond use and must not go back to the pool.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(connection) => connection.is_lost(),
        }
    }
}
