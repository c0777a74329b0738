//! Words between members: rules, stanzas and tables of every feature of talk. No sockets, no async, no clock.
//!
//! The list below is the order of the area and its tour. A feature may use those above it, never those below. The files
//! beside the folders are what all features share: [`ns`] (namespaces), [`domain`] and [`session`] (who and where),
//! [`strike`] (what clients may not claim), `forward` (stanzas within stanzas); [`who`] and [`conditions`] stand below
//! all features and tell the flows who is meant and how a refusal looks on the wire.

pub mod archive;
pub mod carbons;
pub mod conditions;
pub mod disco;
pub mod domain;
mod forward;
pub mod ns;
pub mod ping;
pub mod rooms;
pub mod session;
pub mod strike;
pub mod who;

use konvent_core::About;

pub use domain::Domain;
pub use session::Session;
pub use who::{Who, who_is};

/// The features of this area, from the foundation up.
pub const FEATURES: &[&About] = &[
    // What the server, an account or a room is and can.
    &disco::ABOUT,
    // Are you there?
    &ping::ABOUT,
    // Everything that was said: the one store, also for members who are away.
    &archive::ABOUT,
    // All devices of a member show the same conversation.
    &carbons::ABOUT,
    // Group chats that are the directory's units and bodies.
    &rooms::ABOUT,
];
