//! Whom of a room's members to tell: decided after the commit, for all messages that were said there since, at once.
//!
//! Costs a look at each member of the room, or at each account that can be told at all, whichever are fewer.

use std::collections::BTreeMap;

use super::level::{Level, level, means};
use super::{store, wakes};
use crate::archive::{self, Owner};
use crate::rooms::{Affiliation, RoomInfo, RoomKind, access};
use crate::{Domain, bookmarks};
use konvent_core::{AccountId, Answer, Millis, Reader, RoomId, Tx};
use konvent_people::accounts::{self, Account};
use konvent_wire::Stanza;

/// Messages that are decided at once: it bounds one look.
pub const OWED_AT_ONCE: i64 = 500;

/// What was said in one room and is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Where.
    pub room: RoomId,
    /// The rows to settle.
    pub rows: Vec<i64>,
    /// The numbers in the room's archive, oldest first.
    pub entries: Vec<i64>,
}

/// A member who is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concerned {
    /// Who.
    pub account: AccountId,
    /// Of how many messages.
    pub words: i64,
    /// The newest of them in the room's archive.
    pub newest: i64,
    /// Whether somebody calls.
    pub is_urgent: bool,
}

/// What is undecided, room by room.
pub fn owed(reader: &mut Reader<'_>) -> Answer<Vec<Owed>> {
    let mut rooms = BTreeMap::new();
    for (row, room, entry) in store::owed(reader, OWED_AT_ONCE)? {
        let owed = rooms.entry(room).or_insert_with(|| Owed {
            room,
            rows: Vec::new(),
            entries: Vec::new(),
        });
        owed.rows.push(row);
        owed.entries.push(entry);
    }
    Ok(rooms.into_values().collect())
}

/// Whom it concerns. `looks` says whether somebody is looking at a device of his at this moment: he needs no word.
pub fn concerned(
    reader: &mut Reader<'_>,
    domain: &Domain,
    owed: &Owed,
    now: Millis,
    looks: impl Fn(AccountId) -> bool,
) -> Answer<Vec<Concerned>> {
    let Some(room) = access::room(reader, owed.room)? else { return Ok(Vec::new()) };
    let address = domain.room(&room.address)?;
    let mut said = Vec::new();
    for id in &owed.entries {
        let entry = archive::entry(reader, Owner::Room(owed.room), *id)?;
        let Some(entry) = entry else { continue };
        let Ok(stanza) = Stanza::parse(&entry.stanza) else { continue };
        if let Some(is_urgent) = wakes(&stanza) {
            said.push((*id, entry.peer, stanza, is_urgent));
        }
    }
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let is_large = access::is_large(reader, &room)?;
    let mut all = Vec::new();
    for member in candidates(reader, &room, now)? {
        let account = member.id;
        if looks(account) {
            continue;
        }
        let standing = access::standing(reader, &room, member.person, now)?;
        // Who may enter an open room without standing on its lists has not asked to hear from it.
        if !standing.is_some_and(|standing| {
            room.kind != RoomKind::Free || standing.affiliation >= Affiliation::Member
        }) {
            continue;
        }
        let noted = bookmarks::noted(reader, account, owed.room)?;
        let level = level(&room, is_large, noted.as_ref());
        let own = domain.account(&member.localpart)?;
        let for_him = said.iter().filter(|(_, sender, stanza, _)| {
            *sender != own.as_str()
                && match level {
                    Level::Always => true,
                    Level::OnMention => means(stanza, &address, &own, &member.name),
                    Level::Never => false,
                }
        });
        let (mut words, mut newest, mut is_urgent) = (0, 0, false);
        for (id, _, _, urgent) in for_him {
            words += 1;
            newest = *id;
            is_urgent |= urgent;
        }
        if words > 0 {
            all.push(Concerned { account, words, newest, is_urgent });
        }
    }
    Ok(all)
}

/// Who belongs to the room and can be told.
fn candidates(reader: &mut Reader<'_>, room: &RoomInfo, now: Millis) -> Answer<Vec<Account>> {
    let persons = access::those_of(reader, room, now)?;
    let many = i64::try_from(persons.len()).unwrap_or(i64::MAX);
    let can_be_told = store::accounts(reader, many)?;
    let mut all = Vec::new();
    if can_be_told.len() < persons.len() {
        for account in can_be_told {
            let member = accounts::get(reader, account)?;
            all.extend(member.filter(|member| persons.binary_search(&member.person).is_ok()));
        }
        return Ok(all);
    }
    for person in persons {
        if let Some(member) = accounts::by_person(reader, person)?
            && store::count(reader, member.id)? > 0
        {
            all.push(member);
        }
    }
    Ok(all)
}

/// Writes the decision down: what was undecided is not any more. False: another node has decided some of it meanwhile, and nothing
/// has changed; the rest is owed on.
pub fn settle(tx: &mut Tx<'_>, owed: &Owed, concerned: &[Concerned]) -> Answer<bool> {
    for row in &owed.rows {
        if !store::is_owed(tx, *row)? {
            return Ok(false);
        }
    }
    for row in &owed.rows {
        store::settle(tx, *row)?;
    }
    for one in concerned {
        let newest = (Some(owed.room.0), Some(one.newest));
        store::owe(tx, one.account, one.words, newest, one.is_urgent)?;
    }
    Ok(true)
}
