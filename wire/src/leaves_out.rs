//! What the streams leave out of the standards they obey, and because of what: a part of `docs/protocols.md`.

/// The rule with its section, and the reason; the same shape as on the visiting cards of the features.
pub const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 6120 §4.7.4",
        "our own header always says `en`: what the server writes itself are codes, which clients put into words",
    ),
    (
        "RFC 6120 §4.7.4, §8.1.5",
        "stanzas of other servers are not given the language of their stream: that of a server says nothing about its people",
    ),
    (
        "RFC 6120 §4.8.3",
        "between servers a stanza that calls itself one of jabber:client is taken for what it is meant to be and does not end the stream",
    ),
    (
        "RFC 6120 §4.8.5, §8.4",
        "prefixes on elements, and declarations of the opening that stanzas use, are taken and corrected, not punished, and not kept: what is passed on is equal as a tree and has no prefixes",
    ),
    (
        "RFC 6120 §4.9.3.19",
        "see-other-host is never sent: every door of a house leads to the same members",
    ),
    (
        "RFC 6120 §5.3.1",
        "beside STARTTLS only limits (XEP-0478) and bidi (XEP-0288) are told before TLS: nothing about them depends on it, and XEP-0288 §2.1 asks for it",
    ),
    (
        "RFC 6120 §6.4.5",
        "a server without a valid certificate is not shown out at once where keys are not taken: it may have come to ask whether a key is ours (XEP-0220 §2.1.2)",
    ),
    (
        "RFC 6120 §6.4.5",
        "a server whose certificate was refused gets no second try on the same stream: the certificate would be the same. It may come again with a key (XEP-0178 §3)",
    ),
    (
        "RFC 6120 §6.4.6",
        "a client that proves to be somebody else than its opening said is that one; the address it has is told at binding. Servers are held to what they said",
    ),
    (
        "RFC 6120 §7.6.2.1, §13.12",
        "beyond the most sessions of an account the oldest ends and the new one is let in: sessions that never said goodbye must not lock a member out",
    ),
    (
        "RFC 6120 §13.8.1",
        "channel binding is offered first and never forced: not every client can bind, and its absence cannot be forged (XEP-0474)",
    ),
    (
        "RFC 6120 §13.8.2, §13.8.3",
        "TLS_RSA_WITH_AES_128_CBC_SHA is refused: RFC 7590 §3.1 and RFC 9325 §4.2 forbid what was demanded in 2011",
    ),
    (
        "RFC 6120 §5.4.3.1, §13.8.4",
        "clients are not asked for certificates and do not sign in by them (EXTERNAL): members have passwords and tokens that they can take back; servers do",
    ),
    (
        "RFC 6120 §13.12",
        "sizes and numbers are constants with a reason each, not settings; bytes per second and recipients per minute of a member are not counted: what he may hold open and keep waiting is",
    ),
    (
        "RFC 7622 §3.2.1, RFC 8264 §8",
        "a domain is compared as it is written, in small letters (`xn--` is not turned into what it stands for); joiners and variation selectors are taken out, as RFC 6122 had it; characters that need a context (CONTEXTO) are refused in names and allowed in resources",
    ),
    (
        "XEP-0138 §3",
        "stream compression is never offered: together with TLS it tells strangers what is said (CRIME), see RFC 7457 §2.6",
    ),
    (
        "XEP-0198 §3",
        "an enable before sign-in ends the stream with not-authorized (RFC 6120 §4.9.3.12) instead of failing: strangers have nothing to manage",
    ),
    (
        "XEP-0198 §4",
        "the answer to a request for acknowledgement waits until what came before it is on disk, a few milliseconds, so that it covers all of it",
    ),
    (
        "XEP-0198 §5",
        "between servers streams are not resumed: what was not acknowledged is sent again on the next one",
    ),
    (
        "XEP-0198 §5",
        "sessions of a house of one process end when it is started anew: clients bind again and find what they missed in the archive, or get it (XEP-0160); among several nodes they go on",
    ),
    (
        "XEP-0220 §2.7.2",
        "several domains of ours do not share one stream to another server: each pair has its own",
    ),
    (
        "XEP-0386 §3.2",
        "earlier sessions of the same device go on: the tabs of a browser are one device, and dead sessions end after ten minutes",
    ),
    (
        "XEP-0388 §2.4",
        "white space while somebody signs in is passed over as between stanzas; anything else ends the stream",
    ),
    (
        "XEP-0388 §3, XEP-0484 §6",
        "at doors for programs of the same machine sign-in is offered without TLS, in the newer way as in the older, and with tokens: nobody can listen there",
    ),
    (
        "XEP-0478 §3.1",
        "members are told of no idle time: none ends their streams, and the system itself asks silent connections whether they are still there (RFC 6120 §4.6.4)",
    ),
    (
        "XEP-0480 §3",
        "the keys for all hashes are made when a password is; until accounts that came with keys of one hash have a new password, only that hash is offered",
    ),
    (
        "XEP-0484 §3.5",
        "tokens are not exchanged for others: each is derived from the key of the house, its device and its mechanism, lasts as long as its device is used, and ends with it",
    ),
    (
        "XEP-0515 §4.1",
        "the version of TLS is not told along with SCRAM: the extension is experimental and no client reads it, some stumble over attributes that they do not know (Converse up to 10.1.6 over that of XEP-0474), and whoever binds is bound to the connection itself (TLS 1.3) or to our certificate (TLS 1.2)",
    ),
];
