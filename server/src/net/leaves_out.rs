//! What the sockets leave out of the standards they obey, and because of what: a part of `docs/protocols.md`.

/// The rule with its section, and the reason; the same shape as on the visiting cards of the features.
pub const LEAVES_OUT: &[(&str, &str)] = &[(
    "XEP-0206 §1",
    "XMPP over BOSH is not offered: every browser of the last ten years speaks WebSocket (RFC 7395)",
)];
