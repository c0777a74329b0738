//! A PostgreSQL that hangs with all its connections open: no error, no end, no answer. A node must acknowledge nothing as long
//! as it lasts, however long that is, and go on afterwards.

use std::time::Duration;

use super::cluster::Cluster;
use super::flood::{arrive, member};
use crate::Done;
use crate::device::Target;
use crate::house::Folk;
use crate::load::message;

/// How long it hangs: several leases, and longer than an open transaction may be idle (five seconds).
const HANGS: Duration = Duration::from_secs(12);
/// How long a node may take to be itself again.
const GOES_ON_WITHIN: Duration = Duration::from_mins(2);

/// Hangs; whether the node at this door was silent meanwhile, and spoke afterwards.
pub async fn is_silent(database: &Cluster, door: &Target, folk: &Folk) -> Done<bool> {
    let login = member(folk, 0)?; // another device of one who sends
    let mut device = arrive(door, login, "patient").await?;
    database.hang()?;
    device.send(&message("patience", login.jid.clone().into(), false));
    let spoke = tokio::time::timeout(HANGS, device.barrier()).await.is_ok();
    database.go_on()?;
    let goes_on = tokio::time::timeout(GOES_ON_WITHIN, device.barrier()).await;
    Ok(!spoke && matches!(goes_on, Ok(Ok(()))))
}
