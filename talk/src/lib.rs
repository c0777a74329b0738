//! Words between members: rules, stanzas and tables of every feature of talk. No sockets, no async, no clock.
//!
//! The list below is the order of the area and its tour. A feature may use those above it, never those below. The files
//! beside the folders are what all features share: [`ns`] (namespaces), [`domain`] and [`session`] (who and where),
//! [`strike`] (what clients may not claim), [`picture`] (what they may show), `forward` (stanzas within stanzas), [`moved`] (what
//! became of things from elsewhere); [`who`] and [`conditions`] stand below all features and tell the flows who is meant and
//! how a refusal looks on the wire.

pub mod abroad;
pub mod archive;
pub mod avatars;
pub mod blocking;
pub mod bookmarks;
pub mod caps;
pub mod carbons;
pub mod clients;
pub mod commands;
pub mod conditions;
pub mod contacts;
pub mod csi;
pub mod disco;
pub mod domain;
mod forward;
pub mod inbox;
pub mod last;
pub mod moved;
pub mod ns;
pub mod offline;
mod pairs;
pub mod pep;
pub mod picture;
pub mod ping;
pub mod policy;
pub mod presence;
pub mod private;
pub mod pubsub;
pub mod push;
pub mod reading;
pub mod receiving;
pub mod relays;
pub mod rooms;
pub mod roster;
#[cfg(test)]
mod scene;
pub mod session;
pub mod spaces;
pub mod strike;
pub mod vcard;
pub mod who;

use konvent_core::About;

pub use domain::{Domain, Service};
pub use session::Session;
pub use who::{Who, who_is};

/// The features of this area, from the foundation up.
pub const FEATURES: &[&About] = &[
    // What the server, an account or a room is and can.
    &disco::ABOUT,
    // Are you there?
    &ping::ABOUT,
    // Whom a member does not want to hear.
    &blocking::ABOUT,
    // Which programs may use an account, and how that ends.
    &clients::ABOUT,
    // Administration and invitations from any client.
    &commands::ABOUT,
    // Relays for calls, with passwords that end by themselves.
    &relays::ABOUT,
    // How data is kept here, readable by programs.
    &policy::ABOUT,
    // Contacts that follow from the directory.
    &roster::ABOUT,
    // Contacts of one's own beside them, and who may see whom.
    &contacts::ABOUT,
    // Who of them is there.
    &presence::ABOUT,
    // Since when one of them is gone.
    &last::ABOUT,
    // Which of a member's devices a message reaches.
    &receiving::ABOUT,
    // Everything that was said: the one store, also for members who are away.
    &archive::ABOUT,
    // What waits for other servers.
    &abroad::ABOUT,
    // All devices of a member show the same conversation.
    &carbons::ABOUT,
    // What nobody has heard is for the next device.
    &offline::ABOUT,
    // Phones in pockets are not woken for everything.
    &csi::ABOUT,
    // Group chats that are the directory's units and bodies.
    &rooms::ABOUT,
    // What a client can, and which news it wants.
    &caps::ABOUT,
    // Nodes in which something is published, and who may know it.
    &pubsub::ABOUT,
    // Small things that all devices of a member share: the face of the next two.
    &pep::ABOUT,
    // The picture of a member, for old and new clients.
    &avatars::ABOUT,
    // What a member writes about himself.
    &vcard::ABOUT,
    // Every client finds the rooms of its member.
    &bookmarks::ABOUT,
    // The tree of the organisation, for clients that show one.
    &spaces::ABOUT,
    // What was read on one device is read on all.
    &reading::ABOUT,
    // What older clients keep for themselves.
    &private::ABOUT,
    // All conversations with what is new in them, in one request.
    &inbox::ABOUT,
    // Those who are away are told that something waits.
    &push::ABOUT,
];

#[cfg(test)]
mod tidy;
