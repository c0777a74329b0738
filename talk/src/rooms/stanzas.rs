//! What a room says: presences of occupants, the subject, and what it takes out of the mouths of clients.

use serde::{Deserialize, Serialize};

use konvent_core::{Answer, Millis};
use konvent_people::units::slug::slug;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Element, Jid, Stanza};

use super::free::versions::Versions;
use super::{Affiliation, Role, Standing};
use crate::domain::with_resource;
use crate::{forward, ns};

/// Numbers with which a room explains a presence or a message (XEP-0045 §16.6).
pub(super) mod status {
    /// The room hides nobody's address.
    pub(crate) const NON_ANONYMOUS: u16 = 100;
    /// Terms changed that concern nobody's privacy.
    pub(crate) const TERMS_CHANGED: u16 = 104;
    /// This presence is your own.
    pub(crate) const SELF: u16 = 110;
    /// Addresses are shown from now on.
    pub(crate) const NOW_NON_ANONYMOUS: u16 = 172;
    /// Addresses are shown to moderators only from now on.
    pub(crate) const NOW_SEMI_ANONYMOUS: u16 = 173;
    /// The room was made by your entering.
    pub(crate) const CREATED: u16 = 201;
    /// The room has chosen your nickname.
    pub(crate) const NICK_CHANGED: u16 = 210;
    /// Banned.
    pub(crate) const BANNED: u16 = 301;
    /// This nickname is given up for another.
    pub(crate) const NEW_NICK: u16 = 303;
    /// Shown out by a moderator.
    pub(crate) const KICKED: u16 = 307;
    /// Removed because the affiliation changed.
    pub(crate) const NO_LONGER_MEMBER: u16 = 321;
    /// Removed because the room is for members from now on.
    pub(crate) const MEMBERS_ONLY: u16 = 322;
    /// Removed because the service closes.
    pub(crate) const SHUT_DOWN: u16 = 332;
    /// Removed because nothing reaches him any more.
    pub(crate) const UNREACHABLE: u16 = 333;
}

/// An occupant, as his presence shows him.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) room: &'a BareJid,
    pub(super) nick: &'a str,
    /// His real address, bare: no device is exposed. None where it is hidden (XEP-0045 §4.2).
    pub(super) address: Option<&'a BareJid>,
    pub(super) standing: &'a Standing,
    pub(super) occupant_id: &'a str,
}

/// Why a room says what it says of an occupant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Numbers of XEP-0045 §16.6.
    pub(super) statuses: Vec<u16>,
    /// What the one who did it gave as the reason.
    pub(super) reason: Option<String>,
    /// The nickname of the one who did it.
    pub(super) actor: Option<String>,
    /// What the occupant is called from now on (XEP-0045 §7.6).
    pub(super) new_nick: Option<String>,
    /// How he stands from now on, where he goes and is not what he was.
    pub(super) affiliation: Option<Affiliation>,
    /// From which version of the lists to which this leads (XEP-0463 §5.2.2).
    pub(super) versions: Option<Versions>,
    /// The end of the room (XEP-0045 §10.9).
    #[serde(with = "konvent_wire::stanza::text::element")]
    pub(super) end: Option<Element>,
}

impl Note {
    /// Nothing but these numbers.
    pub(super) fn codes(statuses: &[u16]) -> Self {
        Self { statuses: statuses.to_vec(), ..Self::default() }
    }

    /// And one number more.
    #[must_use]
    pub(super) fn and(mut self, status: u16) -> Self {
        self.statuses.push(status);
        self
    }
}

/// Children of a client's presence that only a room may write.
fn is_rooms_own(child: ChildRef<'_>) -> bool {
    matches!(
        (child.name(), child.ns().as_ref()),
        ("x", ns::MUC | ns::MUC_USER)
            | ("occupant-id", ns::OCCUPANT_ID)
            | ("hats", ns::HATS)
            | ("delay", ns::DELAY)
    )
}

/// The answer to a presence of somebody who is not inside and does not ask to come in either (XEP-0045 §7.2.18): so his
/// client learns that it must.
pub fn not_inside(presence: &Stanza) -> Stanza {
    let item = el("item", ns::MUC_USER)
        .attr("affiliation", Affiliation::None.as_str())
        .attr("role", Role::None.as_str())
        .child(el("reason", ns::MUC_USER).text("Sie sind nicht in diesem Raum."));
    let codes = [status::SELF, status::KICKED, status::UNREACHABLE];
    let x = el("x", ns::MUC_USER)
        .child(item)
        .children(codes.map(|code| el("status", ns::MUC_USER).attr("code", code)));
    let mut kick = Stanza::presence("unavailable").with_child(&x.build());
    kick.from.clone_from(&presence.to);
    kick
}

/// What an occupant's own client says of him (show, status, capabilities), without what only the room may say.
pub(super) fn cleaned_presence(presence: &Stanza) -> Stanza {
    let mut kept = presence.without(is_rooms_own).addressed(None, None);
    kept.id = None;
    kept
}

