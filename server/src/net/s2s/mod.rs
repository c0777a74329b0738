//! Other servers: what is on its way to them, who comes from them (RFC 6120, RFC 7590). The machines are those of
//! `konvent_wire::s2s`; here are sockets, TLS, the DNS and patience.
//!
//! The reading order: [`Abroad`] (what a house has), `route` (what waits), `courier` (who looks after it), `resolve` and
//! `visit` (how we get there), [`gates`] (who comes), `talk` (one stream of either kind), `ask` (keys), `trust` (TLS),
//! `shares` (how much anybody may say).

mod ask;
mod component;
mod courier;
pub mod gates;
mod resolve;
mod route;
mod shares;
mod side;
mod sources;
mod talk;
mod trust;
mod visit;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use konvent_core::config::{Config, Federation};
use konvent_core::{Answer, Kind, Refusal};
use konvent_talk::abroad::{self, Waiting};
use konvent_wire::s2s::Settings;
use konvent_wire::{Condition, ErrorKind, Stanza, StanzaError};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::flows;
use crate::house::House;
use crate::words::{self, Language};
pub(in crate::net) use resolve::is_public;
pub(crate) use resolve::resolver_of;
use route::{Letter, Route};
use shares::Shares;
pub use talk::Settled;
pub(crate) use trust::AnyCertificate;
use trust::Trust;

/// Routes that are remembered although nothing may be under way on them; beyond that they are looked through.
const ROUTES_MAX: usize = 10_000;

/// The other server takes nothing of this size.
const TOO_LARGE_THERE: Refusal = Refusal::new(Kind::BadRequest, "abroad.too-large-there");

/// How much is under way to other servers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Stanzas that no other server has acknowledged yet.
    pub letters: usize,
    /// Routes that a stream carries.
    pub connected: usize,
    /// Routes without a stream for which something waits.
    pub waiting: usize,
}

/// The way to other servers.
pub struct Abroad {
    federation: Federation,
    settings: Arc<Settings>,
    /// None where nobody is connected.
    trust: RwLock<Option<Arc<Trust>>>,
    resolver: tokio::sync::OnceCell<TokioResolver>,
    routes: Mutex<HashMap<(String, String), Arc<Route>>>,
    /// With more routes than this they are looked through.
    looked_through_at: AtomicUsize,
    shares: Mutex<Shares>,
    ground: OnceLock<(Handle, Weak<House>)>,
    /// Whether what waits has been taken up.
    has_read: AtomicBool,
    /// What was sent before that: it waits in the storage as well.
    sent_early: Mutex<HashSet<i64>>,
    ending: watch::Sender<bool>,
    components: component::Present,
}

impl std::fmt::Debug for Abroad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Abroad").field("with", &self.federation.with).finish_non_exhaustive()
    }
}

impl Abroad {
    /// As the settings have it. `secret` is what our keys are made under.
    pub fn new(config: &Config, mut hosts: Vec<String>, secret: [u8; 32]) -> Answer<Self> {
        let federation = config.federation.clone();
        hosts.extend(config.components.hosts.keys().cloned());
        let mut settings = Settings::new(hosts, secret);
        settings.dialback = federation.dialback;
        settings.idle_secs = Some(talk::IDLE_SECS);
        let welcome = federation.clone();
        settings.welcome = Arc::new(move |domain: &str| welcome.is_welcome(domain));
        let trust = RwLock::new(trust_of(config)?);
        let shares = Shares::new(federation.stanzas_per_sec, Instant::now());
        Ok(Self {
            federation,
            settings: Arc::new(settings),
            trust,
            resolver: tokio::sync::OnceCell::new(),
            routes: Mutex::default(),
            looked_through_at: AtomicUsize::new(ROUTES_MAX),
            shares: Mutex::new(shares),
            ground: OnceLock::new(),
            has_read: AtomicBool::new(false),
            sent_early: Mutex::default(),
            ending: watch::Sender::new(false),
            components: component::Present::new(&config.components),
        })
    }

