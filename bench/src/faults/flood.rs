//! The flood: who sends what to whom, what the server acknowledged, and sending the rest again after the fault.

use std::time::Duration;

use konvent_wire::Jid;
use konvent_wire::client::Happening;
use tokio::task::JoinHandle;

use super::{PAIRS, SPEAKERS};
use crate::device::{Device, Login, Target};
use crate::house::{Folk, Server};
use crate::load::{join, message};
use crate::{Done, sentence};

/// Unacknowledged at most, for each sender.
const WINDOW: usize = 50;
/// An acknowledgement is asked for after so many messages.
const ASK_EVERY: usize = 5;
/// So much is sent again before its acknowledgement is waited for: less than a client can keep (XEP-0198 §4).
const AT_ONCE: usize = 500;
/// How long each part of sending again may take.
const AGAIN: Duration = Duration::from_mins(2);

/// Where a sender's words go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listener {
    /// To the member with this number.
    Member(usize),
    /// Into the room.
    Room,
}

/// What one sender said.
#[derive(Debug, Clone)]
pub struct Said {
    /// The sender's number among the members.
    pub sender: usize,
    /// To whom.
    pub listener: Listener,
    /// The first words, in the order of sending.
    pub words: Vec<String>,
    /// How many of them, from the first on, the server acknowledged (XEP-0198 `h`).
    pub acked: usize,
    /// Words that the server refused instead of keeping them.
    pub refused: Vec<String>,
}

/// All senders.
pub struct Flood {
    /// What each said.
    pub said: Vec<Said>,
    senders: Vec<JoinHandle<Said>>,
    receivers: Vec<JoinHandle<()>>,
}

impl Flood {
    /// Signs everybody in and begins.
    pub async fn begin(server: &Server, folk: &Folk) -> Done<Self> {
        Self::begin_at(&[Target::plain(server.xmpp)], folk).await
    }

    /// The same at several doors: whoever talks with somebody comes to another one than he.
    pub async fn begin_at(doors: &[Target], folk: &Folk) -> Done<Self> {
        let door = |number: usize| {
            let door = doors.get(number % doors.len().max(1)).cloned();
            door.ok_or_else(|| "no door".to_owned())
        };
        let mut flood = Self { said: Vec::new(), senders: Vec::new(), receivers: Vec::new() };
        for number in PAIRS..2 * PAIRS {
            let target = door(number)?;
            let mut device = arrive(&target, member(folk, number)?, "receiver").await?;
            flood.receivers.push(tokio::spawn(async move { while device.next().await.is_ok() {} }));
        }
        for said in plan() {
            let target = door(said.sender)?;
            let mut device = arrive(&target, member(folk, said.sender)?, "sender").await?;
            if said.listener == Listener::Room {
                join(&mut device, &folk.room, &format!("s{}", said.sender)).await?;
            }
            let to = address(folk, &said.listener)?;
            flood.senders.push(tokio::spawn(pour(device, said, to)));
        }
        Ok(flood)
    }

    /// The server is gone: collects what everybody knows.
    pub async fn end(&mut self) {
        for receiver in self.receivers.drain(..) {
            let _ = receiver.await;
        }
        for sender in self.senders.drain(..) {
            if let Ok(said) = sender.await {
                self.said.push(said);
            }
        }
    }

    /// Sends everything refused or unacknowledged again under the same ids, as a client does that could not resume.
    pub async fn send_again(&mut self, server: &Server, folk: &Folk) -> Done<usize> {
        let mut resent = 0;
        let target = Target::plain(server.xmpp);
        for said in &mut self.said {
            let mut device = arrive(&target, member(folk, said.sender)?, "again").await?;
            if said.listener == Listener::Room {
                join(&mut device, &folk.room, &format!("s{}", said.sender)).await?;
            }
            let to = address(folk, &said.listener)?;
            let unacked = said.words.get(said.acked..).unwrap_or_default();
            let refused = said.refused.iter().filter(|word| !unacked.contains(word));
            let rest: Vec<&String> = refused.chain(unacked).collect();
            // While a database was away, much more was refused than a client can keep.
            for part in rest.chunks(AT_ONCE) {
                for word in part {
                    device.send(&message(word, to.clone(), said.listener == Listener::Room));
                }
                let all = tokio::time::timeout(AGAIN, device.barrier()).await;
                all.map_err(sentence("sending again was not acknowledged"))??;
            }
            resent += rest.len();
            said.acked = said.words.len();
            said.refused.clear();
        }
        Ok(resent)
    }
}

/// Who speaks to whom.
fn plan() -> Vec<Said> {
    let pairs = (0..PAIRS).map(|number| (number, Listener::Member(PAIRS + number)));
    let speakers = (0..SPEAKERS).map(|number| (2 * PAIRS + number, Listener::Room));
    let nothing = |(sender, listener)| Said {
        sender,
        listener,
        words: Vec::new(),
        acked: 0,
        refused: Vec::new(),
    };
    pairs.chain(speakers).map(nothing).collect()
}

/// The member with this number; speakers are taken from the front, among the neighbours.
pub fn member(folk: &Folk, number: usize) -> Done<&Login> {
    // The first members live in the unit whose room is used: they speak, the others write to each other.
    let at = if number >= 2 * PAIRS { number - 2 * PAIRS } else { number + SPEAKERS };
    folk.members.get(at).ok_or_else(|| format!("there is no member {number}"))
}

fn address(folk: &Folk, listener: &Listener) -> Done<Jid> {
    Ok(match listener {
        Listener::Member(number) => member(folk, *number)?.jid.clone().into(),
        Listener::Room => folk.room.clone().into(),
    })
}

/// Signs in and is there.
pub async fn arrive(target: &Target, login: &Login, resource: &str) -> Done<Device> {
    let mut device = Device::sign_in(target, login, resource).await?;
    device.show_up().await?;
    Ok(device)
}

/// Sends until the connection is lost.
async fn pour(mut device: Device, mut said: Said, to: Jid) -> Said {
    let is_to_room = said.listener == Listener::Room;
    loop {
        while device.unacked() < WINDOW {
            let word = format!("s{}-{}", said.sender, said.words.len());
            device.send(&message(&word, to.clone(), is_to_room));
            said.words.push(word);
            if said.words.len().is_multiple_of(ASK_EVERY) {
                device.ask_ack();
            }
        }
        match device.next().await {
            Ok(Happening::Stanza(stanza)) if stanza.is_error() => {
                said.refused.extend(stanza.id.as_deref().map(str::to_owned));
            }
            Ok(Happening::Closed(_) | Happening::Deceived(_)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    // Everything else that was sent on this stream was acknowledged before the first word.
    said.acked = said.words.len() - device.unacked().min(said.words.len());
    said
}
