//! What presence leaves out of RFC 6121, and because of what.

/// See [`konvent_core::About::leaves_out`].
pub(super) const LEAVES_OUT: &[(&str, &str)] = &[
    (
        "RFC 6121 §4.3.2",
        "a probe for somebody who is away is answered without the words and the time of his last presence: nothing is kept of those who are away, and nobody moves to another address (redirect, gone)",
    ),
    (
        "RFC 6121 §4.4.2",
        "presences are sent on to all who may see them, also when an error came back from one of them: the sender is told, the list stays",
    ),
];
