//! The tree: what the file of units says against what the directory knows.

use std::collections::HashMap;

use konvent_core::{Answer, Reader, UnitId};

use super::next_row;
use super::people::Members;
use crate::import::columns::UnitColumn;
use crate::import::conflict::{Conflict, Conflicts};
use crate::import::model::{Plan, PlannedUnit, UnitStep};
use crate::import::read::Rows;
use crate::import::values;
use crate::units::{self, Unit};

/// Finds units by what rows call them.
pub(super) struct Tree {
    exact: HashMap<String, usize>,
    /// By key without zeros; several when the zeros tell them apart.
    zeroless: HashMap<String, Vec<usize>>,
    /// By name in lower case.
    named: HashMap<String, Vec<usize>>,
    /// The only unit of a small association, whose file need not name it.
    only: Option<usize>,
    pub(super) by_id: HashMap<UnitId, usize>,
}

impl Tree {
    /// The unit with this key, or with this name when there is no key.
    pub(super) fn find(&self, key: &str, name: &str) -> Result<usize, &'static str> {
        const UNKNOWN: &str = "import.unknown-unit";
        if key.is_empty() && name.is_empty() {
            return self.only.ok_or(UNKNOWN);
        }
        if key.is_empty() {
            return one(self.named.get(&name.to_lowercase()));
        }
        match self.exact.get(key) {
            Some(unit) => Ok(*unit),
            None => one(self.zeroless.get(&values::without_zeros(key))),
        }
    }
}

fn one(found: Option<&Vec<usize>>) -> Result<usize, &'static str> {
    match found.map(Vec::as_slice) {
        Some([unit]) => Ok(*unit),
        None | Some([]) => Err("import.unknown-unit"),
        Some(_) => Err("import.ambiguous-unit"),
    }
}

/// Plans the steps of the tree and returns the tree as it will be.
pub(super) fn plan(
    reader: &mut Reader<'_>,
    file: Option<Rows<'_>>,
    plan: &mut Plan,
) -> Answer<Tree> {
    let known = units::all_ever(reader)?;
    let places: HashMap<UnitId, usize> =
        known.iter().enumerate().map(|(at, unit)| (unit.id, at)).collect();
    plan.units = known
        .iter()
        .map(|unit| PlannedUnit {
            id: Some(unit.id),
            key: unit.key.clone(),
            parent: unit.parent.and_then(|parent| places.get(&parent).copied()),
            name: unit.name.clone(),
            level: unit.level.clone(),
            kind: unit.kind,
            is_gone: unit.dissolved_on.is_some(),
        })
        .collect();
    if let Some(mut rows) = file {
        compare(&known, &mut rows, plan);
    }
    Ok(index(&plan.units))
}

fn index(units: &[PlannedUnit]) -> Tree {
    let mut tree = Tree {
        exact: HashMap::new(),
        zeroless: HashMap::new(),
        named: HashMap::new(),
        only: None,
        by_id: HashMap::new(),
    };
    for (at, unit) in units.iter().enumerate() {
        if let Some(id) = unit.id {
            tree.by_id.insert(id, at);
        }
        if unit.is_gone {
            continue;
        }
        tree.exact.insert(unit.key.clone(), at);
        tree.zeroless.entry(values::without_zeros(&unit.key)).or_default().push(at);
        tree.named.entry(unit.name.to_lowercase()).or_default().push(at);
    }
    if let [only] = *tree.exact.values().copied().collect::<Vec<_>>() {
        tree.only = Some(only);
    }
    tree
}

/// A row of the file, before its parent is known to exist.
struct Said {
    line: u32,
    parent_key: String,
    at: usize,
}

fn compare(known: &[Unit], rows: &mut Rows<'_>, plan: &mut Plan) {
    let before = plan.units.clone();
    let keys: HashMap<String, usize> =
        before.iter().enumerate().map(|(at, unit)| (unit.key.clone(), at)).collect();
    let mut zeroless: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, unit) in before.iter().enumerate() {
        zeroless.entry(values::without_zeros(&unit.key)).or_default().push(at);
    }
    for unit in &mut plan.units {
        unit.is_gone = true;
    }
    let mut said: Vec<Said> = Vec::new();
    // By the key as this file writes it, because parents are named in the same way.
    let mut written: HashMap<String, usize> = HashMap::new();
    let mut hidden = 0;
    while let Some(row) = next_row(rows, &mut plan.conflicts, &mut hidden) {
        let cell = |column: UnitColumn| row.cell(column as usize);
        let (key, name) = (cell(UnitColumn::Key), cell(UnitColumn::Name));
        if key.is_empty() || name.is_empty() {
            plan.conflicts.add(rows.blocking(row.line, "import.missing-value", "schluessel, name"));
            continue;
        }
        let fresh = PlannedUnit {
            id: None,
            key: key.to_owned(),
            parent: None,
            name: name.to_owned(),
            level: cell(UnitColumn::Level).to_owned(),
            kind: values::unit_kind(cell(UnitColumn::Kind)),
            is_gone: false,
        };
        let known =
            keys.get(key).copied().or_else(|| one(zeroless.get(&values::without_zeros(key))).ok());
        let at = known.unwrap_or(plan.units.len());
        match plan.units.get_mut(at) {
            Some(unit) if unit.is_gone => {
                *unit = PlannedUnit { id: unit.id, key: unit.key.clone(), ..fresh };
            }
            Some(_) => {
                plan.conflicts.add(rows.blocking(row.line, "import.duplicate-unit", key));
                continue;
            }
            None => plan.units.push(fresh),
        }
        if written.insert(key.to_owned(), at).is_some() {
            plan.conflicts.add(rows.blocking(row.line, "import.duplicate-unit", key));
        }
        said.push(Said { line: row.line, parent_key: cell(UnitColumn::Parent).to_owned(), at });
    }
    if hidden > 0 {
        // A tree with holes would dissolve the units of the unreadable rows.
        plan.conflicts.add(rows.blocking(0, "import.cell-count", ""));
    }
    let conflicts = &mut plan.conflicts;
    set_parents(&said, &written, rows, &mut plan.units, conflicts);
    let Some(order) = top_down(&said, rows, &plan.units, conflicts) else { return };
    plan.unit_steps = steps(known, &before, &plan.units, &order);
}

