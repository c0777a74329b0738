//! What the streams leave out of the standards they obey, and because of what: a part of `docs/protocols.md`.

/// The rule with its section, and the reason; the same shape as on the visiting cards of the features.
pub const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 6120 §4.7.4",
        "our own header always says `en`: what the server writes itself are codes, which clients put into words",
    ),
    (
        "RFC 6120 §4.9.3.19",
        "see-other-host is never sent: every door of a house leads to the same members",
    ),
    (
        "RFC 6120 §13.8.2",
        "TLS_RSA_WITH_AES_128_CBC_SHA is refused: RFC 7590 §3.1 and RFC 9325 §4.2 forbid what was demanded in 2011",
    ),
    (
        "RFC 6120 §13.8.4",
        "clients do not sign in by certificate (EXTERNAL): members have passwords and tokens that they can take back; servers do",
    ),
    (
        "XEP-0138 §3",
        "stream compression is never offered: together with TLS it tells strangers what is said (CRIME), see RFC 7457 §2.6",
    ),
    (
        "XEP-0386 §3.2",
        "earlier sessions of the same device go on: the tabs of a browser are one device, and dead sessions end after ten minutes",
    ),
    (
        "XEP-0480 §3",
        "there is nothing to upgrade: the keys for all hashes on offer are made when a password is",
    ),
];
