//! PostgreSQL, by the blocking face of tokio-postgres.

use std::collections::HashMap;
use std::error::Error;

use postgres::types::private::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Statement, error::SqlState, fallible_iterator::FallibleIterator};

use super::value::{Args, Kinds, Row, Value};
use super::{DISK_FULL, postgres_tls};
use crate::refusal::{Answer, Kind, Refusal};

pub(super) struct Connection {
    client: Client,
    statements: HashMap<(usize, usize), Statement>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// Turns the engine's error into a refusal; see the same function for SQLite.
fn refusal(error: postgres::Error) -> Refusal {
    match error.code() {
        Some(code) if code.code().starts_with("23") => {
            Refusal::new(Kind::Conflict, "storage.constraint").because(error)
        }
        Some(&SqlState::DISK_FULL) => DISK_FULL.because(error),
        _ => Refusal::broken("storage.postgres", error),
    }
}

impl Connection {
    pub(super) fn open_writing(url: &str, schema: &str) -> Answer<Self> {
        if !schema.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') {
            return Err(Refusal::new(Kind::BadRequest, "storage.schema-name"));
        }
        let mut connection = Self::open(url)?;
        connection.script(&format!(
            "set client_min_messages = warning; create schema if not exists {schema}; set search_path = {schema}; set synchronous_commit = on;"
        ))?;
        Ok(connection)
    }

    pub(super) fn open_reading(url: &str, schema: &str) -> Answer<Self> {
        let mut connection = Self::open(url)?;
        connection.script(&format!(
            "set search_path = {schema}; set default_transaction_read_only = on;"
        ))?;
        Ok(connection)
    }

    fn open(url: &str) -> Answer<Self> {
        let mut client = postgres_tls::connect(url)?;
        // Our statements are short; compiling one can take longer than a member waits, and on the writer all wait.
        client.batch_execute("set jit = off").map_err(refusal)?;
        Ok(Self { client, statements: HashMap::new() })
    }

    pub(super) fn run(&mut self, sql: &'static str, args: Args<'_>) -> Answer<u64> {
        let statement = self.statement(sql)?;
        let params: Vec<&(dyn ToSql + Sync)> =
            args.iter().map(|a| a as &(dyn ToSql + Sync)).collect();
        self.client.execute(&statement, &params).map_err(refusal)
    }

    pub(super) fn each(
        &mut self,
        sql: &'static str,
        args: Args<'_>,
        see: &mut dyn FnMut(&Row<'_>) -> Answer<()>,
    ) -> Answer<()> {
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, args.iter()).map_err(refusal)?;
        while let Some(row) = rows.next().map_err(refusal)? {
            see(&Row(Kinds::Postgres(&row)))?;
        }
        Ok(())
    }

    pub(super) fn prepare(&mut self, sql: &'static str) -> Answer<()> {
        self.statement(sql).map(drop)
    }

    pub(super) fn script(&mut self, sql: &str) -> Answer<()> {
        self.client.batch_execute(sql).map_err(refusal)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.client.is_closed()
    }

    /// The engine itself, for what is no feature's work.
    pub(super) fn raw(&mut self) -> &mut Client {
        &mut self.client
    }

    fn statement(&mut self, sql: &'static str) -> Answer<Statement> {
        let key = (sql.as_ptr() as usize, sql.len());
        if let Some(statement) = self.statements.get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(refusal)?;
        self.statements.insert(key, statement.clone());
        Ok(statement)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) => match *ty {
                Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*number)?.to_sql(ty, out),
                _ => number.to_sql(ty, out),
            },
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // which types a value fits is decided by the value, in to_sql
    }

    to_sql_checked!();
}

/// A whole number of any width, or a truth value, as PostgreSQL computes them.
#[derive(Debug)]
pub(super) struct Whole(pub(super) i64);

impl<'a> FromSql<'a> for Whole {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::BOOL => i64::from(bool::from_sql(ty, raw)?),
            Type::INT2 => i64::from(i16::from_sql(ty, raw)?),
            Type::INT4 => i64::from(i32::from_sql(ty, raw)?),
            _ => i64::from_sql(ty, raw)?,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::BOOL | Type::INT2 | Type::INT4 | Type::INT8)
    }
}
