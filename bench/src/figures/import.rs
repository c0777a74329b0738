//! Imports of a party's size, plan and apply, by the regular command in a process of its own; then the same file again,
//! which must write nothing.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Wishes;
use super::table::{Goal, Table};
use crate::house::Installation;
use crate::{Done, process, sentence};

/// How often the process is looked at; its last CPU time is known to this much.
const LOOK: Duration = Duration::from_millis(5);

/// Members, and the CPU seconds they may cost.
const SIZES: [(usize, f64); 3] = [(2_000, 1.0), (60_000, 8.0), (370_000, 60.0)];

/// What a process used until it ended.
struct Used {
    cpu_secs: f64,
    wall_secs: f64,
    peak_mib: f64,
}

/// Imports each size.
pub fn measure(folder: &Path, wishes: Wishes, table: &mut Table) -> Done {
    println!("import: plan and apply");
    let sizes = if wishes.quick { SIZES.get(..1) } else { SIZES.get(..) };
    for (members, goal) in sizes.unwrap_or_default() {
        let house = Installation::found(&folder.join(format!("import-{members}")), *members)?;
        let used = watch(house.import("--apply").spawn().map_err(sentence("no import"))?)?;
        let name = format!("import of {members}");
        table.add_own(&format!("{name}: CPU"), "s", Goal::AtMost(*goal), used.cpu_secs);
        table.add_own(&format!("{name}: time"), "s", Goal::None, used.wall_secs);
        let most = if *members == 370_000 { Goal::AtMost(512.0) } else { Goal::None };
        table.add_own(&format!("{name}: peak memory"), "MiB", most, used.peak_mib);

        let people = members_in(&house)?;
        if people < *members {
            return Err(format!("only {people} of {members} members were imported"));
        }
        let before = fingerprint(&house)?;
        let used = watch(house.import("--apply").spawn().map_err(sentence("no import"))?)?;
        let after = fingerprint(&house)?;
        let goal = if *members == 370_000 { Goal::AtMost(20.0) } else { Goal::None };
        table.add_own(&format!("{name}, unchanged: CPU"), "s", goal, used.cpu_secs);
        let changes = f64::from(u8::from(before != after));
        table.add_own(&format!("{name}, unchanged: writes"), "", Goal::AtMost(0.0), changes);
        fs::remove_dir_all(&house.folder).map_err(sentence("no folder"))?;
    }
    Ok(())
}

/// Looks at a process until it ends. A failed one is an error.
fn watch(mut child: Child) -> Done<Used> {
    let began = Instant::now();
    let (mut cpu_secs, mut peak): (f64, f64) = (0.0, 0.0);
    loop {
        // Once it has ended and is not waited for, its time is still told, its memory no more.
        cpu_secs = process::cpu_secs(child.id()).map_or(cpu_secs, |secs| secs.max(cpu_secs));
        peak = process::peak_kib(child.id()).map_or(peak, |kib| kib.max(peak));
        if is_over(child.id()) {
            cpu_secs = process::cpu_secs(child.id()).map_or(cpu_secs, |secs| secs.max(cpu_secs));
            break;
        }
        std::thread::sleep(LOOK); // a process of its own tells nobody when it ends
    }
    let wall_secs = began.elapsed().as_secs_f64();
    let status = child.wait().map_err(sentence("no import"))?;
    if !status.success() {
        return Err(format!("the import failed ({status})"));
    }
    Ok(Used { cpu_secs, wall_secs, peak_mib: peak / 1024.0 })
}

/// A process that has ended and is not waited for is a zombie: state Z behind its name in `stat`.
fn is_over(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(')').next().unwrap_or_default().split_whitespace().next();
    matches!(state, None | Some("Z" | "X"))
}

/// How many members stand in the database.
fn members_in(house: &Installation) -> Done<usize> {
    let what = "the database cannot be read";
    let database = Connection::open(house.database()).map_err(sentence(what))?;
    let sql = "select count(*) from people_person";
    let count: i64 = database.query_row(sql, [], |row| row.get(0)).map_err(sentence(what))?;
    usize::try_from(count).map_err(sentence(what))
}

/// The database file and its log, byte for byte as one number: whatever is written changes it, for SQLite counts its
/// changes in the header.
fn fingerprint(house: &Installation) -> Done<u64> {
    let mut hasher = DefaultHasher::new();
    let file = house.database();
    fs::read(&file).map_err(sentence("the database cannot be read"))?.hash(&mut hasher);
    fs::read(file.with_extension("db-wal")).unwrap_or_default().hash(&mut hasher);
    Ok(hasher.finish())
}
