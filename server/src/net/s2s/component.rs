//! Programs that speak as hosts of ours (XEP-0114): a bot, a gateway. They come in on loopback addresses, with the secret of the
//! settings, and take part in everything as another server does, except that nobody needs to look for them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use konvent_core::Answer;
use konvent_core::config::{Components, Config};
use konvent_wire::component::{Component, Demand};
use konvent_wire::xml::Limits;
use konvent_wire::{Stanza, StreamCondition};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::talk::Settled;
use crate::flows;
use crate::house::House;
use crate::mailbox::{Delivery, Ending, Mailbox};
use crate::net::listen::doors;
use crate::net::socket;

/// How long a component may take to prove itself, in seconds.
const PROOF_SECS: u64 = 20;

/// How long one that does not read may hold up a write, in seconds.
const WRITE_SECS: u64 = 30;

/// Stanzas and bytes written at once.
const ROUND: (usize, usize) = (1_000, 512 * 1024);

/// Who is there.
#[derive(Debug, Default)]
pub(super) struct Present {
    hosts: HashMap<String, String>,
    mailboxes: Mutex<HashMap<String, Arc<Mailbox>>>,
}

impl Present {
    pub(super) fn new(components: &Components) -> Self {
        let hosts = components.hosts.iter();
        let hosts = hosts.map(|(host, one)| (host.clone(), one.secret.clone())).collect();
        Self { hosts, mailboxes: Mutex::default() }
    }

    fn mailboxes(&self) -> MutexGuard<'_, HashMap<String, Arc<Mailbox>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether that host is a component's, there or not.
    pub(super) fn has(&self, host: &str) -> bool {
        self.hosts.contains_key(host)
    }

    /// Gives it a stanza; false when it is not there.
    pub(super) fn post(&self, host: &str, stanza: &Stanza) -> bool {
        let mailbox = self.mailboxes().get(host).cloned();
        mailbox.is_some_and(|mailbox| {
            mailbox.post(Delivery::Stanza(stanza.clone()));
            true
        })
    }

    /// It is in. Whoever was it before is not any more.
    fn enter(&self, host: &str) -> Arc<Mailbox> {
        let mailbox = Arc::new(Mailbox::default());
        let before = self.mailboxes().insert(host.to_owned(), Arc::clone(&mailbox));
        if let Some(before) = before {
            before.end(Ending::Stream(StreamCondition::Conflict));
        }
        mailbox
    }

    fn leave(&self, host: &str, own: &Arc<Mailbox>) {
        let mut mailboxes = self.mailboxes();
        if mailboxes.get(host).is_some_and(|there| Arc::ptr_eq(there, own)) {
            mailboxes.remove(host);
        }
    }

    pub(super) fn end(&self) {
        for mailbox in self.mailboxes().values() {
            mailbox.end(Ending::Stream(StreamCondition::SystemShutdown));
        }
    }
}

/// Opens the door of the components, if there are any.
pub(super) fn open(config: &Config) -> Answer<Vec<TcpListener>> {
    if config.components.hosts.is_empty() {
        return Ok(Vec::new());
    }
    doors(&config.components.listen)
}

/// Lets components in until aborted. Each has a place: there are as many as the settings name.
pub(super) fn serve(door: TcpListener, house: Arc<House>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            match door.accept().await {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true); // a socket that dies here is noticed at the first read
                    tokio::spawn(talk(Arc::clone(&house), stream));
                }
                Err(error) => {
                    tracing::warn!(target: "components", %error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
    })
}

async fn talk(house: Arc<House>, mut stream: TcpStream) {
    let mut component = Component::new(Limits::STRANGER, Limits::MEMBER, house.random().bytes());
    let settled = Arc::<Settled>::default();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(PROOF_SECS);
    let mut place: Option<(String, Arc<Mailbox>)> = None;
    let present = &house.abroad().components;
    loop {
        let mut is_over = false;
        while let Some(demand) = component.next() {
            match demand {
                Demand::Secret(host) => {
                    component.secret(present.hosts.get(&host).map(String::as_str));
                }
                Demand::Admitted(host) => {
                    tracing::info!(target: "components", host, "a component is connected");
                    place = Some((host.clone(), present.enter(&host)));
                }
                Demand::Stanza(stanza) => {
                    Box::pin(flows::abroad::from_component(&house, stanza, &settled)).await;
                }
                Demand::Closed(_) => is_over = true,
            }
        }
        while let Some(bytes) = component.take_output() {
            let write = socket::write(&mut stream, bytes);
            let written = tokio::time::timeout(Duration::from_secs(WRITE_SECS), write).await;
            is_over |= !matches!(written, Ok(Ok(())));
        }
        if is_over {
            break;
        }
        let mailbox = place.as_ref().map(|(_, mailbox)| Arc::clone(mailbox));
        tokio::select! {
            read = socket::read(&mut stream, |bytes| component.receive(bytes)) => {
                if !matches!(read, Ok(1..)) {
                    break;
                }
            }
            () = rung(mailbox.as_deref()) => {
                let Some(mailbox) = mailbox else { continue };
                let taken = mailbox.take_up_to(ROUND.0, ROUND.1);
                for delivery in taken.deliveries {
                    match delivery {
                        Delivery::Stanza(stanza) => component.send(&stanza),
                        Delivery::Shared(stanza) => component.send(&stanza),
                    }
                }
                if let Some(Ending::Stream(condition)) = taken.ending {
                    component.close(condition);
                }
                if mailbox.is_waiting() {
                    mailbox.ring();
                }
            }
            () = tokio::time::sleep_until(deadline), if mailbox.is_none() => {
                component.close(StreamCondition::ConnectionTimeout);
            }
        }
    }
    if let Some((host, mailbox)) = place {
        present.leave(&host, &mailbox);
    }
}

async fn rung(mailbox: Option<&Mailbox>) {
    match mailbox {
        Some(mailbox) => mailbox.rung().await,
        None => std::future::pending().await,
    }
}
