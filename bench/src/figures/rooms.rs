//! A room with 200 occupants: what joining costs and what a message to all costs.

use std::time::Instant;

use konvent_wire::client::Happening;
use konvent_wire::ns;

use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::{Device, Target};
use crate::{Done, load, process};

/// How many stand in the room.
const OCCUPANTS: usize = 200;
/// Unacknowledged at most.
const WINDOW: usize = 16;

/// Joins and talks in the room of the whole organisation.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    println!("rooms: {OCCUPANTS} occupants");
    let house = stage.template.copy_to(&stage.folder.join("rooms"))?;
    let server = house.serve()?;
    let target = Target::plain(server.xmpp);
    let mut devices = Vec::new();
    let others = stage.folk.members.iter().filter(|login| login.jid != stage.folk.speaker.jid);
    for login in others.take(OCCUPANTS - 1) {
        devices.push(Device::sign_in(&target, login, "seat").await?);
    }
    let mut speaker = Device::sign_in(&target, &stage.folk.speaker, "seat").await?;
    let cpu = process::cpu_secs(server.pid())?;
    for (number, device) in devices.iter_mut().enumerate() {
        load::join(device, &stage.folk.hall, &format!("n{number}")).await?;
    }
    load::join(&mut speaker, &stage.folk.hall, "speaker").await?;
    let joined = process::cpu_secs(server.pid())? - cpu;

    let said = if wishes.quick { 50 } else { 1_000 };
    let cpu = process::cpu_secs(server.pid())?;
    let began = Instant::now();
    let listeners: Vec<_> =
        devices.into_iter().map(|device| tokio::spawn(listen(device, said))).collect();
    let to = konvent_wire::Jid::from(stage.folk.hall.clone());
    let (mut sent, mut heard) = (0, 0);
    while heard < said {
        while sent < said && device_may_speak(&speaker) {
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
    let mut deliveries = heard;
    for listener in listeners {
        deliveries += listener.await.map_err(|error| error.to_string())?;
    }
    let secs = began.elapsed().as_secs_f64();
    let used = process::cpu_secs(server.pid())? - cpu;
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let count = deliveries as f64;
    let name = format!("room of {OCCUPANTS}");
    table.add(&format!("{name}: CPU of all joins"), "s", Goal::None, joined, None);
    table.add(
        &format!("{name}: CPU for 10,000 deliveries"),
        "s",
        Goal::None,
        used / count * 10_000.0,
        None,
    );
    table.add(&format!("{name}: delivered"), "/s", Goal::None, count / secs, None);
    Ok(())
}

fn device_may_speak(device: &Device) -> bool {
    device.unacked() < WINDOW
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
