//! The bell between nodes: in core NATS, or nowhere. It carries no news, only that there is some; the storage has it.
//!
//! A ring carries a number and a code made with the server key, so that whoever else may speak on the bus rings in vain.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Subscriber};
use futures_util::StreamExt as _;
use konvent_core::config::Nodes as Settings;
use tokio::sync::Notify;

use super::super::House;
use konvent_people::accounts::ServerKey;

/// How long the first connection may take before the node goes on without.
const CONNECT_SECS: u64 = 5;

/// A code and the number of the node that rings.
const RING_BYTES: usize = 40;

/// The bell.
pub(super) enum Bus {
    /// Nobody hears it: nodes look by themselves.
    Silent,
    /// It hangs in NATS.
    Nats(Box<Nats>),
}

/// A bell in NATS.
pub(super) struct Nats {
    client: Client,
    subject: String,
    /// What this node says when it rings.
    own_ring: Vec<u8>,
    rung: Arc<Notify>,
    is_connected: Arc<AtomicBool>,
    listening: tokio::task::JoinHandle<()>,
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Bus {
    /// Connects; what cannot be reached now is tried again for ever.
    pub(super) async fn connect(settings: &Settings, house: &House) -> Self {
        if settings.bus.is_empty() {
            return Self::Silent;
        }
        match Self::nats(settings, house).await {
            Ok(bus) => bus,
            Err(error) => {
                tracing::error!(target: "nodes", %error, "the bus cannot be used; nodes look by themselves");
                Self::Silent
            }
        }
    }

    async fn nats(settings: &Settings, house: &House) -> Result<Self, Box<dyn std::error::Error>> {
        let is_connected = Arc::clone(&house.company.is_in_touch);
        let rung = Arc::new(Notify::new());
        let (knows, rings) = (Arc::clone(&is_connected), Arc::clone(&rung));
        let mut options = ConnectOptions::new()
            .name(format!("konvent {}", settings.name))
            .connection_timeout(Duration::from_secs(CONNECT_SECS))
            .retry_on_initial_connect()
            .no_echo()
            .event_callback(move |event| {
                match event {
                    Event::Connected => {
                        knows.store(true, Ordering::Relaxed);
                        rings.notify_one(); // what was rung meanwhile was not heard
                        tracing::info!(target: "nodes", "the bus is there");
                    }
                    Event::Disconnected | Event::Closed => {
                        knows.store(false, Ordering::Relaxed);
                        tracing::warn!(target: "nodes", "the bus is silent; nodes look by themselves");
                    }
                    _ => {}
                }
                std::future::ready(())
            });
        if let Some(file) = &settings.bus_login {
            let login = std::fs::read_to_string(file)?;
            let (user, password) = login.trim().split_once('\n').unwrap_or((login.trim(), ""));
            options = options.user_and_password(user.trim().to_owned(), password.trim().to_owned());
        }
        if let Some(roots) = &settings.bus_roots {
            options = options.add_root_certificates(roots.clone());
        }
        let client = options.connect(settings.bus.as_slice()).await?;
        let name = house.key.mac("nodes.subject", &[house.domain.name.as_bytes()]);
        let name = u64::from_be_bytes(name.first_chunk().copied().unwrap_or_default());
        let subject = format!("konvent.{name:016x}.bell");
        let heard = client.subscribe(subject.clone()).await?;
        let own = house.db.node().unwrap_or_default();
        let own_ring = ring(&house.key, own);
        let listening = tokio::spawn(listen(heard, house.key.clone(), Arc::clone(&rung)));
        let nats = Nats { client, subject, own_ring, rung, is_connected, listening };
        Ok(Self::Nats(Box::new(nats)))
    }

    /// Rings. What is lost on the way is found by the next beat.
    pub(super) async fn ring(&self) {
        if let Self::Nats(nats) = self
            && self.is_connected()
            && let said = nats.own_ring.clone().into()
            && let Err(error) = nats.client.publish(nats.subject.clone(), said).await
        {
            tracing::warn!(target: "nodes", %error, "the bell could not be rung");
        }
    }

    /// Waits until another node has rung. Rings that come while nobody waits count as one.
    pub(super) async fn rung(&self) {
        match self {
            Self::Silent => std::future::pending().await,
            Self::Nats(nats) => nats.rung.notified().await,
        }
    }

    /// Whether rings can be heard.
    pub(super) fn is_connected(&self) -> bool {
        match self {
            Self::Silent => false,
            Self::Nats(nats) => nats.is_connected.load(Ordering::Relaxed),
        }
    }
}

async fn listen(mut heard: Subscriber, key: ServerKey, rung: Arc<Notify>) {
    while let Some(message) = heard.next().await {
        if is_ring(&key, &message.payload) {
            rung.notify_one();
        }
    }
}

fn ring(key: &ServerKey, node: i64) -> Vec<u8> {
    let number = node.to_be_bytes();
    let mut ring = number.to_vec();
    ring.extend(key.mac("nodes.bell", &[&number]));
    ring
}

/// Whether a node of ours has rung. A ring that is played again makes the nodes look once more, and no more than that.
fn is_ring(key: &ServerKey, bytes: &[u8]) -> bool {
    let Some((number, code)) = bytes.split_first_chunk::<8>() else { return false };
    bytes.len() == RING_BYTES && ServerKey::same(code, &key.mac("nodes.bell", &[number]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_the_key_rings() {
        let key = ServerKey::new([7; 32]);
        let own = ring(&key, 3);
        assert!(is_ring(&key, &own));
        assert!(!is_ring(&ServerKey::new([8; 32]), &own));
        for len in 0..own.len() {
            assert!(!is_ring(&key, own.get(..len).unwrap()), "cut to {len}");
        }
        let mut other = own.clone();
        other[7] ^= 1;
        assert!(!is_ring(&key, &other));
        assert!(!is_ring(&key, &[&own[..], b"x"].concat()));
    }
}
