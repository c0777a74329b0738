//! A room with 200 occupants who all see each other come: what joining costs and what a message to all costs, archived.

use std::time::Instant;

use konvent_wire::client::Happening;
use konvent_wire::jid::BareJid;
use konvent_wire::ns;

use super::host::{self, Host};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::Device;
use crate::peers::Furniture;
use crate::{Done, load};

/// How many stand in the room.
const OCCUPANTS: usize = 200;
/// How many belong to the organisation in whose room they stand: above 300, ours would not show them to each other.
pub const MEMBERS: usize = 280;
/// Unacknowledged at most.
const WINDOW: usize = 16;

/// What came of it.
#[derive(Debug, Clone, Copy)]
struct Cost {
    joins_secs: f64,
    cpu_secs: f64,
    per_sec: f64,
}

/// Joins and talks in the room of the whole organisation, which is small.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    println!("rooms: {OCCUPANTS} occupants");
    let name = format!("room of {OCCUPANTS}");
    let three = host::everybody(wishes, (table, &name), async |who| {
        let host = Host::start(stage, who, "rooms", Furniture::Rooms)?;
        let said = if wishes.quick { 50 } else { 500 };
        one(stage, &host, said).await
    })
    .await?;
    let each = |of: fn(&Cost) -> f64| three.each_ref().map(|cost| cost.as_ref().map(of));
    table.add(
        &format!("{name}: CPU of all joins"),
        "s",
        Goal::AtMost(0.25),
        each(|c| c.joins_secs),
    );
    let delivering = format!("{name}, archived: CPU for 10,000 deliveries");
    table.add(&delivering, "s", Goal::AtMost(0.05), each(|c| c.cpu_secs));
    table.add(&format!("{name}, archived: delivered"), "/s", Goal::None, each(|c| c.per_sec));
    Ok(())
}

async fn one(stage: &Stage<'_>, host: &Host, said: usize) -> Done<Cost> {
    let target = host.target(false)?;
    let hall = host.room(&stage.folk.hall)?;
    let mut speaker = Device::sign_in(&target, &stage.folk.speaker, "seat").await?;
    let mut devices = Vec::new();
    let others = stage.folk.members.iter().filter(|login| login.jid != stage.folk.speaker.jid);
    for login in others.take(OCCUPANTS - 1) {
        devices.push(Device::sign_in(&target, login, "seat").await?);
    }
    let cpu = host.cpu_secs()?;
    load::join(&mut speaker, &hall, "speaker").await?;
    let mut seen = 0;
    for (number, device) in devices.iter_mut().enumerate() {
        seen += load::join(device, &hall, &format!("n{number}")).await?;
    }
    let joins_secs = host.cpu_secs()? - cpu;
    // Whoever comes sees all who are there, so it is a sum; a server that hides them would be cheap.
    let expected = OCCUPANTS * (OCCUPANTS + 1) / 2 - 1;
    if seen < expected {
        return Err(format!("those who came saw {seen} presences instead of {expected}"));
    }
    let cpu = host.cpu_secs()?;
    let began = Instant::now();
    let listeners: Vec<_> =
        devices.into_iter().map(|device| tokio::spawn(listen(device, said))).collect();
    let mut deliveries = speak(&mut speaker, &hall, said).await?;
    for listener in listeners {
        deliveries += listener.await.map_err(|error| error.to_string())?;
    }
    let secs = began.elapsed().as_secs_f64();
    let used = host.cpu_secs()? - cpu;
    if deliveries != said * OCCUPANTS {
        return Err(format!("{deliveries} of {} came", said * OCCUPANTS));
    }
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let count = deliveries as f64;
    println!("    joins {joins_secs:.2} CPU s; {deliveries} in {secs:.1} s, {used:.2} CPU s");
    Ok(Cost { joins_secs, cpu_secs: used / count * 10_000.0, per_sec: count / secs })
}

/// Says so much and hears it all.
async fn speak(speaker: &mut Device, hall: &BareJid, said: usize) -> Done<usize> {
    let to = konvent_wire::Jid::from(hall.clone());
    let (mut sent, mut heard) = (0, 0);
    while heard < said {
        // What is heard counts as well as what is acknowledged: a peer acknowledges before it tells.
        while sent < said && speaker.unacked() < WINDOW && sent - heard < WINDOW {
            speaker.send(&load::message(&format!("r-{sent}"), to.clone(), true));
            sent += 1;
            if sent % (WINDOW / 2) == 0 || sent == said {
                speaker.ask_ack();
            }
        }
        match speaker.next().await? {
            Happening::Stanza(stanza) if stanza.is_error() => {
                return Err(format!("refused: {:?}", stanza.error()));
            }
            Happening::Stanza(stanza) if stanza.has("body", ns::CLIENT) => heard += 1,
            Happening::Closed(condition) => return Err(format!("closed: {condition:?}")),
            _ => {}
        }
    }
    Ok(heard)
}

async fn listen(mut device: Device, expected: usize) -> usize {
    let mut count = 0;
    while count < expected {
        match device.next().await {
            Ok(Happening::Stanza(stanza)) => count += usize::from(stanza.has("body", ns::CLIENT)),
            Ok(Happening::Closed(_) | Happening::Deceived(_)) | Err(_) => break,
            Ok(_) => {}
        }
    }
    count
}
