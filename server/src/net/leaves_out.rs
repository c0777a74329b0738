//! What the sockets leave out of the standards they obey, and because of what: a part of `docs/protocols.md`.

/// The rule with its section, and the reason; the same shape as on the visiting cards of the features.
pub const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 7395 §3.8",
        "the server sends no WebSocket pings: clients ask for acknowledgements (XEP-0198), and TCP tells of peers that are gone",
    ),
    (
        "XEP-0206 §1",
        "XMPP over BOSH is not offered: every browser of the last ten years speaks WebSocket (RFC 7395)",
    ),
    (
        "XEP-0487 §3",
        "host-meta names the WebSocket only: the house does not know its own public addresses, DNS does",
    ),
];
