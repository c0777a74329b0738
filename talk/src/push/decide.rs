//! Whom of a room's members to tell: decided after the commit, for all messages that were said there since, at once.
//!
//! Costs one look at each account that can be told at all, not at each member of the room.

use std::collections::BTreeMap;

use super::level::{Level, level, means};
use super::{store, wakes};
use crate::archive::{self, Owner};
use crate::rooms::{Affiliation, RoomKind, access};
use crate::{Domain, bookmarks};
use konvent_core::{AccountId, Answer, Millis, Reader, RoomId, Tx};
use konvent_people::accounts;
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
    for account in store::accounts(reader)? {
        if looks(account) {
            continue;
        }
        let Some(member) = accounts::get(reader, account)? else { continue };
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

/// Writes the decision down: what was undecided is not any more.
pub fn settle(tx: &mut Tx<'_>, owed: &Owed, concerned: &[Concerned]) -> Answer<()> {
    for one in concerned {
        let newest = (Some(owed.room.0), Some(one.newest));
        store::owe(tx, one.account, one.words, newest, one.is_urgent)?;
    }
    owed.rows.iter().try_for_each(|row| store::settle(tx, *row).map(drop))
}
