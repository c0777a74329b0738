//! What no client may say in our name: marks of the archive and of rooms, times, and wrapped words of others.
//!
//! Receivers trust these children because a server writes them. Forged carbons and archive results have been a hole in
//! nearly every client (CVE-2017-5589 and its successors), so none of ours ever relays one.

use konvent_wire::{ChildRef, Stanza};

use crate::ns;

/// The message without what its sender may not claim.
///
/// Stanza ids (XEP-0359 §3), delays (XEP-0203), carbons (XEP-0280 §11), archive results (XEP-0313 §8.2), occupant ids
/// (XEP-0421 §4) and a room's words about its occupants (XEP-0045 §7.8.2).
#[must_use]
pub fn claims(message: &Stanza) -> Stanza {
    message.without(is_claim)
}

/// The same for a message that leaves for another server: what a member says there to a room stays in it. These are his
/// invitations and his no to one (XEP-0045 §7.8.2), and the mark of a word to one occupant (XEP-0045 §7.5).
#[must_use]
pub fn claims_leaving(message: &Stanza) -> Stanza {
    message.without(|child| is_claim(child) && !is_for_a_room(child))
}

/// What rooms say themselves has more in it: who is inside, and what has become of him.
fn is_for_a_room(child: ChildRef<'_>) -> bool {
    let x = Some(child).filter(|child| child.is("x", ns::MUC_USER)).and_then(ChildRef::element);
    x.is_some_and(|x| x.children().all(|said| matches!(said.name(), "invite" | "decline")))
}

/// The stanza from another server without what only we may say to our members.
///
/// What a room abroad says of its occupants, its stanza ids and its delays are its own to say. Ours are stanza ids in our
/// name (XEP-0359 §3), and the wrapped words that clients believe because their own server brings them: carbons
/// (XEP-0280 §11) and archive results (XEP-0313 §8.2).
#[must_use]
pub fn from_abroad(stanza: &Stanza, domain: &crate::Domain) -> Stanza {
    stanza.without(|child| match child.name() {
        "stanza-id" => {
            child.ns() == ns::STANZA_ID && child.attr("by").is_none_or(|by| is_ours(&by, domain))
        }
        "sent" | "received" => child.ns() == ns::CARBONS,
        "result" | "fin" => child.ns().starts_with("urn:xmpp:mam:"),
        _ => false,
    })
}

fn is_ours(address: &str, domain: &crate::Domain) -> bool {
    konvent_wire::Jid::new(address).map_or(true, |address| {
        let host = address.domain().as_str();
        host == domain.name
            || host == domain.rooms
            || domain.services.iter().any(|service| service.host == host)
    })
}

fn is_claim(child: ChildRef<'_>) -> bool {
    match child.name() {
        "stanza-id" => child.ns() == ns::STANZA_ID,
        "delay" => child.ns() == ns::DELAY || child.ns() == "jabber:x:delay",
        "sent" | "received" => child.ns() == ns::CARBONS,
        "result" => child.ns().starts_with("urn:xmpp:mam:"),
        "occupant-id" => child.ns() == ns::OCCUPANT_ID,
        "x" => child.ns() == ns::MUC_USER || child.ns() == "jabber:x:delay",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_a_room_elsewhere_leaves_and_what_rooms_say_does_not() {
        let said = |inside: &str| {
            let x = format!("<x xmlns='http://jabber.org/protocol/muc#user'>{inside}</x>");
            let marks = "<stanza-id xmlns='urn:xmpp:sid:0' id='1' by='a@b'/>\
                         <delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/>";
            Stanza::parse(format!("<message>{x}{marks}</message>").as_bytes()).unwrap()
        };
        for (inside, stays) in [
            ("<invite to='nurse@verona.example'/>", true),
            ("<decline to='nurse@verona.example'/>", true),
            ("", true),
            ("<status code='104'/>", false),
            ("<item jid='a@b'/>", false),
            ("<invite to='nurse@verona.example'/><status code='104'/>", false),
        ] {
            let leaving = claims_leaving(&said(inside));
            assert_eq!(leaving.has("x", ns::MUC_USER), stays, "{inside}");
            assert_eq!(leaving.children().count(), usize::from(stays), "the marks never do");
            assert!(
                !claims(&said(inside)).has("x", ns::MUC_USER),
                "within the house it is the room's"
            );
        }
    }
}
