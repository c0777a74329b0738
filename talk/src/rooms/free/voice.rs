//! Asking for the voice in a moderated room (XEP-0045 §7.13), and granting it (§8.6).

use konvent_wire::Stanza;
use konvent_wire::form::{Field, Form};
use konvent_wire::jid::BareJid;

use crate::ns;
use crate::rooms::occupants::{Voice, roles};
use crate::rooms::{Caller, Role};

/// What stands in the form.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Somebody asks for the voice.
    Voice,
    /// A moderator grants it to the one of this nickname, or does not.
    Granted(String, bool),
}

/// The form of a message to the room, if it is one of these.
pub fn asked(message: &Stanza) -> Option<Asked> {
    let form = Form::from_element(&message.child("x", ns::FORM)?.element()?);
    if form.form_type() != Some(ns::MUC_REQUEST) || form.kind != "submit" {
        return None;
    }
    match (form.is_true("muc#request_allow"), form.value("muc#roomnick")) {
        (Some(is_granted), Some(nick)) => Some(Asked::Granted(nick.to_owned(), is_granted)),
        _ if form.value("muc#role") == Some("participant") => Some(Asked::Voice),
        _ => None,
    }
}

/// What the moderators are shown: who asks, and what to answer with (XEP-0045 §8.6).
pub fn for_moderators(room: &BareJid, caller: &Caller, voice: &Voice) -> Stanza {
    let field = |var: &str, kind: &str, label: &str, value: &str| {
        Field::asked(var, kind, label, Some(value.to_owned()))
    };
    let mut form = Form::new("form", ns::MUC_REQUEST)
        .with(field("muc#role", "list-single", "Gewünscht", "participant"))
        .with(field("muc#jid", "jid-single", "Adresse", caller.bare().as_str()))
        .with(field("muc#roomnick", "text-single", "Name im Raum", &voice.nick))
        .with(field("muc#request_allow", "boolean", "Stimme geben?", "false"));
    form.title = Some("Jemand bittet um die Stimme".to_owned());
    Stanza::message("").with_from(konvent_wire::Jid::from(room.clone())).with_child(&form.element())
}

/// The wish that follows when a moderator says yes.
pub fn grant(nick: String) -> roles::Wish {
    roles::Wish { nick, role: Role::Participant, reason: None }
}
