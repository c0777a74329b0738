//! Members whose node is killed, or closes, in the middle of a talk: their clients go on with their sessions (XEP-0198 §5) at
//! another node. Every word must be heard once and in its order, though nobody looks into an archive and no word has an id by
//! which a server could tell that it was said before.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use konvent_wire::client::Happening;
use konvent_wire::{Jid, Stanza, ns};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::cluster::Cluster;
use super::flood::member;
use super::nodes::{free_port, home, move_in, nats, serve, signal};
use crate::device::{Device, Login, Target};
use crate::house::{Folk, Installation};
use crate::{Done, sentence};

/// Nodes.
const NODES: usize = 3;
/// Pairs of a speaker and a listener, each at two nodes.
const PAIRS: usize = 9;
/// Unacknowledged at most, for each speaker.
const WINDOW: usize = 20;
/// Between two faults: long enough that every part carries words.
const STEP: Duration = Duration::from_secs(2);
/// How long a client looks for a node that has its session: a lease, and the time in which a node lets go.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long a client waits before it tries the next door.
const PAUSE: Duration = Duration::from_millis(100);
/// The last word of every speaker.
const END: &str = "end";
/// How long a node may take to close.
const CLOSES_WITHIN: Duration = Duration::from_secs(40);

/// A client that goes on with its session at another door when its connection is lost.
struct Traveller {
    doors: Arc<[Target]>,
    at: usize,
    login: Login,
    device: Option<Device>,
    /// How often its session went on at another node.
    resumed: usize,
}

impl Traveller {
    async fn arrive(doors: &Arc<[Target]>, at: usize, login: &Login) -> Done<Self> {
        let (doors, login, at) = (Arc::clone(doors), login.clone(), at % doors.len().max(1));
        let mut device = Device::sign_in(door(&doors, at)?, &login, "travelling").await?;
        device.show_up().await?;
        Ok(Self { doors, at, login, device: Some(device), resumed: 0 })
    }

    fn device(&mut self) -> Done<&mut Device> {
        self.device.as_mut().ok_or_else(|| "a client without a connection".to_owned())
    }

    /// What happens next; a lost connection is no happening.
    async fn next(&mut self) -> Done<Happening> {
        loop {
            match self.device()?.next().await {
                Ok(Happening::Closed(_)) | Err(_) => self.come_back().await?,
                Ok(Happening::Stanza(stanza)) if stanza.is_error() => {
                    return Err(format!("refused: {:?}", stanza.error()));
                }
                happening => return happening,
            }
        }
    }

    async fn come_back(&mut self) -> Done {
        let lost = self.device.take().and_then(Device::into_sm);
        let sm = lost.ok_or("a session without stream management")?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.at = (self.at + 1) % self.doors.len().max(1);
            let target = door(&self.doors, self.at)?;
            let mut setup = target.setup(&self.login, "travelling");
            setup.resume = Some(sm.clone());
            let opened = tokio::time::timeout_at(deadline, Device::open(target, setup)).await;
            match opened.map_err(sentence("no node has the session"))? {
                Ok((mut device, ready)) if ready.is_resumed => {
                    device.ask_ack(); // what was asked on the old connection nobody answers
                    self.device = Some(device);
                    self.resumed += 1;
                    return Ok(());
                }
                Ok(_) => return Err("a session could not go on".to_owned()),
                Err(_) if Instant::now() < deadline => tokio::time::sleep(PAUSE).await, // a door is shut
                Err(error) => return Err(error),
            }
        }
    }
}

fn door(doors: &[Target], at: usize) -> Done<&Target> {
    doors.get(at).ok_or_else(|| "no such door".to_owned())
}

/// Talks until it is enough; how many words, how often on another node.
async fn speak(mut own: Traveller, to: Jid, enough: Arc<AtomicBool>) -> Done<(usize, usize)> {
    let mut words = 0;
    let say = |word: &str| Stanza::message("chat").with_to(to.clone()).with_body(word);
    while !enough.load(Ordering::Relaxed) {
        let device = own.device()?;
        while device.unacked() < WINDOW {
            device.send(&say(&words.to_string()));
            words += 1;
        }
        device.ask_ack();
        own.next().await?;
    }
    own.device()?.send(&say(END));
    while own.device()?.unacked() > 0 {
        own.device()?.ask_ack();
        own.next().await?;
    }
    Ok((words, own.resumed))
}

