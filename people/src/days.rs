//! Calendar days in the storage: text as ISO 8601 writes them, `2026-11-21`. A day has no time zone.

use jiff::civil::Date;
use konvent_core::{Answer, Refusal, Row};

/// Reads a column that holds a day or nothing.
pub(crate) fn day(row: &Row<'_>, at: usize) -> Answer<Option<Date>> {
    row.get::<Option<String>>(at)?
        .map(|text| {
            text.parse().map_err(|error| Refusal::broken("storage.not-a-day", Box::new(error)))
        })
        .transpose()
}

/// A day as the storage keeps it.
pub(crate) fn text(day: Option<Date>) -> Option<String> {
    day.map(|day| day.to_string())
}
