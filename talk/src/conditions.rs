//! Which error of the standards a refusal of this area is, where its kind alone does not say it.
//!
//! The kinds of `konvent_core::Kind` map to conditions in one file of the server; the codes here ask for another one,
//! because a XEP names it. The text is for developers; people read what the client makes of the code.

use konvent_wire::Condition::{
    self, Conflict, FeatureNotImplemented, Forbidden, ItemNotFound, JidMalformed, NotAcceptable,
    NotAllowed, NotAuthorized, PolicyViolation, RegistrationRequired, ServiceUnavailable,
};
use konvent_wire::{ErrorKind, StanzaError};

use crate::{ns, pubsub};

/// Code, error type, condition, text.
const TABLE: &[(&str, ErrorKind, Condition, &str)] = &[
    // XEP-0049 §2.3: a name that nobody may use.
    (
        "private.not-acceptable",
        ErrorKind::Modify,
        NotAcceptable,
        "Store at least one element in a namespace of your own.",
    ),
    // XEP-0045 §7.2.6: members only.
    (
        "rooms.not-a-member",
        ErrorKind::Auth,
        RegistrationRequired,
        "This room belongs to members of another unit or body.",
    ),
    // XEP-0045 §7.2.1: no nickname.
    ("rooms.no-nick", ErrorKind::Modify, JidMalformed, "Join with a nickname: room@service/nick."),
    // XEP-0045 §7.4 and XEP-0410 §3: not inside.
    ("rooms.not-inside", ErrorKind::Cancel, NotAcceptable, "Join the room first."),
    // XEP-0045 §7.4: no voice.
    (
        "rooms.only-offices-speak",
        ErrorKind::Auth,
        Forbidden,
        "In this room only holders of an office speak.",
    ),
    (
        "rooms.no-private-messages",
        ErrorKind::Cancel,
        NotAllowed,
        "Write to the member's own address.",
    ),
    (
        "rooms.directory-decides",
        ErrorKind::Cancel,
        NotAllowed,
        "Who belongs to this room follows from the directory.",
    ),
    // XEP-0045 §7.2.5, §7.2.7 to §7.2.10.
    ("rooms.wrong-password", ErrorKind::Auth, NotAuthorized, "This room asks for a password."),
    ("rooms.banned", ErrorKind::Auth, Forbidden, "You may not enter this room."),
    (
        "rooms.nick-taken",
        ErrorKind::Cancel,
        Conflict,
        "Somebody else bears this name, or one that looks like it.",
    ),
    (
        "rooms.name-of-an-officer",
        ErrorKind::Cancel,
        Conflict,
        "This is the name of somebody who holds an office.",
    ),
    ("rooms.nick-unfit", ErrorKind::Modify, NotAcceptable, "This name cannot be shown."),
    ("rooms.full", ErrorKind::Wait, ServiceUnavailable, "The room is full."),
    ("rooms.locked", ErrorKind::Cancel, ItemNotFound, "This room is not yet ready."),
    // XEP-0045 §10.1.1.
    ("rooms.may-not-make-rooms", ErrorKind::Cancel, NotAllowed, "You may not make rooms here."),
    ("rooms.too-many-rooms", ErrorKind::Cancel, NotAllowed, "You own as many rooms as you may."),
    (
        "rooms.address-taken",
        ErrorKind::Cancel,
        NotAllowed,
        "This address is taken, or looks like that of a unit.",
    ),
    ("rooms.names-a-unit", ErrorKind::Modify, NotAcceptable, "This is the name of a unit or body."),
    ("rooms.terms-unacceptable", ErrorKind::Modify, NotAcceptable, "These terms cannot hold."),
    // XEP-0045 §8 and §9.
    ("rooms.not-yours", ErrorKind::Cancel, NotAllowed, "He stands as high as you, or higher."),
    ("rooms.last-owner", ErrorKind::Cancel, Conflict, "A room has an owner at all times."),
    ("rooms.not-oneself", ErrorKind::Cancel, Conflict, "Nobody bans himself."),
    ("rooms.no-voice", ErrorKind::Auth, Forbidden, "In this room one speaks with a voice only."),
    (
        "rooms.not-by-oneself",
        ErrorKind::Cancel,
        NotAllowed,
        "The owners of this room choose its members.",
    ),
    // XEP-0500 §6.
    (
        "rooms.too-soon",
        ErrorKind::Wait,
        PolicyViolation,
        "This room is slow: wait before you write again.",
    ),
    ("rooms.list-hidden", ErrorKind::Auth, Forbidden, "This list is not shown to members."),
    (
        "rooms.ask-the-member",
        ErrorKind::Cancel,
        ServiceUnavailable,
        "The room passes no questions on to occupants.",
    ),
    (
        "rooms.offices-decide",
        ErrorKind::Auth,
        Forbidden,
        "Those who hold an office in the unit decide what its room looks like.",
    ),
    // XEP-0054 §3.2: the card of somebody else, or a part of the own one that stands fast.
    ("vcard.not-yours", ErrorKind::Auth, Forbidden, "You may change your own card only."),
    (
        "vcard.directory-owns-it",
        ErrorKind::Cancel,
        NotAllowed,
        "Name and organisation follow from the member directory; ask your office to correct them.",
    ),
    (
        "vcard.too-long",
        ErrorKind::Modify,
        NotAcceptable,
        "The card is longer than 32 KiB, not counting its picture.",
    ),
    (
        "avatars.unfit",
        ErrorKind::Modify,
        NotAcceptable,
        "A picture is PNG, JPEG, GIF or WebP, has up to 128 KiB and 2048 pixels a side, and is named by its SHA-1.",
    ),
    // XEP-0077 §3.1: nobody may register, or not so.
    (
        "registration.closed",
        ErrorKind::Cancel,
        NotAllowed,
        "Accounts are given by invitation or by an admin.",
    ),
    (
        "registration.incomplete",
        ErrorKind::Modify,
        NotAcceptable,
        "A name and a password are needed.",
    ),
    (
        "accounts.bad-name",
        ErrorKind::Modify,
        NotAcceptable,
        "A name has letters from a to z, digits, dashes and underscores.",
    ),
    (
        "accounts.bad-password",
        ErrorKind::Modify,
        NotAcceptable,
        "The password is too short, or holds what cannot be typed.",
    ),
    (
        "accounts.directory-owns-it",
        ErrorKind::Cancel,
        NotAllowed,
        "This account follows from the member directory.",
    ),
    // XEP-0445 §4.
    (
        "invitations.unknown",
        ErrorKind::Cancel,
        ItemNotFound,
        "The invitation is unknown, used or expired.",
    ),
    // RFC 6121 §2.1.5: the server refuses a roster set.
    (
        "roster.directory-owns-it",
        ErrorKind::Cancel,
        NotAllowed,
        "The contact list follows from the directory.",
    ),
    // RFC 6121 §2.3.3 and §2.5.3: what can be wrong with a change of the list.
    (
        "contacts.not-acceptable",
        ErrorKind::Modify,
        NotAcceptable,
        "A group is empty, or a name or group is too long.",
    ),
    ("contacts.not-listed", ErrorKind::Cancel, ItemNotFound, "This address is not in the list."),
    (
        "blocking.reaches-everybody",
        ErrorKind::Cancel,
        NotAllowed,
        "The organisation itself reaches all its members.",
    ),
    // RFC 6121 §8.5.1: nobody there.
    (
        "receiving.nobody-there",
        ErrorKind::Cancel,
        ServiceUnavailable,
        "Nobody is there, and this is not kept.",
    ),
    // XEP-0313 §4.1.5.
    (
        "archive.unknown-field",
        ErrorKind::Cancel,
        FeatureNotImplemented,
        "The archive knows no such field; ask for its form.",
    ),
    // XEP-0441 §2.1.
    (
        "archive.always-kept",
        ErrorKind::Cancel,
        NotAllowed,
        "Everything is kept for members, so that all their devices find it.",
    ),
    // RFC 6120 §8.3.3.9: the server may refuse what costs too much.
    (
        "archive.search-too-wide",
        ErrorKind::Modify,
        NotAcceptable,
        "Narrow the search by a span of time, the other side or longer words.",
    ),
    (
        "bookmarks.directory-owns-them",
        ErrorKind::Cancel,
        NotAllowed,
        "Rooms follow from the directory; only autojoin is yours to choose.",
    ),
];

/// The error a standard asks for, if one asks for a certain one. With an application's condition of its own, it has no room
/// for ours.
pub fn of_code(code: &str) -> Option<StanzaError> {
    // XEP-0191 §3.3: the member himself has blocked the address.
    if code == "blocking.you-blocked" {
        let blocked = konvent_wire::xml::el("blocked", "urn:xmpp:blocking:errors").build();
        return Some(StanzaError::new(ErrorKind::Cancel, NotAcceptable).with_app(blocked));
    }
    // XEP-0494 §3.2: whoever knows the password gets in, until there is another one.
    if code == "clients.password-reset-required" {
        let reset = konvent_wire::xml::el("password-reset-required", ns::CLIENTS).build();
        return Some(StanzaError::new(ErrorKind::Cancel, ServiceUnavailable).with_app(reset));
    }
    if let Some(error) = pubsub::errors::of_code(code) {
        return Some(error);
    }
    let (_, kind, condition, text) = TABLE.iter().find(|(known, ..)| *known == code)?;
    Some(StanzaError::new(*kind, *condition).with_text(*text))
}
