//! Two or more houses on loopback sockets with certificates of one authority, and members in them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use konvent_core::audit::Actor;
use konvent_core::config::Config;
use konvent_core::{Clock, Random};
use konvent_people::accounts;
use konvent_people::import::File;
use konvent_people::people;
use konvent_server::net::s2s::gates::Gates;
use konvent_server::{House, flows, net};
use konvent_wire::client::{Client, Happening, Setup};
use konvent_wire::jid::BareJid;
use konvent_wire::stream::Transport;
use konvent_wire::{Jid, Stanza};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::task::JoinHandle;

pub use super::program::Program;

/// A test that waits longer than this has failed.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// How long a node may be silent until the others go on without it.
const NODE_LEASE_SECS: u32 = 2;

/// The authority that both towns trust.
struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pem: String,
}

fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "The Prince");
        let pem = params.self_signed(&key).unwrap().pem();
        Authority { issuer: rcgen::Issuer::new(params, key), pem }
    })
}

/// The certificate of the authority that all towns trust.
pub fn root() -> rustls_pki_types::CertificateDer<'static> {
    use rustls_pki_types::pem::PemObject as _;
    rustls_pki_types::CertificateDer::from_pem_slice(authority().pem.as_bytes()).unwrap()
}

/// A certificate for these names that the authority has signed, and its key.
pub fn certificate(names: &[&str]) -> (rustls_pki_types::CertificateDer<'static>, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::CertificateParams::new(names).unwrap();
    let made = made.signed_by(&key, &authority().issuer).unwrap();
    (made.der().clone(), key.serialize_der())
}

/// A town before it opens: its gates are known, so that others can be told.
pub struct Site {
    pub domain: String,
    pub config: Config,
    gates: Gates,
    pub gate: SocketAddr,
    /// Where TLS begins with the first byte.
    pub direct_gate: Option<SocketAddr>,
    pub components: Option<SocketAddr>,
    folder: tempfile::TempDir,
}

/// What `[federation]` says besides addresses and authorities.
pub const EVERYBODY: &str = "with = 'everybody'";

impl Site {
    /// A town whose certificate stands for `certified`.
    #[expect(clippy::unused_async, reason = "gates are opened by a runtime")]
    pub async fn new(domain: &str, certified: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let key = rcgen::KeyPair::generate().unwrap();
        let names = vec![certified.to_owned(), format!("*.{certified}")];
        let made = rcgen::CertificateParams::new(names).unwrap();
        let made = made.signed_by(&key, &authority().issuer).unwrap();
        std::fs::write(at("roots.pem"), &authority().pem).unwrap();
        std::fs::write(at("own.pem"), made.pem()).unwrap();
        std::fs::write(at("own.key"), key.serialize_pem()).unwrap();
        let settings = settings.replace("ROOTS", &at("roots.pem").display().to_string());
        let text = format!(
            "domain = '{domain}'\nadmin = '100001'\ndata = '{}'\ncertificate = '{}'\nkey = '{}'\n\
             [federation]\nroots = '{}'\nlisten = '127.0.0.1:0'\nlisten_tls = '127.0.0.1:0'\n{settings}\n",
            at("data").display(),
            at("own.pem").display(),
            at("own.key").display(),
            at("roots.pem").display(),
        );
        let config = Config::parse(&text).unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
        let gates = Gates::open(&config).unwrap();
        let gate = gates.addresses()[0].unwrap_or_else(|| "127.0.0.1:1".parse().unwrap());
        let [_, direct_gate, components] = gates.addresses();
        Self { domain: domain.to_owned(), config, gates, gate, direct_gate, components, folder }
    }

    /// Tells it where another town is.
    pub fn knows(self, other: &str, at: SocketAddr) -> Self {
        self.knows_at(other, &at.to_string())
    }

    /// The same as it stands in the settings: with `tls:` in front, TLS from the first byte.
    pub fn knows_at(mut self, other: &str, at: &str) -> Self {
        self.config.federation.addresses.insert(other.to_owned(), at.to_string());
        self.config.federation.addresses.insert(format!("*.{other}"), at.to_string());
        self
    }

