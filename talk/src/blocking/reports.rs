//! What members report when they block somebody (XEP-0377): kept for the organisation's moderators, noted in the audit.

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Millis, Reader, Tx};
use konvent_people::accounts;
use konvent_wire::jid::BareJid;
use konvent_wire::{Element, Jid};

use super::store;
use crate::{Domain, Session, ns};

/// The namespace of reports.
const REPORTING: &str = "urn:xmpp:reporting:1";
/// So many reports of one member are kept; more would be a way to fill the storage.
pub const REPORTS_MAX: i64 = 200;
/// So much of a member's own words is kept, in bytes.
pub const WORDS_BYTES_MAX: usize = 4_000;
/// So many messages one report may name.
pub const STANZAS_MAX: usize = 20;
/// So long may a reason or the id of a message be, in bytes; longer ones are no reason and no id.
pub const TOKEN_BYTES_MAX: usize = 200;

/// Something a member reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its number; grows with time.
    pub id: i64,
    /// Who reported.
    pub by: AccountId,
    /// Whom: the blocked address.
    pub address: String,
    /// Who that was, where it is a nickname in a room. He who reports does not learn it.
    pub behind: Option<String>,
    /// When.
    pub at: Millis,
    /// `urn:xmpp:reporting:spam`, `urn:xmpp:reporting:abuse` or another URN.
    pub reason: String,
    /// The member's words.
    pub words: Option<String>,
    /// Ids of the messages meant, in the member's archive.
    pub stanzas: Vec<String>,
}

/// Who is behind an address at this moment, if it is that of an occupant of one of our rooms.
pub type Behind<'a> = &'a dyn Fn(&Jid) -> Option<BareJid>;

/// Reports with a higher number than `after`, oldest first, for moderators.
pub fn reports(reader: &mut Reader<'_>, after: i64, count: i64) -> Answer<Vec<Report>> {
    store::reports(reader, after, count)
}

/// Keeps the report inside a blocked item, if there is one that makes sense. A bad one never hinders the blocking (§6).
pub(super) fn keep(
    tx: &mut Tx<'_>,
    domain: &Domain,
    session: &Session,
    item: &Element,
    (address, behind): (&Jid, Behind<'_>),
) -> Answer<()> {
    let Some(told) = item.get_child("report", REPORTING) else { return Ok(()) };
    // XEP-0377 §4: without a reason it is no report.
    let reason = told.attr("reason").filter(|reason| reason.len() <= TOKEN_BYTES_MAX);
    let Some(reason) = reason.filter(|reason| !reason.is_empty()) else { return Ok(()) };
    if store::count_reports(tx, session.account)? >= REPORTS_MAX {
        return Ok(());
    }
    let words = told.get_child("text", REPORTING).map(Element::text);
    let behind = behind(address);
    let stanzas = told
        .children()
        .filter(|child| child.is("stanza-id", ns::STANZA_ID))
        .filter_map(|child| child.attr("id"))
        .filter(|id| id.len() <= TOKEN_BYTES_MAX)
        .take(STANZAS_MAX);
    let report = Report {
        id: tx.fresh_id(),
        by: session.account,
        address: address.to_string(),
        behind: behind.as_ref().map(ToString::to_string),
        at: tx.now(),
        reason: reason.to_owned(),
        words: words.map(|words| cut(words.trim(), WORDS_BYTES_MAX).to_owned()),
        stanzas: stanzas.map(str::to_owned).collect(),
    };
    store::report(tx, &report)?;
    let meant = behind.unwrap_or_else(|| address.to_bare());
    let subject = match meant.node().filter(|_| meant.domain().as_str() == domain.name) {
        Some(localpart) => accounts::id_of(tx, localpart.as_str())?.map_or(0, |account| account.0),
        None => 0, // somebody elsewhere, who has no number
    };
    let actor = Actor::Person(session.person.0);
    let detail = if reason == "urn:xmpp:reporting:spam" { "spam" } else { "abuse" };
    audit::note(tx, Note { actor, act: "blocking.reported", subject, detail })
}

/// The beginning of a text, no longer than so many bytes, cut between characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    let mut end = bytes_max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
