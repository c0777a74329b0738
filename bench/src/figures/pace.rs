//! 500 messages a second, evenly: each wakes the server by itself. CPU for 10,000, and how long a message is under way from
//! one client to the other, without an archive and with one.

use std::time::{Duration, Instant};

use konvent_wire::client::Happening;
use konvent_wire::{Jid, Stanza, ns};
use tokio::time::{MissedTickBehavior, interval, timeout_at};

use super::chat::{Words, arrive_in_pairs};
use super::host::{self, Host, Three};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::Done;
use crate::device::Device;
use crate::mam::first_word;
use crate::peers::Furniture;

/// Pairs of a sender and a receiver.
const PAIRS: u32 = 10;
/// Messages a second, of all pairs together.
const PER_SEC: u32 = 500;
/// How long the last message is waited for.
const LATE: Duration = Duration::from_secs(10);
/// An acknowledgement is asked for after so many messages.
const ASK_EVERY: u32 = 16;

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Pace {
    cpu_secs: f64,
    p50_ms: f64,
    p99_ms: f64,
}

/// Without an archive and with it.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    let secs = if wishes.quick { 3 } else { 20 };
    println!("pace: {PER_SEC} messages a second for {secs} s");
    let kinds = [
        (Words::Passing, Furniture::Passing, "without archive", Goal::AtMost(0.6), 10.0),
        (Words::Kept, Furniture::Archived, "archived", Goal::None, 40.0),
    ];
    for (words, furniture, name, cpu, late) in kinds {
        let row = format!("{PER_SEC} messages/s, {name}");
        let three: Three<Pace> = host::everybody(wishes, (table, &row), async |who| {
            let host = Host::start(stage, who, &format!("pace-{name}"), furniture)?;
            one(stage, &host, words, secs).await
        })
        .await?;
        let each = |of: fn(&Pace) -> f64| three.each_ref().map(|pace| pace.as_ref().map(of));
        let name = row;
        table.add(&format!("{name}: CPU for 10,000"), "s", cpu, each(|pace| pace.cpu_secs));
        table.add(&format!("{name}: p50"), "ms", Goal::None, each(|pace| pace.p50_ms));
        table.add(&format!("{name}: p99"), "ms", Goal::AtMost(late), each(|pace| pace.p99_ms));
    }
    Ok(())
}

async fn one(stage: &Stage<'_>, host: &Host, words: Words, secs: u32) -> Done<Pace> {
    let target = host.target(false)?;
    let pairs = arrive_in_pairs(&target, &stage.folk.members, PAIRS as usize).await?;
    let each = PER_SEC * secs / PAIRS;
    let cpu = host.cpu_secs()?;
    let epoch = Instant::now();
    let end = tokio::time::Instant::now() + Duration::from_secs(secs.into()) + LATE;
    let mut speaking = Vec::new();
    let mut listening = Vec::new();
    for (number, (sender, receiver, to)) in (0..).zip(pairs) {
        // Not all in the same instant.
        let begin = Duration::from_secs(1) / PER_SEC * number;
        speaking.push(tokio::spawn(speak(sender, number, to.into(), words, each, epoch, begin)));
        listening.push(tokio::spawn(listen(receiver, each, epoch, end)));
    }
    let mut lags = Vec::new();
    for listener in listening {
        lags.extend(listener.await.map_err(|error| error.to_string())?);
    }
    let used = host.cpu_secs()? - cpu;
    for speaker in speaking {
        speaker.await.map_err(|error| error.to_string())??;
    }
    let expected = (each * PAIRS) as usize;
    if lags.len() < expected {
        return Err(format!("{} of {expected} messages came", lags.len()));
    }
    lags.sort_by(f64::total_cmp);
    let at = |part: usize| lags.get(lags.len() * part / 100).copied().unwrap_or_default();
    let (p50_ms, p99_ms) = (at(50), at(99));
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let cpu_secs = used / lags.len() as f64 * 10_000.0;
    println!(
        "    {expected} messages, server {used:.2} CPU s, p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms"
    );
    Ok(Pace { cpu_secs, p50_ms, p99_ms })
}

/// The first word holds the pair, the number and the moment of sending, in microseconds.
async fn speak(
    mut device: Device,
    number: u32,
    to: Jid,
    words: Words,
    count: u32,
    epoch: Instant,
    begin: Duration,
) -> Done<Device> {
    let mut tick = interval(Duration::from_secs(1) * PAIRS / PER_SEC);
    tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
    tokio::time::sleep(begin).await; // the pace itself is what is measured
    let mut said = 0;
    while said < count {
        tokio::select! {
            _ = tick.tick() => {
                let word = format!("p{number}-{said}-{}", epoch.elapsed().as_micros());
                device.send(&words.message(&word, to.clone()));
                said += 1;
                if said.is_multiple_of(ASK_EVERY) {
                    device.ask_ack();
                }
                device.flush().await?;
            }
            happening = device.next() => {
                if let Happening::Closed(condition) = happening? {
                    return Err(format!("closed: {condition:?}"));
                }
            }
        }
    }
    device.barrier().await?;
    Ok(device)
}

/// How long each message was under way, in milliseconds.
async fn listen(
    mut device: Device,
    count: u32,
    epoch: Instant,
    end: tokio::time::Instant,
) -> Vec<f64> {
    let mut lags = Vec::new();
    while lags.len() < count as usize {
        let Ok(Ok(happening)) = timeout_at(end, device.next()).await else { break };
        let Happening::Stanza(stanza) = happening else { continue };
        if let Some(sent) = sent_at(&stanza) {
            let lag = epoch.elapsed().saturating_sub(sent);
            lags.push(lag.as_secs_f64() * 1_000.0);
        }
    }
    let _ = device.flush().await; // the last acknowledgement may come too late
    lags
}

fn sent_at(stanza: &Stanza) -> Option<Duration> {
    let body = stanza.text_of("body", ns::CLIENT)?;
    let word = first_word(&body)?;
    word.rsplit('-').next()?.parse().ok().map(Duration::from_micros)
}
