//! Time, handed in: the system's clock in service, a hand-set one in plays.

use serde::{Deserialize, Serialize};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::db::{Column, Row, Value};
use crate::refusal::Answer;

/// Milliseconds since 1970 in UTC.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct Millis(pub i64);

impl Millis {
    /// So many seconds later.
    #[must_use]
    pub const fn plus_secs(self, secs: i64) -> Self {
        Self(self.0 + secs * 1000)
    }

    /// So many days of 24 hours later.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_secs(days * 86_400)
    }

    /// The calendar day in `zone`; the first day of 1970 for times no calendar knows.
    pub fn day_in(self, zone: &TimeZone) -> Date {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or(jiff::civil::date(1970, 1, 1), |at| at.to_zoned(zone.clone()).date())
    }

    /// The first moment of `day` in `zone`.
    pub fn start_of(day: Date, zone: &TimeZone) -> Self {
        day.to_zoned(zone.clone()).map_or(Self(0), |zoned| Self(zoned.timestamp().as_millisecond()))
    }

    /// As XEP-0082 writes it: `2026-11-21T20:15:00.000Z`.
    pub fn to_xep_0082(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map_or_else(|_| "1970-01-01T00:00:00.000Z".to_owned(), |at| format!("{at:.3}"))
    }

    /// Reads a XEP-0082 `DateTime`.
    pub fn from_xep_0082(text: &str) -> Option<Self> {
        text.parse::<jiff::Timestamp>().ok().map(|at| Self(at.as_millisecond()))
    }
}

impl Column for Millis {
    fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
        i64::read(row, at).map(Self)
    }
}

impl Column for Option<Millis> {
    fn read(row: &Row<'_>, at: usize) -> Answer<Self> {
        Ok(Option::<i64>::read(row, at)?.map(Millis))
    }
}

impl From<Millis> for Value<'_> {
    fn from(at: Millis) -> Self {
        Value::Int(at.0)
    }
}

impl From<Option<Millis>> for Value<'_> {
    fn from(at: Option<Millis>) -> Self {
        at.map_or(Value::Null, |at| Value::Int(at.0))
    }
}

/// Where time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The system's clock.
    System,
    /// A clock that only moves when somebody moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A hand-set clock for plays and tests.
    pub fn manual(start: Millis) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(start.0)))
    }

    /// What time it is.
    pub fn now(&self) -> Millis {
        match self {
            Self::System => {
                SystemTime::now().duration_since(UNIX_EPOCH).map_or(Millis(0), |since| {
                    Millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
                })
            }
            Self::Manual(at) => Millis(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a hand-set clock forward; the system's clock does not obey.
    pub fn advance(&self, millis: i64) {
        if let Self::Manual(at) = self {
            at.fetch_add(millis, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_on_the_wire_come_back_the_same() {
        let at = Millis(1_795_291_200_123);
        assert_eq!(Millis::from_xep_0082(&at.to_xep_0082()), Some(at));
        assert_eq!(Millis::from_xep_0082("yesterday"), None);
    }

    #[test]
    fn a_day_begins_at_local_midnight() {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let day = jiff::civil::date(2026, 3, 29); // the clocks go forward on this day
        let start = Millis::start_of(day, &berlin);
        assert_eq!(start.to_xep_0082(), "2026-03-28T23:00:00.000Z");
        assert_eq!(start.day_in(&berlin), day);
        assert_eq!(Millis(start.0 - 1).day_in(&berlin), jiff::civil::date(2026, 3, 28));
    }
}
