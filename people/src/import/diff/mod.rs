//! The differ: files and directory in, plan out. Units first, because people and offices name them.

mod offices;
mod people;
mod units;

use konvent_core::{Answer, Reader};
use sha2::{Digest, Sha256};

use super::Options;
use super::columns::FileKind;
use super::conflict::Conflicts;
use super::model::Plan;
use super::read::{self, File, Rows};

/// The files by kind, opened.
#[derive(Default)]
struct Opened<'f> {
    members: Option<Rows<'f>>,
    units: Option<Rows<'f>>,
    offices: Option<Rows<'f>>,
}

/// See [`super::plan`].
pub(super) fn plan(reader: &mut Reader<'_>, files: &[File], options: &Options) -> Answer<Plan> {
    let directory = crate::units::directory_version(reader)?;
    let today = options.now.day_in(&options.zone);
    let mut plan = Plan {
        id: id_of(files, directory, today),
        directory,
        today,
        contents_until: options
            .now
            .plus_days(i64::from(options.contents_kept_days))
            .day_in(&options.zone),
        present: 0,
        units: Vec::new(),
        unit_steps: Vec::new(),
        people: Vec::new(),
        extras: Vec::new(),
        terms: Vec::new(),
        conflicts: Conflicts::default(),
        unchanged: 0,
        members_before: 0,
        braked: false,
    };
    let opened = open_all(files, &mut plan.conflicts);
    let tree = units::plan(reader, opened.units, &mut plan)?;
    if plan.conflicts.block() {
        return Ok(plan); // whatever else differs would be guessed on a broken tree
    }
    let members = people::plan(reader, opened.members, &tree, &mut plan)?;
    offices::plan(reader, opened.offices, &tree, &members, options, &mut plan)?;
    units::keep_those_in_use(&members, &mut plan);
    brake(options, &mut plan);
    Ok(plan)
}

fn open_all<'f>(files: &'f [File], conflicts: &mut Conflicts) -> Opened<'f> {
    let mut opened = Opened::default();
    for file in files {
        match read::open(file) {
            Err(conflict) => conflicts.add(conflict),
            Ok((kind, rows)) => {
                let place = match kind {
                    FileKind::Members => &mut opened.members,
                    FileKind::Units => &mut opened.units,
                    FileKind::Offices => &mut opened.offices,
                };
                if place.is_some() {
                    conflicts.add(rows.blocking(0, "import.file-twice", ""));
                } else {
                    *place = Some(rows);
                }
            }
        }
    }
    opened
}

/// The brake: a truncated or filtered file must not throw half of the organisation out.
fn brake(options: &Options, plan: &mut Plan) {
    let exits = plan.summary().exits;
    let permille = exits.saturating_mul(1000);
    let allowed = plan.members_before.saturating_mul(options.leaving_permille_max as usize);
    plan.braked = exits > 1 && permille > allowed;
}

fn id_of(files: &[File], directory: i64, today: jiff::civil::Date) -> String {
    let mut parts: Vec<[u8; 32]> =
        files.iter().map(|file| Sha256::digest(&file.bytes).into()).collect();
    parts.sort_unstable(); // the order in which files are named does not matter
    let mut hash = Sha256::new();
    hash.update(directory.to_be_bytes());
    hash.update(today.to_string());
    for part in parts {
        hash.update(part);
    }
    let bytes: [u8; 32] = hash.finalize().into();
    let short: [u8; 8] = bytes.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(short))
}

/// The next row that can be read; conflicts go into the plan. A conflict that blocks ends the file.
///
/// `hidden` counts rows of which not even the key is known: while there are some, absence from the file proves nothing.
fn next_row(
    rows: &mut Rows<'_>,
    conflicts: &mut Conflicts,
    hidden: &mut usize,
) -> Option<read::Row> {
    loop {
        match rows.next()? {
            Ok(row) => return Some(row),
            Err(conflict) => {
                *hidden += 1;
                conflicts.add(conflict);
            }
        }
    }
}
