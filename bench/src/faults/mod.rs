//! `kill -9` in the middle of work, again and again, a full disk, a clock that jumps, a PostgreSQL that crashes, nodes that lose
//! one another: what was acknowledged must be there, exactly once; an import must have happened or not. TRUST R1, R3, R5.
//!
//! The control proves that the count would notice: it loses, damages and doubles messages on purpose.

mod clock;
pub mod cluster;
mod control;
mod cutoff;
mod disk;
mod door;
mod flood;
mod hanging;
mod import;
pub mod nodes;
mod oracle;
mod postgres;
mod probe;
mod wandering;

use std::path::Path;
use std::time::Duration;

use clap::Args;
use konvent_core::Random;

use crate::house::{Folk, Installation, Server};
use crate::{Done, sentence};
use flood::Flood;
use oracle::Verdict;

/// Pairs of a sender and a receiver.
const PAIRS: usize = 8;
/// Members who talk in a room.
const SPEAKERS: usize = 2;
/// How many members the organisation has.
const MEMBERS: usize = 200;

/// `konvent-bench faults`
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the command line")]
pub struct Faults {
    /// How many floods and imports are killed.
    #[arg(long, default_value_t = 20)]
    runs: u32,
    /// Only the strangers at the doors.
    #[arg(long)]
    door: bool,
    /// Only the clock that jumps.
    #[arg(long)]
    clock: bool,
    /// Only the crashes of PostgreSQL.
    #[arg(long)]
    postgres: bool,
    /// Only three nodes that lose one another, the bus and the database.
    #[arg(long)]
    nodes: bool,
    /// Only one of three nodes that is cut off from the others, the bus and the database.
    #[arg(long)]
    cut_off: bool,
    /// Already in a network of its own (for `--cut-off`).
    #[arg(long, hide = true)]
    inside: bool,
    /// Only prove that a loss would be noticed.
    #[arg(long)]
    control: bool,
}

/// Runs everything, prints a table and fails on any loss.
pub fn run(faults: &Faults) -> Done {
    if faults.cut_off && !faults.inside {
        let is_well = cutoff::run_apart()?;
        return close(is_well.ok_or("nothing was tried")?);
    }
    let folder = tempfile::tempdir().map_err(sentence("no folder"))?;
    let template = Installation::found(&folder.path().join("template"), MEMBERS)?;
    template.import_all()?;
    let folk = template.people(2 * PAIRS + SPEAKERS)?;
    let runtime = tokio::runtime::Runtime::new().map_err(sentence("no runtime"))?;
    if faults.door {
        let held = runtime.block_on(door::run(&template, &folk, folder.path()))?;
        println!("\n{} passed, {} failed", held.passed, held.failed);
        return if held.failed == 0 { Ok(()) } else { Err("the doors did not hold".to_owned()) };
    }
    if faults.clock {
        return close(runtime.block_on(clock::run(&template, &folk, folder.path()))?);
    }
    if faults.postgres {
        return close(runtime.block_on(postgres::run(folder.path()))?);
    }
    if faults.nodes {
        let wander = runtime.block_on(wandering::run(&template, &folk, folder.path()))?;
        let survive = runtime.block_on(nodes::run(&template, &folk, folder.path()))?;
        return close(survive && wander);
    }
    if faults.inside {
        let is_well = runtime.block_on(cutoff::run(&template, &folk, folder.path()))?;
        return if is_well { Ok(()) } else { Err("the node that was cut off".to_owned()) };
    }
    println!("control: what is lost, damaged or doubled on purpose must be noticed");
    let controls = runtime.block_on(control::run(&template, &folk, folder.path()))?;
    if faults.control {
        println!("{controls} passed, 0 failed");
        return Ok(());
    }
    let (mut passed, mut failed) = (controls, 0);
    let mut sum = Verdict::default();
    println!(
        "\nkill -9 during a flood: {PAIRS} senders to {PAIRS} receivers, {SPEAKERS} in a room"
    );
    println!("{}", Verdict::HEAD);
    for number in 1..=faults.runs {
        let place = folder.path().join(format!("flood-{number}"));
        let verdict = runtime.block_on(one_flood(&template, &folk, &place))?;
        println!("{}", verdict.line(&number.to_string()));
        if verdict.is_clean() {
            passed += 1;
        } else {
            failed += 1;
        }
        verdict.show_examples();
        sum.add(&verdict);
        std::fs::remove_dir_all(&place).map_err(sentence("no folder"))?;
    }
    println!("{}", sum.line("all"));
    let mut count = |is_well: bool| if is_well { passed += 1 } else { failed += 1 };
    println!("\na full disk during the same flood, and room again");
    count(runtime.block_on(disk::run(&template, &folk, folder.path()))?);
    println!("\na clock that jumps during the same flood");
    count(runtime.block_on(clock::run(&template, &folk, folder.path()))?);
    println!("\na PostgreSQL that crashes twice during the same flood");
    count(runtime.block_on(postgres::run(folder.path()))?);
    println!(
        "\nthree nodes: one killed, the bus away, the database restarted, one stopped for too long"
    );
    count(runtime.block_on(nodes::run(&template, &folk, folder.path()))?);
    println!(
        "\nthree nodes: one killed and one closed, whose clients go on with their sessions at another"
    );
    count(runtime.block_on(wandering::run(&template, &folk, folder.path()))?);
    println!("\none of three nodes cut off, with clients who still reach it");
    if let Some(is_well) = cutoff::run_apart()? {
        count(is_well);
    }
    let imports = import::run(faults.runs, folder.path())?;
    passed += imports.clean;
    failed += imports.half;
    let doors = runtime.block_on(door::run(&template, &folk, folder.path()))?;
    passed += doors.passed;
    failed += doors.failed;
    println!("\n{passed} passed, {failed} failed");
    if failed == 0 {
        Ok(())
    } else {
        Err("something acknowledged was lost, doubled or half done".to_owned())
    }
}

/// The last line of a run of one thing.
fn close(is_well: bool) -> Done {
    println!("{}", if is_well { "1 passed, 0 failed" } else { "0 passed, 1 failed" });
    if is_well { Ok(()) } else { Err("something was lost, doubled or disordered".to_owned()) }
}

/// One flood: killed after a second to four, counted, sent again, counted again.
async fn one_flood(template: &Installation, folk: &Folk, place: &Path) -> Done<Verdict> {
    let house = template.copy_to(place)?;
    let mut server = house.serve()?;
    let delay = Duration::from_millis(1000 + Random::system().below(3000));
    let mut flood = Flood::begin(&server, folk).await?;
    tokio::time::sleep(delay).await; // the moment of the fault: any moment will do
    server.kill();
    flood.end().await;
    let server = house.serve()?;
    let mut verdict = Verdict {
        millis: delay.as_millis(),
        restart_secs: server.start_secs,
        ..Verdict::default()
    };
    judge(&server, folk, &mut flood, &mut verdict).await?;
    verdict.faults = server.complaints().len();
    Ok(verdict)
}

/// Counts what is there, sends the rest again, and counts once more.
async fn judge(server: &Server, folk: &Folk, flood: &mut Flood, verdict: &mut Verdict) -> Done {
    let archives = oracle::read(server, folk).await?;
    oracle::after_the_fault(flood, &archives, verdict);
    verdict.resent = flood.send_again(server, folk).await?;
    let archives = oracle::read(server, folk).await?;
    oracle::after_the_repetition(flood, &archives, verdict);
    Ok(())
}
