//! The lists of a free room: owners, admins, members, outcasts (XEP-0045 §5.2, §9, §10.3 to §10.8). Kept by bare address.

use konvent_core::{Answer, Kind, PersonId, Reader, Refusal, Tx};
use konvent_people::accounts;
use konvent_wire::Jid;
use konvent_wire::jid::BareJid;

use super::invite;
use super::store::{self, Kept, Listed};
use super::versions::Versions;
use crate::Domain;
use crate::rooms::names::{is_fit, skeleton};
use crate::rooms::occupants::{Deed, Turn};
use crate::rooms::stanzas::{Note, status};
use crate::rooms::{
    Affiliation, BAD_REQUEST, Being, Caller, NICK_TAKEN, NICK_UNFIT, NOT_YOURS, ONLY_ADMINS,
    ONLY_OWNERS,
};

/// The lists of one room hold so many addresses: nobody fills the storage with them.
pub const LISTED_MAX: i64 = 20_000;

/// A list is answered up to so many entries.
pub const ANSWERED_MAX: i64 = 5_000;

/// A reason is a sentence or two.
pub const REASON_BYTES_MAX: usize = 1_000;

/// The lists are full.
pub const LISTS_FULL: Refusal = Refusal::new(Kind::NotNow, "rooms.lists-full");
/// A room has an owner at all times (XEP-0045 §10.4).
pub const LAST_OWNER: Refusal = Refusal::new(Kind::Conflict, "rooms.last-owner");
/// Nobody bans himself (XEP-0045 §9.1).
pub const NOT_ONESELF: Refusal = Refusal::new(Kind::Conflict, "rooms.not-oneself");
/// Nobody here has this address.
pub const NO_SUCH_ACCOUNT: Refusal = Refusal::new(Kind::NotFound, "rooms.no-such-account");

/// One wish: what somebody shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Whose address; a device in it does not count (XEP-0045 §10.3).
    pub address: Jid,
    /// What he shall be.
    pub affiliation: Affiliation,
    /// The nickname that is reserved for him, if it shall change.
    pub nick: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Somebody who may stand on a list.
struct Somebody {
    address: BareJid,
    being: Being,
    person: Option<PersonId>,
}

/// Who an address is. Those of this house must exist, for whoever is of this house himself; a whole server may be banned, no more.
fn somebody(
    reader: &mut Reader<'_>,
    domain: &Domain,
    by: &Caller,
    wish: &Wish,
) -> Answer<Somebody> {
    let address = wish.address.to_bare();
    let host = address.domain().as_str();
    if host == domain.rooms {
        return Err(BAD_REQUEST);
    }
    if host != domain.name {
        if address.node().is_none() && wish.affiliation > Affiliation::None {
            return Err(BAD_REQUEST);
        }
        return Ok(Somebody { being: Being::Abroad(address.clone()), address, person: None });
    }
    let localpart = address.node().ok_or(BAD_REQUEST)?;
    match accounts::by_localpart(reader, localpart.as_str())? {
        Some(account) => {
            Ok(Somebody { address, being: Being::Here(account.id), person: Some(account.person) })
        }
        // Somebody elsewhere does not learn who has an account here: an address that nobody has stands on a list as any other.
        None if by.account().is_none() => {
            Ok(Somebody { being: Being::Abroad(address.clone()), address, person: None })
        }
        None => Err(NO_SUCH_ACCOUNT),
    }
}

/// Who may make whom what (XEP-0045 §5.2.1, table 7).
///
/// # Errors
/// `rooms.only-admins`, `rooms.only-owners`, `rooms.not-yours`.
fn may_change(by: Affiliation, from: Affiliation, to: Affiliation) -> Answer<()> {
    if by < Affiliation::Admin {
        return Err(ONLY_ADMINS); // XEP-0045 §9
    }
    if by == Affiliation::Owner || (from < Affiliation::Admin && to < Affiliation::Admin) {
        return Ok(());
    }
    // §9.1: nobody is banned by somebody who stands lower; §10.4, §10.7: all else about owners and admins is for owners to say.
    let is_ban = from >= Affiliation::Admin && to == Affiliation::Outcast;
    Err(if is_ban { NOT_YOURS } else { ONLY_OWNERS })
}

/// What follows from a change for those inside and for others.
pub(super) struct Changed {
    pub(super) deed: Deed,
    /// Persons of the directory whose rooms are others now.
    pub(super) persons: Vec<PersonId>,
}

