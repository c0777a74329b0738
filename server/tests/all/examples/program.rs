//! A program at a door of a running example: a stranger's, which may register, and that of an account, which is signed in. With
//! TLS it trusts the certificate of that server and no other.

use std::net::SocketAddr;
use std::sync::Arc;

use konvent_core::Random;
use konvent_wire::client::{Client, Happening, Setup};
use konvent_wire::errors::SaslCondition;
use konvent_wire::jid::BareJid;
use konvent_wire::sasl::ChannelBinding;
use konvent_wire::stream::Transport;
use konvent_wire::xml::{Event, Limits, Reader};
use konvent_wire::{Element, Stanza, ns};
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::running::{DEADLINE, Running};

/// A connection of either kind.
trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Line for S {}

async fn call(door: SocketAddr) -> Box<dyn Line> {
    Box::new(TcpStream::connect(door).await.unwrap())
}

/// The same line with TLS around it.
async fn secured(line: Box<dyn Line>, server: &Running) -> Box<dyn Line> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(server.roots())
        .with_no_client_auth();
    let name = ServerName::try_from(server.domain.clone()).unwrap();
    Box::new(TlsConnector::from(Arc::new(config)).connect(name, line).await.unwrap())
}

async fn read(line: &mut Box<dyn Line>, what: &str) -> Vec<u8> {
    let mut bytes = vec![0; 16 * 1024];
    let count = tokio::time::timeout(DEADLINE, line.read(&mut bytes)).await.expect(what).unwrap();
    assert!(count > 0, "{what}: the connection is gone");
    bytes.truncate(count);
    bytes
}

/// Somebody who has not signed in.
pub struct Stranger {
    line: Box<dyn Line>,
    reader: Reader,
    pub features: Element,
}

impl Stranger {
    /// At a door, without TLS so far.
    pub async fn at(door: SocketAddr, server: &Running) -> Self {
        Self::open(call(door).await, server).await
    }

    /// The same after STARTTLS (RFC 6120 section 5).
    pub async fn secured(mut self, server: &Running) -> Self {
        self.say(&format!("<starttls xmlns='{}'/>", ns::TLS)).await;
        let Event::Nonza(proceed) = self.event().await else { panic!("no TLS") };
        assert_eq!(proceed.name(), "proceed");
        Self::open(secured(self.line, server).await, server).await
    }

    async fn open(line: Box<dyn Line>, server: &Running) -> Self {
        let features = Element::bare("features", ns::STREAM);
        let mut stranger = Self { line, reader: Reader::tcp(Limits::MEMBER), features };
        let opening = format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{}' to='{}' version='1.0'>",
            ns::STREAM,
            server.domain,
        );
        stranger.say(&opening).await;
        loop {
            if let Event::Nonza(features) = stranger.event().await {
                stranger.features = features;
                return stranger;
            }
        }
    }

    pub fn is_offered(&self, name: &str, namespace: &str) -> bool {
        self.features.has_child(name, namespace)
    }

    /// Whether nothing goes on without TLS.
    pub fn must_begin_tls(&self) -> bool {
        let starttls = self.features.get_child("starttls", ns::TLS);
        starttls.is_some_and(|starttls| starttls.has_child("required", ns::TLS))
    }

    /// Registers (XEP-0077 section 3.1): the answer.
    pub async fn register(&mut self, name: &str, password: &str) -> Stanza {
        let form = format!(
            "<query xmlns='{}'><username>{name}</username><password>{password}</password></query>",
            ns::REGISTER,
        );
        self.ask(&form).await
    }

    /// Shows an invitation (XEP-0445 section 4): the answer.
    pub async fn show(&mut self, token: &str) -> Stanza {
        self.ask(&format!("<preauth xmlns='{}' token='{token}'/>", ns::PREAUTH)).await
    }

    async fn ask(&mut self, payload: &str) -> Stanza {
        self.say(&format!("<iq type='set' id='s'>{payload}</iq>")).await;
        loop {
            if let Event::Stanza(stanza) = self.event().await {
                return stanza;
            }
        }
    }

    async fn say(&mut self, words: &str) {
        self.line.write_all(words.as_bytes()).await.unwrap();
        self.line.flush().await.unwrap();
    }

    async fn event(&mut self) -> Event {
        loop {
            if let Some(event) = self.reader.next().unwrap() {
                return event;
            }
            let bytes = read(&mut self.line, "an answer").await;
            self.reader.push(&bytes);
        }
    }
}

/// How somebody comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// At the door without TLS.
    Plaintext,
    /// TLS begun on the stream (RFC 6120 section 5).
    StartTls,
    /// TLS from the first byte (XEP-0368).
    DirectTls,
}

/// A signed-in program.
pub struct Program {
    line: Box<dyn Line>,
    client: Client,
    heard: Vec<Stanza>,
    asked: u32,
    pub jid: String,
}