    /// What waited in the storage goes on its way. Called once, within the runtime.
    pub async fn begin(&self, house: &Arc<House>) -> Answer<()> {
        let _ = self.ground.set((Handle::current(), Arc::downgrade(house))); // a house begins once
        if house.leads() { self.read_waiting(house).await } else { Ok(()) }
    }

    /// Of several nodes one looks after what leaves. When it goes, the next takes up what waits.
    pub async fn take_up(&self, house: &Arc<House>) {
        if self.ground.get().is_some()
            && !self.has_read.load(Ordering::Relaxed)
            && let Err(refusal) = self.read_waiting(house).await
        {
            tracing::error!(target: "abroad", cause = refusal.chain(), "what waits for other servers could not be taken up");
        }
    }

    async fn read_waiting(&self, house: &Arc<House>) -> Answer<()> {
        let waiting: Vec<Waiting> = house.db().read(abroad::waiting).await?;
        let early = {
            let mut early = self.sent_early();
            self.has_read.store(true, Ordering::Relaxed);
            std::mem::take(&mut *early)
        };
        for Waiting { id, at, stanza } in waiting {
            if early.contains(&id) {
                continue;
            }
            self.post(Letter { stanza, row: Some(id), since: at });
        }
        Ok(())
    }

    /// All streams end; what has not arrived waits for the next start.
    pub fn end(&self) {
        self.ending.send_replace(true);
        self.components.end();
    }

    /// Whether members may talk with people of that domain.
    pub fn is_welcome(&self, domain: &str) -> bool {
        self.is_component(domain)
            || (self.federation.is_open() && self.federation.is_welcome(domain))
    }

    /// Whether this name is one of ours, those of components included.
    pub fn is_ours(&self, host: &str) -> bool {
        self.settings.is_ours(host)
    }

    /// Whether a program of ours speaks as that host.
    pub fn is_component(&self, host: &str) -> bool {
        self.components.has(host)
    }

    /// Whether members hear from people to whom they have never written.
    pub fn lets_strangers_in(&self) -> bool {
        self.federation.strangers
    }

    /// What waits for other servers or is on its way there, and how many routes are connected and how many are not although
    /// something waits.
    pub fn load(&self) -> Load {
        let mut load = Load::default();
        for route in self.routes().values() {
            let (letters, is_carried) = route.load();
            load.letters += letters;
            load.connected += usize::from(is_carried);
            load.waiting += usize::from(!is_carried && letters > 0);
        }
        load
    }

    /// Sends a stanza whose `from` and `to` are written; `row` is where it waits until the other server has it. Never
    /// blocks, and may be called from any thread.
    pub fn send(&self, stanza: Stanza, row: Option<i64>) {
        let Some((_, house)) = self.ground.get() else { return }; // nothing leaves a house that has not begun
        let Some(house) = house.upgrade() else { return };
        if let Some(row) = row {
            let mut early = self.sent_early();
            if !self.has_read.load(Ordering::Relaxed) {
                early.insert(row);
            }
        }
        self.post(Letter { stanza, row, since: house.clock().now() });
    }

    fn sent_early(&self) -> MutexGuard<'_, HashSet<i64>> {
        self.sent_early.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn post(&self, letter: Letter) {
        let addresses = letter.stanza.from.as_ref().zip(letter.stanza.to.as_ref());
        let Some((from, to)) = addresses else { return };
        let (local, remote) = (from.domain().as_str(), to.domain().as_str());
        let is_for_component = self.is_component(remote); // also from other servers
        if !is_for_component && (!self.settings.is_ours(local) || !self.is_welcome(remote)) {
            return self.give_back(vec![letter], Condition::RemoteServerNotFound);
        }
        if is_for_component {
            if !self.components.post(remote, &letter.stanza) {
                self.give_back(vec![letter], Condition::RemoteServerTimeout);
            }
            return;
        }
        let route = self.route(local, remote);
        match route.post(letter) {
            Ok(true) => self.in_house(move |house| courier::send(&house, route)),
            Ok(false) => {}
            Err(letter) => self.give_back(vec![*letter], Condition::ResourceConstraint),
        }
    }

