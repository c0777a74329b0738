//! What is said under load, and joining a room to say it.

use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Jid, Stanza};

use crate::device::Device;
use crate::{Done, sentence};

/// XEP-0359 §2.
const STANZA_ID: &str = "urn:xmpp:sid:0";
/// XEP-0045 §7.2.
const MUC: &str = "http://jabber.org/protocol/muc";
/// XEP-0045 §7.2.2.
const MUC_USER: &str = "http://jabber.org/protocol/muc#user";

/// A message of about 200 bytes of text with ids of its own; the same word makes the same message.
pub fn message(word: &str, to: Jid, is_to_room: bool) -> Stanza {
    let kind = if is_to_room { "groupchat" } else { "chat" };
    let body =
        format!("{word} {}", "Good night, good night! Parting is such sweet sorrow. ".repeat(3));
    Stanza::message(kind)
        .with_to(to)
        .with_id(word)
        .with_body(body.trim_end())
        .with_child(&el("origin-id", STANZA_ID).attr("id", word).build())
}

/// Comes into a room without its history (XEP-0045 §7.2.14).
pub fn coming(room: &BareJid, nick: &str) -> Done<Stanza> {
    let to = room.with_resource_str(nick).map_err(sentence("no nickname"))?;
    let x = el("x", MUC).child(el("history", MUC).attr("maxstanzas", 0));
    Ok(Stanza::presence("").with_to(to).with_child(&x.build()))
}

/// Joins a room and waits until the server has said so; how many presences came until then.
pub async fn join(device: &mut Device, room: &BareJid, nick: &str) -> Done<usize> {
    device.send(&coming(room, nick)?);
    let mut seen = 0;
    loop {
        let stanza = device.stanza().await?;
        if stanza.name != konvent_wire::Name::Presence {
            continue;
        }
        if stanza.is_error() {
            return Err(format!("not let in: {:?}", stanza.error()));
        }
        let is_room = stanza.from.as_ref().is_some_and(|from| from.to_bare() == *room);
        seen += usize::from(is_room);
        // XEP-0045 §7.2.2: the presence of oneself comes last, and is marked.
        if is_room && is_of_oneself(&stanza) {
            return Ok(seen);
        }
    }
}

fn is_of_oneself(presence: &Stanza) -> bool {
    let x = presence.child("x", MUC_USER).and_then(ChildRef::element);
    x.is_some_and(|x| {
        x.children().any(|child| child.name() == "status" && child.attr("code") == Some("110"))
    })
}
