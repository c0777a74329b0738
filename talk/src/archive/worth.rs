//! Which messages are worth keeping (XEP-0313 §6.1, XEP-0334).

use konvent_wire::{Name, Stanza};

use crate::ns;

/// Children that say something lasting although there may be no `<body/>`: receipts and markers, reactions,
/// corrections, retractions, replies by reference, encrypted words, invitations to calls. All clients of a member
/// must agree on them, so they are kept like words.
const LASTING: &[(&str, &str)] = &[
    ("received", ns::RECEIPTS),
    ("received", ns::MARKERS),
    ("displayed", ns::MARKERS),
    ("acknowledged", ns::MARKERS),
    ("reactions", "urn:xmpp:reactions:0"),
    ("replace", "urn:xmpp:message-correct:0"),
    ("retract", "urn:xmpp:message-retract:1"),
    ("apply-to", "urn:xmpp:fasten:0"),
    ("attach-to", "urn:xmpp:message-attaching:1"),
    ("encrypted", "eu.siacs.conversations.axolotl"),
    ("encrypted", "urn:xmpp:omemo:2"),
    ("openpgp", "urn:xmpp:openpgp:0"),
    ("x", "jabber:x:encrypted"),
    ("x", "jabber:x:conference"),
    ("propose", "urn:xmpp:jingle-message:0"),
    ("finish", "urn:xmpp:jingle-message:0"),
    // XEP-0482 §2, XEP-0483 §6: a meeting by its address is an invitation to a call.
    ("invite", "urn:xmpp:call-invites:0"),
    ("retract", "urn:xmpp:call-invites:0"),
    ("accept", "urn:xmpp:call-invites:0"),
    ("reject", "urn:xmpp:call-invites:0"),
    ("left", "urn:xmpp:call-invites:0"),
    // The same as version 0.1.0 of XEP-0483 had it.
    ("invite", "urn:xmpp:http:online-meetings:0"),
    ("file-sharing", "urn:xmpp:sfs:0"),
];

/// Whether a message belongs into the archives.
pub fn is_worth_keeping(stanza: &Stanza) -> bool {
    if stanza.name != Name::Message {
        return false;
    }
    // XEP-0313 §6.1.1: no headlines, no errors. Without a type it is `normal` (RFC 6121 §5.2.2).
    if !matches!(stanza.kind.as_deref(), None | Some("chat" | "normal" | "groupchat")) {
        return false;
    }
    let mut worth = false;
    for child in stanza.children() {
        let name = child.name();
        match name {
            "body" if child.ns() == ns::CLIENT => worth = true,
            // XEP-0313 §6.1.2: a room keeps what it was about.
            "subject" if stanza.is_kind("groupchat") && child.ns() == ns::CLIENT => worth = true,
            // XEP-0334 §4: the sender does not want it kept.
            "no-store" | "no-permanent-store" if child.ns() == ns::HINTS => return false,
            "store" if child.ns() == ns::HINTS => worth = true,
            _ => {
                worth = worth
                    || LASTING.iter().any(|(known, space)| *known == name && child.ns() == *space);
            }
        }
    }
    worth
}

/// Whether a message is words for people, so that it counts as unread: not a receipt, a marker or a reaction.
pub fn is_words(stanza: &Stanza) -> bool {
    stanza.children().any(|child| match child.name() {
        "body" => child.ns() == ns::CLIENT,
        "encrypted" | "openpgp" | "file-sharing" => true,
        _ => false,
    })
}
