//! Archived messages between members of one, two and three nodes on one PostgreSQL, each pair across two nodes: what more nodes
//! cost, and what they do not give. The CPU is that of all nodes together, without the database.

use konvent_wire::jid::BareJid;

use super::chat::{self, Amount, Words};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::{Device, Target};
use crate::faults::cluster::Cluster;
use crate::faults::nodes::{free_port, home, move_in, nats, serve};
use crate::{Done, process, sentence};

/// Pairs of a sender and a receiver.
const PAIRS: usize = 50;
/// Unacknowledged at most, for each sender.
const WINDOW: usize = 64;

/// One, two, three.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    println!("nodes: archived chat across nodes on PostgreSQL");
    for count in 1..=3_usize {
        let speed = with_nodes(stage, wishes, count).await?;
        let name = format!("archived chat, {PAIRS} pairs, {count} of [nodes]");
        table.add_own(&format!("{name}: CPU for 10,000"), "s", Goal::None, speed.cpu_secs);
        table.add_own(&format!("{name}: delivered"), "/s", Goal::None, speed.per_sec);
    }
    Ok(())
}

async fn with_nodes(stage: &Stage<'_>, wishes: Wishes, count: usize) -> Done<chat::Speed> {
    let folder = stage.folder.join(format!("nodes-{count}"));
    std::fs::create_dir_all(&folder).map_err(sentence("no folder"))?;
    let database = Cluster::make()?;
    move_in(&stage.template, &database)?;
    let port = free_port()?;
    let bus = nats("127.0.0.1", port)?;
    let bell = format!("127.0.0.1:{port}");
    let homes = (0..count).map(|node| home(&stage.template, &folder, node, &database.url(), &bell));
    let servers = serve(&homes.collect::<Done<Vec<_>>>()?)?;
    let doors: Vec<Target> = servers.iter().map(|server| Target::plain(server.xmpp)).collect();
    let pids: Vec<u32> = servers.iter().map(crate::house::Server::pid).collect();
    let pairs = arrive(stage, &doors).await?;
    let messages = if wishes.quick { 4_000 } else { 60_000 };
    let amount = Amount { words: Words::Kept, pairs: PAIRS, messages, secs: 60, window: WINDOW };
    let speed = chat::pour(pairs, amount, || pids.iter().map(|pid| process::cpu_secs(*pid)).sum());
    let speed = speed.await;
    drop(servers);
    drop(bus);
    speed
}

/// Whoever listens is at the next node.
async fn arrive(stage: &Stage<'_>, doors: &[Target]) -> Done<Vec<(Device, Device, BareJid)>> {
    let mut all = Vec::new();
    for (number, pair) in stage.folk.members.chunks_exact(2).take(PAIRS).enumerate() {
        let [sender, receiver] = pair else { continue };
        let door = |number: usize| doors.get(number % doors.len().max(1)).ok_or("no door");
        let mut listening = Device::sign_in(door(number + 1)?, receiver, "listening").await?;
        listening.show_up().await?;
        let mut speaking = Device::sign_in(door(number)?, sender, "speaking").await?;
        speaking.show_up().await?;
        all.push((speaking, listening, receiver.jid.clone()));
    }
    Ok(all)
}
