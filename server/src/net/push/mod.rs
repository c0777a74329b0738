//! The ways out to those who are away: what a house has for them. To servers of apps the stanzas go as any others; to browsers
//! by [`post`], encrypted by [`seal`] and signed by [`vapid`].

pub mod post;
pub mod seal;
pub mod vapid;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use konvent_core::config::Config;
use konvent_core::{Answer, Millis, Random};
use konvent_talk::push::Outcome;
use konvent_wire::{Jid, Stanza};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

use crate::keys;
use post::{Letter, Postman, Target};
use seal::Keys;
use vapid::Vapid;

/// Notifications under way at once: services that never answer hold their place for a while.
const UNDER_WAY_MAX: usize = 256;

/// And to one service, so that a lame one holds up nobody else.
const UNDER_WAY_TO_ONE_MAX: usize = 16;

/// Notifications a second to one service for long: a room of hundreds must not look like an attack there.
const PER_SERVICE_SEC: f64 = 20.0;

/// And at once, after a quiet while.
const PER_SERVICE_BURST: f64 = 200.0;

/// Services that are counted at the same time; beyond that the count begins anew.
const SERVICES_MAX: usize = 10_000;

/// How long a push service keeps what it cannot deliver, in seconds: after a day it is no news (RFC 8030 §5.2).
const TTL_SECS: i64 = 86_400;

/// What a house has to tell those who are away.
#[derive(Debug)]
pub struct Pusher {
    bell: Notify,
    is_owed: AtomicBool,
    asked: Mutex<HashMap<String, (Jid, oneshot::Sender<Outcome>)>>,
    shares: Mutex<HashMap<String, Share>>,
    places: Arc<Semaphore>,
    web: Option<Web>,
}

/// What browsers are told through.
#[derive(Debug)]
struct Web {
    vapid: Vapid,
    postman: Postman,
    contact: Option<String>,
}

#[derive(Debug)]
struct Share {
    at: Instant,
    left: f64,
    places: Arc<Semaphore>,
}

/// A place among those under way.
#[derive(Debug)]
pub struct Place {
    _whole: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

impl Pusher {
    /// As the settings have it; makes the key at the first start.
    pub fn open(config: &Config, random: &Random) -> Answer<Self> {
        let web = if config.push.web {
            let secret = keys::secret(&config.data.join("keys"), "vapid.key", random)?;
            Some(Web {
                vapid: Vapid::new(&secret)?,
                postman: Postman::new(&config.push)?,
                contact: config.push.contact.clone(),
            })
        } else {
            None
        };
        Ok(Self {
            bell: Notify::new(),
            is_owed: AtomicBool::new(false),
            asked: Mutex::default(),
            shares: Mutex::default(),
            places: Arc::new(Semaphore::new(UNDER_WAY_MAX)),
            web,
        })
    }

    /// Something is owed once the work under way is on disk.
    pub fn owe(&self) {
        self.is_owed.store(true, Ordering::Relaxed);
    }

    /// Work is on disk; if something is owed, the courier looks. One that was too early is followed by the clock's.
    pub fn committed(&self) {
        if self.is_owed.load(Ordering::Relaxed) {
            self.ring();
        }
    }

    /// Lets the courier look.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Waits until there may be something.
    pub async fn rung(&self) {
        self.bell.notified().await;
        self.is_owed.store(false, Ordering::Relaxed);
    }

    /// The key that browsers take; none where the organisation does not want them told.
    pub fn public_key(&self) -> Option<String> {
        self.web.as_ref().map(|web| web.vapid.public())
    }

    /// Reads what a browser asks to be told by; none where it cannot be.
    pub fn target(&self, url: &str) -> Option<Target> {
        self.web.as_ref()?.postman.target(url)
    }

    /// A place for one notification to that service, if its share allows it now.
    pub fn take_place(&self, service: &str) -> Option<Place> {
        let now = Instant::now();
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() > SERVICES_MAX {
            shares.clear();
        }
        let share = shares.entry(service.to_owned()).or_insert_with(|| Share {
            at: now,
            left: PER_SERVICE_BURST,
            places: Arc::new(Semaphore::new(UNDER_WAY_TO_ONE_MAX)),
        });
        let grown = now.duration_since(share.at).as_secs_f64() * PER_SERVICE_SEC;
        share.left = (share.left + grown).min(PER_SERVICE_BURST);
        share.at = now;
        if share.left < 1.0 {
            return None;
        }
        let own = Arc::clone(&share.places).try_acquire_owned().ok()?;
        let whole = Arc::clone(&self.places).try_acquire_owned().ok()?;
        share.left -= 1.0;
        Some(Place { _whole: whole, _own: own })
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<String, (Jid, oneshot::Sender<Outcome>)>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on an answer of this service under this id is heard.
    pub fn expect(&self, id: &str, service: Jid) -> oneshot::Receiver<Outcome> {
        let (tell, told) = oneshot::channel();
        self.asked().insert(id.to_owned(), (service, tell));
        told
    }

    /// Whether an iq may be an answer to a notification of any node: the names of ours are 24 hexadecimal digits.
    pub fn may_answer(iq: &Stanza) -> bool {
        let is_name = |id: &str| id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        matches!(iq.kind.as_deref(), Some("result" | "error"))
            && iq.id.as_deref().is_some_and(is_name)
    }

    /// Nobody waits for that answer any more.
    pub fn give_up(&self, id: &str) {
        self.asked().remove(id);
    }

    /// Takes an answer to one of our notifications; false when it is none. Nobody but the service itself can give it.
    pub fn answered(&self, iq: &Stanza) -> bool {
        let (Some(id), Some(from)) = (&iq.id, &iq.from) else { return false };
        let mut asked = self.asked();
        if asked.get(&**id).is_none_or(|(service, _)| service != from) {
            return false;
        }
        if let Some((_, tell)) = asked.remove(&**id) {
            let _ = tell.send(konvent_talk::push::outcome(iq)); // whoever asked has given up: no matter
        }
        true
    }

    /// Tells a browser. `about` is told in its place as long as it has not arrived (RFC 8030 §5.4).
    pub async fn tell_browser(
        &self,
        url: &str,
        keys: &[u8],
        (message, is_urgent, about): (&str, bool, String),
        (own, salt, now): (&str, [u8; 16], Millis),
    ) -> Outcome {
        let Some(web) = &self.web else { return Outcome::Failed(None) };
        // What can never be reached is forgotten.
        let Some(target) = web.postman.target(url) else { return Outcome::Gone };
        let Some(keys) = Keys::read(keys) else { return Outcome::Gone };
        let Ok(sealed) = seal::seal(&keys, salt, message.as_bytes()) else { return Outcome::Gone };
        let contact = web.contact.as_deref().unwrap_or(own);
        let authorization = match web.vapid.authorization(&target.origin(), contact, now) {
            Ok(authorization) => authorization,
            Err(refusal) => {
                tracing::error!(target: "push", cause = refusal.chain(), "nothing can be signed");
                return Outcome::Failed(None);
            }
        };
        let (ttl_secs, topic) = (TTL_SECS, about);
        web.postman
            .bring(Letter { target, authorization, sealed, ttl_secs, is_urgent, topic })
            .await
    }
}
