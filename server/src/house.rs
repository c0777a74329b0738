//! One running installation: storage, clock, randomness, keys, and who is connected.

mod certificates;
mod clockwork;
pub mod gate;
mod leaving;
mod nodes;
mod resumption;
mod telling;

use std::collections::HashMap;
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use konvent_core::config::Config;
use konvent_core::{
    AccountId, Answer, Clock, Db, Kind, Millis, Outbox, Random, Reader, Refusal, SessionId,
};
use konvent_people::accounts::{self, Account, ServerKey};
use konvent_talk::caps::{self, Caps};
use konvent_talk::commands::Sessions as Commands;
use konvent_talk::pubsub::{Device, Here};
use konvent_talk::rooms::officers::Officers;
use konvent_talk::{Domain, Service, Session, Who, disco};
use konvent_wire::stream::Settings;
use konvent_wire::{Element, Jid, Stanza, StreamCondition};

use crate::acme::Acme;
use crate::arrivals::Arrivals;
use crate::counters::Counters;
use crate::flows;
use crate::hall::happening::Happening;
use crate::hall::{Entered, Hall, Seat, SignedInBy};
use crate::mailbox::Ending;
use crate::net::places::{Bounds, Places};
use crate::net::push::Pusher;
use crate::net::s2s::Abroad;
use crate::readiness::Readiness;
use crate::tls::{self, Tls};
use crate::{cards, keys};

use nodes::Company;
pub use nodes::wandering::MOVED;
pub use resumption::{RESUME_SECS, Resumed};
use resumption::{Resumable, is_still_let_in};

/// How long a starting server waits for the one before it to let go of the folder, in milliseconds.
const LOCK_PATIENCE_MS: u64 = 3_000;

/// Another process serves this data folder.
pub const IN_USE: Refusal = Refusal::new(Kind::Conflict, "house.data-folder-in-use");

/// Nobody is signed in here, or no longer.
pub const SIGNED_OUT: Refusal = Refusal::new(Kind::NotAllowed, "accounts.signed-out");

/// What a client wants from the start of its session.
#[derive(Debug, Default)]
pub struct Wishes {
    /// Copies of what its other devices send and receive (XEP-0280 §4).
    pub carbons: bool,
    /// To be able to resume it under this name (XEP-0198 §5).
    pub resumable: Option<String>,
    /// Nobody looks at its screen yet (XEP-0352 §4.2).
    pub is_inactive: bool,
}

/// One running installation.
pub struct House {
    config: Config,
    domain: Domain,
    db: Db,
    clock: Clock,
    random: Random,
    key: ServerKey,
    tls: RwLock<Tls>,
    acme: Option<Arc<Acme>>,
    is_draining: AtomicBool,
    arrivals: Arrivals,
    stream_settings: RwLock<Arc<Settings>>,
    hall: Mutex<Hall>,
    abroad: Arc<Abroad>,
    pusher: Pusher,
    counters: Counters,
    readiness: Readiness,
    sessions_made: AtomicI64,
    company: Company,
    resumable: Mutex<HashMap<Arc<str>, Resumable>>,
    let_go: tokio::sync::Notify,
    commands: Mutex<Commands>,
    places: Arc<Places>,
    gate: Arc<gate::Gate>,
    ports: OnceLock<[u16; 4]>,
    take_along: flows::take_along::Fetching,
    strangers: flows::strangers::Said,
    officers: Officers,
    opened_at: Millis,
    /// Until when time has been looked after: see [`Self::tick`].
    ticked: Mutex<Millis>,
    /// For rooms that a restart left behind.
    started: flows::rooms::sweep::Start,
    /// Held while the house stands, so that two servers never share a folder.
    _lock: File,
}

/// Who is there, as the nodes' rules need to know. Locks the hall for a moment.
impl Here for House {
    fn devices(&self, account: AccountId, node: &str) -> Vec<Device> {
        self.hall().devices(account, node)
    }

    fn onlookers(&self, account: AccountId, node: &str) -> Vec<Jid> {
        self.hall().caps.onlookers_wanting(account, node)
    }
}

impl std::fmt::Debug for House {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("House").field("domain", &self.domain.name).finish_non_exhaustive()
    }
}

