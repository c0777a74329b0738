//! What the sockets leave out of the standards they obey, and because of what: a part of `docs/protocols.md`.

/// The rule with its section, and the reason; the same shape as on the visiting cards of the features.
pub const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 6120 §3.2.1",
        "where a name server gives no answer at all, it is asked again later; the name alone is tried only where it says that there are no records",
    ),
    (
        "RFC 6120 §4.4",
        "whoever closes does not wait for the other's closing tag and alert: nothing that came then would be read, and what matters is acknowledged (XEP-0198); RFC 8446 §6.1 no longer asks for it",
    ),
    ("RFC 6120 §5.4.3.1", "one certificate names all hosts of a house, so none is chosen by name"),
    (
        "RFC 6120 §8.3.3.6",
        "a fault of ours says wait and not cancel: the same stanza may well pass a moment later",
    ),
    (
        "RFC 6120 §8.4",
        "what nobody may say in the name of a server is taken out on the way (stanza ids, delays, copies, results of an archive): receivers would believe it",
    ),
    (
        "RFC 6120 §10.5.3.1, RFC 6121 §8.5.1",
        "four questions about nobody are answered as they would be about a member whom the asker may not see, and not with service-unavailable: when he was last there, what belongs to him, and changes of his card and his contact list. Otherwise they would tell who exists",
    ),
    (
        "RFC 6120 §13.10.2",
        "the same four are answered otherwise at a full address, whether a device has it or not: so nobody learns who is there",
    ),
    (
        "RFC 6120 §13.7.2.3",
        "no stream ends because a certificate runs out or is revoked meanwhile, and no OCSP responder is asked: idle streams between servers end after ten minutes, and the next one looks again",
    ),
    (
        "RFC 7395 §3.8",
        "the server sends no WebSocket pings: clients ask for acknowledgements (XEP-0198), and TCP tells of peers that are gone",
    ),
    (
        "XEP-0198 §4",
        "words that a session did not acknowledge before it is given up are not sent back: they lie in the archive (questions are answered with an error)",
    ),
    (
        "XEP-0206 §1",
        "XMPP over BOSH is not offered: every browser of the last ten years speaks WebSocket (RFC 7395)",
    ),
    (
        "XEP-0487 §3",
        "host-meta names the WebSocket only: the house does not know its own public addresses, DNS does",
    ),
    (
        "XEP-0487 §2.2",
        "other servers are looked for in the settings and in the DNS only: a look-up over the web would let every domain that somebody writes to name machines at which the house must knock, and nobody is found by it alone (XEP-0487 is experimental; the host-meta of XEP-0156 names doors for clients)",
    ),
];
