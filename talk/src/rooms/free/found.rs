//! Making a room (XEP-0045 §10.1): who may, under which address, with which terms to begin with.

use std::sync::Arc;

use konvent_core::config::FreeRooms;
use konvent_core::config::free_rooms::MadeBy;
use konvent_core::{Answer, Kind, Refusal, RoomId, Tx};
use konvent_people::{offices, people, units};

use super::store::{self, Kept, Listed};
use crate::rooms::names::{is_fit, skeleton};
use crate::rooms::{Affiliation, Caller, NO_SUCH_ROOM, Posting, RoomInfo, RoomKind, Terms};

/// Nobody, or not this one, may make rooms (XEP-0045 §10.1.1).
pub const MAY_NOT: Refusal = Refusal::new(Kind::NotAllowed, "rooms.may-not-make-rooms");
/// He owns as many as the organisation allows one account.
pub const TOO_MANY: Refusal = Refusal::new(Kind::NotAllowed, "rooms.too-many-rooms");
/// The address belonged to a unit or body, or looks like another room's.
pub const ADDRESS_TAKEN: Refusal = Refusal::new(Kind::NotAllowed, "rooms.address-taken");

/// A unit's address begins with the short word of its level; so short a beginning is left to units alone.
const LEVEL_BYTES_MAX: usize = 4;

/// Makes a room at this address and its owner. It is locked until the owner says what shall hold there.
///
/// # Errors
/// [`MAY_NOT`], [`TOO_MANY`], [`ADDRESS_TAKEN`]; `rooms.no-such-room` where people would take the address for a unit's.
pub fn found(tx: &mut Tx<'_>, rules: &FreeRooms, caller: &Caller, address: &str) -> Answer<Kept> {
    let Some(person) = caller.person else { return Err(MAY_NOT) };
    let may = match rules.made_by {
        MadeBy::Nobody => false,
        MadeBy::Members => !people::units_of(tx, person)?.is_empty(),
        MadeBy::Everybody => true,
    };
    if !may {
        return Err(MAY_NOT);
    }
    let own = caller.bare();
    if store::count_owned(tx, own.as_str())? >= i64::from(rules.per_owner) {
        return Err(TOO_MANY);
    }
    let looks = skeleton(address);
    if passes_for_a_units(tx, address, &looks)? {
        return Err(NO_SUCH_ROOM); // who looks for a unit's room that is not there is told so
    }
    if !is_fit(address)
        || store::looking_like(tx, &looks)?.is_some()
        || !units::take_address(tx, address)?
    {
        return Err(ADDRESS_TAKEN);
    }
    let terms = Terms {
        is_persistent: rules.persistent,
        occupants_max: crate::rooms::terms::OCCUPANTS.min(rules.occupants_max),
        ..Terms::default()
    };
    let info = RoomInfo {
        id: RoomId(tx.fresh_id()),
        address: address.to_owned(),
        name: address.to_owned(),
        kind: RoomKind::Free,
        posting: Posting::Everybody,
        terms: Arc::new(terms),
    };
    if store::insert(tx, &info, &looks, &super::form::as_json(&info.terms)?, own.as_str())? == 0 {
        return Err(ADDRESS_TAKEN);
    }
    let owner = Listed {
        address: own.to_string(),
        affiliation: Affiliation::Owner,
        nick: None,
        reason: None,
    };
    let version = store::set(tx, info.id, &owner, Some(person), None)?;
    Ok(Kept {
        info,
        is_locked: true,
        subject: crate::rooms::stanzas::Subject::default(),
        visit: 0,
        version,
        versions_from: 0,
    })
}

/// Whether people would take an address for that of a unit or body.
fn passes_for_a_units(tx: &mut Tx<'_>, address: &str, looks: &str) -> Answer<bool> {
    let beginning = |text: &str| {
        let (first, _) = text.split_once('-')?;
        (first.len() <= LEVEL_BYTES_MAX).then(|| skeleton(first))
    };
    let begins = beginning(address);
    for unit in units::all_ever(tx)? {
        if skeleton(&unit.address) == looks {
            return Ok(true);
        }
        if begins.is_some() && beginning(&unit.address) == begins {
            return Ok(true);
        }
    }
    Ok(offices::all_bodies(tx)?.iter().any(|body| skeleton(&body.address) == looks))
}

/// Whether people would take a room's name for that of a unit or of a unit's body.
pub(super) fn names_a_unit(tx: &mut Tx<'_>, name: &str) -> Answer<bool> {
    let looks = skeleton(name);
    let all = units::all_ever(tx)?;
    if all.iter().any(|unit| skeleton(&unit.name) == looks) {
        return Ok(true);
    }
    for body in offices::all_bodies(tx)? {
        let unit = all.iter().find(|unit| unit.id == body.unit).map(|unit| unit.name.as_str());
        let full = format!("{} {}", body.name, unit.unwrap_or_default());
        if skeleton(&full) == looks {
            return Ok(true);
        }
    }
    Ok(false)
}
