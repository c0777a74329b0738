//! What members report when they block somebody (XEP-0377): kept for the organisation's moderators, noted in the audit, and
//! what they decide about it. Who they are is not decided here: see the flow of reports.

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{AccountId, Answer, Kind, Millis, PersonId, Reader, Refusal, Tx};
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

/// So much of what moderators note about a decision is kept, in bytes.
pub const NOTE_BYTES_MAX: usize = 2_000;

/// There is no such report, or not for whoever asks.
pub const NO_SUCH_REPORT: Refusal = Refusal::new(Kind::NotFound, "blocking.no-such-report");
/// Somebody else was quicker.
pub const ALREADY_DEALT: Refusal = Refusal::new(Kind::Conflict, "blocking.already-dealt");

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
    /// The messages meant.
    pub stanzas: Vec<Meant>,
    /// What became of it.
    pub dealt: Option<Dealt>,
}

/// A message that is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// Its id in the archive of `by`.
    pub id: String,
    /// Whose archive, as the member says; nothing in reports from before it was kept.
    pub by: Option<String>,
}

/// What moderators decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Something was done.
    Acted,
    /// There was nothing to do.
    Unfounded,
}

impl Decision {
    /// Its lasting name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Acted => "acted",
            Self::Unfounded => "unfounded",
        }
    }

    /// By its lasting name.
    pub fn of(code: &str) -> Option<Self> {
        [Self::Acted, Self::Unfounded].into_iter().find(|one| one.code() == code)
    }
}

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dealt {
    /// When.
    pub at: Millis,
    /// Who decided.
    pub by: PersonId,
    /// What.
    pub decision: Decision,
    /// For those who deal with reports.
    pub note: String,
}

/// Who is behind an address at this moment, if it is that of an occupant of one of our rooms.
pub type Behind<'a> = &'a dyn Fn(&Jid) -> Option<BareJid>;

/// Reports that nobody has dealt with, oldest first.
pub fn waiting(reader: &mut Reader<'_>, most: i64) -> Answer<Vec<Report>> {
    store::waiting_reports(reader, most)
}

/// How many [`waiting`] reports there are.
pub fn count_waiting(reader: &mut Reader<'_>) -> Answer<i64> {
    store::count_waiting_reports(reader)
}

/// Reports that were dealt with, the latest first.
pub fn dealt(reader: &mut Reader<'_>, most: i64) -> Answer<Vec<Report>> {
    store::dealt_reports(reader, most)
}

/// What one member reported, the latest first.
pub fn reports_of(reader: &mut Reader<'_>, account: AccountId) -> Answer<Vec<Report>> {
    store::reports_of(reader, account)
}

/// The report with this number.
pub fn report(reader: &mut Reader<'_>, id: i64) -> Answer<Option<Report>> {
    store::report_by_id(reader, id)
}

/// Puts down what was decided about a report, once.
///
/// # Errors
/// [`NO_SUCH_REPORT`], [`ALREADY_DEALT`].
pub fn deal(tx: &mut Tx<'_>, id: i64, by: PersonId, decision: Decision, note: &str) -> Answer<()> {
    let at = tx.now();
    let note = cut(note.trim(), NOTE_BYTES_MAX).to_owned();
    if !store::deal_with_report(tx, id, &Dealt { at, by, decision, note })? {
        let is_known = store::report_by_id(tx, id)?.is_some();
        return Err(if is_known { ALREADY_DEALT } else { NO_SUCH_REPORT });
    }
    let actor = Actor::Person(by.0);
    let act = "blocking.report-dealt";
    audit::note(tx, Note { actor, act, subject: id, detail: decision.code() })
}

/// Whether there is anything for [`forget_dealt_before`] to do.
pub fn has_dealt_before(reader: &mut Reader<'_>, at: Millis) -> Answer<bool> {
    store::has_dealt_before(reader, at)
}

/// Strikes reports that were dealt with at or before this moment: their purpose is fulfilled (Art. 5(1)(e) GDPR).
pub fn forget_dealt_before(tx: &mut Tx<'_>, at: Millis) -> Answer<()> {
    store::forget_dealt_before(tx, at)
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
        .filter_map(|child| Some((child.attr("id")?, child.attr("by"))))
        .filter(|(id, by)| id.len().max(by.map_or(0, str::len)) <= TOKEN_BYTES_MAX)
        .map(|(id, by)| Meant { id: id.to_owned(), by: by.map(str::to_owned) })
        .take(STANZAS_MAX);
    let report = Report {
        id: tx.fresh_id(),
        by: session.account,
        address: address.to_string(),
        behind: behind.as_ref().map(ToString::to_string),
        at: tx.now(),
        reason: reason.to_owned(),
        words: words.map(|words| cut(words.trim(), WORDS_BYTES_MAX).to_owned()),
        stanzas: stanzas.collect(),
        dealt: None,
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
