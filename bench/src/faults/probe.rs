//! Somebody who signs in during a fault and says one thing: whether it is kept or refused.

use std::time::{Duration, Instant};

use konvent_wire::Stanza;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::flood;
use crate::device::{Device, Target};
use crate::house::Folk;
use crate::{Done, load, sentence};

/// How often one tries.
const TRY_EVERY: Duration = Duration::from_millis(50);
/// How soon the server must keep messages again once the fault is over, with a flood that begins anew and a machine that has
/// ten other things to do for each core. How long it took is printed.
pub const RECOVERS_WITHIN: Duration = Duration::from_secs(30);
/// How long each step of a try may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Signs in and says one thing. False: it was refused.
pub async fn is_kept(target: &Target, folk: &Folk) -> Done<bool> {
    let login = flood::member(folk, 0)?;
    let mut device = soon("sign-in", Device::sign_in(target, login, "probe")).await?;
    soon("presence", device.show_up()).await?;
    let to = flood::member(folk, 1)?.jid.clone();
    let id = format!("probe-{}", konvent_core::Random::system().below(u64::MAX));
    device.send(&load::message(&id, to.into(), false));
    let is_no = |stanza: &Stanza| stanza.is_error() && stanza.id.as_deref() == Some(&id);
    let refused = soon("words", device.barrier_hearing(is_no)).await?;
    Ok(!refused)
}

/// Whether the server says that newcomers may be sent to it (`/readyz`).
pub async fn is_ready(http: std::net::SocketAddr) -> Done<bool> {
    let asked = async {
        let mut line = tokio::net::TcpStream::connect(http).await.map_err(sentence("no door"))?;
        let question = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        line.write_all(question).await.map_err(sentence("no question"))?;
        let mut answer = String::new();
        line.read_to_string(&mut answer).await.map_err(sentence("no answer"))?;
        Ok(answer.starts_with("HTTP/1.1 200 "))
    };
    soon("readyz", asked).await
}

/// A step of the probe, which says where it stands still.
async fn soon<T>(step: &str, doing: impl Future<Output = Done<T>>) -> Done<T> {
    let done = tokio::time::timeout(PATIENCE, doing).await;
    done.unwrap_or_else(|_| Err("no answer".to_owned())).map_err(|why| format!("{step}: {why}"))
}

/// Tries until it is kept; how long that took. Later than [`RECOVERS_WITHIN`] is an error.
pub async fn until_kept(target: &Target, folk: &Folk) -> Done<Duration> {
    let began = Instant::now();
    loop {
        let tried = is_kept(target, folk).await;
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
