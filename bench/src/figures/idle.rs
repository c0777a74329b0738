//! What a session costs that does nothing, as most do most of the time: resident memory, plain and with TLS.

use std::time::Duration;

use tokio::time::timeout;

use super::host::{self, Host};
use super::table::{Goal, Table};
use super::{Stage, Wishes};
use crate::Done;
use crate::device::{Device, Login, Target};
use crate::peers::Furniture;

/// So long nothing happens before memory is read.
const REST: Duration = Duration::from_secs(3);

/// How long the end of a stream is waited for.
const FAREWELL: Duration = Duration::from_millis(200);

/// Opens sessions and reads the memory.
pub async fn measure(stage: &Stage<'_>, wishes: Wishes, table: &mut Table) -> Done {
    let count = if wishes.quick { 300 } else { 1_500 };
    println!("idle: {count} sessions");
    let name = "empty server, 2,000 members";
    let empty = host::everybody(wishes, (table, name), async |who| {
        let host = Host::start(stage, who, "empty", Furniture::Archived)?;
        Ok(host.rss_kib()? / 1024.0)
    })
    .await?;
    table.add(name, "MiB", Goal::AtMost(20.0), empty);
    for (is_tls, goal) in [(false, 10.0), (true, 20.0)] {
        let way = if is_tls { "TLS" } else { "plain" };
        let name = format!("idle session, {way}");
        let each = host::everybody(wishes, (table, &name), async |who| {
            let host = Host::start(stage, who, &format!("idle-{way}"), Furniture::Archived)?;
            sessions(&host, &host.target(is_tls)?, &stage.folk.members, count).await
        })
        .await?;
        table.add(&name, "KiB", Goal::AtMost(goal), each);
    }
    Ok(())
}

/// KiB for each of so many sessions of all members in turn, bound and with stream management. Each member signs in once
/// before, so that what is kept for accounts and storage is not counted for sessions.
async fn sessions(host: &Host, target: &Target, members: &[Login], count: usize) -> Done<f64> {
    for login in members {
        let mut device = Device::sign_in(target, login, "before").await?;
        // ejabberd is a second late with it over TLS.
        let _ = timeout(FAREWELL, device.say_goodbye()).await;
    }
    tokio::time::sleep(REST).await; // memory settles; nothing tells when
    let before = host.rss_kib()?;
    let mut devices = Vec::new();
    for (number, login) in members.iter().cycle().take(count).enumerate() {
        devices.push(Device::sign_in(target, login, &format!("phone{number}")).await?);
    }
    tokio::time::sleep(REST).await;
    let after = host.rss_kib()?;
    #[expect(clippy::cast_precision_loss, reason = "counts below a million")]
    let each = (after - before) / devices.len() as f64;
    println!("    {} sessions: {before:.0} → {after:.0} KiB, {each:.1} each", devices.len());
    Ok(each)
}
