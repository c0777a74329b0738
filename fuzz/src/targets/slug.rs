//! Any name: plain letters come out, and the slug of a slug is itself.

use konvent_people::units::slug::{slug, unit_slug};

/// One input.
pub fn run(bytes: &[u8]) {
    let Ok(name) = std::str::from_utf8(bytes) else { return };
    let once = slug(name);
    assert!(once.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    assert_eq!(slug(&once), once);
    let _ = unit_slug(name);
}
