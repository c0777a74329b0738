//! The tree of the organisation: units, their levels and keys, and who stands above whom.
//!
//! * Names of levels are data. Nothing in the code knows what a *Kreisverband* is, except the abbreviations of addresses.
//! * An address is given once and stays, also when the unit is renamed: bookmarks and printed letters go on working.
//! * Affiliates (youth, women, …) have roots of their own beside the territorial tree.
//! * A dissolved unit keeps its row and its ancestors; it has no members and no room.

mod privacy;
pub mod slug;
mod store;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use konvent_core::{About, Answer, Kind, Migration, Reader, Refusal, Tx, UnitId};

pub use privacy::{erase, export};

/// The visiting card of the units.
pub const ABOUT: About = About {
    name: "units",
    sentence: "The tree of the organisation, its levels and readable addresses.",
    speaks: &["RFC 7622"],
    leaves_out: &[],
    announces: &[],
    migrations: &[Migration::common("0001_units", include_str!("migrations/0001_units.sql"))],
    keeps: None,
};

/// The parent lies in the unit's own subtree.
pub const LOOP: Refusal = Refusal::new(Kind::BadRequest, "units.loop");
/// There is no unit with this number.
pub const UNKNOWN: Refusal = Refusal::new(Kind::NotFound, "units.unknown");
/// The key belongs to another unit.
pub const KEY_TAKEN: Refusal = Refusal::new(Kind::Conflict, "units.key-taken");

/// A *Gliederung*.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its number.
    pub id: UnitId,
    /// As the member file writes it: `03-12-345-06`.
    pub key: String,
    /// The unit above; `None` for a root.
    pub parent: Option<UnitId>,
    /// In full: `Ortsverband Musterstadt`.
    pub name: String,
    /// What the organisation calls this level: `Ortsverband`.
    pub level: String,
    /// Territory or affiliate.
    pub kind: UnitKind,
    /// Readable and unique: `ov-musterstadt`. The localpart of its room.
    pub address: String,
    /// The day on which it ended, if it has.
    pub dissolved_on: Option<Date>,
}

/// Which tree a unit stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitKind {
    /// The tree in which everybody has one home.
    Territorial,
    /// A *Vereinigung* beside it, which one joins in addition.
    Affiliate,
}

/// What a founder says of a new unit.
#[derive(Debug, Clone, Copy)]
pub struct NewUnit<'a> {
    /// See [`Unit::key`].
    pub key: &'a str,
    /// See [`Unit::parent`].
    pub parent: Option<UnitId>,
    /// See [`Unit::name`].
    pub name: &'a str,
    /// See [`Unit::level`].
    pub level: &'a str,
    /// See [`Unit::kind`].
    pub kind: UnitKind,
}

/// The unit with this number, also when it is dissolved.
pub fn get(reader: &mut Reader<'_>, id: UnitId) -> Answer<Option<Unit>> {
    store::by_id(reader, id)
}

/// The unit with this key, also when it is dissolved.
pub fn by_key(reader: &mut Reader<'_>, key: &str) -> Answer<Option<Unit>> {
    store::by_key(reader, key)
}

/// The living unit with this address.
pub fn by_address(reader: &mut Reader<'_>, address: &str) -> Answer<Option<Unit>> {
    store::by_address(reader, address)
}

/// The living units at the top of the territory: one in most organisations. Affiliates have tops of their own.
pub fn roots(reader: &mut Reader<'_>) -> Answer<Vec<Unit>> {
    store::roots(reader)
}

/// The unit itself, then those above it, up to the root. Empty when there is no such unit.
pub fn chain(reader: &mut Reader<'_>, id: UnitId) -> Answer<Vec<Unit>> {
    store::chain(reader, id)
}

/// Whether a unit is the root of the organisation, whose offices look after the whole: not that of an affiliate, and beside
/// other roots not one without anything below it, as a line without its upper unit would be.
pub fn is_root(reader: &mut Reader<'_>, id: UnitId) -> Answer<bool> {
    let roots = roots(reader)?;
    let is_one = roots.iter().any(|unit| unit.id == id);
    Ok(is_one && (roots.len() == 1 || !is_leaf(reader, id)?))
}

/// Whether `unit` is `ancestor` or stands somewhere below it.
pub fn is_in_subtree(reader: &mut Reader<'_>, unit: UnitId, ancestor: UnitId) -> Answer<bool> {
    store::is_in_subtree(reader, unit, ancestor)
}