    /// One node of several, which share a database, files and the key of the house.
    pub fn node(mut self, name: &str, database: &str, shared: &Path) -> Self {
        let settings = format!(
            "domain = '{}'\nadmin = '100001'\n[nodes]\nname = '{name}'\nlease_secs = {NODE_LEASE_SECS}",
            self.domain
        );
        self.config.nodes = Config::parse(&settings).unwrap().nodes;
        self.config.postgres = Some(database.to_owned());
        self.config.files.folder = Some(shared.join("files"));
        let (key, keys) = (shared.join("server.key"), self.config.data.join("keys"));
        if key.exists() {
            std::fs::create_dir_all(&keys).unwrap();
            std::fs::copy(key, keys.join("server.key")).unwrap();
        }
        self
    }

    pub async fn open(self) -> Town {
        self.open_at(Clock::System).await
    }

    /// With a clock of its own.
    pub async fn open_at(self, clock: Clock) -> Town {
        let Self { domain, config, gates, gate, folder, .. } = self;
        let components = gates.addresses()[2];
        let (house, tasks) = begin(&config, gates, &clock).await;
        let town = Town { domain, config, gate, components, house, clock, tasks, folder };
        if !town.is_settled().await {
            town.settle_members().await;
        }
        town
    }
}

async fn begin(config: &Config, gates: Gates, clock: &Clock) -> (Arc<House>, Vec<JoinHandle<()>>) {
    let (settings, own_clock) = (config.clone(), clock.clone());
    // A node waits for those that run already, and meanwhile they must be heard.
    let opening = move || House::open(settings, own_clock, Random::system());
    let house = tokio::task::spawn_blocking(opening)
        .await
        .unwrap()
        .unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
    house.abroad().begin(&house).await.unwrap();
    let mut tasks = gates.serve(&house);
    tasks.push(tokio::spawn(flows::push::serve(Arc::clone(&house))));
    if config.nodes.is_some() {
        tasks.push(tokio::spawn(Arc::clone(&house).keep_company()));
        let ticking = Arc::clone(&house);
        tasks.push(tokio::spawn(async move {
            let mut second = tokio::time::interval(Duration::from_secs(1));
            loop {
                second.tick().await;
                ticking.tick().await;
            }
        }));
    }
    (house, tasks)
}

/// Two towns that know each other.
pub async fn two(settings: &str) -> (Town, Town) {
    let verona = Site::new("verona.example", "verona.example", settings).await;
    let mantua = Site::new("mantua.example", "mantua.example", settings).await;
    let (here, there) = (verona.gate, mantua.gate);
    let verona = verona.knows("mantua.example", there).open().await;
    (verona, mantua.knows("verona.example", here).open().await)
}

/// A running house.
pub struct Town {
    pub domain: String,
    pub config: Config,
    pub gate: SocketAddr,
    pub components: Option<SocketAddr>,
    pub house: Arc<House>,
    pub clock: Clock,
    tasks: Vec<JoinHandle<()>>,
    folder: tempfile::TempDir,
}

/// A house that is down; its data is still there.
pub struct Ruin {
    domain: String,
    config: Config,
    gate: SocketAddr,
    clock: Clock,
    folder: tempfile::TempDir,
}

impl Town {
    /// Whether somebody has imported its members: another node of it.
    async fn is_settled(&self) -> bool {
        let units = self.house.db().read(konvent_people::units::all).await;
        !units.unwrap().is_empty()
    }

    /// Gives the key of the house to further nodes.
    pub fn share_key(&self, shared: &Path) {
        std::fs::copy(self.config.data.join("keys/server.key"), shared.join("server.key")).unwrap();
    }

    /// Two members in one unit, by the regular import.
    async fn settle_members(&self) {
        let file = |name: &str, text: &str| File { name: name.to_owned(), bytes: text.into() };
        let files = vec![
            file(
                "gliederungen.csv",
                "schluessel;uebergeordnet;name;ebene;art\n03-01;;OV Stadt;Ortsverband;\n",
            ),
            file(
                "mitglieder.csv",
                "mitgliedsnummer;anrede;titel;vorname;nachname;geburtsdatum;email;gliederungsschluessel;gliederung;status;eintritt\n\
                 100001;;;Romeo;Montague;01.02.1980;;03-01;OV Stadt;aktiv;01.03.2020\n\
                 100002;;;Juliet;Capulet;01.02.1981;;03-01;OV Stadt;aktiv;01.03.2020\n",
            ),
            file("aemter.csv", "mitgliedsnummer;gliederungsschluessel;organ;amt;beginn;ende\n"),
        ];
        let plan = flows::member::plan(&self.house, files).await.unwrap();
        flows::member::apply(&self.house, plan, Actor::Operator, true).await.unwrap();
    }

