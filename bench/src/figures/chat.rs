//! Messages between two members at full speed, without an archive and with one: CPU of the server for 10,000, and how many
//! a second are delivered. Archived ones are acknowledged (so: on disk, in both archives) before they are.

use std::time::{Duration, Instant};

use konvent_wire::client::Happening;
use konvent_wire::jid::BareJid;
use konvent_wire::xml::el;
use konvent_wire::{Jid, Stanza, ns};
use tokio::time::timeout;

use super::host::{self, Host, Three, Who};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::{self, Device, Login, Target};
use crate::peers::Furniture;
use crate::{Done, load, process};

/// Unacknowledged at most, for each sender.
const WINDOW: usize = 64;
/// An acknowledgement is asked for after so many messages.
const ASK_EVERY: usize = 16;
/// XEP-0334 §2.
const HINTS: &str = "urn:xmpp:hints";
/// XEP-0085 §5.
const CHAT_STATES: &str = "http://jabber.org/protocol/chatstates";

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// What an archive keeps.
    Kept,
    /// What no archive keeps (XEP-0334 §4.4).
    Passing,
    /// That somebody is typing (XEP-0085), with an id so that it can be counted.
    Typing,
}

impl Words {
    /// One message.
    pub fn message(self, word: &str, to: Jid) -> Stanza {
        let hint = el("no-store", HINTS).build();
        match self {
            Self::Kept => load::message(word, to, false),
            Self::Passing => load::message(word, to, false).with_child(&hint),
            Self::Typing => {
                let state = el("composing", CHAT_STATES).build();
                Stanza::message("chat")
                    .with_to(to)
                    .with_id(word)
                    .with_child(&state)
                    .with_child(&hint)
            }
        }
    }

    fn is_one(self, stanza: &Stanza) -> bool {
        let is_shown = match self {
            Self::Typing => stanza.has("composing", CHAT_STATES),
            Self::Kept | Self::Passing => stanza.has("body", ns::CLIENT),
        };
        is_shown && stanza.name == konvent_wire::Name::Message && stanza.is_kind("chat")
    }
}

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub struct Amount {
    /// What.
    pub words: Words,
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

/// Without an archive, 4 pairs; with one, 4 and 50 pairs; each plain and over TLS.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    println!("chat: without an archive");
    for (is_tls, most) in [(false, 0.08), (true, 0.10)] {
        let name = format!("chat without archive, 4 pairs, {}", way(is_tls));
        let three = speeds(stage, wishes, (table, &name), Words::Passing, 4, is_tls).await?;
        add(table, &name, &three, most, Goal::None);
    }
    println!("chat: archived, synced before delivery");
    for (pairs, is_tls) in [(4, false), (50, false), (4, true), (50, true)] {
        let name = format!("archived chat, {pairs} pairs, {}", way(is_tls));
        let three = speeds(stage, wishes, (table, &name), Words::Kept, pairs, is_tls).await?;
        add(table, &name, &three, 0.35, Goal::AtLeast(8_000.0));
    }
    Ok(())
}

fn way(is_tls: bool) -> &'static str {
    if is_tls { "TLS" } else { "plain" }
}

fn add(table: &mut Table, name: &str, three: &Three<Speed>, most: f64, least: Goal) {
    let each = |of: fn(&Speed) -> f64| three.each_ref().map(|speed| speed.as_ref().map(of));
    table.add(
        &format!("{name}: CPU for 10,000"),
        "s",
        Goal::AtMost(most),
        each(|speed| speed.cpu_secs),
    );
    table.add(&format!("{name}: delivered"), "/s", least, each(|speed| speed.per_sec));
}

