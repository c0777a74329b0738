//! What a stranger may make us hold at once. Beyond any of these the stream ends with `policy-violation`.

/// Limits on one top-level element of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Bytes of one stanza as sent, escapes included (XEP-0478 `max-bytes`). Bounds memory.
    pub stanza_bytes: u32,
    /// Elements within each other, the stanza itself being the first. Trees are dropped recursively.
    pub depth: u16,
    /// Attributes and namespace declarations of one element. Duplicates are sought pairwise.
    pub attributes: u16,
    /// Elements directly below the stanza: each costs an entry in its index.
    pub children: u16,
    /// Elements altogether: each costs some hundred bytes once it is a tree.
    pub elements: u16,
    /// Namespace declarations in force at the same time: each lookup may pass all of them.
    pub declarations: u16,
}

impl Limits {
    /// For someone who has not signed in: hardly more than RFC 6120 §13.12 demands (10,000 bytes). A stanza that never
    /// ends is held twice, as it came and as it will be, beside what TLS holds: together 32 KiB.
    pub const STRANGER: Self = Self {
        stanza_bytes: 10 * 1024,
        depth: 64,
        attributes: 64,
        children: 64,
        elements: 512,
        declarations: 128,
    };

    /// For members: 256 KiB, which is what other servers allow their clients.
    pub const MEMBER: Self =
        Self { stanza_bytes: 256 * 1024, children: 256, elements: 8192, ..Self::STRANGER };
}
