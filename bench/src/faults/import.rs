//! `kill -9` during an import: into an empty installation, over an older state, and during the first start of a demo.
//! Afterwards all tables hold the old state or the new one, and the same import can be done again to its end.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use konvent_core::Random;
use konvent_people::sample;
use rusqlite::Connection;

use crate::house::{Installation, Server, konvent};
use crate::{Done, sentence};

/// How many members are imported. In release so many that the transaction outgrows SQLite's cache and is written to its
/// log before it is committed; the development profile would take minutes for that.
const MEMBERS: usize = if cfg!(debug_assertions) { 2_000 } else { 20_000 };
/// Kills fall into this many times the length of an undisturbed import, so that some come after its end.
const SPAN: f64 = 1.5;
/// How many members change in the second file.
const CHANGED: usize = 600;

/// What came of all runs.
#[derive(Debug, Default)]
pub struct Imports {
    /// Old state or new state.
    pub clean: u32,
    /// Anything between.
    pub half: u32,
}

/// Rows of each table, and the names in it that an import can change.
type State = BTreeMap<String, i64>;

/// Kills each kind of import so many times.
pub fn run(runs: u32, folder: &Path) -> Done<Imports> {
    let mut sum = Imports::default();
    println!("\nkill -9 during an import of {MEMBERS} members: old state or new state, never half");
    println!("  kind            runs  old  new  half  full run s");
    let empty = Installation::found(&folder.join("import-empty"), MEMBERS)?;
    let planned = empty.import("--plan").status().map_err(sentence("no import"))?;
    if !planned.success() {
        return Err("the import cannot be planned".to_owned());
    }
    let full = empty.copy_to(&folder.join("import-full"))?;
    let full_secs = timed(|| full.import_all())?;
    let changed = full.copy_to(&folder.join("import-changed"))?;
    change_file(&changed)?;
    let target = changed.copy_to(&folder.join("import-target"))?;
    let changed_secs = timed(|| target.import_all())?;

    let first = Kind {
        name: "first import",
        from: &empty,
        old: state(&empty)?,
        new: state(&full)?,
        secs: full_secs,
    };
    let second = Kind {
        name: "changed file",
        from: &changed,
        old: state(&full)?,
        new: state(&target)?,
        secs: changed_secs,
    };
    control(&full, folder, &[&first, &second])?;
    for kind in [first, second] {
        if kind.old == kind.new {
            return Err(format!(
                "{}: old and new state are the same, nothing can be seen",
                kind.name
            ));
        }
        kind.run(runs, folder, &mut sum)?;
    }
    demo(runs.min(5), folder, &mut sum)?;
    Ok(sum)
}

/// A state in which one row is missing must be neither old nor new: else a half import would pass unnoticed.
fn control(full: &Installation, folder: &Path, kinds: &[&Kind<'_>]) -> Done {
    let spoilt = full.copy_to(&folder.join("import-control"))?;
    let database = Connection::open(spoilt.database()).map_err(sentence("no database"))?;
    let row =
        "delete from people_membership where rowid = (select min(rowid) from people_membership)";
    let rows = database.execute(row, []).map_err(sentence("the row cannot be spoilt"))?;
    drop(database);
    let found = state(&spoilt)?;
    if rows != 1 || kinds.iter().any(|kind| found == kind.old || found == kind.new) {
        return Err("control: a missing row of an import was not noticed".to_owned());
    }
    Ok(())
}

/// A kind of import.
struct Kind<'a> {
    name: &'static str,
    from: &'a Installation,
    old: State,
    new: State,
    /// How long it takes undisturbed.
    secs: f64,
}

impl Kind<'_> {
    fn run(&self, runs: u32, folder: &Path, sum: &mut Imports) -> Done {
        let (mut old, mut new, mut half) = (0, 0, 0);
        for _ in 0..runs {
            let place = folder.join("import-run");
            let house = self.from.copy_to(&place)?;
            let child = house.import("--apply").spawn().map_err(sentence("no import"))?;
            kill_after(child, random_secs(self.secs * SPAN));
            let found = state(&house)?;
            if found == self.old || found.is_empty() {
                old += 1;
            } else if found == self.new {
                new += 1;
            } else {
                half += 1;
                println!("      ! half: {found:?}");
            }
            house.import_all()?;
            if state(&house)? != self.new {
                half += 1;
                println!("      ! done again, it is not the new state");
            }
            fs::remove_dir_all(&place).map_err(sentence("no folder"))?;
        }
        println!("  {:<14} {runs:>5} {old:>4} {new:>4} {half:>5} {:>11.2}", self.name, self.secs);
        sum.clean += runs - half.min(runs);
        sum.half += half;
        Ok(())
    }
}

