//! Any text as settings: used or refused with a sentence, and never such that a password crosses a network in the clear.

use konvent_core::config::Config;

/// One input, with a domain in front and as it is.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for text in [text.to_owned(), format!("domain = 'verona.example'\n{text}")] {
        match Config::parse(&text) {
            Ok(config) => {
                assert!(!config.domain.is_empty() && !config.domain.contains(['@', '/', ' ']));
                assert!(config.plaintext.is_loopback() && config.components.listen.is_loopback());
            }
            Err(refusal) => assert_eq!(refusal.code, "config.unreadable"),
        }
    }
}
