//! Two peers in one thread: our client against our server, and a driver with a house of one account.

mod attacks;
mod misuse;
mod roads;
mod sizes;

use std::collections::HashMap;

use crate::jid::BareJid;

use super::*;
use crate::client::{Client, Happening, Ready, Road, Secret, Setup};
use crate::errors::SaslCondition;
use crate::sasl::{ChannelBinding, Hash, Keys, Mechanism, Token};

/// A driver with a house of one account behind it.
struct House {
    stream: C2s,
    sessions: HashMap<String, Sm>,
    tokens: Vec<Token>,
    seen: Vec<String>,
    stanzas: Vec<Stanza>,
    closed: Option<Closed>,
    /// Stanzas are durable at once.
    is_prompt: bool,
    asked_for_token: Option<By>,
    /// Nobody gets a resource.
    is_full: bool,
}

fn settings() -> Settings {
    let mut settings = Settings::new("capulet.example", [3; 32]);
    settings.iterations = 10;
    settings
}

fn binding() -> ChannelBinding {
    ChannelBinding { exporter: Some(vec![1; 32]), end_point: Some(vec![2; 32]) }
}

impl House {
    fn new(transport: Transport) -> Self {
        Self::with(settings(), transport)
    }

    fn with(settings: Settings, transport: Transport) -> Self {
        let mut stream = C2s::new(Arc::new(settings), transport, [5; 32]);
        if transport == Transport::DirectTls {
            stream.tls_done(binding());
        }
        Self {
            stream,
            sessions: HashMap::new(),
            tokens: Vec::new(),
            seen: Vec::new(),
            stanzas: Vec::new(),
            closed: None,
            is_prompt: true,
            asked_for_token: None,
            is_full: false,
        }
    }

    fn again(self, transport: Transport) -> Self {
        Self { sessions: self.sessions, tokens: self.tokens, ..Self::new(transport) }
    }

    /// Gives the bytes to the stream, answers what it demands, returns what it says.
    fn hears(&mut self, bytes: &[u8]) -> String {
        self.stream.receive(bytes);
        while let Some(demand) = self.stream.next() {
            self.answer(demand);
        }
        let mut said = Vec::new();
        while let Some(bytes) = self.stream.take_output() {
            said.extend(bytes);
        }
        String::from_utf8(said).unwrap()
    }

    fn answer(&mut self, demand: Demand) {
        let stream = &mut self.stream;
        match demand {
            Demand::StartTls => self.seen.push("tls".into()),
            Demand::Register(_) => self.seen.push("register".into()),
            Demand::Credentials { username, hash } => {
                let keys = Keys::derive(hash, "Romeo!", b"0123456789abcdef", 10);
                stream.credentials(keys.filter(|_| username == "juliet"));
            }
            Demand::WrongProof => self.seen.push("wrong".into()),
            Demand::Tokens { .. } => stream.tokens(&self.tokens),
            Demand::SignedIn(signed_in) => {
                self.seen.push(format!("in:{}", signed_in.username));
                let new = signed_in.wants_token.map(|mechanism| {
                    let token = format!("token-{}", self.tokens.len());
                    self.tokens.push(Token {
                        id: "t1".into(),
                        secret: token.clone().into(),
                        mechanism,
                        count: None,
                    });
                    NewToken { token, expiry: "2027-01-01T00:00:00Z".into() }
                });
                self.asked_for_token = Some(signed_in.by);
                stream.welcome(new);
            }
            Demand::Resume { username, previd, .. } => match self.sessions.remove(&previd) {
                Some(sm) if sm.jid.node().unwrap().as_str() == username => stream.resumed(sm),
                _ => stream.not_resumed(None),
            },
            Demand::Bind(_) if self.is_full => {
                let no = StanzaError::new(ErrorKind::Wait, Condition::ResourceConstraint);
                stream.bind_refused(&no);
            }
            Demand::Bind(bind) => {
                self.seen.push(format!("bind:{}", bind.resource));
                if bind.carbons {
                    self.seen.push("carbons".into());
                }
                let jid = BareJid::new(&format!("{}@capulet.example", bind.username)).unwrap();
                let jid = jid.with_resource_str(&bind.resource).unwrap();
                stream.bound(Bound { resume_secs: 600, ..Bound::new(jid) });
            }
            Demand::Manage(_) => stream.managed(600),
            Demand::Stanza(stanza) => {
                self.stanzas.push(stanza);
                if self.is_prompt {
                    stream.handled(1);
                }
            }
            Demand::Acked(count) => self.seen.push(format!("acked:{count}")),
            Demand::Active(is_active) => self.seen.push(format!("active:{is_active}")),
            Demand::Closed(closed) => self.closed = Some(closed),
        }
    }
}

fn juliet() -> BareJid {
    BareJid::new("juliet@capulet.example").unwrap()
}

fn setup(road: Road, transport: Transport) -> Setup {
    Setup { road, transport, ..Setup::new(juliet(), "Romeo!") }
}

/// Lets both talk until nobody has anything to say. In small pieces over TCP.
fn meet(client: &mut Client, house: &mut House) -> Vec<Happening> {
    let mut happenings = Vec::new();
    let is_framed = house.stream.output.is_framed();
    loop {
        let mut is_quiet = true;
        while let Some(bytes) = client.take_output() {
            is_quiet = false;
            let size = if is_framed { bytes.len() } else { 7 };
            for piece in bytes.chunks(size) {
                house.stream.receive(piece);
                while let Some(demand) = house.stream.next() {
                    house.answer(demand);
                }
            }
        }
        while let Some(bytes) = house.stream.take_output() {
            is_quiet = false;
            let size = if is_framed { bytes.len() } else { 5 };
            for piece in bytes.chunks(size) {
                client.receive(piece);
                while let Some(happening) = client.next() {
                    happenings.push(happening);
                }
            }
        }
        if matches!(happenings.last(), Some(Happening::StartTls)) {
            happenings.pop();
            is_quiet = false;
            house.stream.tls_done(binding());
            client.tls_done(binding());
        }
        if is_quiet {
            return happenings;
        }
    }
}

fn ready(happenings: &[Happening]) -> &Ready {
    let found = happenings.iter().find_map(|happening| match happening {
        Happening::Ready(ready) => Some(ready),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("not ready: {happenings:?}"))
}

fn sign_in(setup: Setup) -> (Client, House, Ready) {
    let mut house = House::new(setup.transport);
    let mut client = Client::new(setup, [8; 32]);
    if house.stream.sign_in.as_ref().is_some_and(|sign_in| !sign_in.binding.is_none()) {
        client.tls_done(binding());
    }
    let happenings = meet(&mut client, &mut house);
    let ready = ready(&happenings).clone();
    (client, house, ready)
}

const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' to='capulet.example' version='1.0'>";
