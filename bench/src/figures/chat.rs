//! Archived messages between two members at full speed: CPU of the server for 10,000 messages, and how many a second are
//! acknowledged (so: on disk, in both archives) and delivered.

use std::time::{Duration, Instant};

use konvent_wire::Stanza;
use konvent_wire::client::Happening;
use tokio::time::timeout;

use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::Done;
use crate::device::{self, Device, Login, Target};
use crate::load;
use crate::process;
use crate::prosody::Prosody;

/// Unacknowledged at most, for each sender.
const WINDOW: usize = 64;
/// An acknowledgement is asked for after so many messages.
const ASK_EVERY: usize = 16;

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// Pairs of a sender and a receiver.
    pub pairs: usize,
    /// Messages in all, if there is time.
    pub messages: usize,
    /// Time to send them.
    pub secs: u64,
    /// Unacknowledged at most, for each sender.
    pub window: usize,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Speed {
    /// CPU seconds of the server for 10,000 messages delivered.
    pub cpu_secs: f64,
    /// Delivered a second.
    pub per_sec: f64,
}

/// All four: 4 and 50 pairs, plain and TLS.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    println!("chat: archived, synced before delivery");
    for (pairs, is_tls) in [(4, false), (50, false), (4, true), (50, true)] {
        let messages = if wishes.quick { 4_000 } else { 60_000 };
        let amount = Amount { pairs, messages, secs: 60, window: WINDOW };
        let house = stage.template.copy_to(&stage.folder.join(format!("chat-{pairs}-{is_tls}")))?;
        let server = house.serve()?;
        let target = target(server.xmpp, server.xmpps, is_tls)?;
        let ours = load(&target, &stage.folk.members, server.pid(), amount).await?;
        for line in server.complaints().iter().take(3) {
            println!("    ! {line}");
        }
        drop(server);
        let peer =
            if wishes.alone || is_tls { None } else { Some(beside(stage, pairs, wishes).await?) };
        let name =
            format!("archived chat, {pairs} pairs, {}", if is_tls { "TLS" } else { "plain" });
        let (cpu, speed) = (Goal::AtMost(0.35), Goal::AtLeast(8_000.0));
        table.add(
            &format!("{name}: CPU for 10,000"),
            "s",
            cpu,
            ours.cpu_secs,
            peer.map(|peer| peer.cpu_secs),
        );
        table.add(
            &format!("{name}: delivered"),
            "/s",
            speed,
            ours.per_sec,
            peer.map(|peer| peer.per_sec),
        );
    }
    Ok(())
}

/// The peer gets as much time but a smaller window: with many messages under way it delivers nothing for long.
async fn beside(stage: &Stage<'_>, pairs: usize, wishes: Wishes) -> Done<Speed> {
    let folder = stage.folder.join(format!("prosody-chat-{pairs}"));
    let prosody = Prosody::start(&folder, &stage.folk.members, &stage.template)?;
    let secs = if wishes.quick { 5 } else { 20 };
    let amount = Amount { pairs, messages: 20_000, secs, window: 1 };
    load(&prosody.plain(), &stage.folk.members, prosody.pid(), amount).await
}

/// Plain or TLS, at our own server.
pub fn target(
    plain: std::net::SocketAddr,
    tls: std::net::SocketAddr,
    is_tls: bool,
) -> Done<Target> {
    let mut target = Target::plain(plain);
    if is_tls {
        target.address = tls;
        target.tls = Some(device::trusting()?);
    }
    Ok(target)
}

/// Sends at full speed and measures.
pub async fn load(target: &Target, members: &[Login], pid: u32, amount: Amount) -> Done<Speed> {
    let mut senders = Vec::new();
    let mut receivers = Vec::new();
    let each = amount.messages / amount.pairs;
    for pair in members.chunks_exact(2).take(amount.pairs) {
        let [sender, receiver] = pair else { continue };
        let mut listening = Device::sign_in(target, receiver, "listening").await?;
        listening.show_up().await?;
        let mut speaking = Device::sign_in(target, sender, "speaking").await?;
        speaking.show_up().await?;
        receivers.push((listening, receiver.clone()));
        senders.push((speaking, receiver.jid.clone()));
    }
    let cpu = process::cpu_secs(pid)?;
    let own = process::cpu_secs(std::process::id())?;
    let began = Instant::now();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(amount.secs);
    let listening =
        receivers.into_iter().map(|(device, _)| tokio::spawn(listen(device, each, deadline)));
    let listening: Vec<_> = listening.collect();
    let speaking = senders.into_iter().enumerate().map(|(number, (device, to))| {
        tokio::spawn(async move {
            timeout(
                deadline - tokio::time::Instant::now(),
                speak(device, number, to.into(), each, amount.window),
            )
            .await
        })
    });
    let speaking: Vec<_> = speaking.collect();
    let mut delivered = 0;
    for listener in listening {
        delivered += listener.await.map_err(|error| error.to_string())?;
    }
    let secs = began.elapsed().as_secs_f64();
    let used = process::cpu_secs(pid)? - cpu;
    let own = process::cpu_secs(std::process::id())? - own;
    for speaker in speaking {
        speaker.abort();
    }
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let count = delivered as f64;
    println!(
        "    {} pairs: {delivered} in {secs:.1} s, server {used:.2} CPU s, load {own:.2} CPU s",
        amount.pairs
    );
    if delivered == 0 {
        return Err("nothing was delivered".to_owned());
    }
    Ok(Speed { cpu_secs: used / count * 10_000.0, per_sec: count / secs })
}

/// Counts until all have come or time is up.
async fn listen(mut device: Device, expected: usize, deadline: tokio::time::Instant) -> usize {
    let mut count = 0;
    while count < expected {
        match tokio::time::timeout_at(deadline, device.next()).await {
            Ok(Ok(Happening::Stanza(stanza))) => count += usize::from(is_words(&stanza)),
            Ok(Ok(Happening::Closed(_) | Happening::Deceived(_)) | Err(_)) | Err(_) => break,
            Ok(Ok(_)) => {}
        }
    }
    let _ = device.flush().await; // the last acknowledgement may come too late
    count
}

/// Whether it is one of ours, and not an error.
fn is_words(stanza: &Stanza) -> bool {
    stanza.name == konvent_wire::Name::Message
        && stanza.is_kind("chat")
        && stanza.has("body", konvent_wire::ns::CLIENT)
}

async fn speak(
    mut device: Device,
    number: usize,
    to: konvent_wire::Jid,
    count: usize,
    window: usize,
) -> Done {
    let mut said = 0;
    while said < count {
        while said < count && device.unacked() < window {
            device.send(&load::message(&format!("c{number}-{said}"), to.clone(), false));
            said += 1;
            if said % ASK_EVERY.min(window) == 0 || said == count {
                device.ask_ack();
            }
        }
        match device.next().await? {
            Happening::Stanza(stanza) if stanza.is_error() => {
                return Err(format!("refused: {:?}", stanza.error()));
            }
            Happening::Closed(condition) => return Err(format!("closed: {condition:?}")),
            _ => {}
        }
    }
    device.barrier().await
}
