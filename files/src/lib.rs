//! Files that members send each other: rules, stanzas and tables, and where the bytes lie.
//!
//! The list below is the order of the area and its tour. Beside the folders of the features stands [`blobs`], which knows no
//! feature: bytes under a name in a folder or an S3 store.

pub mod blobs;
pub mod upload;

use konvent_core::About;

pub use blobs::Blobs;

/// The features of this area, from the foundation up.
pub const FEATURES: &[&About] = &[
    // A place for a file is promised over XMPP, the bytes come by HTTP, everybody who knows the address may fetch them.
    &upload::ABOUT,
];
