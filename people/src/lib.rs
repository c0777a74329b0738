//! Who belongs to us: the directory, and the accounts that hang on it.
//!
//! The list below is the order of the area and its tour. A feature may use those above it, never those below.

pub mod accounts;
mod days;
pub mod import;
pub mod offices;
pub mod people;
pub mod sample;
pub mod units;

use konvent_core::About;

/// The features of this area, from the foundation up.
pub const FEATURES: &[&About] = &[
    // The tree: federation, Land, Kreis, Ort, and the affiliates beside it. Names of levels are data.
    &units::ABOUT,
    // Natural persons and where they are members; exactly one home each.
    &people::ABOUT,
    // Bodies, offices and terms. Rights come from a running term and from nothing else.
    &offices::ABOUT,
    // The member file as it comes every night: what differs is shown as a plan, then applied in one transaction.
    &import::ABOUT,
    // Made at the first sign-in with a code from a letter: devices for browsers, app passwords for XMPP clients.
    &accounts::ABOUT,
];