impl House {
    /// Opens storage, keys and certificate. Blocks; opens no sockets.
    pub fn open(config: Config, clock: Clock, random: Random) -> Answer<Arc<Self>> {
        let lock = lock(&config)?;
        let key = ServerKey::new(keys::secret(&config.data.join("keys"), "server.key", &random)?);
        let tls = tls::prepare(&config)?;
        let features = cards::features();
        let db = nodes::open(&config, &features, &clock, &key)?;
        let domain = Domain {
            name: config.domain.clone(),
            rooms: config.rooms_service(),
            services: services(&config),
        };
        let arrivals = Arrivals::open(&config, &db)?;
        let mut settings = Settings::new(&config.domain, key.mac("house.nobodys-salts", &[]));
        settings.iterations = accounts::ITERATIONS;
        settings.hashes = db.read_blocking(accounts::hashes)?;
        settings.stranger_features = flows::registration::features(&config.accounts);
        let now = clock.now();
        let services = domain.services.iter().map(|service| service.host.clone());
        let hosts =
            [domain.name.clone(), domain.rooms.clone()].into_iter().chain(services).collect();
        let abroad = Arc::new(Abroad::new(&config, hosts, key.mac("house.dialback", &[]))?);
        let mut hall = Hall::new(key.mac("house.occupant-ids", &[]), Arc::clone(&abroad));
        hall.caps = Caps::of_server(domain.server()?.into());
        // XEP-0115 §6.3: clients need not ask what this server can as long as it is what it was.
        let own = disco::server_info(&Stanza::iq("get", "own"), &features, contact_of(&config));
        let own = own.payload();
        settings.features.extend(own.and_then(|own| caps::server_feature(&own)));
        settings.features.extend(konvent_talk::contacts::stream_features());
        let company = Company::new();
        let heard = nodes::catch_up(&db, &mut hall, &company)?;
        let sessions_made = AtomicI64::new(hall.nodes.sessions_from());
        let house = Arc::new(Self {
            hall: Mutex::new(hall),
            abroad,
            pusher: Pusher::open(&config, &random)?,
            counters: Counters::default(),
            readiness: Readiness::default(),
            domain,
            db,
            arrivals,
            key,
            tls: RwLock::new(tls),
            acme: Acme::open(&config),
            is_draining: AtomicBool::new(false),
            stream_settings: RwLock::new(Arc::new(settings)),
            sessions_made,
            company,
            resumable: Mutex::new(HashMap::new()),
            let_go: tokio::sync::Notify::new(),
            commands: Mutex::new(Commands::default()),
            places: Places::new(Bounds::of_system()),
            gate: Arc::default(),
            ports: OnceLock::new(),
            take_along: flows::take_along::Fetching::default(),
            strangers: flows::strangers::Said::default(),
            officers: Officers::default(),
            opened_at: now,
            ticked: Mutex::new(now),
            started: flows::rooms::sweep::Start::at(now),
            _lock: lock,
            config,
            clock,
            random,
        });
        nodes::listen(&house, heard);
        Ok(house)
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Our names on the network.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    /// The storage.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Files on their way in, and where they lie.
    pub fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// The names that nobody else bears.
    pub fn officers(&self) -> &Officers {
        &self.officers
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Randomness.
    pub fn random(&self) -> &Random {
        &self.random
    }

    /// The key under which codes and tokens are made.
    pub fn key(&self) -> &ServerKey {
        &self.key
    }

    /// Whether the house is about to close: whoever balances load sends nobody here any more.
    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Says that the house is about to close.
    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whom strangers can write to (XEP-0157 §3).
    pub fn contact(&self) -> Option<Element> {
        contact_of(&self.config)
    }

    /// What strangers elsewhere have said today.
    pub const fn strangers(&self) -> &flows::strangers::Said {
        &self.strangers
    }

    /// Which members fetch their data at the moment.
    pub const fn take_along(&self) -> &flows::take_along::Fetching {
        &self.take_along
    }

    /// Who may stand at the doors.
    pub fn places(&self) -> &Arc<Places> {
        &self.places
    }

    /// Passwords that are being compared.
    pub const fn gate(&self) -> &Arc<gate::Gate> {
        &self.gate
    }

    /// What all streams have in common.
    pub fn stream_settings(&self) -> Arc<Settings> {
        Arc::clone(&self.stream_settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The way to other servers.
    pub fn abroad(&self) -> &Abroad {
        &self.abroad
    }

    /// What the house has done, in figures.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Whether newcomers are welcome.
    pub const fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// The ways out to those who are away.
    pub fn pusher(&self) -> &Pusher {
        &self.pusher
    }

    /// Who is connected. Never held across an `await` or a call to the storage, which a build for tests refuses.
    pub fn hall(&self) -> Entered<'_> {
        Entered::by(&self.hall)
    }

    /// Commands under way (XEP-0050). Never held across an `await`.
    pub fn commands(&self) -> MutexGuard<'_, Commands> {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A member's client takes its place (RFC 6120 §7). `also` is read in the same moment in which the session can be found.
    pub async fn enter<T: Send + 'static>(
        self: &Arc<Self>,
        account: Account,
        resource: &str,
        by: SignedInBy,
        wishes: Wishes,
        also: impl FnOnce(&mut Reader<'_>) -> Answer<T> + Send + 'static,
    ) -> Answer<(Arc<Seat>, T)> {
        let jid =
            self.domain.account(&account.localpart)?.with_resource_str(resource).map_err(
                |error| Refusal::new(Kind::BadRequest, "house.bad-resource").because(error),
            )?;
        let id = SessionId(self.sessions_made.fetch_add(1, Ordering::Relaxed) + 1);
        let Account { id: account, person, name, .. } = account;
        let session = Session { id, account, person, address: jid.clone().into(), name };
        let Wishes { carbons, resumable, is_inactive } = wishes;
        let seated = Happening::Seated { session, jid, carbons, by, resumable, is_inactive };
        self.happens(seated).await?;
        let seat = self.hall().seated(id).ok_or(SIGNED_OUT)?;
        // Looked at again now that the session can be found: whoever revokes or closes either is seen here, or finds it.
        let looked = move |reader: &mut Reader<'_>| {
            is_still_let_in(reader, account, by)?;
            also(reader)
        };
        match self.db.glance(looked).await {
            Ok(also) => Ok((seat, also)),
            Err(refusal) => {
                self.leave(&seat);
                Err(refusal)
            }
        }
    }

    /// Posts what was shared with the other nodes in its commit.
    fn deliver(&self, outbox: Outbox) {
        self.hall().deliver(outbox.into_posts());
    }

    /// Who stands behind an address.
    pub fn who_is(&self, reader: &mut Reader<'_>, address: &Jid) -> Answer<Who> {
        konvent_talk::who_is(reader, &self.domain, address)
    }

    /// The doors are open at these ports: HTTP, XMPP, XMPP with direct TLS, XMPP without TLS; 0 where there is none.
    pub fn doors_are_at(&self, ports: [u16; 4]) {
        let _ = self.ports.set(ports); // the doors open once
    }

    /// The ports of the doors.
    pub fn ports(&self) -> [u16; 4] {
        let Config { http, xmpp, xmpps, plaintext, .. } = &self.config;
        let wished = [http, xmpp, xmpps, plaintext];
        let wished = wished.map(|door| door.first().map_or(0, |address| address.port()));
        self.ports.get().copied().unwrap_or(wished)
    }

    /// Where people reach the web client, without a slash at the end. A door that only this machine reaches, with no proxy
    /// before it, is tried out by somebody on this machine.
    pub fn public_url(&self) -> String {
        let Config { http, behind_proxy, .. } = &self.config;
        match &self.config.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None if http.is_loopback() && !behind_proxy => {
                format!("http://127.0.0.1:{}", self.ports()[0])
            }
            None => format!("https://{}", self.config.domain),
        }
    }

    /// Whether browsers come by HTTPS.
    pub fn is_reached_by_https(&self) -> bool {
        self.public_url().starts_with("https:")
    }

    /// Ends sessions of an account at once: all of them, or those that one device or app password signed in.
    pub fn end_sessions(self: &Arc<Self>, account: AccountId, by: Option<SignedInBy>) {
        self.happens_soon(Happening::Ended { account, by, resource: None });
    }

    /// Ends the session of an account that has this resource, if there is one.
    pub fn end_session_at(self: &Arc<Self>, account: AccountId, resource: &str) {
        let resource = Some(resource.to_owned());
        self.happens_soon(Happening::Ended { account, by: None, resource });
    }

    /// Since when this process serves.
    pub fn opened_at(&self) -> Millis {
        self.opened_at
    }

    /// Says goodbye to everybody (RFC 6120 §4.9.3.20). Whoever may resume finds his session on another node, if there is one.
    pub fn say_goodbye(&self) {
        self.deliver(flows::rooms::close(self));
        let hall = self.hall();
        let goes_on = hall.nodes.living().count() > 1;
        for seat in hall.all().filter(|seat| hall.holds(seat)) {
            seat.mailbox.end(if goes_on && seat.kept().is_some() {
                Ending::Drain
            } else {
                Ending::Stream(StreamCondition::SystemShutdown)
            });
        }
    }
}

fn contact_of(config: &Config) -> Option<Element> {
    let contact = &config.contact;
    disco::contact_form(&[
        ("abuse", &contact.abuse),
        ("admin", &contact.admin),
        ("feedback", &contact.feedback),
        ("security", &contact.security),
        ("support", &contact.support),
    ])
}

/// The services that have a name of their own.
fn services(config: &Config) -> Vec<Service> {
    vec![
        Service {
            host: config.upload_service(),
            feature: konvent_files::upload::ABOUT.name,
            name: "Dateien",
        },
        Service {
            host: config.pubsub_service(),
            feature: konvent_talk::pubsub::ABOUT.name,
            name: "Nachrichten",
        },
    ]
}

/// Holds the data folder: whoever else wants it waits a little and is then told that it is in use.
pub(crate) fn lock(config: &Config) -> Answer<File> {
    let folder = &config.data;
    let failed =
        |error: std::io::Error| keys::UNUSABLE.because(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file = File::create(folder.join("konvent.lock")).map_err(failed)?;
    let patience = Instant::now() + Duration::from_millis(LOCK_PATIENCE_MS);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(_) if Instant::now() < patience => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(IN_USE.because(format!("{}: {error}", folder.display()))),
        }
    }
}