/// Hears until the last word; what was heard, how often on another node.
async fn listen(mut own: Traveller) -> Done<(Vec<String>, usize)> {
    let mut heard = Vec::new();
    loop {
        let Happening::Stanza(stanza) = own.next().await? else { continue };
        match stanza.text_of("body", ns::CLIENT) {
            Some(word) if word == END => return Ok((heard, own.resumed)),
            word => heard.extend(word),
        }
    }
}

/// Runs it; whether all was well.
pub async fn run(template: &Installation, folk: &Folk, folder: &Path) -> Done<bool> {
    let database = Cluster::make()?;
    move_in(template, &database)?;
    let port = free_port()?;
    let bus = nats("127.0.0.1", port)?;
    let bell = format!("127.0.0.1:{port}");
    let homes = (0..NODES)
        .map(|node| home(template, &folder.join("wandering"), node, &database.url(), &bell))
        .collect::<Done<Vec<_>>>()?;
    let mut servers = serve(&homes)?;
    let doors: Arc<[Target]> = servers.iter().map(|server| Target::plain(server.xmpp)).collect();
    let enough = Arc::new(AtomicBool::new(false));
    let (mut listening, mut speaking) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        let (speaker, listener) = (member(folk, pair)?, member(folk, PAIRS + pair)?);
        let own = Traveller::arrive(&doors, pair + 1, listener).await?;
        listening.push(tokio::spawn(listen(own)));
        let own = Traveller::arrive(&doors, pair, speaker).await?;
        speaking.push(tokio::spawn(speak(own, listener.jid.clone().into(), Arc::clone(&enough))));
    }
    tokio::time::sleep(STEP).await; // a length of work, not a wait for a state
    let [_, victim, leaver] = servers.as_mut_slice() else { return Err("no nodes".to_owned()) };
    victim.kill();
    tokio::time::sleep(STEP).await; // likewise
    signal(leaver.pid(), "-TERM")?;
    let closes = leaver.ends_within(CLOSES_WITHIN);
    tokio::time::sleep(STEP).await; // likewise
    enough.store(true, Ordering::Relaxed);

    let (mut words, mut resumed, mut wrong) = (0, 0, 0);
    for (speaker, listener) in speaking.into_iter().zip(listening) {
        let said = within(PATIENCE * 2, speaker).await;
        let heard = within(PATIENCE, listener).await;
        match (said, heard) {
            (Ok((said, moved)), Ok((heard, moved_too))) => {
                words += said;
                resumed += moved + moved_too;
                let is_whole =
                    heard.iter().map(String::as_str).eq(expected(said).iter().map(String::as_str));
                wrong += usize::from(!is_whole);
                if !is_whole {
                    println!("      ! {}", compare(said, &heard));
                }
            }
            (said, heard) => {
                wrong += 1;
                println!("      ! {:?} {:?}", said.err(), heard.err());
            }
        }
    }
    drop(servers);
    drop(bus);
    // Two thirds were at a node that went, and some of them at both.
    let all_moved = resumed >= 2 * PAIRS * 2 / NODES;
    println!(
        "  {words} words of {PAIRS} speakers; sessions that went on at another node: {resumed}; talks that were not heard \
         word for word, once and in order: {wrong}; the node that was to close {}",
        if closes { "did" } else { "DID NOT" },
    );
    Ok(closes && words > 0 && all_moved && wrong == 0)
}

/// What a task came to, if it came to anything in time.
async fn within<T>(patience: Duration, task: JoinHandle<Done<T>>) -> Done<T> {
    let stopper = task.abort_handle();
    let ended = tokio::time::timeout(patience, task).await;
    stopper.abort(); // one that has ended cannot be stopped
    ended.map_err(sentence("it did not end"))?.map_err(sentence("it broke"))?
}

fn expected(words: usize) -> Vec<String> {
    (0..words).map(|word| word.to_string()).collect()
}

fn compare(said: usize, heard: &[String]) -> String {
    let mut once = std::collections::HashSet::new();
    let doubled = heard.iter().filter(|word| !once.insert(word.as_str())).count();
    let missing = expected(said).iter().filter(|word| !once.contains(word.as_str())).count();
    format!("of {said} words {missing} were not heard, {doubled} more than once")
}
