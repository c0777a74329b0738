//! Versions of the lists of a free room (XEP-0463): who comes in and says which one he knows is told what has changed since,
//! and every change says from which to which it leads. Who may see what is the same as when he asks for the lists.
//!
//! Left out: rooms of the directory, whose members follow from it and are no list.

use serde::{Deserialize, Serialize};

use konvent_core::{Answer, Reader, RoomId};
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Condition, Element, ErrorKind, Jid, Stanza, StanzaError};

use super::lists::{self, LISTED_MAX};
use super::store::{self, Kept};
use crate::ns;
use crate::rooms::{Affiliation, Standing};

/// One message tells so many entries.
const TOLD_AT_ONCE: usize = 500;

const ALL: [Affiliation; 4] =
    [Affiliation::Owner, Affiliation::Admin, Affiliation::Member, Affiliation::Outcast];

/// From which version to which something leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    since: Option<String>,
    until: String,
}

impl Versions {
    /// What one change does.
    pub(in crate::rooms) fn step(room: RoomId, version: i64) -> Self {
        Self { since: Some(named(room, version - 1)), until: named(room, version) }
    }

    /// The version that somebody has from now on.
    pub(in crate::rooms) fn now(until: &str) -> Self {
        Self { since: None, until: until.to_owned() }
    }

    /// As it stands among what a room says of its occupants.
    pub(in crate::rooms) fn element(&self) -> Element {
        el("mav", ns::AFFILIATIONS)
            .maybe("since", self.since.as_ref())
            .attr("until", &self.until)
            .build()
    }
}

/// The name of a version: no two rooms have the same, not even one after the other at the same address.
fn named(room: RoomId, version: i64) -> String {
    format!("{:x}-{version:x}", room.0)
}

fn number(room: RoomId, name: &str) -> Option<i64> {
    let (of, version) = name.split_once('-')?;
    (of == format!("{:x}", room.0)).then(|| i64::from_str_radix(version, 16).ok()).flatten()
}

/// What a newcomer is told of the lists.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Told {
    /// Messages for him, before the presence of anybody (XEP-0463 §5.2.1).
    pub(in crate::rooms) said: Vec<Stanza>,
    /// The version that he has then, if he may see any list.
    pub(in crate::rooms) until: Option<String>,
}

/// What somebody is told who comes in with this `<x/>`.
pub(in crate::rooms) fn told(
    reader: &mut Reader<'_>,
    kept: &Kept,
    address: &BareJid,
    (standing, own): (&Standing, &BareJid),
    x: Option<&Element>,
) -> Answer<Told> {
    let room = kept.info.id;
    let asked = x.and_then(|x| x.get_child("mav", ns::AFFILIATIONS));
    let sees =
        |of: Affiliation| lists::may_see(kept, standing.affiliation, Some(standing.role), of);
    let shown: Vec<Affiliation> = ALL.into_iter().filter(|of| sees(*of)).collect();
    if shown.is_empty() {
        let said = asked.map(|_| refused(address)).into_iter().collect();
        return Ok(Told { said, until: None });
    }
    let until = named(room, kept.version);
    let Some(asked) = asked else { return Ok(Told { said: Vec::new(), until: Some(until) }) };
    let since = asked.attr("since");
    if since == Some(until.as_str()) {
        return Ok(Told { said: Vec::new(), until: Some(until) });
    }
    let known = since.and_then(|since| number(room, since)).filter(|since| {
        standing.affiliation >= Affiliation::Member
            && (kept.versions_from..kept.version).contains(since)
    });
    let news = match known {
        Some(known) => news(reader, room, known, own, &shown)?.map(|rows| (Some(known), rows)),
        None => None,
    };
    let (since, rows) = if let Some(news) = news {
        news
    } else {
        let all = store::changed_since(reader, room, 0, LISTED_MAX)?;
        (None, all.into_iter().filter(|(_, is, _)| shown.contains(is)).collect())
    };
    let said = in_messages(kept, address, since, &rows);
    Ok(Told { said, until: Some(until) })
}

/// What has changed since a version, if it can be told to the one who asks: he was then what he is now, so that he learns nothing
/// of what was before him (XEP-0463 §6), and nothing has gone out of his sight.
fn news(
    reader: &mut Reader<'_>,
    room: RoomId,
    since: i64,
    own: &BareJid,
    seen: &[Affiliation],
) -> Answer<Option<Vec<(String, Affiliation, i64)>>> {
    let rows = store::changed_since(reader, room, since, LISTED_MAX)?;
    let can_be_told = rows.iter().all(|(address, is, _)| {
        address != own.as_str() && (*is == Affiliation::None || seen.contains(is))
    });
    Ok(can_be_told.then_some(rows))
}

/// XEP-0463 §5.2.1: in several messages where they are many, each going on from the version of the one before.
fn in_messages(
    kept: &Kept,
    address: &BareJid,
    since: Option<i64>,
    rows: &[(String, Affiliation, i64)],
) -> Vec<Stanza> {
    let room = kept.info.id;
    let mut since = since.map(|since| named(room, since));
    let mut said = Vec::new();
    let mut pieces: Vec<&[(String, Affiliation, i64)]> = rows.chunks(TOLD_AT_ONCE).collect();
    if pieces.is_empty() {
        pieces.push(&[]);
    }
    let last = pieces.len() - 1;
    for (at, piece) in pieces.into_iter().enumerate() {
        let version = if at == last { None } else { piece.last().map(|(.., version)| *version) };
        let until = named(room, version.unwrap_or(kept.version));
        let versions = Versions { since: since.replace(until.clone()), until };
        let items = piece.iter().map(|(address, is, _)| {
            el("item", ns::MUC_USER).attr("affiliation", is.as_str()).attr("jid", address)
        });
        let x = el("x", ns::MUC_USER).child(versions.element()).children(items);
        let message = Stanza::message("").with_from(Jid::from(address.clone()));
        said.push(message.with_child(&x.build()));
    }
    said
}

/// XEP-0463 §5.2.3.
fn refused(address: &BareJid) -> Stanza {
    let error = StanzaError::new(ErrorKind::Auth, Condition::Forbidden);
    Stanza::message("error").with_from(Jid::from(address.clone())).with_child(&error.element())
}