/// Whether no living unit stands below: here members chat, above it is announced.
pub fn is_leaf(reader: &mut Reader<'_>, id: UnitId) -> Answer<bool> {
    store::has_no_children(reader, id)
}

/// All living units, parents before children within each tree is not promised; ordered by key.
pub fn all(reader: &mut Reader<'_>) -> Answer<Vec<Unit>> {
    store::all_living(reader)
}

/// All units ever, with the dissolved ones; ordered by key.
pub fn all_ever(reader: &mut Reader<'_>) -> Answer<Vec<Unit>> {
    store::all(reader)
}

/// The living units directly below, by key.
pub fn children(reader: &mut Reader<'_>, id: UnitId) -> Answer<Vec<Unit>> {
    store::children(reader, id)
}

/// Founds a unit and gives it an address.
///
/// # Errors
/// [`KEY_TAKEN`], [`UNKNOWN`] when the parent does not exist.
pub fn found(tx: &mut Tx<'_>, new: NewUnit<'_>) -> Answer<Unit> {
    if store::by_key(tx, new.key)?.is_some() {
        return Err(KEY_TAKEN);
    }
    if let Some(parent) = new.parent
        && store::by_id(tx, parent)?.is_none()
    {
        return Err(UNKNOWN);
    }
    let wanted = match slug::unit_slug(new.name) {
        nothing if nothing.is_empty() => slug::slug(&format!("gliederung {}", new.key)),
        slug => slug,
    };
    let unit = Unit {
        id: UnitId(tx.fresh_id()),
        key: new.key.to_owned(),
        parent: new.parent,
        name: new.name.to_owned(),
        level: new.level.to_owned(),
        kind: new.kind,
        address: claim_address(tx, &wanted)?,
        dissolved_on: None,
    };
    store::insert(tx, &unit)?;
    store::link(tx, unit.id, unit.parent)?;
    touch(tx)?;
    Ok(unit)
}

/// Changes name, level and kind, and brings a dissolved unit back. The address stays.
pub fn change(tx: &mut Tx<'_>, id: UnitId, name: &str, level: &str, kind: UnitKind) -> Answer<()> {
    if store::change(tx, id, name, level, kind)? == 0 {
        return Err(UNKNOWN);
    }
    touch(tx)
}

/// Ends a unit on a day. Its row, key and address stay; its members must have gone elsewhere before.
pub fn dissolve(tx: &mut Tx<'_>, id: UnitId, on: Date) -> Answer<()> {
    if store::dissolve(tx, id, &on.to_string())? == 0 {
        return Err(UNKNOWN);
    }
    touch(tx)
}

/// Moves a unit with everything below it under another parent, or makes it a root.
///
/// # Errors
/// [`LOOP`] when the new parent stands below the unit; [`UNKNOWN`].
pub fn re_parent(tx: &mut Tx<'_>, id: UnitId, parent: Option<UnitId>) -> Answer<()> {
    if let Some(parent) = parent {
        if store::by_id(tx, parent)?.is_none() {
            return Err(UNKNOWN);
        }
        if store::is_in_subtree(tx, parent, id)? {
            return Err(LOOP);
        }
    }
    if store::set_parent(tx, id, parent)? == 0 {
        return Err(UNKNOWN);
    }
    store::unlink_subtree(tx, id)?;
    store::link_subtree(tx, id, parent)?;
    touch(tx)
}

/// Takes a readable address for good: `wanted`, or with the first free number behind it.
pub fn claim_address(tx: &mut Tx<'_>, wanted: &str) -> Answer<String> {
    slug::first_free(wanted, '-', |candidate| store::take_address(tx, candidate))
}

/// Takes exactly this address, if nobody ever had it: for rooms that belong to no unit, which share one service with those
/// that do.
pub fn take_address(tx: &mut Tx<'_>, address: &str) -> Answer<bool> {
    store::take_address(tx, address)
}

/// Gives an address back that [`take_address`] took. Those of units and bodies are never given back.
pub fn give_address_back(tx: &mut Tx<'_>, address: &str) -> Answer<()> {
    store::give_address_back(tx, address).map(drop)
}

/// A number that differs whenever anything in units, people or offices has changed.
pub fn directory_version(reader: &mut Reader<'_>) -> Answer<i64> {
    store::version(reader)
}

/// Notes that the directory changed. Every writing function of units, people and offices ends with it.
pub fn touch(tx: &mut Tx<'_>) -> Answer<()> {
    let version = tx.fresh_id();
    store::set_version(tx, version)
}
