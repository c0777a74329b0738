//! What the contacts leave out of RFC 6121, and because of what.

/// See [`konvent_core::About::leaves_out`].
pub(super) const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 6121 §2.1.2.4",
        "the address of a contact is kept without its resource, as clients expect it to be",
    ),
    (
        "RFC 6121 §3.3.2",
        "subscriptions between neighbours, colleagues and offices are the directory's: ending one by hand is refused",
    ),
    (
        "RFC 6121 §3.1.3",
        "a request to an address that nobody has is not answered with unsubscribed (the rule lets us choose): silence looks like a member who has not decided",
    ),
    (
        "RFC 6121 §2.6.3",
        "an old version is answered with the whole list and not with the pushes in between: versions are hashes, no history is kept",
    ),
];
