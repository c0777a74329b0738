//! The visiting card of a feature.

/// What a feature says of itself. The ordered lists of the area crates are lists of these.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// Folder, table prefix, switch, refusal prefix and log target.
    pub name: &'static str,
    /// What it is, in one sentence for people.
    pub sentence: &'static str,
    /// The standards it speaks, such as `XEP-0280` or `RFC 6121`; the tidy test holds them against the citations.
    pub speaks: &'static [&'static str],
    /// What it leaves out of them: the rule with its section, such as `XEP-0045 §10.3`, and because of what. Every MUST and
    /// SHOULD for a server is either cited where it is obeyed or stands here; `docs/protocols.md` prints the list. A long one
    /// goes into a file of the feature called `leaves_out.rs`.
    pub leaves_out: &'static [(&'static str, &'static str)],
    /// The features that disco (XEP-0030) announces for it on the server and on accounts.
    pub announces: &'static [&'static str],
    /// Its tables, in the order in which they are made.
    pub migrations: &'static [Migration],
    /// Which personal data it keeps, and why; `None` when it keeps none.
    pub keeps: Option<&'static str>,
}

/// One step in the life of a feature's tables. Never changed after it has landed; a new step is added instead.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// File name without ending, such as `0001_units`.
    pub name: &'static str,
    /// For the embedded database.
    pub sqlite: &'static str,
    /// For the database server.
    pub postgres: &'static str,
}

impl Migration {
    /// A step whose SQL both databases understand.
    pub const fn common(name: &'static str, sql: &'static str) -> Self {
        Self { name, sqlite: sql, postgres: sql }
    }
}
