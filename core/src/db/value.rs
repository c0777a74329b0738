//! The four kinds of values that go in and come out, and how Rust types map to them.

use rusqlite::types::ValueRef;

use super::postgres;
use crate::refusal::{Answer, Kind, Refusal};

/// A value on its way into a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A whole number, an id, a time, a flag.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// The values of `$1`, `$2`, … in order.
pub type Args<'a> = &'a [Value<'a>];

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Int(i64::from(flag))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Value::Bytes(bytes)
    }
}

impl<'a, T> From<&'a Option<T>> for Value<'a>
where
    &'a T: Into<Value<'a>>,
{
    fn from(value: &'a Option<T>) -> Self {
        value.as_ref().map_or(Value::Null, Into::into)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Value::Null, Value::Text)
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Value::Null, Value::Int)
    }
}

impl<'a> From<&Value<'a>> for Value<'a> {
    fn from(value: &Value<'a>) -> Self {
        *value
    }
}

/// One row of a result.
#[derive(Debug)]
pub struct Row<'r>(pub(super) Kinds<'r>);

#[derive(Debug)]
pub(super) enum Kinds<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r ::postgres::Row),
}

/// A column holds something else than the code reads: a fault of ours, found by the tests.
fn wrong_type(at: usize, expected: &str) -> Refusal {
    Refusal::broken("storage.wrong-column-type", format!("column {at} holds no {expected}"))
}

impl Row<'_> {
    /// The value of column `at`, counted from 0.
    pub fn get<T: Column>(&self, at: usize) -> Answer<T> {
        T::read(self, at)
    }
}

/// A type that can be read from a column.
pub trait Column: Sized {
    /// Reads column `at`.
    fn read(row: &Row<'_>, at: usize) -> Answer<Self>;
}

impl Column for Option<i64> {
    fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
        match &row.0 {
            Kinds::Sqlite(row) => match row.get_ref(at) {
                Ok(ValueRef::Null) => Ok(None),
                Ok(ValueRef::Integer(number)) => Ok(Some(number)),
                _ => Err(wrong_type(at, "number")),
            },
            Kinds::Postgres(row) => row
                .try_get::<_, Option<postgres::Whole>>(at)
                .map(|number| number.map(|number| number.0))
                .map_err(|error| wrong_type(at, "number").because(error)),
        }
    }
}

impl Column for Option<String> {
    fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
        match &row.0 {
            Kinds::Sqlite(row) => match row.get_ref(at) {
                Ok(ValueRef::Null) => Ok(None),
                Ok(ValueRef::Text(text)) => String::from_utf8(text.to_vec())
                    .map(Some)
                    .map_err(|error| wrong_type(at, "text").because(error)),
                _ => Err(wrong_type(at, "text")),
            },
            Kinds::Postgres(row) => {
                row.try_get(at).map_err(|error| wrong_type(at, "text").because(error))
            }
        }
    }
}

impl Column for Option<Vec<u8>> {
    fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
        match &row.0 {
            Kinds::Sqlite(row) => match row.get_ref(at) {
                Ok(ValueRef::Null) => Ok(None),
                Ok(ValueRef::Blob(bytes)) => Ok(Some(bytes.to_vec())),
                _ => Err(wrong_type(at, "bytes")),
            },
            Kinds::Postgres(row) => {
                row.try_get(at).map_err(|error| wrong_type(at, "bytes").because(error))
            }
        }
    }
}

macro_rules! never_null {
    ($($type:ty),+) => {$(
        impl Column for $type {
            fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
                Option::<$type>::read(row, at)?.ok_or(UNEXPECTED_NULL)
            }
        }
    )+};
}

/// A column is empty where the code expects a value.
const UNEXPECTED_NULL: Refusal = Refusal::new(Kind::Broken, "storage.unexpected-null");

never_null!(i64, String, Vec<u8>);

impl Column for bool {
    fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
        i64::read(row, at).map(|number| number != 0)
    }
}