fn set_parents(
    said: &[Said],
    written: &HashMap<String, usize>,
    rows: &Rows<'_>,
    units: &mut [PlannedUnit],
    conflicts: &mut Conflicts,
) {
    let mut zeroless: HashMap<String, Vec<usize>> = HashMap::new();
    for (key, at) in written {
        zeroless.entry(values::without_zeros(key)).or_default().push(*at);
    }
    for Said { line, parent_key, at } in said {
        let parent = match written.get(parent_key) {
            Some(parent) => Some(*parent),
            None if parent_key.is_empty() => None,
            None => {
                let found = one(zeroless.get(&values::without_zeros(parent_key))).ok();
                if found.is_none() {
                    conflicts.add(rows.blocking(*line, "import.unknown-parent", parent_key));
                }
                found
            }
        };
        if let Some(unit) = units.get_mut(*at) {
            unit.parent = parent;
        }
    }
}

/// The units of the file, parents before children; nothing when they form a loop.
fn top_down(
    said: &[Said],
    rows: &Rows<'_>,
    units: &[PlannedUnit],
    conflicts: &mut Conflicts,
) -> Option<Vec<usize>> {
    let parent_of = |at: usize| units.get(at).and_then(|unit| unit.parent);
    let mut depths: Vec<(usize, usize)> = Vec::with_capacity(said.len());
    for Said { line, at, .. } in said {
        let mut depth = 0;
        let mut above = parent_of(*at);
        while let Some(next) = above {
            depth += 1;
            if depth > said.len() {
                let key = units.get(*at).map_or("", |unit| unit.key.as_str());
                conflicts.add(rows.blocking(*line, "import.unit-loop", key));
                return None;
            }
            above = parent_of(next);
        }
        depths.push((depth, *at));
    }
    depths.sort_unstable();
    Some(depths.into_iter().map(|(_, at)| at).collect())
}

fn steps(
    known: &[Unit],
    before: &[PlannedUnit],
    after: &[PlannedUnit],
    order: &[usize],
) -> Vec<UnitStep> {
    let mut steps = Vec::new();
    for at in order {
        let Some(new) = after.get(*at) else { continue };
        let Some(old) = before.get(*at) else {
            steps.push(UnitStep::Found(*at));
            continue;
        };
        let is_same = old.name == new.name && old.level == new.level && old.kind == new.kind;
        if !is_same || old.is_gone {
            steps.push(UnitStep::Change(*at));
        }
        if old.parent != new.parent {
            steps.push(UnitStep::Move(*at));
        }
    }
    for (at, unit) in known.iter().enumerate() {
        if unit.dissolved_on.is_none() && after.get(at).is_some_and(|unit| unit.is_gone) {
            steps.push(UnitStep::Gone(at));
        }
    }
    steps
}

/// A unit that is gone from the file but still has members stays, with everything above it.
pub(super) fn keep_those_in_use(members: &Members, plan: &mut Plan) {
    let mut kept: Vec<usize> = Vec::new();
    for step in &plan.unit_steps {
        if let UnitStep::Gone(at) = step
            && members.homes.get(*at).is_some_and(|count| *count > 0)
        {
            let key = plan.units.get(*at).map_or("", |unit| unit.key.as_str());
            plan.conflicts.add(Conflict {
                file: String::new(),
                line: 0,
                code: "import.unit-in-use",
                detail: key.to_owned(),
                blocks: false,
            });
            let mut next = Some(*at);
            while let Some(unit) = next {
                kept.push(unit);
                next = plan.units.get(unit).and_then(|unit| unit.parent);
            }
        }
    }
    plan.unit_steps.retain(|step| !matches!(step, UnitStep::Gone(at) if kept.contains(at)));
}
