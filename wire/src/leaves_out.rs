//! What the streams leave out of the standards they obey, and because of what: a part of `docs/protocols.md`.

/// The rule with its section, and the reason; the same shape as on the visiting cards of the features.
pub const LEAVES_OUT: &[(&str, &str)] = &[(
    "XEP-0138 §3",
    "stream compression is never offered: together with TLS it tells strangers what is said (CRIME), see RFC 7457 §2.6",
)];
