//! What is said under load, and joining a room to say it.

use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza};

use crate::device::Device;
use crate::{Done, sentence};

/// XEP-0359 §2.
const STANZA_ID: &str = "urn:xmpp:sid:0";
/// XEP-0045 §7.2.
const MUC: &str = "http://jabber.org/protocol/muc";

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

/// Joins a room without its history (XEP-0045 §7.2.14) and waits until that is done.
pub async fn join(device: &mut Device, room: &BareJid, nick: &str) -> Done {
    let to = room.with_resource_str(nick).map_err(sentence("no nickname"))?;
    let x = el("x", MUC).child(el("history", MUC).attr("maxstanzas", 0));
    device.send(&Stanza::presence("").with_to(to).with_child(&x.build()));
    device.barrier().await
}
