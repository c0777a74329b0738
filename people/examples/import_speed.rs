//! Measures the import: writes a sample, plans and applies it, plans it again unchanged.
//!
//! `cargo run --release -p konvent-people --example import_speed -- 60000` prints CPU seconds of this process and its
//! greatest memory, from `/proc/self` (Linux). The embedded database lies in a temporary folder.

#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::path::Path;

use jiff::tz::TimeZone;
use konvent_core::audit::{self, Actor};
use konvent_core::{About, Clock, Db, Storage};
use konvent_people::import::{self, File, Options};
use konvent_people::{FEATURES, sample};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let members: usize = std::env::args().nth(1).map_or(Ok(2000), |text| text.parse())?;
    let folder = std::env::temp_dir().join(format!("konvent-import-speed-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = measure(&folder, members);
    std::fs::remove_dir_all(&folder)?;
    done
}

fn measure(folder: &Path, members: usize) -> Result<(), Box<dyn std::error::Error>> {
    sample::write(folder, members, 1)?;
    say("sample", members, cpu_secs());
    let clock = Clock::System;
    let features: Vec<&About> =
        std::iter::once(&audit::ABOUT).chain(FEATURES.iter().copied()).collect();
    let db = Db::open(&Storage::Sqlite(folder.join("konvent.db")), &features, &clock)?;
    for round in ["first import", "unchanged"] {
        let before = cpu_secs();
        let files = [sample::UNITS_FILE, sample::MEMBERS_FILE, sample::OFFICES_FILE]
            .into_iter()
            .map(|name| File::open(&folder.join(name)))
            .collect::<Result<Vec<_>, _>>()?;
        let zone = TimeZone::get("Europe/Berlin")?;
        let options =
            Options { zone, leaving_permille_max: 20, contents_kept_days: 30, now: clock.now() };
        let plan = db.read_blocking(|reader| import::plan(reader, &files, &options))?;
        println!("{:?}", plan.summary());
        say("  planned", members, cpu_secs() - before);
        drop(files);
        let applied =
            db.write_blocking(move |tx| import::apply(tx, &plan, Actor::Operator, false))?;
        println!("  {} joined, {} notes", applied.joined.len(), applied.notes);
        say(round, members, cpu_secs() - before);
    }
    Ok(())
}

fn say(what: &str, members: usize, cpu: f64) {
    println!("{what:<14} {members:>8} members {cpu:>8.2} CPU s, peak {} MiB", peak_kib() / 1024);
}

/// User and system time of this process so far, in seconds (proc(5): fields 14 and 15 of `stat`, in hundredths).
fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u32 = behind_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    f64::from(ticks) / 100.0
}

/// `VmHWM` of proc(5), in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}