/// Fulfils all wishes of one request, or none (XEP-0045 §9.2: one forbidden change spoils the list). `as_nick` is the name
/// under which the one who does it is inside.
///
/// # Errors
/// As [`may_change`]; [`LAST_OWNER`], [`NOT_ONESELF`], [`LISTS_FULL`], [`NO_SUCH_ACCOUNT`], `rooms.nick-taken`.
pub(super) fn change(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    by: &Caller,
    as_nick: Option<&str>,
    wishes: &[Wish],
) -> Answer<Changed> {
    let room = kept.info.id;
    let own = super::affiliation(tx, room, &by.bare())?;
    let mut changed =
        Changed { deed: Deed::of(room, konvent_core::Outbox::default()), persons: Vec::new() };
    let mut welcomed = 0;
    for wish in wishes {
        let who = somebody(tx, domain, by, wish)?;
        let before = store::listed(tx, room, who.address.as_str())?;
        let from = before.as_ref().map_or(Affiliation::None, |listed| listed.affiliation);
        may_change(own, from, wish.affiliation)?;
        if wish.affiliation == Affiliation::Outcast && who.being == by.being {
            return Err(NOT_ONESELF);
        }
        if before.is_none() && store::count_all(tx, room)? >= LISTED_MAX {
            return Err(LISTS_FULL);
        }
        let nick = match &wish.nick {
            // XEP-0045 §9.1: who is banned loses the nickname reserved for him.
            _ if wish.affiliation < Affiliation::Member => None,
            Some(nick) if nick.is_empty() => None, // §9.5: taken back
            Some(nick) => Some(nick.clone()),
            None => before.as_ref().and_then(|listed| listed.nick.clone()),
        };
        let is_same =
            before.as_ref().is_some_and(|b| b.affiliation == wish.affiliation && b.nick == nick);
        if is_same || (before.is_none() && wish.affiliation == Affiliation::None) {
            continue;
        }
        let looks = fit(tx, kept, &who, nick.as_deref())?;
        if from == wish.affiliation {
            store::reserve(tx, room, who.address.as_str(), nick.as_deref(), looks.as_deref())?;
            continue; // only the nickname
        }
        let version = put(tx, kept, &who, wish, (nick, looks))?;
        changed.persons.extend(who.person);
        changed.deed.turns.push(turn(kept, &who, wish, as_nick, version));
        // XEP-0045 §9.5
        let is_newcomer = from == Affiliation::None && wish.affiliation == Affiliation::Member;
        if kept.info.terms.is_members_only && is_newcomer && welcomed < invite::WELCOMED_MAX {
            invite::welcome(tx, domain, kept, (by, as_nick), wish, &mut changed.deed.first)?;
            welcomed += 1;
        }
    }
    if store::count(tx, room, Affiliation::Owner)? == 0 {
        return Err(LAST_OWNER); // and the whole request is taken back with its transaction
    }
    Ok(changed)
}

/// What those inside see of it.
fn turn(kept: &Kept, who: &Somebody, wish: &Wish, as_nick: Option<&str>, version: i64) -> Turn {
    let note = Note {
        reason: wish.reason.clone(),
        versions: Some(Versions::step(kept.info.id, version)),
        actor: as_nick.map(ToOwned::to_owned),
        affiliation: Some(wish.affiliation),
        ..Note::default()
    };
    let stays = kept.info.terms.admits(wish.affiliation);
    let note = match wish.affiliation {
        Affiliation::Outcast => note.and(status::BANNED), // XEP-0045 §9.1
        _ if !stays => note.and(status::NO_LONGER_MEMBER), // §9.4
        _ => note,
    };
    Turn::Affiliated {
        being: who.being.clone(),
        address: who.address.clone(),
        affiliation: wish.affiliation,
        stays,
        note,
    }
}

/// What a nickname to reserve looks like, if somebody may have it.
fn fit(
    reader: &mut Reader<'_>,
    kept: &Kept,
    who: &Somebody,
    nick: Option<&str>,
) -> Answer<Option<String>> {
    let Some(nick) = nick else { return Ok(None) };
    if !is_fit(nick) {
        return Err(NICK_UNFIT);
    }
    let looks = skeleton(nick);
    let holder = store::holder_of(reader, kept.info.id, &looks)?;
    if holder.is_some_and(|holder| holder != who.address.as_str()) {
        return Err(NICK_TAKEN);
    }
    Ok(Some(looks))
}

/// Writes an entry: the version of the lists that it makes.
fn put(
    tx: &mut Tx<'_>,
    kept: &Kept,
    who: &Somebody,
    wish: &Wish,
    (nick, looks): (Option<String>, Option<String>),
) -> Answer<i64> {
    let mut reason = wish.reason.clone().unwrap_or_default();
    reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
    let listed = Listed {
        address: who.address.to_string(),
        affiliation: wish.affiliation,
        nick,
        reason: (!reason.is_empty()).then_some(reason),
    };
    store::set(tx, kept.info.id, &listed, who.person, looks.as_deref())
}