    /// Runs something within the runtime; the caller may be the storage's thread.
    fn in_house(&self, act: impl FnOnce(Arc<House>) + Send + 'static) {
        let Some((runtime, house)) = self.ground.get() else { return };
        let Some(house) = house.upgrade() else { return };
        runtime.spawn(async move { act(house) });
    }

    fn routes(&self) -> MutexGuard<'_, HashMap<(String, String), Arc<Route>>> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The route from a host of ours to a domain. Routes on which nothing is under way are forgotten now and then.
    fn route(&self, local: &str, remote: &str) -> Arc<Route> {
        let mut routes = self.routes();
        if routes.len() > self.looked_through_at.load(Ordering::Relaxed) {
            routes.retain(|_, route| Arc::strong_count(route) > 1 || route.has_waiting());
            // Where many are really under way, they are not walked again for each that is new.
            let next = ROUTES_MAX.max(2 * routes.len());
            self.looked_through_at.store(next, Ordering::Relaxed);
        }
        let new = || Arc::new(Route::new(local, remote));
        Arc::clone(routes.entry((local.to_owned(), remote.to_owned())).or_insert_with(new))
    }

    fn is_ending(&self) -> bool {
        *self.ending.borrow()
    }

    fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings)
    }

    fn trust(&self) -> Option<Arc<Trust>> {
        self.trust.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the certificate from its files again: new connections show it, those that stand go on with the old one.
    pub fn renew_trust(&self, config: &Config) -> Answer<()> {
        let renewed = trust_of(config)?;
        *self.trust.write().unwrap_or_else(PoisonError::into_inner) = renewed;
        Ok(())
    }

    /// These have arrived.
    fn strike(&self, rows: Vec<i64>) {
        if rows.is_empty() {
            return;
        }
        self.in_house(move |house| {
            tokio::spawn(async move {
                if let Err(refusal) = house.db().write(move |tx| abroad::strike(tx, &rows)).await {
                    tracing::error!(target: "federation", cause = refusal.chain(), "what has arrived could not be struck; it will be sent again after a restart");
                }
            });
        });
    }

    /// These will not arrive: their senders are told (RFC 6120 §10.4.3), as if the other server had answered.
    fn give_back(&self, letters: Vec<Letter>, condition: Condition) {
        let kind = match condition {
            Condition::RemoteServerTimeout | Condition::ResourceConstraint => ErrorKind::Wait,
            _ => ErrorKind::Cancel,
        };
        self.give_back_as(letters, StanzaError::new(kind, condition));
    }

    fn give_back_as(&self, letters: Vec<Letter>, error: StanzaError) {
        if letters.is_empty() || self.is_ending() {
            return;
        }
        self.in_house(move |house| {
            tokio::spawn(async move {
                for letter in letters {
                    if letter.stanza.may_be_refused() {
                        flows::abroad::given_back(&house, letter.stanza.error_reply(&error)).await;
                    }
                    house.abroad().strike(letter.row.into_iter().collect());
                }
            });
        });
    }

    /// The other server would end the stream over this one: its sender is told, in words (XEP-0478 §4). Nobody's rule but that
    /// server's is broken, so the error names nobody else.
    fn give_back_too_large(&self, letter: Letter) {
        let language = Language::of(letter.stanza.lang.as_deref());
        let error = StanzaError::new(ErrorKind::Modify, Condition::PolicyViolation);
        let error = match words::of(TOO_LARGE_THERE.code, language) {
            Some(sentence) => error.said(sentence, language.tag()),
            None => error,
        };
        self.give_back_as(vec![letter], error);
    }

    /// A domain sends one stanza more. For how long it is not to be heard, if it has sent more than its share.
    fn spend(&self, domain: &str) -> Option<Duration> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        shares.spend(domain, Instant::now())
    }
}

/// What TLS with other servers needs, where any may be connected.
fn trust_of(config: &Config) -> Answer<Option<Arc<Trust>>> {
    if !config.federation.is_open() {
        return Ok(None);
    }
    let (chain, key) = crate::tls::chain_and_key(config)?;
    Ok(Some(Arc::new(Trust::new(&config.federation, &chain, &key)?)))
}
