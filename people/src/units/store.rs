//! All SQL of the units.

use konvent_core::{Answer, Reader, Row, Tx, UnitId, Value};

use super::{Unit, UnitKind};
use crate::days;

impl UnitKind {
    pub(super) fn code(self) -> i64 {
        match self {
            Self::Territorial => 0,
            Self::Affiliate => 1,
        }
    }
}

fn unit(row: &Row<'_>) -> Answer<Unit> {
    Ok(Unit {
        id: row.get(0)?,
        key: row.get(1)?,
        parent: row.get(2)?,
        name: row.get(3)?,
        level: row.get(4)?,
        kind: if row.get::<i64>(5)? == 0 { UnitKind::Territorial } else { UnitKind::Affiliate },
        address: row.get(6)?,
        dissolved_on: days::day(row, 7)?,
    })
}

pub(super) fn by_id(reader: &mut Reader<'_>, id: UnitId) -> Answer<Option<Unit>> {
    reader.one(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit where id = $1",
        &[id.into()],
        unit,
    )
}

pub(super) fn by_key(reader: &mut Reader<'_>, key: &str) -> Answer<Option<Unit>> {
    reader.one(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit where key = $1",
        &[key.into()],
        unit,
    )
}

pub(super) fn by_address(reader: &mut Reader<'_>, address: &str) -> Answer<Option<Unit>> {
    reader.one(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit
         where address = $1 and dissolved_on is null",
        &[address.into()],
        unit,
    )
}

pub(super) fn roots(reader: &mut Reader<'_>) -> Answer<Vec<Unit>> {
    reader.rows(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit
         where parent is null and kind = 0 and dissolved_on is null order by key",
        &[],
        unit,
    )
}

pub(super) fn chain(reader: &mut Reader<'_>, id: UnitId) -> Answer<Vec<Unit>> {
    reader.rows(
        "select u.id, u.key, u.parent, u.name, u.level, u.kind, u.address, u.dissolved_on
         from units_closure c join units_unit u on u.id = c.ancestor where c.unit = $1 order by c.depth",
        &[id.into()],
        unit,
    )
}

pub(super) fn is_in_subtree(
    reader: &mut Reader<'_>,
    unit: UnitId,
    ancestor: UnitId,
) -> Answer<bool> {
    let found = reader.one(
        "select depth from units_closure where unit = $1 and ancestor = $2",
        &[unit.into(), ancestor.into()],
        |row| row.get::<i64>(0),
    )?;
    Ok(found.is_some())
}

pub(super) fn has_no_children(reader: &mut Reader<'_>, id: UnitId) -> Answer<bool> {
    let child = reader.one(
        "select id from units_unit where parent = $1 and dissolved_on is null limit 1",
        &[id.into()],
        |row| row.get::<i64>(0),
    )?;
    Ok(child.is_none())
}

pub(super) fn all(reader: &mut Reader<'_>) -> Answer<Vec<Unit>> {
    reader.rows(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit order by key",
        &[],
        unit,
    )
}

pub(super) fn all_living(reader: &mut Reader<'_>) -> Answer<Vec<Unit>> {
    reader.rows(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit
         where dissolved_on is null order by key",
        &[],
        unit,
    )
}

pub(super) fn children(reader: &mut Reader<'_>, id: UnitId) -> Answer<Vec<Unit>> {
    reader.rows(
        "select id, key, parent, name, level, kind, address, dissolved_on from units_unit
         where parent = $1 and dissolved_on is null order by key",
        &[id.into()],
        unit,
    )
}

pub(super) fn insert(tx: &mut Tx<'_>, unit: &Unit) -> Answer<()> {
    tx.run(
        "insert into units_unit (id, key, parent, name, level, kind, address) values ($1, $2, $3, $4, $5, $6, $7)",
        &[
            unit.id.into(),
            (&unit.key).into(),
            unit.parent.into(),
            (&unit.name).into(),
            (&unit.level).into(),
            unit.kind.code().into(),
            (&unit.address).into(),
        ],
    )?;
    Ok(())
}

/// Links a new unit, which has nothing below it yet, with itself and everything above it.
pub(super) fn link(tx: &mut Tx<'_>, unit: UnitId, parent: Option<UnitId>) -> Answer<()> {
    tx.run("insert into units_closure (unit, ancestor, depth) values ($1, $1, 0)", &[unit.into()])?;
    if let Some(parent) = parent {
        tx.run(
            "insert into units_closure (unit, ancestor, depth)
             select cast($1 as bigint), ancestor, depth + 1 from units_closure where unit = $2",
            &[unit.into(), parent.into()],
        )?;
    }
    Ok(())
}

/// Cuts a subtree off from everything above its top.
pub(super) fn unlink_subtree(tx: &mut Tx<'_>, top: UnitId) -> Answer<()> {
    tx.run(
        "delete from units_closure
         where unit in (select unit from units_closure where ancestor = $1)
           and ancestor in (select ancestor from units_closure where unit = $1 and ancestor <> $1)",
        &[top.into()],
    )?;
    Ok(())
}

/// Hangs a subtree that was cut off under a new parent.
pub(super) fn link_subtree(tx: &mut Tx<'_>, top: UnitId, parent: Option<UnitId>) -> Answer<()> {
    let Some(parent) = parent else { return Ok(()) };
    tx.run(
        "insert into units_closure (unit, ancestor, depth)
         select below.unit, above.ancestor, below.depth + above.depth + 1
         from units_closure below, units_closure above where below.ancestor = $1 and above.unit = $2",
        &[top.into(), parent.into()],
    )?;
    Ok(())
}

pub(super) fn change(
    tx: &mut Tx<'_>,
    id: UnitId,
    name: &str,
    level: &str,
    kind: UnitKind,
) -> Answer<u64> {
    tx.run(
        "update units_unit set name = $2, level = $3, kind = $4, dissolved_on = null where id = $1",
        &[id.into(), name.into(), level.into(), kind.code().into()],
    )
}

pub(super) fn dissolve(tx: &mut Tx<'_>, id: UnitId, on: &str) -> Answer<u64> {
    tx.run("update units_unit set dissolved_on = $2 where id = $1", &[id.into(), on.into()])
}

pub(super) fn set_parent(tx: &mut Tx<'_>, id: UnitId, parent: Option<UnitId>) -> Answer<u64> {
    tx.run("update units_unit set parent = $2 where id = $1", &[id.into(), parent.into()])
}

/// True when the address was free and is now taken.
pub(super) fn take_address(tx: &mut Tx<'_>, address: &str) -> Answer<bool> {
    let taken = tx.run(
        "insert into units_address (address) values ($1) on conflict (address) do nothing",
        &[address.into()],
    )?;
    Ok(taken == 1)
}

pub(super) fn give_address_back(tx: &mut Tx<'_>, address: &str) -> Answer<u64> {
    tx.run("delete from units_address where address = $1", &[address.into()])
}

pub(super) fn version(reader: &mut Reader<'_>) -> Answer<i64> {
    let version =
        reader.one("select version from units_version where one = 1", &[], |row| row.get(0))?;
    Ok(version.unwrap_or_default())
}

pub(super) fn set_version(tx: &mut Tx<'_>, version: i64) -> Answer<()> {
    tx.run("update units_version set version = $1 where one = 1", &[Value::Int(version)])?;
    Ok(())
}
