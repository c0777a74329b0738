//! What a room says: presences of occupants, the subject, and what it takes out of the mouths of clients.

use konvent_core::Answer;
use konvent_people::units::slug::slug;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{ChildRef, Element, Jid, Stanza};

use super::{Affiliation, Role, Standing};
use crate::domain::with_resource;
use crate::ns;

/// Numbers with which a room explains a presence (XEP-0045 §15.6).
pub(super) mod status {
    /// The room hides nobody's address.
    pub(crate) const NON_ANONYMOUS: u16 = 100;
    /// This presence is your own.
    pub(crate) const SELF: u16 = 110;
    /// The room has chosen your nickname.
    pub(crate) const NICK_CHANGED: u16 = 210;
    /// Removed because the affiliation changed.
    pub(crate) const NO_LONGER_MEMBER: u16 = 321;
}

/// An occupant, as his presence shows him.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    pub(super) room: &'a BareJid,
    pub(super) nick: &'a str,
    /// His real address, bare: no device is exposed (the room is not anonymous, XEP-0045 §4.2).
    pub(super) address: &'a BareJid,
    pub(super) standing: &'a Standing,
    pub(super) occupant_id: &'a str,
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

/// What an occupant's own client says of him (show, status, capabilities), without what only the room may say.
pub(super) fn cleaned_presence(presence: &Stanza) -> Stanza {
    let mut kept = presence.without(is_rooms_own).addressed(None, None);
    kept.id = None;
    kept
}

/// The presence of an occupant inside, still without `to` (XEP-0045 §7.2.2).
pub(super) fn inside(shown: Shown<'_>, said: &Stanza, statuses: &[u16]) -> Answer<Stanza> {
    let from = with_resource(shown.room, shown.nick)?;
    let mut presence = said
        .addressed(Some(from), None)
        .with_child(&user(shown.standing.affiliation, shown.standing.role, shown.address, statuses))
        .with_child(&occupant_id(shown.occupant_id));
    if !shown.standing.hats.is_empty() {
        presence = presence.with_child(&hats(&shown.standing.hats));
    }
    Ok(presence)
}

/// The presence of an occupant who leaves, still without `to` (XEP-0045 §7.14).
pub(super) fn gone(shown: Shown<'_>, said: Option<&Stanza>, statuses: &[u16]) -> Answer<Stanza> {
    let from = with_resource(shown.room, shown.nick)?;
    let affiliation = if statuses.contains(&status::NO_LONGER_MEMBER) {
        Affiliation::None
    } else {
        shown.standing.affiliation
    };
    let mut said = said.map_or_else(|| Stanza::presence("unavailable"), cleaned_presence);
    said.kind = Some("unavailable".into());
    Ok(said
        .addressed(Some(from), None)
        .with_child(&user(affiliation, Role::None, shown.address, statuses))
        .with_child(&occupant_id(shown.occupant_id)))
}

fn user(affiliation: Affiliation, role: Role, address: &BareJid, statuses: &[u16]) -> Element {
    let item = el("item", ns::MUC_USER)
        .attr("affiliation", affiliation.as_str())
        .attr("jid", address)
        .attr("role", role.as_str());
    el("x", ns::MUC_USER)
        .child(item)
        .children(statuses.iter().map(|code| el("status", ns::MUC_USER).attr("code", code)))
        .build()
}

/// The same for the same member in the same room, whatever his nickname (XEP-0421 §3).
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

/// The subject ends the history (XEP-0045 §7.2.15). Ours is empty: the name of the unit says it.
pub(super) fn no_subject(room: &BareJid) -> Stanza {
    Stanza::message("groupchat")
        .with_from(Jid::from(room.clone()))
        .with_child(&el("subject", ns::CLIENT).build())
}
