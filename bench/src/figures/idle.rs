//! What a session costs that does nothing, as most do most of the time: resident memory, plain and with TLS.

use std::time::Duration;

use super::chat::target;
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::device::{Device, Login, Target};
use crate::prosody::Prosody;
use crate::{Done, process};

/// So long nothing happens before memory is read.
const REST: Duration = Duration::from_secs(3);

/// Opens sessions and reads the memory.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    let count = if wishes.quick { 300 } else { 1_500 };
    println!("idle: {count} sessions");
    let house = stage.template.copy_to(&stage.folder.join("idle"))?;
    let empty = house.serve()?;
    let base = process::rss_kib(empty.pid())? / 1024.0;
    drop(empty);
    let mut ours = Vec::new();
    for is_tls in [false, true] {
        let server = house.serve()?;
        let target = target(server.xmpp, server.xmpps, is_tls)?;
        ours.push(sessions(&target, &stage.folk.members, server.pid(), count).await?);
    }
    let mut peers = (None, None, None);
    if !wishes.alone {
        let prosody = Prosody::start(
            &stage.folder.join("prosody-idle"),
            &stage.folk.members,
            &stage.template,
        )?;
        peers.0 = Some(process::rss_kib(prosody.pid())? / 1024.0);
        peers.1 =
            Some(sessions(&prosody.plain(), &stage.folk.members, prosody.pid(), count).await?);
        drop(prosody);
        let prosody = Prosody::start(
            &stage.folder.join("prosody-idle-tls"),
            &stage.folk.members,
            &stage.template,
        )?;
        peers.2 = Some(sessions(&prosody.tls()?, &stage.folk.members, prosody.pid(), count).await?);
    }
    table.add("empty server, 2,000 members", "MiB", Goal::AtMost(100.0), base, peers.0);
    if let [plain, tls] = ours.as_slice() {
        table.add("idle session, plain", "KiB", Goal::AtMost(10.0), *plain, peers.1);
        table.add("idle session, TLS", "KiB", Goal::AtMost(20.0), *tls, peers.2);
    }
    Ok(())
}

/// KiB for each of so many sessions of all members in turn, bound and with stream management. Each member signs in once
/// before, so that what is kept for accounts and storage is not counted for sessions.
async fn sessions(target: &Target, members: &[Login], pid: u32, count: usize) -> Done<f64> {
    for login in members {
        let mut device = Device::sign_in(target, login, "before").await?;
        device.say_goodbye().await;
    }
    tokio::time::sleep(REST).await; // memory settles; nothing tells when
    let before = process::rss_kib(pid)?;
    let mut devices = Vec::new();
    for (number, login) in members.iter().cycle().take(count).enumerate() {
        devices.push(Device::sign_in(target, login, &format!("phone{number}")).await?);
    }
    tokio::time::sleep(REST).await;
    let after = process::rss_kib(pid)?;
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let each = (after - before) / devices.len() as f64;
    println!("    {} sessions: {before:.0} → {after:.0} KiB, {each:.1} each", devices.len());
    Ok(each)
}
