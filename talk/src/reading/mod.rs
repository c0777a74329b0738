//! Read up to here (XEP-0490): one position for each conversation, the same on all devices of a member.
//!
//! A position only moves forward: a device that wakes up late does not make read messages unread. It names a message in
//! the archive that the client has seen; whether it exists is not checked, for a wrong one harms only its owner.
//!
//! Left out: showing the position to the other side (markers go to them as messages).

pub mod moving;
pub mod privacy;
mod stanzas;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use konvent_core::{About, AccountId, Answer, Migration, Reader};

pub use stanzas::{answer, change};

use crate::ns;

/// The visiting card of the read positions.
pub const ABOUT: About = About {
    name: "reading",
    sentence: "What was read on one device is read on all.",
    speaks: &["XEP-0227", "XEP-0359", "XEP-0490"],
    leaves_out: &[],
    announces: &[ns::DISPLAYED],
    migrations: &[Migration::common("0001_position", include_str!("migrations/0001_position.sql"))],
    keeps: Some("up to where a member has read each conversation"),
};

/// All positions of an account, by the bare address of the conversation.
pub fn positions(reader: &mut Reader<'_>, account: AccountId) -> Answer<HashMap<String, i64>> {
    Ok(store::positions(reader, account)?.into_iter().collect())
}