    /// The address of a member, and a new password: `100001` or `100002`.
    pub async fn password_of(&self, number: &str) -> (BareJid, String) {
        let (number, house) = (number.to_owned(), Arc::clone(&self.house));
        let (localpart, password) = self
            .house
            .db()
            .write(move |tx| {
                let person = people::by_number(tx, &number)?.ok_or(people::UNKNOWN)?;
                let (account, _) = accounts::open(tx, house.key(), person.id)?;
                let (_, password) =
                    accounts::make_app_password(tx, house.random(), account.id, "test")?;
                Ok((account.localpart, password))
            })
            .await
            .unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
        (BareJid::new(&format!("{localpart}@{}", self.domain)).unwrap(), password)
    }

    /// A member signs in.
    pub async fn member(&self, number: &str) -> Member {
        let (jid, password) = self.password_of(number).await;
        self.enter(jid, &password).await
    }

    /// Somebody outside the directory is given an account and signs in.
    pub async fn outsider(&self, name: &'static str) -> Member {
        const PASSWORD: &str = "out of her favour";
        let house = Arc::clone(&self.house);
        let keys = accounts::NewPassword::derive(house.key(), name, PASSWORD, 8).unwrap();
        let opened = move |tx: &mut konvent_core::Tx<'_>| {
            accounts::open_outside(tx, house.key(), Actor::Operator, name, &keys)
        };
        self.house.db().write(opened).await.unwrap();
        self.enter(BareJid::new(&format!("{name}@{}", self.domain)).unwrap(), PASSWORD).await
    }

    /// Somebody signs in with this password.
    pub async fn enter(&self, jid: BareJid, password: &str) -> Member {
        let (near, far) = tokio::io::duplex(1024 * 1024);
        tokio::spawn(net::xmpp::serve(
            Arc::clone(&self.house),
            far,
            Transport::DirectTls,
            "test".to_owned(),
        ));
        let mut setup = Setup::new(jid, password);
        setup.transport = Transport::DirectTls;
        setup.wants_carbons = true;
        let mut member = Member {
            pipe: near,
            client: Client::new(setup, rand()),
            heard: Vec::new(),
            ready: None,
        };
        member.wait("to be signed in", |member| member.ready.clone()).await;
        member.say(Stanza::presence("")).await;
        member.ask_server(&self.domain).await;
        member
    }

    /// Waits until other servers have all that waits for them here.
    pub async fn has_brought_everything(&self) {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while !self.house.db().read(konvent_talk::abroad::waiting).await.unwrap().is_empty() {
            assert!(tokio::time::Instant::now() < deadline, "something still waits");
            tokio::time::sleep(Duration::from_millis(10)).await; // nobody tells when a row is struck
        }
    }

    /// The house goes, with all connections.
    pub async fn fall(self) -> Ruin {
        let Self { domain, config, gate, house, clock, tasks, folder, .. } = self;
        for task in tasks {
            task.abort();
        }
        house.say_goodbye();
        house.abroad().end();
        let deadline = tokio::time::Instant::now() + DEADLINE;
        while Arc::strong_count(&house) > 1 {
            assert!(tokio::time::Instant::now() < deadline, "somebody still holds the house");
            tokio::task::yield_now().await;
        }
        drop(house);
        Ruin { domain, config, gate, clock, folder }
    }
}

impl Ruin {
    /// The house comes back at the same place.
    pub async fn rise(self) -> Town {
        let Self { domain, mut config, gate, clock, folder } = self;
        config.federation.listen = gate.into();
        let gates = Gates::open(&config).unwrap_or_else(|refusal| panic!("{}", refusal.chain()));
        let components = gates.addresses()[2];
        let (house, tasks) = begin(&config, gates, &clock).await;
        Town { domain, config, gate, components, house, clock, tasks, folder }
    }
}

fn rand() -> [u8; 32] {
    Random::system().bytes()
}

/// A member's client.
pub struct Member {
    pipe: DuplexStream,
    client: Client,
    pub heard: Vec<Stanza>,
    ready: Option<Jid>,
}

impl Member {
    pub fn jid(&self) -> Jid {
        self.ready.clone().unwrap()
    }

    pub fn bare(&self) -> Jid {
        self.jid().to_bare().into()
    }

    pub async fn say(&mut self, stanza: Stanza) {
        self.client.send(&stanza).unwrap();
        self.flush().await;
    }

