//! One type for each kind of thing that has a number, so that they cannot be mixed up.
//!
//! All numbers come from one source ([`crate::Tx::fresh_id`]): they are unique across all tables and grow with time.

use crate::db::{Column, Row, Value};
use crate::refusal::Answer;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        pub struct $name(pub i64);

        impl Column for $name {
            fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
                i64::read(row, at).map(Self)
            }
        }

        impl Column for Option<$name> {
            fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
                Ok(Option::<i64>::read(row, at)?.map($name))
            }
        }

        impl From<$name> for Value<'_> {
            fn from(id: $name) -> Self {
                Value::Int(id.0)
            }
        }

        impl From<Option<$name>> for Value<'_> {
            fn from(id: Option<$name>) -> Self {
                id.map_or(Value::Null, |id| Value::Int(id.0))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A natural person of the member file, with or without an account.
    PersonId,
    /// A login with devices and an address; belongs to exactly one person.
    AccountId,
    /// A *Gliederung* of the organisation.
    UnitId,
    /// An *Organ* of a unit: a board, an assembly, a commission.
    BodyId,
    /// A seat definition in a body.
    OfficeId,
    /// One person holding one office for a time.
    TermId,
    /// A chat room. It carries the number of the unit or body that it belongs to.
    RoomId,
    /// One bound XMPP connection (a resource), also while it is detached and may be resumed.
    SessionId,
}

impl From<UnitId> for RoomId {
    fn from(unit: UnitId) -> Self {
        Self(unit.0)
    }
}

impl From<BodyId> for RoomId {
    fn from(body: BodyId) -> Self {
        Self(body.0)
    }
}