impl Program {
    /// Signs in, or is told why not.
    pub async fn try_in(
        server: &Running,
        way: Way,
        name: &str,
        password: &str,
    ) -> Result<Self, SaslCondition> {
        let mut line = match way {
            Way::Plaintext => call(server.plaintext.unwrap()).await,
            Way::StartTls => call(server.xmpp).await,
            Way::DirectTls => secured(call(server.xmpps.unwrap()).await, server).await,
        };
        let jid = BareJid::new(&format!("{name}@{}", server.domain)).unwrap();
        let mut setup = Setup::new(jid, password);
        // Without TLS it stays so: for the client this means that STARTTLS is not to be begun.
        setup.transport = if way == Way::StartTls { Transport::Tcp } else { Transport::DirectTls };
        setup.wants_sm = false; // what is sent here goes around the client's count
        let mut client = Client::new(setup, Random::system().bytes());
        let jid = loop {
            let happening = client.next();
            flush(&mut client, &mut line).await;
            match happening {
                Some(Happening::StartTls) => {
                    line = secured(line, server).await;
                    client.tls_done(ChannelBinding::default());
                }
                Some(Happening::Ready(ready)) => break ready.jid.to_string(),
                Some(Happening::Refused(condition)) => return Err(condition),
                Some(Happening::Stanza(_) | Happening::Acked(_)) => {}
                Some(other) => panic!("{name}: {other:?}"),
                None => client.receive(&read(&mut line, "sign-in").await),
            }
        };
        let mut program = Self { line, client, heard: Vec::new(), asked: 0, jid };
        program.say("<presence/>").await;
        program.ask("get", "", "<ping xmlns='urn:xmpp:ping'/>").await; // now others find it
        Ok(program)
    }

    /// Signs in.
    pub async fn new(server: &Running, way: Way, name: &str, password: &str) -> Self {
        let done = Self::try_in(server, way, name, password).await;
        done.unwrap_or_else(|condition| panic!("{name} is not let in: {condition:?}"))
    }

    pub async fn say(&mut self, words: &str) {
        self.client.send_raw(words.as_bytes());
        flush(&mut self.client, &mut self.line).await;
    }

    /// Asks somebody, or the own account when `to` is empty, and waits for the answer.
    pub async fn ask(&mut self, kind: &str, to: &str, payload: &str) -> Stanza {
        self.asked += 1;
        let id = format!("ask-{}", self.asked);
        let to = if to.is_empty() { String::new() } else { format!(" to='{to}'") };
        self.say(&format!("<iq type='{kind}' id='{id}'{to}>{payload}</iq>")).await;
        self.hear(payload, |stanza| stanza.id.as_deref() == Some(&*id)).await
    }

    /// The same when it is granted: what the answer carries.
    pub async fn granted(&mut self, kind: &str, to: &str, payload: &str) -> Element {
        let answer = self.ask(kind, to, payload).await;
        assert!(answer.is_kind("result"), "{payload}: {}", shown(&answer));
        answer.payload().unwrap_or_else(|| Element::bare("nothing", ns::CLIENT))
    }

    /// Waits for a stanza.
    pub async fn hear(&mut self, what: &str, fits: impl Fn(&Stanza) -> bool) -> Stanza {
        loop {
            while let Some(happening) = self.client.next() {
                match happening {
                    Happening::Stanza(stanza) => self.heard.push(stanza),
                    other => panic!("{what}: {other:?}"),
                }
            }
            if let Some(at) = self.heard.iter().position(&fits) {
                return self.heard.remove(at);
            }
            let bytes = read(&mut self.line, what).await;
            self.client.receive(&bytes);
        }
    }

    /// Waits for these words.
    pub async fn hear_words(&mut self, words: &str) -> Stanza {
        let body = |stanza: &Stanza| stanza.text_of("body", ns::CLIENT);
        self.hear(words, |stanza| body(stanza).as_deref() == Some(words)).await
    }

    /// What an entity calls itself (XEP-0030 section 3.1): `category/type`.
    pub async fn identity(&mut self, of: &str) -> String {
        let query = format!("<query xmlns='{DISCO_INFO}'/>");
        let info = self.granted("get", of, &query).await;
        let identity = info.get_child("identity", DISCO_INFO).expect("an identity");
        let attribute = |name| identity.attr(name).unwrap_or_default();
        format!("{}/{}", attribute("category"), attribute("type"))
    }

    /// The addresses of what belongs to an entity (XEP-0030 section 4.1), and what it is called.
    pub async fn items(&mut self, of: &str, node: &str) -> Vec<(String, String)> {
        let node = if node.is_empty() { String::new() } else { format!(" node='{node}'") };
        let query = format!("<query xmlns='{DISCO_ITEMS}'{node}/>");
        let items = self.granted("get", of, &query).await;
        let attribute = |item: &Element, name| item.attr(name).unwrap_or_default().to_owned();
        items.children().map(|item| (attribute(item, "jid"), attribute(item, "name"))).collect()
    }
}

const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";

async fn flush(client: &mut Client, line: &mut Box<dyn Line>) {
    while let Some(bytes) = client.take_output() {
        line.write_all(&bytes).await.unwrap();
    }
    line.flush().await.unwrap();
}

/// A stanza as it came.
pub fn shown(stanza: &Stanza) -> String {
    String::from_utf8(stanza.to_bytes()).unwrap()
}

/// The condition of an error.
pub fn condition(stanza: &Stanza) -> &'static str {
    let error = stanza.error().unwrap_or_else(|| panic!("no error: {}", shown(stanza)));
    error.condition.as_str()
}