    /// Says words to somebody.
    pub async fn tell(&mut self, to: &Jid, words: &str) {
        let id = format!("{words}-id").replace(' ', "-");
        self.say(Stanza::message("chat").with_to(to.clone()).with_id(&id).with_body(words)).await;
    }

    /// Nobody looks at the client's screen, or somebody does again (XEP-0352).
    pub async fn look(&mut self, looks: bool) {
        let word = if looks { "active" } else { "inactive" };
        self.client.send_raw(format!("<{word} xmlns='urn:xmpp:csi:0'/>").as_bytes());
        self.flush().await;
    }

    async fn flush(&mut self) {
        while let Some(bytes) = self.client.take_output() {
            let _ = self.pipe.write_all(&bytes).await; // a house that fell is noticed when reading
        }
    }

    /// Waits until something is the case.
    async fn wait<T>(&mut self, what: &str, is: impl Fn(&mut Self) -> Option<T>) -> T {
        let deadline = tokio::time::Instant::now() + DEADLINE;
        loop {
            while let Some(happening) = self.client.next() {
                match happening {
                    Happening::Ready(ready) => self.ready = Some(ready.jid.into()),
                    Happening::Stanza(stanza) => self.heard.push(stanza),
                    Happening::Acked(_) => {}
                    other => panic!("{other:?}"),
                }
            }
            self.flush().await;
            if let Some(found) = is(self) {
                return found;
            }
            let mut bytes = vec![0; 16 * 1024];
            match tokio::time::timeout_at(deadline, self.pipe.read(&mut bytes)).await {
                Ok(Ok(count)) if count > 0 => self.client.receive(&bytes[..count]),
                Ok(_) => panic!("{what}: the connection is gone; heard {:?}", self.lines()),
                Err(late) => panic!("{what}: {late}; heard {:?}", self.lines()),
            }
        }
    }

    fn lines(&self) -> Vec<String> {
        self.heard.iter().map(|stanza| String::from_utf8(stanza.to_bytes()).unwrap()).collect()
    }

    /// Waits for a stanza and takes it out.
    pub async fn hear(&mut self, what: &str, fits: impl Fn(&Stanza) -> bool) -> Stanza {
        self.wait(what, |member| {
            let at = member.heard.iter().position(&fits)?;
            Some(member.heard.remove(at))
        })
        .await
    }

    /// Waits for words from somebody.
    pub async fn hear_words(&mut self, from: &Jid, words: &str) -> Stanza {
        let from = from.to_bare();
        self.hear(words, |stanza| {
            stanza.from.as_ref().is_some_and(|sender| sender.to_bare() == from)
                && stanza.text_of("body", konvent_wire::ns::CLIENT).as_deref() == Some(words)
        })
        .await
    }

    /// What stands in the own archive, the words of it.
    pub async fn archive(&mut self) -> Vec<String> {
        let query = konvent_wire::xml::el("query", "urn:xmpp:mam:2").build();
        self.say(Stanza::iq("set", "mam").with_child(&query)).await;
        self.hear("the end", |stanza| stanza.id.as_deref() == Some("mam")).await;
        let words = |stanza: &Stanza| {
            let result = stanza.child("result", "urn:xmpp:mam:2")?.element()?;
            let forwarded = result.get_child("forwarded", konvent_wire::ns::FORWARD)?;
            let message = forwarded.get_child("message", konvent_wire::ns::CLIENT)?;
            Some(message.get_child("body", konvent_wire::ns::CLIENT)?.text())
        };
        self.heard.iter().filter_map(words).collect()
    }

    /// Waits until a stanza comes back with this condition.
    pub async fn hear_error(&mut self, condition: &str) -> Stanza {
        self.hear(condition, |stanza| {
            stanza.error().is_some_and(|error| error.condition.as_str() == condition)
        })
        .await
    }

    /// Asks a server whether it is there, and waits for the answer: what was sent before has been taken in.
    pub async fn ask_server(&mut self, server: &str) -> Stanza {
        let ping = konvent_wire::xml::el("ping", "urn:xmpp:ping").build();
        let id = format!("ping-{}", u32::from_be_bytes(Random::system().bytes()));
        let ping = Stanza::iq("get", &id).with_to(Jid::new(server).unwrap()).with_child(&ping);
        self.say(ping).await;
        self.client.ask_ack(); // what was taken in need not be held
        self.flush().await;
        self.hear("an answer", |stanza| stanza.id.as_deref() == Some(&*id)).await
    }
}
