//! What a browser gives for its notifications: an address that may lead anywhere, and keys that may be none (RFC 8291).

use konvent_server::net::push::post::Target;
use konvent_server::net::push::seal::{AUTH_BYTES, Keys, PADDED_BYTES, PUBLIC_BYTES, seal};

/// What stands before the message in each letter: salt, size of records, and the key with its length (RFC 8188 §2.1).
const HEAD_BYTES: usize = 16 + 4 + 1 + PUBLIC_BYTES;

/// What makes the message tamper-proof (AES-GCM).
const TAG_BYTES: usize = 16;

/// One input: the address, the public key and the secret, each on a line.
pub fn run(bytes: &[u8]) {
    // Bytes as they lie in the table.
    if let Some(keys) = Keys::read(bytes) {
        assert_eq!(keys.bytes(), bytes);
        let _ = keys.are_sound();
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (address, public, auth) = (line(), line(), line());
    if let Some(target) = Target::read(address, false) {
        // Only a public place by HTTPS at the usual port: no member lets us knock at a machine inside.
        assert!(target.origin().starts_with("https://") && !target.origin().contains('@'));
        assert!(
            target.host().parse::<std::net::Ipv4Addr>().is_err()
                || !target.host().starts_with("127.")
        );
        assert_eq!(target.host(), target.host().to_ascii_lowercase());
    }
    let Some(keys) = Keys::of_browser(public, auth) else { return };
    assert_eq!(keys.bytes().len(), PUBLIC_BYTES + AUTH_BYTES);
    let sealed =
        seal(&keys, [7; 16], bytes.get(..PADDED_BYTES.min(bytes.len()) / 2).unwrap_or_default());
    assert_eq!(sealed.is_ok(), keys.are_sound(), "what is sound can be told, and nothing else");
    if let Ok(sealed) = sealed {
        assert_eq!(
            sealed.len(),
            HEAD_BYTES + PADDED_BYTES + TAG_BYTES,
            "all letters are equally long"
        );
    }
}
