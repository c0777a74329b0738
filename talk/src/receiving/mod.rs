//! Where a message to a member goes (RFC 6121 §8.5): a decision as data, so that the flow reads simply.
//!
//! The archive is the store for those who are away: what is kept there is never refused because nobody is online.

#[cfg(test)]
mod tests;

use konvent_core::{About, Kind, Refusal, SessionId};
use konvent_wire::{Jid, Stanza};

use crate::presence::Online;

/// The visiting card of receiving.
pub const ABOUT: About = About {
    name: "receiving",
    sentence: "Which of a member's devices a message reaches.",
    speaks: &["RFC 6121"],
    leaves_out: &[
        (
            "RFC 6121 §8.5.2.1.1",
            "all available devices that do not say no (priority) get a message, not only the most available one: the rule lets us choose, and members have several devices",
        ),
        (
            "RFC 6121 §8.5.2.1.1, §8.5.3.2.1",
            "an error from another server reaches the member's other devices when the one that wrote is gone: otherwise nobody would learn that a message never arrived",
        ),
        (
            "RFC 6121 §8.5.2.2.1, §8.5.3.2.1",
            "a message that is not kept gets an error only for those who may know who is there; for all others it vanishes, whoever is there or not",
        ),
        (
            "RFC 6121 §8.5.3.2.1",
            "a normal message to a device that is gone goes to the others when the archive keeps it: they would find it there anyway",
        ),
    ],
    announces: &[],
    migrations: &[],
    keeps: None,
};

/// Nobody is there, and the message is not one that waits.
pub const NOBODY_THERE: Refusal = Refusal::new(Kind::NotFound, "receiving.nobody-there");

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Road {
    /// To exactly this connection; the others may get carbons.
    ToSession(SessionId),
    /// To every available connection whose priority is not negative.
    ToAvailable,
    /// Nowhere now: it waits in the archive.
    Waits,
    /// Nowhere, silently.
    Nowhere,
    /// Back to the sender with [`NOBODY_THERE`].
    Refused,
}

/// The road of a message to an account. `is_kept` says that it lies in the receiver's archive.
///
/// `bound` finds a connection by its full address, also one that is not available. `may_know` says that the sender may see
/// the receiver's presence. To anybody else a message that is not kept vanishes without a word when nobody is there: an error
/// would tell a stranger who is online, with typing notices as often as he likes.
pub fn for_account(
    to: &Jid,
    message: &Stanza,
    is_kept: bool,
    online: &[Online],
    bound: Option<SessionId>,
    may_know: bool,
) -> Road {
    if to.is_full()
        && let Some(session) = bound
    {
        return Road::ToSession(session); // RFC 6121 §8.5.3.1
    }
    let is_known = |kind: &&str| matches!(*kind, "chat" | "groupchat" | "headline" | "error");
    // RFC 6121 §5.2.2: "normal" also for a type that nobody knows.
    let kind = message.kind.as_deref().filter(is_known).unwrap_or("normal");
    // RFC 6121 §8.5.3.2.1: to a device that is gone, only chat (and what is kept) goes on as if to the account.
    let to_account = to.is_bare() || kind == "chat" || is_kept;
    let anybody = online.iter().any(|device| device.priority >= 0);
    match kind {
        // RFC 6121 §8.5.2.1.1: only rooms send these, and they name a device.
        "groupchat" if to.is_bare() || may_know => Road::Refused,
        "headline" if to_account && anybody => Road::ToAvailable,
        "groupchat" | "error" | "headline" => Road::Nowhere,
        _ if to_account && anybody => Road::ToAvailable,
        _ if is_kept => Road::Waits, // RFC 6121 §8.5.2.2.1, with the archive as store
        _ if may_know => Road::Refused,
        _ => Road::Nowhere,
    }
}

/// The road of a message to an address of ours that nobody has. Words come back; all else, and what only rooms say, goes where it would go if a member
/// had the address who is away: otherwise a typing notice, which leaves no trace, would tell who exists (RFC 6121 §8.5.1).
pub fn for_nobody(to: &Jid, message: &Stanza, is_worth_keeping: bool) -> Road {
    if is_worth_keeping && !message.is_kind("groupchat") {
        return Road::Refused;
    }
    for_account(to, message, false, &[], None, false)
}
