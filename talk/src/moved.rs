//! What became of something that a member brought from another server (XEP-0227): the same answer from every feature.

/// What became of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It is here now.
    New,
    /// It was here before, or something of the same name was; it is left as it is.
    Again,
    /// It is none of those that are kept here.
    Not,
}
