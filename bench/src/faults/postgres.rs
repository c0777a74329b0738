//! PostgreSQL crashes and comes back in the middle of a flood, twice: our server stays up and goes on by itself; what was
//! acknowledged is there once; what was refused meanwhile, sent again under the same ids, is there once as well, although
//! nobody can know of a commit under way whether it still got through. TRUST R1, R5.
//!
//! The control strikes a row of what was acknowledged: the count must say so.

use std::path::Path;
use std::time::Duration;

use super::cluster::Cluster;
use super::flood::{Flood, Listener};
use super::oracle::{self, Verdict};
use super::{MEMBERS, PAIRS, SPEAKERS, probe};
use crate::device::Target;
use crate::house::{Folk, Installation};
use crate::{Done, sentence};

/// How long the flood runs before each crash, and after the last.
const FLOOD: Duration = Duration::from_secs(2);
/// How long PostgreSQL is away.
const AWAY: Duration = Duration::from_millis(700);
/// How often it crashes.
const CRASHES: usize = 2;
/// So many complaints of the server that came up after all crashes are shown; there should be none.
const COMPLAINTS: usize = 5;

/// Floods, crashes the database, counts, sends the rest again, counts again. Whether all was well.
pub async fn run(folder: &Path) -> Done<bool> {
    let mut cluster = Cluster::make()?;
    let house = Installation::found(&folder.join("postgres-crash"), MEMBERS)?;
    house.use_postgres(&cluster.url())?;
    house.import_all()?;
    let (own, count) = (house.clone(), 2 * PAIRS + SPEAKERS);
    // It waits for the database, which must not be done on a thread that serves others.
    let folk = tokio::task::spawn_blocking(move || own.people(count))
        .await
        .map_err(sentence("no people"))??;
    let mut server = house.serve()?;
    let mut flood = Flood::begin(&server, &folk).await?;
    let mut back = Duration::ZERO;
    for _ in 0..CRASHES {
        tokio::time::sleep(FLOOD).await; // a length of work, not a wait for a state
        cluster.crash()?;
        tokio::time::sleep(AWAY).await;
        cluster.come_back()?;
        back = back.max(probe::until_kept(&Target::plain(server.xmpp), &folk).await?);
    }
    tokio::time::sleep(FLOOD).await;
    server.kill();
    flood.end().await;
    let server = house.serve()?;
    let archives = oracle::read(&server, &folk).await?;
    let mut verdict = Verdict::default();
    oracle::after_the_fault(&flood, &archives, &mut verdict);
    verdict.resent = flood.send_again(&server, &folk).await?;
    let archives = oracle::read(&server, &folk).await?;
    oracle::after_the_repetition(&flood, &archives, &mut verdict);
    println!(
        "  {}; {}; keeps again after {} ms at most",
        verdict.counted(),
        verdict.counted_again(),
        back.as_millis(),
    );
    verdict.show_examples();
    for complaint in server.complaints().iter().take(COMPLAINTS) {
        println!("      log: {complaint}");
    }
    drop(server);
    let is_noticed = control(&cluster, &house, &folk, &flood).await?;
    Ok(verdict.is_lossless() && verdict.acked > 0 && is_noticed)
}

/// Strikes one row of what was acknowledged: whether the count says so.
async fn control(
    cluster: &Cluster,
    house: &Installation,
    folk: &Folk,
    flood: &Flood,
) -> Done<bool> {
    let said = flood.said.iter().find(|said| said.listener != Listener::Room && said.acked > 0);
    let word = said.and_then(|said| said.words.first()).ok_or("nothing was acknowledged")?;
    cluster.change_one(&format!(
        "delete from archive_entry where encode(stanza, 'escape') like '%>{word} %' and outgoing = 0"
    ))?;
    let server = house.serve()?;
    let archives = oracle::read(&server, folk).await?;
    let mut verdict = Verdict::default();
    oracle::after_the_fault(flood, &archives, &mut verdict);
    println!("  control: one row struck: missing {}, doubled {}", verdict.missing, verdict.doubled);
    Ok(verdict.missing == 1 && verdict.doubled == 0)
}
