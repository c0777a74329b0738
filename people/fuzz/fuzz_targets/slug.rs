//! Any name: plain letters come out, and the slug of a slug is itself.
#![no_main]

use konvent_people::units::slug::{slug, unit_slug};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &str| {
    let once = slug(name);
    assert!(once.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    assert_eq!(slug(&once), once);
    let _ = unit_slug(name);
});