/// The presence of an occupant inside, still without `to` (XEP-0045 §7.2.2).
pub(super) fn inside(shown: Shown<'_>, said: &Stanza, note: &Note) -> Answer<Stanza> {
    let from = with_resource(shown.room, shown.nick)?;
    let affiliation = shown.standing.affiliation;
    let mut presence = said
        .addressed(Some(from), None)
        .with_child(&user(affiliation, shown.standing.role, shown.address, note))
        .with_child(&occupant_id(shown.occupant_id));
    if !shown.standing.hats.is_empty() {
        presence = presence.with_child(&hats(&shown.standing.hats));
    }
    Ok(presence)
}

/// The presence of an occupant who leaves, still without `to` (XEP-0045 §7.14). Who only changes his name keeps his role.
pub(super) fn gone(shown: Shown<'_>, said: Option<&Stanza>, note: &Note) -> Answer<Stanza> {
    let from = with_resource(shown.room, shown.nick)?;
    let affiliation = note.affiliation.unwrap_or(shown.standing.affiliation);
    let role = if note.new_nick.is_some() { shown.standing.role } else { Role::None };
    let mut said = said.map_or_else(|| Stanza::presence("unavailable"), cleaned_presence);
    said.kind = Some("unavailable".into());
    Ok(said
        .addressed(Some(from), None)
        .with_child(&user(affiliation, role, shown.address, note))
        .with_child(&occupant_id(shown.occupant_id)))
}

fn user(affiliation: Affiliation, role: Role, address: Option<&BareJid>, note: &Note) -> Element {
    let item = el("item", ns::MUC_USER)
        .attr("affiliation", affiliation.as_str())
        .maybe("jid", address)
        .maybe("nick", note.new_nick.as_ref())
        .attr("role", role.as_str())
        .children(note.actor.as_ref().map(|nick| el("actor", ns::MUC_USER).attr("nick", nick)))
        .children(
            note.reason.as_ref().map(|reason| el("reason", ns::MUC_USER).text(reason.as_str())),
        );
    let versions = note.versions.as_ref().map(Versions::element);
    let x = el("x", ns::MUC_USER).children(versions);
    let x = match &note.end {
        // XEP-0045 §10.9: nothing of the occupants is left to say.
        Some(end) => x
            .child(el("item", ns::MUC_USER).attr("affiliation", "none").attr("role", "none"))
            .child(end.clone()),
        None => x.child(item),
    };
    x.children(note.statuses.iter().map(|code| el("status", ns::MUC_USER).attr("code", code)))
        .build()
}

/// The same for the same member in the same room, whatever his nickname (XEP-0421 §4.1).
pub(super) fn occupant_id(id: &str) -> Element {
    el("occupant-id", ns::OCCUPANT_ID).attr("id", id).build()
}

/// Offices as hats (XEP-0317 §3).
fn hats(titles: &[String]) -> Element {
    el("hats", ns::HATS)
        .children(titles.iter().map(|title| {
            el("hat", ns::HATS)
                .attr("title", title)
                .attr("uri", format!("urn:x-konvent:office:{}", slug(title)))
        }))
        .build()
}

/// What a room is about, as it was last said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subject {
    /// The words; empty for none.
    pub text: String,
    /// The nickname of the one who set it.
    pub by: Option<String>,
    /// What tells him apart for good (XEP-0421).
    #[serde(default)]
    pub occupant: Option<String>,
    /// When.
    pub at: Option<Millis>,
}

/// The subject ends the history (XEP-0045 §7.2.15). That of a directory room is empty: the name of the unit says it.
pub(super) fn subject(room: &BareJid, subject: &Subject) -> Stanza {
    // XEP-0421 §4: no words of an occupant without his id; the room itself says what it does not know whose it was.
    let known = subject.by.as_ref().zip(subject.occupant.as_deref());
    let said_by = known.and_then(|(nick, id)| Some((with_resource(room, nick).ok()?, id)));
    let (from, id) = said_by.unzip();
    let said = Stanza::message("groupchat")
        .with_from(from.unwrap_or_else(|| Jid::from(room.clone())))
        .with_child(&el("subject", ns::CLIENT).text(subject.text.as_str()).build());
    let said = match id {
        Some(id) => said.with_child(&occupant_id(id)),
        None => said,
    };
    match subject.at {
        Some(at) => said.with_child(&forward::delay(at, Some(&room.clone().into()))),
        None => said,
    }
}

/// The room speaks with numbers only: its terms have changed (XEP-0045 §10.2.1).
pub(super) fn announcement(room: &BareJid, statuses: &[u16]) -> Stanza {
    let x = el("x", ns::MUC_USER)
        .children(statuses.iter().map(|code| el("status", ns::MUC_USER).attr("code", code)));
    Stanza::message("groupchat").with_from(Jid::from(room.clone())).with_child(&x.build())
}
