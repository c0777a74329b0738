//! What an authority for certificates sends (RFC 8555): a certificate, whose time is read, and refusals, which become sentences.

use konvent_core::Millis;
use konvent_server::acme::{when, words};

/// One input: a certificate, or the kind of a refusal and what was said, each on a line.
pub fn run(bytes: &[u8]) {
    let names = ["verona.example".to_owned()];
    for now in [0, 1_780_272_000_000, i64::MAX] {
        let (ends, days) = (when::ends_at(bytes), when::days_left(bytes, Millis(now)));
        assert_eq!(ends.is_some(), days.is_some(), "whoever knows the end can count the days");
        // What nobody can read is no certificate that may stay in use.
        assert!(ends.is_some() || when::is_due(bytes, &names, Millis(now)));
        if when::is_self_signed(bytes) == Some(true) {
            assert!(when::is_due(bytes, &names, Millis(now)));
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (kind, said) = text.split_once('\n').unwrap_or((text, ""));
    // Whatever it is, an admin reads what the authority said.
    assert!(words::of_order(kind, said).contains(said));
    assert!(words::of_name("verona.example", kind, Some(said)).contains(said));
}