/// The demo's first start imports, too; after the kill it must start and have all members.
fn demo(runs: u32, folder: &Path, sum: &mut Imports) -> Done {
    let start = |place: &Path| {
        let mut command = konvent();
        command.arg("demo").arg("--data").arg(place).args(["--members", &MEMBERS.to_string()]);
        command.args(["--http", "0", "--xmpp", "0", "--xmpps", "0"]);
        command
    };
    let whole = folder.join("demo-whole");
    let began = Instant::now();
    drop(Server::start(&mut start(&whole))?);
    let secs = began.elapsed().as_secs_f64();
    let new = directory(&whole.join("konvent.db"))?;
    let (mut old_count, mut new_count, mut half) = (0, 0, 0);
    for _ in 0..runs {
        let place = folder.join("demo-run");
        let child = quiet(&mut start(&place)).spawn().map_err(sentence("no demo"))?;
        kill_after(child, random_secs(secs * SPAN));
        let found = directory(&place.join("konvent.db"))?;
        if found.is_empty() {
            old_count += 1;
        } else if found == new {
            new_count += 1;
        } else {
            half += 1;
            println!("      ! half: {found:?}");
        }
        drop(Server::start(&mut start(&place))?);
        if directory(&place.join("konvent.db"))? != new {
            half += 1;
            println!("      ! started again, it is not the whole organisation");
        }
        fs::remove_dir_all(&place).map_err(sentence("no folder"))?;
    }
    println!(
        "  {:<14} {runs:>5} {old_count:>4} {new_count:>4} {half:>5} {secs:>11.2}",
        "demo's start"
    );
    sum.clean += runs - half.min(runs);
    sum.half += half;
    Ok(())
}

/// The tables of the directory only: the demo makes accounts after its import.
fn directory(database: &Path) -> Done<State> {
    let mut found = rows(database)?;
    found.retain(|name, count| {
        *count > 0 && ["units_", "people_", "offices_"].iter().any(|own| name.starts_with(own))
    });
    found.remove("units_version"); // a row from the beginning
    Ok(found)
}

/// What an import can change: how many rows each table has, and how many members have the new name.
fn state(house: &Installation) -> Done<State> {
    let mut found = rows(&house.database())?;
    found.retain(|_, count| *count > 0);
    Ok(found)
}

/// A table that is not there yet counts as empty. Opening it recovers the log, as a server would.
fn rows(path: &Path) -> Done<State> {
    let mut state = State::new();
    if !path.exists() {
        return Ok(state);
    }
    let failed = sentence("the database cannot be read");
    let database = Connection::open(path).map_err(&failed)?;
    let mut tables = database
        .prepare("select name from sqlite_master where type = 'table' and name not like 'storage_%' and name not like 'sqlite_%'")
        .map_err(&failed)?;
    let names = tables.query_map([], |row| row.get::<_, String>(0)).map_err(&failed)?;
    let mut count = |name: String, sql: String| -> Done {
        let count = database.query_row(&sql, [], |row| row.get(0)).map_err(&failed)?;
        state.insert(name, count);
        Ok(())
    };
    for name in names {
        let name = name.map_err(&failed)?;
        let sql = format!("select count(*) from {name}");
        if name == "people_person" {
            let renamed = format!("{sql} where family like '%-Neu'");
            count("renamed".to_owned(), renamed)?;
        }
        count(name, sql)?;
    }
    Ok(state)
}

/// Marries some members: they get another family name.
fn change_file(house: &Installation) -> Done {
    let path = house.files().join(sample::MEMBERS_FILE);
    let text = fs::read_to_string(&path).map_err(sentence("no member file"))?;
    let line = |(number, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(';').map(str::to_owned).collect();
        if (1..=CHANGED).contains(&number)
            && let Some(name) = cells.get_mut(4)
        {
            name.push_str("-Neu");
        }
        cells.join(";") + "\n"
    };
    let text: String = text.lines().enumerate().map(line).collect();
    fs::write(&path, text).map_err(sentence("no member file"))
}

fn timed(work: impl FnOnce() -> Done) -> Done<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64())
}

fn random_secs(most: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "a random number below a million")]
    let part = Random::system().below(1_000_000) as f64 / 1_000_000.0;
    Duration::from_secs_f64(most * part)
}

/// `kill -9` after a while; it may have ended before.
fn kill_after(mut child: Child, after: Duration) {
    std::thread::sleep(after); // the moment of the fault: any moment will do
    let _ = child.kill();
    let _ = child.wait();
}

fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}
