//! Who belongs to us: the directory, and the accounts that hang on it.
//!
//! The list below is the order of the area and its tour. A feature may use those above it, never those below.

pub mod accounts;
mod days;
pub mod import;
pub mod invitations;
pub mod offices;
pub mod people;
pub mod registration;
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
    // Links that let somebody in from outside the directory.
    &invitations::ABOUT,
    // Who comes in that way, or where everybody may.
    &registration::ABOUT,
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use konvent_core::testing::{statements_of, twins};
    use konvent_core::{About, audit};

    /// What the tests of this area open: its features, and the notes that stand before all features.
    pub(crate) const WITH_NOTES: &[&About] = &[
        &audit::ABOUT,
        crate::FEATURES[0],
        crate::FEATURES[1],
        crate::FEATURES[2],
        crate::FEATURES[3],
        crate::FEATURES[4],
        crate::FEATURES[5],
        crate::FEATURES[6],
    ];

    #[test]
    fn every_statement_is_understood_by_both_engines() {
        let statements = statements_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
        assert!(statements.len() > 80, "only {} statements were found", statements.len());
        twins(WITH_NOTES, |db, _| {
            for sql in &statements {
                db.check_statement(sql)
                    .unwrap_or_else(|refusal| panic!("{sql}\n{}", refusal.chain()));
            }
        });
    }
}
