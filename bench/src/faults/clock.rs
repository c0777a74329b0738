//! The clock jumps in the middle of a flood: two days ahead, then back to a day before it began. Everything acknowledged is
//! there once, archives keep the order in which each sender spoke (so ids grow although time does not), pages lead through
//! them, and nobody is locked out by counts that lie in the future. TRUST R1.
//!
//! The server sees the time through libfaketime, which reads it from a file; its own waiting (the monotonic clock) is left
//! alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::flood::{self, Flood, Listener};
use super::oracle::Verdict;
use super::{PAIRS, judge, probe};
use crate::device::Target;
use crate::house::{Folk, Installation, Server, konvent};
use crate::{Done, load, mam, sentence};

/// How long the flood runs before each jump, and after the last.
const FLOOD: Duration = Duration::from_millis(1_500);
/// Where the clock stands, one after the other, as libfaketime writes it.
const JUMPS: [&str; 2] = ["+2d", "-1d"];

/// Floods, jumps, kills, counts. Whether all was well.
pub async fn run(template: &Installation, folk: &Folk, folder: &Path) -> Done<bool> {
    let house = template.copy_to(&folder.join("clock"))?;
    let file = folder.join("clock.rc");
    set(&file, "+0")?;
    let mut server = serve(&house, &file)?;
    let mut flood = Flood::begin(&server, folk).await?;
    let mut back = Duration::ZERO;
    for jump in JUMPS {
        tokio::time::sleep(FLOOD).await; // a length of work, not a wait for a state
        set(&file, jump)?;
        back = back.max(probe::until_kept(&Target::plain(server.xmpp), folk).await?);
    }
    tokio::time::sleep(FLOOD).await;
    server.kill();
    flood.end().await;
    let server = serve(&house, &file)?;
    let disordered = disorder(&server, folk, &flood).await?;
    let mut verdict = Verdict::default();
    judge(&server, folk, &mut flood, &mut verdict).await?;
    println!(
        "  jumps {JUMPS:?}: {}, out of order {disordered}; {}; keeps again after {} ms at most",
        verdict.counted(),
        verdict.counted_again(),
        back.as_millis(),
    );
    verdict.show_examples();
    Ok(verdict.is_clean() && disordered == 0)
}

/// How many words stand before one that the same sender said earlier, in the receivers' archives and in the room's.
async fn disorder(server: &Server, folk: &Folk, flood: &Flood) -> Done<usize> {
    let target = Target::plain(server.xmpp);
    let mut disordered = 0;
    for said in &flood.said {
        let words = match said.listener {
            Listener::Member(number) => {
                let login = flood::member(folk, number)?;
                let mut device = flood::arrive(&target, login, "order").await?;
                mam::words(&mut device, None).await?
            }
            Listener::Room => {
                let login = flood::member(folk, 2 * PAIRS)?;
                let mut device = flood::arrive(&target, login, "order").await?;
                load::join(&mut device, &folk.room, "order").await?;
                mam::words(&mut device, Some(&folk.room)).await?
            }
        };
        disordered += backwards(&words, said.sender);
    }
    Ok(disordered)
}

/// How often a number does not grow among the words of one sender, `s3-17`.
fn backwards(words: &[String], sender: usize) -> usize {
    let begin = format!("s{sender}-");
    let numbers = words.iter().filter_map(|word| word.strip_prefix(&begin)?.parse().ok());
    let numbers: Vec<u64> = numbers.collect();
    numbers.windows(2).filter(|pair| matches!(pair, [one, other] if one >= other)).count()
}

/// Written beside and moved, so that nobody reads half of it.
fn set(file: &Path, offset: &str) -> Done {
    let half = file.with_extension("new");
    fs::write(&half, format!("{offset}\n")).map_err(sentence("no clock"))?;
    fs::rename(&half, file).map_err(sentence("no clock"))
}

fn serve(house: &Installation, clock: &Path) -> Done<Server> {
    let mut command = konvent();
    command
        .args(["serve", "--config"])
        .arg(house.settings())
        .env("LD_PRELOAD", library()?)
        .env("FAKETIME_TIMESTAMP_FILE", clock)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    Server::start(&mut command)
}

fn library() -> Done<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    found
        .find(|file| file.exists())
        .ok_or_else(|| "libfaketime is not installed (apt-get install libfaketime)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_something_earlier_is_counted() {
        let words =
            |list: &[&str]| -> Vec<String> { list.iter().map(|w| (*w).to_owned()).collect() };
        assert_eq!(backwards(&words(&["s1-0", "s2-9", "s1-1", "s1-7"]), 1), 0);
        assert_eq!(backwards(&words(&["s1-1", "s1-0", "s1-2"]), 1), 1);
        assert_eq!(backwards(&words(&["s1-1", "s1-1"]), 1), 1, "twice is no order");
        assert_eq!(backwards(&words(&["s11-5", "s1-1"]), 1), 0, "another's");
    }
}