async fn speeds(
    stage: &Stage<'_>,
    wishes: Wishes,
    row: (&mut Table, &str),
    words: Words,
    pairs: usize,
    is_tls: bool,
) -> Done<Three<Speed>> {
    let is_kept = words == Words::Kept;
    host::everybody(wishes, row, async |who| {
        if is_kept && is_tls && who != Who::Ours {
            return Err(
                "not measured, for what it waits for is its disk, as without TLS".to_owned()
            );
        }
        let furniture = if is_kept { Furniture::Archived } else { Furniture::Passing };
        let name = format!("chat-{words:?}-{pairs}-{}", way(is_tls));
        let host = Host::start(stage, who, &name, furniture)?;
        let messages = if wishes.quick { 4_000 } else { 60_000 };
        let amount = if who == Who::Ours || !is_kept {
            Amount { words, pairs, messages, secs: 60, window: WINDOW }
        } else {
            // As much time but a smaller window: with many messages under way they deliver nothing for long.
            let secs = if wishes.quick { 5 } else { 20 };
            Amount { words, pairs, messages: 20_000, secs, window: 1 }
        };
        let speed = load(&host, &host.target(is_tls)?, &stage.folk.members, amount).await;
        host.show_complaints();
        speed
    })
    .await
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

/// Signs in pairs that are there: sender, receiver, the receiver's address.
pub async fn arrive_in_pairs(
    target: &Target,
    members: &[Login],
    pairs: usize,
) -> Done<Vec<(Device, Device, BareJid)>> {
    let mut all = Vec::new();
    for pair in members.chunks_exact(2).take(pairs) {
        let [sender, receiver] = pair else { continue };
        let mut listening = Device::sign_in(target, receiver, "listening").await?;
        listening.show_up().await?;
        let mut speaking = Device::sign_in(target, sender, "speaking").await?;
        speaking.show_up().await?;
        all.push((speaking, listening, receiver.jid.clone()));
    }
    Ok(all)
}

/// Sends at full speed and measures.
pub async fn load(host: &Host, target: &Target, members: &[Login], amount: Amount) -> Done<Speed> {
    let pairs = arrive_in_pairs(target, members, amount.pairs).await?;
    pour(pairs, amount, || host.cpu_secs()).await
}

/// The same for pairs that are there already.
pub async fn pour(
    pairs: Vec<(Device, Device, BareJid)>,
    amount: Amount,
    cpu_secs: impl Fn() -> Done<f64>,
) -> Done<Speed> {
    let each = amount.messages / amount.pairs;
    let cpu = cpu_secs()?;
    let own = process::cpu_secs(std::process::id())?;
    let began = Instant::now();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(amount.secs);
    let (mut listening, mut speaking) = (Vec::new(), Vec::new());
    for (number, (sender, receiver, to)) in pairs.into_iter().enumerate() {
        listening.push(tokio::spawn(listen(receiver, amount.words, each, deadline)));
        speaking.push(tokio::spawn(async move {
            let patience = deadline - tokio::time::Instant::now();
            timeout(patience, speak(sender, number, to.into(), each, amount)).await
        }));
    }
    let mut delivered = 0;
    for listener in listening {
        delivered += listener.await.map_err(|error| error.to_string())?;
    }
    let secs = began.elapsed().as_secs_f64();
    let used = cpu_secs()? - cpu;
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
async fn listen(
    mut device: Device,
    words: Words,
    expected: usize,
    deadline: tokio::time::Instant,
) -> usize {
    let mut count = 0;
    while count < expected {
        match tokio::time::timeout_at(deadline, device.next()).await {
            Ok(Ok(Happening::Stanza(stanza))) => count += usize::from(words.is_one(&stanza)),
            Ok(Ok(Happening::Closed(_) | Happening::Deceived(_)) | Err(_)) | Err(_) => break,
            Ok(Ok(_)) => {}
        }
    }
    let _ = device.flush().await; // the last acknowledgement may come too late
    count
}

/// Says it all, and waits until it is acknowledged.
pub async fn speak(
    mut device: Device,
    number: usize,
    to: Jid,
    count: usize,
    amount: Amount,
) -> Done {
    let mut said = 0;
    while said < count {
        while said < count && device.unacked() < amount.window {
            device.send(&amount.words.message(&format!("c{number}-{said}"), to.clone()));
            said += 1;
            if said % ASK_EVERY.min(amount.window) == 0 || said == count {
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
