//! What becomes of what members report (XEP-0377): who looks into it, what they see of it, and what they decide.
//!
//! * Offices look into reports, not people: those of the root unit with the right `reports.deal`. Nobody looks into what he
//!   reported himself or what is said about him, and he does not learn of it here.
//! * Where that leaves nobody who could, the technical admin steps in: never nobody.
//! * Of what was said they see the messages that the member has named, and only those that the one reported has written.
//! * Each look is noted in the audit, in the transaction that reads.

use std::collections::HashMap;
use std::sync::Arc;

use konvent_core::audit::{self, Actor, Note};
use konvent_core::{Answer, Millis, PersonId, Reader, Tx};
use konvent_people::accounts::{self, Account};
use konvent_people::offices::{self, REPORTS_DEAL};
use konvent_people::{people, units};
use konvent_talk::archive::{self, Owner};
use konvent_talk::blocking::{self, Decision, Meant, NO_SUCH_REPORT, Report};
use konvent_talk::ns;
use konvent_talk::rooms::{self, RoomInfo};
use konvent_wire::{Jid, Stanza};

use super::admins;
use crate::house::House;

/// Reports on one page: who has more waiting sees the oldest first.
const SHOWN_MAX: i64 = 200;

/// So much of one reported message is shown, in characters; it bounds the page.
const WORDS_MAX: usize = 4_000;

/// Somebody in a report.
#[derive(Debug)]
pub struct Party {
    /// The address.
    pub address: String,
    /// The name, of one of ours.
    pub name: Option<String>,
    /// Where he is at home, if he is a member.
    pub unit: Option<String>,
}

/// A message that was reported.
#[derive(Debug)]
pub struct Said {
    /// When.
    pub at: Millis,
    /// What.
    pub words: String,
}

/// A report with all that is needed to decide.
#[derive(Debug)]
pub struct Case {
    /// As it is kept.
    pub report: Report,
    /// Who reported.
    pub by: Party,
    /// About whom, also behind a nickname.
    pub about: Party,
    /// What the room is called in which a nickname was reported.
    pub room: Option<String>,
    /// Words that were named.
    pub said: Vec<Said>,
    /// Who dealt with it.
    pub dealt_by: Option<String>,
}

/// What somebody who looks into reports sees.
#[derive(Debug, Default)]
pub struct Cases {
    /// Oldest first.
    pub waiting: Vec<Case>,
    /// Latest first.
    pub dealt: Vec<Case>,
}

/// Whether somebody looks into reports at all, and how many wait: the count is not about anybody.
pub fn duty(
    house: &House,
    reader: &mut Reader<'_>,
    viewer: &Account,
    now: Millis,
) -> Answer<Option<i64>> {
    let held = offices::held(reader, viewer.person, now)?;
    let mut has_duty = admins::is_admin(house, reader, viewer)?;
    has_duty |= held.iter().any(|term| term.capabilities.contains(&REPORTS_DEAL));
    if !has_duty {
        return Ok(None);
    }
    let due = Due::to(house, reader, viewer, now)?;
    let mut waiting = 0;
    for report in blocking::waiting(reader, SHOWN_MAX)? {
        waiting += i64::from(due.is_due(house, reader, &report)?);
    }
    Ok(Some(waiting))
}

/// Everything that one viewer may look into. The look is noted.
pub async fn look(house: &Arc<House>, viewer: &Account) -> Answer<Cases> {
    let (house, viewer) = (Arc::clone(house), viewer.clone());
    let db = house.db().clone();
    db.write(move |tx| {
        let now = tx.now();
        let due = Due::to(&house, tx, &viewer, now)?;
        let mut cases = Cases::default();
        for report in blocking::waiting(tx, SHOWN_MAX)? {
            cases.waiting.extend(due.case(&house, tx, report)?);
        }
        for report in blocking::dealt(tx, SHOWN_MAX)? {
            cases.dealt.extend(due.case(&house, tx, report)?);
        }
        if !cases.waiting.is_empty() || !cases.dealt.is_empty() {
            let detail = format!("{} waiting, {} dealt", cases.waiting.len(), cases.dealt.len());
            let newest = cases.waiting.last().or(cases.dealt.first());
            let subject = newest.map_or(0, |case| case.report.id);
            let (actor, act) = (Actor::Person(viewer.person.0), "blocking.reports-read");
            audit::note(tx, Note { actor, act, subject, detail: &detail })?;
        }
        Ok(cases)
    })
    .await
}

/// Puts down what was decided.
///
/// # Errors
/// `blocking.no-such-report`, also for one that is not the viewer's to decide, and `blocking.already-dealt`.
pub async fn deal(
    house: &Arc<House>,
    viewer: &Account,
    id: i64,
    decision: Decision,
    note: String,
) -> Answer<()> {
    let (house, viewer) = (Arc::clone(house), viewer.clone());
    let db = house.db().clone();
    db.write(move |tx| {
        let report = blocking::report(tx, id)?.ok_or(NO_SUCH_REPORT)?;
        let now = tx.now();
        let due = Due::to(&house, tx, &viewer, now)?;
        if !due.is_due(&house, tx, &report)? {
            return Err(NO_SUCH_REPORT);
        }
        blocking::deal(tx, id, viewer.person, decision, &note)
    })
    .await
}

/// Which reports are one viewer's to look into.
struct Due {
    viewer: PersonId,
    /// All whose office looks into reports and who can sign in.
    offices: Vec<PersonId>,
    is_admin: bool,
}

