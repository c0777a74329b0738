//! Rooms that members make for themselves, beside those of the directory.

use serde::Deserialize;

/// `[free_rooms]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FreeRooms {
    /// Who may make a room: an organisation that wants its own groups only says `nobody`, a provider `everybody`.
    pub made_by: MadeBy,
    /// Whether a new room stays when the last one leaves; its maker may say otherwise for each.
    pub persistent: bool,
    /// So many rooms one account may own: nobody fills the service with empty ones.
    pub per_owner: u32,
    /// So many may be inside one room at once, whatever its owner would allow: it bounds what one message costs.
    pub occupants_max: usize,
    /// Whether people of other servers may enter rooms whose terms let them in.
    pub open_to_abroad: bool,
}

/// Who may make rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MadeBy {
    /// No free rooms at all; those that there are go on.
    Nobody,
    /// Members of a unit.
    Members,
    /// Every account of this house, guests too.
    Everybody,
}

impl Default for FreeRooms {
    fn default() -> Self {
        Self {
            made_by: MadeBy::Members,
            persistent: true,
            per_owner: 50,
            occupants_max: 5_000,
            open_to_abroad: true,
        }
    }
}
