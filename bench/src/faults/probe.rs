//! Somebody who signs in during a fault and says one thing: whether it is kept or refused.

use std::time::{Duration, Instant};

use super::flood;
use crate::device::Target;
use crate::house::{Folk, Server};
use crate::{Done, load};

/// How often one tries.
const TRY_EVERY: Duration = Duration::from_millis(50);
/// How soon the server must keep messages again once the fault is over.
pub const RECOVERS_WITHIN: Duration = Duration::from_secs(5);
/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Signs in and says one thing. False: it was refused.
pub async fn is_kept(server: &Server, folk: &Folk) -> Done<bool> {
    let target = Target::plain(server.xmpp);
    let login = flood::member(folk, 0)?;
    let mut device = flood::arrive(&target, login, "probe").await?;
    let to = flood::member(folk, 1)?.jid.clone();
    let id = format!("probe-{}", konvent_core::Random::system().below(u64::MAX));
    device.send(&load::message(&id, to.into(), false));
    let refused = device
        .barrier_hearing(|stanza| stanza.is_error() && stanza.id.as_deref() == Some(&id))
        .await?;
    Ok(!refused)
}

/// Tries until it is kept; how long that took. Later than [`RECOVERS_WITHIN`] is an error.
pub async fn until_kept(server: &Server, folk: &Folk) -> Done<Duration> {
    let began = Instant::now();
    loop {
        let tried = tokio::time::timeout(PATIENCE, is_kept(server, folk)).await;
        let tried = tried.unwrap_or_else(|_| Err("no answer".to_owned()));
        let elapsed = began.elapsed();
        match tried {
            Ok(true) if elapsed <= RECOVERS_WITHIN => return Ok(elapsed),
            _ if elapsed > RECOVERS_WITHIN => {
                return Err(format!(
                    "nothing is kept {} ms after the fault: {tried:?}",
                    elapsed.as_millis()
                ));
            }
            _ => tokio::time::sleep(TRY_EVERY).await,
        }
    }
}
