//! What the contacts leave out of RFC 6121, and because of what.

/// See [`konvent_core::About::leaves_out`].
pub(super) const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 6121 §2.1.2.3",
        "the address of a contact is kept without its resource, as clients expect it to be",
    ),
    (
        "RFC 6121 §2.4.1",
        "a contact of the directory to whom a member gives no name of his own keeps the directory's",
    ),
    (
        "RFC 6121 §2.6.3",
        "an old version is answered with the whole list and not with the pushes in between: versions are hashes, no history is kept, and a list that is again as it was has its old version again",
    ),
    (
        "RFC 6121 §3.1.2",
        "a request to an address of ours that nobody has is no error and waits as any other (§8.5.1: silently ignored): silence looks like a member who has not decided",
    ),
    (
        "RFC 6121 §3.1.3",
        "of a request of more than 4,096 bytes only the question is kept for a member who is away, not what was added to it",
    ),
    (
        "RFC 6121 §3.3.2",
        "subscriptions between neighbours, colleagues and offices are the directory's: ending one by hand is refused",
    ),
    (
        "RFC 6121 §8.5.3.2.2",
        "an answer about a subscription that names a device which is gone counts as one to the account: it is about nothing else",
    ),
    (
        "RFC 6121 §A.3.2",
        "an unsubscribe is not answered with unsubscribed: the answer could cross a new request and end it",
    ),
];
