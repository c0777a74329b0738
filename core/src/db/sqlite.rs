//! SQLite, embedded: write-ahead log, every commit synced (`synchronous=FULL`; NORMAL loses acknowledged commits in a power cut).

use std::collections::HashMap;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, OpenFlags, ToSql};

use super::DISK_FULL;
use super::value::{Args, Kinds, Row, Value};
use crate::refusal::{Answer, Kind, Refusal};

/// Prepared statements kept for each connection; more than all features have.
const STATEMENTS_KEPT: usize = 512;

/// How long a connection waits for another process (a backup, the command line) to let go of the file, in milliseconds.
const BUSY_WAIT_MS: u64 = 10_000;

/// How the writer works. `temp_store`: the journals of savepoints stay in memory; as files they cost a third of a commit.
const WRITER: &str =
    "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
    pragma wal_autocheckpoint = 4000; pragma temp_store = memory;";

#[derive(Debug)]
pub(super) struct Connection {
    inner: rusqlite::Connection,
    /// Statements in SQLite's own spelling of parameters, by the address of the literal they were made from.
    spelled: HashMap<(usize, usize), String>,
}

/// Turns the engine's error into a refusal; a violated constraint is its own code, so that features can answer it kindly.
fn refusal(error: rusqlite::Error) -> Refusal {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => {
            Refusal::new(Kind::Conflict, "storage.constraint").because(error)
        }
        Some(rusqlite::ErrorCode::DiskFull) => DISK_FULL.because(error),
        _ => Refusal::broken("storage.sqlite", error),
    }
}

impl Connection {
    pub(super) fn open_writing(file: &Path) -> Answer<Self> {
        let connection =
            Self::open(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.inner.execute_batch(WRITER).map_err(refusal)?;
        Ok(connection)
    }

    pub(super) fn open_reading(file: &Path) -> Answer<Self> {
        let connection = Self::open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.inner.execute_batch("pragma query_only = on").map_err(refusal)?;
        Ok(connection)
    }

    fn open(file: &Path, flags: OpenFlags) -> Answer<Self> {
        let inner =
            rusqlite::Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .map_err(refusal)?;
        inner.busy_timeout(std::time::Duration::from_millis(BUSY_WAIT_MS)).map_err(refusal)?;
        inner.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        // A plan that could hang on the values bound is otherwise made anew for each of them, also where it comes out the
        // same: a tenth of a sign-in.
        inner.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(refusal)?;
        Ok(Self { inner, spelled: HashMap::new() })
    }

    pub(super) fn run(&mut self, sql: &'static str, args: Args<'_>) -> Answer<u64> {
        let mut statement = self.statement(sql)?;
        bind(&mut statement, args)?;
        let changed = statement.raw_execute().map_err(refusal)?;
        Ok(changed as u64)
    }

    pub(super) fn each(
        &mut self,
        sql: &'static str,
        args: Args<'_>,
        see: &mut dyn FnMut(&Row<'_>) -> Answer<()>,
    ) -> Answer<()> {
        let mut statement = self.statement(sql)?;
        bind(&mut statement, args)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(refusal)? {
            see(&Row(Kinds::Sqlite(row)))?;
        }
        Ok(())
    }

    pub(super) fn prepare(&mut self, sql: &'static str) -> Answer<()> {
        self.statement(sql).map(drop)
    }

    /// A word that rules a transaction, prepared once like any other statement.
    pub(super) fn control(&mut self, word: &'static str) -> Answer<()> {
        self.statement(word)?.raw_execute().map(drop).map_err(refusal)
    }

    pub(super) fn script(&mut self, sql: &str) -> Answer<()> {
        self.inner.execute_batch(sql).map_err(refusal)
    }

    /// The engine itself, for what is no feature's work.
    pub(super) fn raw(&mut self) -> &mut rusqlite::Connection {
        &mut self.inner
    }

    fn statement(&mut self, sql: &'static str) -> Answer<CachedStatement<'_>> {
        let spelled =
            self.spelled.entry((sql.as_ptr() as usize, sql.len())).or_insert_with(|| numbered(sql));
        self.inner.prepare_cached(spelled).map_err(refusal)
    }
}

/// SQLite numbers `$1` by first appearance and `?1` by its number, so only the latter means what we mean.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

fn bind(statement: &mut CachedStatement<'_>, args: Args<'_>) -> Answer<()> {
    for (at, value) in args.iter().enumerate() {
        statement.raw_bind_parameter(at + 1, value).map_err(refusal)?;
    }
    Ok(())
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
