//! A room with 2,000 occupants, as a convention has it: all come at once, then the chair speaks and everybody hears it.
//!
//! The occupants are bare connections that only count marks in what they hear: two thousand clients that read every stanza
//! would be what is measured. Joined is who has got the presence of oneself (XEP-0045 §7.2.2, status 110).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use konvent_wire::Jid;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::host::{self, Host};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::{Device, Login};
use crate::peers::Furniture;
use crate::{Done, load, sentence};

/// How many stand in the room besides the chair.
pub const OCCUPANTS: usize = 2_000;
/// How many belong to the organisation.
pub const MEMBERS: usize = 2_400;
/// How often the chair speaks.
const WORDS: usize = 20;
/// How long everybody may take to come in, or to hear something.
const PATIENCE: Duration = Duration::from_mins(3);
/// How each server marks the presence of oneself, and the end of what is said.
const MARKS: [&[u8]; 3] = [b"code=\"110\"", b"code='110'", b"</body>"];
/// The longest of them.
const MARK_BYTES: usize = 10;

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Cost {
    joins_secs: f64,
    joins_cpu_secs: f64,
    median_ms: f64,
    worst_ms: f64,
    cpu_secs: f64,
}

/// How many have come in, and how often something was heard.
#[derive(Default)]
struct Count {
    inside: AtomicUsize,
    heard: AtomicUsize,
    changed: Notify,
}

/// All come at once; then the chair speaks.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    let occupants = if wishes.quick { 300 } else { OCCUPANTS };
    println!("convention: {occupants} occupants");
    let name = format!("room of {occupants}");
    let three = host::everybody(wishes, (table, &name), async |who| {
        let host = Host::start(stage, who, "convention", Furniture::Halls)?;
        one(stage, &host, occupants).await
    })
    .await?;
    let each = |of: fn(&Cost) -> f64| three.each_ref().map(|cost| cost.as_ref().map(of));
    table.add(
        &format!("{name}: all joins at once"),
        "s",
        Goal::AtMost(3.0),
        each(|c| c.joins_secs),
    );
    table.add(&format!("{name}: CPU of all joins"), "s", Goal::None, each(|c| c.joins_cpu_secs));
    table.add(
        &format!("{name}: a message to all, median"),
        "ms",
        Goal::AtMost(100.0),
        each(|c| c.median_ms),
    );
    table.add(
        &format!("{name}: a message to all, slowest of {WORDS}"),
        "ms",
        Goal::None,
        each(|c| c.worst_ms),
    );
    table.add(&format!("{name}: CPU for 10,000 deliveries"), "s", Goal::None, each(|c| c.cpu_secs));
    Ok(())
}