/// Puts somebody on the list of members by himself (XEP-0045 §7.10) or by an invitation (§7.8.2); who is more stays it.
pub(super) fn enlist(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    by: &Caller,
    (address, nick): (&Jid, Option<&str>),
) -> Answer<Changed> {
    let wish = Wish {
        address: address.clone(),
        affiliation: Affiliation::Member,
        nick: nick.map(ToOwned::to_owned),
        reason: None,
    };
    let who = somebody(tx, domain, by, &wish)?;
    let before = store::listed(tx, kept.info.id, who.address.as_str())?;
    let from = before.as_ref().map_or(Affiliation::None, |listed| listed.affiliation);
    let to = from.max(Affiliation::Member);
    if before.is_none() && store::count_all(tx, kept.info.id)? >= LISTED_MAX {
        return Err(LISTS_FULL);
    }
    let nick = wish.nick.clone().or_else(|| before.and_then(|listed| listed.nick));
    let looks = fit(tx, kept, &who, nick.as_deref())?;
    let mut deed = Deed::of(kept.info.id, konvent_core::Outbox::default());
    let mut persons = Vec::new();
    if from == to {
        let address = who.address.as_str();
        store::reserve(tx, kept.info.id, address, nick.as_deref(), looks.as_deref())?;
    } else {
        let version = put(tx, kept, &who, &wish, (nick, looks))?;
        deed.turns.push(turn(kept, &who, &wish, None, version));
        persons.extend(who.person);
    }
    Ok(Changed { deed, persons })
}

/// Takes a member off the list at his own wish (XEP-0077 §3.2).
pub(super) fn resign(
    tx: &mut Tx<'_>,
    domain: &Domain,
    kept: &Kept,
    by: &Caller,
) -> Answer<Changed> {
    let wish = Wish {
        address: by.bare().into(),
        affiliation: Affiliation::None,
        nick: None,
        reason: None,
    };
    let who = somebody(tx, domain, by, &wish)?;
    let version = put(tx, kept, &who, &wish, (None, None))?;
    let deed = Deed::of(kept.info.id, konvent_core::Outbox::default())
        .with(turn(kept, &who, &wish, None, version));
    Ok(Changed { deed, persons: who.person.into_iter().collect() })
}

/// A list, for those who may see it: admins by right, others by the terms (XEP-0045 §9.5, `getmemberlist`). Where
/// addresses are hidden, only admins and owners see lists of them (§5.2.1).
///
/// # Errors
/// `rooms.only-admins`, `rooms.only-owners`.
pub(in crate::rooms) fn list(
    reader: &mut Reader<'_>,
    kept: &Kept,
    own: Affiliation,
    role: Option<crate::rooms::Role>,
    affiliation: Affiliation,
) -> Answer<Vec<Listed>> {
    if may_see(kept, own, role, affiliation) {
        return store::with(reader, kept.info.id, affiliation, ANSWERED_MAX);
    }
    Err(if own >= Affiliation::Admin { ONLY_OWNERS } else { ONLY_ADMINS })
}

/// Whether somebody may see a list.
pub(super) fn may_see(
    kept: &Kept,
    own: Affiliation,
    role: Option<crate::rooms::Role>,
    affiliation: Affiliation,
) -> bool {
    let terms = &kept.info.terms;
    let by_terms = role.is_some_and(|role| terms.lists_for.allows(role))
        || (own >= Affiliation::Member && terms.is_members_only);
    match own {
        Affiliation::Owner => true,
        // §10.5, §10.8: where addresses are hidden, who owns the room and who helps is shown to its owners.
        Affiliation::Admin => affiliation <= Affiliation::Member || terms.shows_addresses,
        _ => affiliation > Affiliation::None && terms.shows_addresses && by_terms,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_lists_cell_by_cell() {
        use Affiliation::{Admin, Member, None as Nobody, Outcast, Owner};
        for (by, from, to, expected) in [
            (Owner, Owner, Nobody, None),
            (Owner, Admin, Outcast, None),
            (Owner, Nobody, Owner, None),
            (Admin, Nobody, Member, None),
            (Admin, Member, Outcast, None),
            (Admin, Outcast, Nobody, None),
            (Admin, Nobody, Admin, Some(ONLY_OWNERS)),
            (Admin, Member, Owner, Some(ONLY_OWNERS)),
            (Admin, Admin, Owner, Some(ONLY_OWNERS)),
            (Admin, Owner, Outcast, Some(NOT_YOURS)),
            (Admin, Admin, Outcast, Some(NOT_YOURS)),
            (Admin, Admin, Member, Some(ONLY_OWNERS)),
            (Admin, Owner, Nobody, Some(ONLY_OWNERS)),
            (Member, Nobody, Member, Some(ONLY_ADMINS)),
            (Nobody, Nobody, Outcast, Some(ONLY_ADMINS)),
        ] {
            assert_eq!(may_change(by, from, to).err(), expected, "{by:?}: {from:?} to {to:?}");
        }
    }
}