impl Due {
    fn to(house: &House, reader: &mut Reader<'_>, viewer: &Account, now: Millis) -> Answer<Self> {
        let mut offices = Vec::new();
        for root in units::roots(reader)? {
            for person in offices::holders_of(reader, root.id, REPORTS_DEAL, now)? {
                if accounts::by_person(reader, person)?.is_some_and(|own| own.may_sign_in()) {
                    offices.push(person);
                }
            }
        }
        let is_admin = admins::is_admin(house, reader, viewer)?;
        Ok(Self { viewer: viewer.person, offices, is_admin })
    }

    fn is_due(&self, house: &House, reader: &mut Reader<'_>, report: &Report) -> Answer<bool> {
        let by = accounts::get(reader, report.by)?.map(|account| account.person);
        let about = account_of(house, reader, meant(report))?.map(|account| account.person);
        let is_party = |person: PersonId| by == Some(person) || about == Some(person);
        if is_party(self.viewer) {
            return Ok(false);
        }
        let steps_in = self.is_admin && self.offices.iter().all(|person| is_party(*person));
        Ok(steps_in || self.offices.contains(&self.viewer))
    }

    /// The report as the viewer sees it; nothing when it is none of his.
    fn case(&self, house: &House, tx: &mut Tx<'_>, report: Report) -> Answer<Option<Case>> {
        if !self.is_due(house, tx, &report)? {
            return Ok(None);
        }
        let Some(reporter) = accounts::get(tx, report.by)? else { return Ok(None) };
        let by =
            party(tx, house.domain().account(&reporter.localpart)?.to_string(), Some(&reporter))?;
        let known = account_of(house, tx, meant(&report))?;
        let about = party(tx, meant(&report).to_owned(), known.as_ref())?;
        let said = said(house, tx, &report, &reporter)?;
        let room = room_of(house, tx, &report.address)?.map(|room| room.name);
        let dealt_by = match &report.dealt {
            Some(dealt) => people::display_name(tx, dealt.by)?,
            None => None,
        };
        Ok(Some(Case { report, by, about, room, said, dealt_by }))
    }
}

/// The address of whom a report means: who was behind the nickname, else what was blocked.
fn meant(report: &Report) -> &str {
    report.behind.as_deref().unwrap_or(&report.address)
}

fn account_of(house: &House, reader: &mut Reader<'_>, address: &str) -> Answer<Option<Account>> {
    let Ok(address) = Jid::new(address) else { return Ok(None) };
    let local = address.node().filter(|_| address.domain().as_str() == house.domain().name);
    local.map_or(Ok(None), |local| accounts::by_localpart(reader, local.as_str()))
}

/// The room of ours that an address, or one in it, means.
fn room_of(house: &House, reader: &mut Reader<'_>, address: &str) -> Answer<Option<RoomInfo>> {
    let Ok(address) = Jid::new(address) else { return Ok(None) };
    let local = address.node().filter(|_| address.domain().as_str() == house.domain().rooms);
    local.map_or(Ok(None), |local| rooms::room_at(reader, local.as_str()))
}

fn party(reader: &mut Reader<'_>, address: String, account: Option<&Account>) -> Answer<Party> {
    let unit = match account {
        Some(account) => people::home(reader, account.person)?,
        None => None,
    };
    let unit = unit.map_or(Ok(None), |unit| units::get(reader, unit))?.map(|unit| unit.name);
    Ok(Party { address, name: account.map(|account| account.name.clone()), unit })
}

/// The words that were named, as far as the one reported has written them and the one who reported could read them.
fn said(
    house: &House,
    reader: &mut Reader<'_>,
    report: &Report,
    reporter: &Account,
) -> Answer<Vec<Said>> {
    let writer = Jid::new(meant(report)).map(|jid| jid.to_bare().to_string()).unwrap_or_default();
    let mut archives = HashMap::new();
    let mut said = Vec::new();
    for message in &report.stanzas {
        let Ok(id) = message.id.parse::<i64>() else { continue };
        let owner = if let Some(owner) = archives.get(&message.by) {
            *owner
        } else {
            let owner = archive_of(house, reader, message, report, reporter)?;
            archives.insert(message.by.clone(), owner);
            owner
        };
        let Some(owner) = owner else { continue };
        let Some(entry) = archive::entry(reader, owner, id)? else { continue };
        // In a room the peer is whoever wrote; in a member's own archive the other side, who did not write what went out.
        let is_own = matches!(owner, Owner::Account(_)) && entry.outgoing;
        if is_own || entry.peer != writer {
            continue;
        }
        let Ok(stanza) = Stanza::parse(&entry.stanza) else { continue };
        let words = stanza.text_of("body", ns::CLIENT).unwrap_or_default();
        said.push(Said { at: entry.at, words: words.chars().take(WORDS_MAX).collect() });
    }
    Ok(said)
}

/// The archive that a member names: his own, or that of a room to which he belongs.
fn archive_of(
    house: &House,
    reader: &mut Reader<'_>,
    message: &Meant,
    report: &Report,
    reporter: &Account,
) -> Answer<Option<Owner>> {
    let own = Owner::Account(report.by);
    let Some(by) = &message.by else { return Ok(Some(own)) };
    let Ok(by) = Jid::new(by) else { return Ok(None) };
    if by.as_str() == house.domain().account(&reporter.localpart)?.as_str() {
        return Ok(Some(own));
    }
    let Some(room) = room_of(house, reader, by.as_str())? else { return Ok(None) };
    let standing = rooms::standing(reader, &room, reporter.person, report.at)?;
    Ok(standing.map(|_| Owner::Room(room.id)))
}