async fn one(stage: &Stage<'_>, host: &Host, occupants: usize) -> Done<Cost> {
    let target = host.target(false)?;
    let hall = host.room(&stage.folk.hall)?;
    let mut chair = Device::sign_in(&target, &stage.folk.speaker, "chair").await?;
    load::join(&mut chair, &hall, "chair").await?;
    let others = stage.folk.members.iter().filter(|login| login.jid != stage.folk.speaker.jid);
    let logins: Vec<&Login> = others.take(occupants).collect();
    if logins.len() < occupants {
        return Err(format!("there are only {} members", logins.len()));
    }
    let count = Arc::new(Count::default());
    let mut doors = Vec::new();
    let mut listening = tokio::task::JoinSet::new();
    for login in logins {
        let mut setup = target.setup(login, "seat");
        setup.wants_sm = false; // nobody here would acknowledge
        let (device, _) = Device::open(&target, setup).await?;
        let (reading, writing) = tokio::io::split(device.into_socket());
        listening.spawn(listen(reading, Arc::clone(&count)));
        doors.push(writing);
    }
    let cpu = host.cpu_secs()?;
    let began = Instant::now();
    for (number, door) in doors.iter_mut().enumerate() {
        let words = load::coming(&hall, &format!("n{number}"))?.to_bytes();
        door.write_all(&words).await.map_err(sentence("connection lost"))?;
        door.flush().await.map_err(sentence("connection lost"))?;
    }
    until(&count, |count| count.inside.load(Ordering::Relaxed) >= occupants)
        .await
        .map_err(|()| format!("{} of {occupants} came in", count.inside.load(Ordering::Relaxed)))?;
    let joins_secs = began.elapsed().as_secs_f64();
    let joins_cpu_secs = host.cpu_secs()? - cpu;
    chair.barrier().await?; // whom the chair saw coming
    let before = count.heard.load(Ordering::Relaxed); // a subject is no body, and there is no history
    let cpu = host.cpu_secs()?;
    let mut lags = Vec::new();
    for number in 0..WORDS {
        let words = load::message(&format!("v-{number}"), Jid::from(hall.clone()), true);
        let began = Instant::now();
        chair.send(&words);
        chair.flush().await?;
        let expected = before + (number + 1) * occupants;
        until(&count, |count| count.heard.load(Ordering::Relaxed) >= expected).await.map_err(
            |()| format!("word {number} was heard {} times", count.heard.load(Ordering::Relaxed)),
        )?;
        lags.push(began.elapsed().as_secs_f64() * 1_000.0);
        chair.barrier().await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let cpu_secs = (host.cpu_secs()? - cpu) / (WORDS * occupants) as f64 * 10_000.0;
    lags.sort_by(f64::total_cmp);
    let median_ms = lags.get(WORDS / 2).copied().unwrap_or_default();
    let worst_ms = lags.last().copied().unwrap_or_default();
    println!(
        "    joins {joins_secs:.2} s, {joins_cpu_secs:.2} CPU s; words {median_ms:.0} to {worst_ms:.0} ms"
    );
    Ok(Cost { joins_secs, joins_cpu_secs, median_ms, worst_ms, cpu_secs })
}

async fn until(count: &Count, is_so: impl Fn(&Count) -> bool) -> Result<(), ()> {
    let waiting = async {
        loop {
            let changed = count.changed.notified();
            if is_so(count) {
                break;
            }
            changed.await;
        }
    };
    timeout(PATIENCE, waiting).await.map_err(|_| ())
}

/// Counts marks until the connection ends.
async fn listen(mut line: impl AsyncRead + Unpin, count: Arc<Count>) {
    let mut space = vec![0; 16 * 1024];
    let mut kept = 0;
    while let Ok(read) = line.read(space.get_mut(kept..).unwrap_or_default()).await {
        if read == 0 {
            break;
        }
        let all = space.get(..kept + read).unwrap_or_default();
        let found = marks(all, kept);
        let tail = (kept + read).min(MARK_BYTES - 1);
        space.copy_within(kept + read - tail..kept + read, 0);
        kept = tail;
        let [is_double, is_single, heard] = found;
        count.inside.fetch_add(is_double + is_single, Ordering::Relaxed);
        count.heard.fetch_add(heard, Ordering::Relaxed);
        if found != [0; 3] {
            count.changed.notify_one();
        }
    }
}

/// How often each mark ends behind what was looked at before.
fn marks(all: &[u8], seen: usize) -> [usize; 3] {
    MARKS.map(|mark| {
        let windows = all.windows(mark.len()).enumerate();
        windows.filter(|(at, window)| at + mark.len() > seen && *window == mark).count()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_torn_apart_is_counted_once() {
        assert_eq!(marks(b"<status code='110'/><body>x</body>", 0), [0, 1, 1]);
        assert_eq!(marks(b"x</body>", 8), [0, 0, 0], "seen before");
        assert_eq!(marks(b"x</body>", 7), [0, 0, 1], "its end is new");
    }

    #[tokio::test]
    async fn whatever_the_pieces_everything_is_counted() {
        let words =
            b"<status code=\"110\"/>".repeat(50).into_iter().chain(b"<body>a</body>".repeat(70));
        let words: Vec<u8> = words.collect();
        for piece in [1, 7, 64] {
            let (mut here, there) = tokio::io::duplex(piece);
            let count = Arc::new(Count::default());
            let listening = tokio::spawn(listen(there, Arc::clone(&count)));
            here.write_all(&words).await.unwrap();
            drop(here);
            listening.await.unwrap();
            assert_eq!(count.inside.load(Ordering::Relaxed), 50);
            assert_eq!(count.heard.load(Ordering::Relaxed), 70);
        }
    }
}
