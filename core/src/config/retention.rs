//! How long what members have written stays after they have left.

use serde::Deserialize;

/// `[retention]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// So many days after the member file has let somebody go, everything that he said, kept and set here is erased. Until
    /// then a return brings it all back, and a mistake in the file costs nothing. At most ten years.
    pub left_days: u16,
    /// Member numbers of people whose contents stay although they have left, as long as they stand here: a court, or the
    /// organisation's own tribunal, may ask for them.
    pub held: Vec<String>,
    /// So many days after a report of a member was dealt with, it is struck: what it was for is done. Reports that wait stay.
    pub reports_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { left_days: 30, held: Vec::new(), reports_days: 365 }
    }
}
