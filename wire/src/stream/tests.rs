//! Two peers in one thread: our client against our server, by every road, and then those who misbehave.

use std::collections::HashMap;

use jid::BareJid;

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
            Demand::Credentials { username, hash } => {
                let keys = Keys::derive(hash, "Romeo!", b"0123456789abcdef", 10);
                stream.credentials(keys.filter(|_| username == "juliet"));
            }
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
            Demand::Resume { username, previd } => match self.sessions.remove(&previd) {
                Some(sm) if sm.jid.node().unwrap().as_str() == username => stream.resumed(sm),
                _ => stream.not_resumed(None),
            },
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

#[test]
fn every_road_leads_in() {
    for transport in [Transport::Tcp, Transport::DirectTls, Transport::WebSocket] {
        for road in [Road::Sasl2, Road::Classic] {
            for (hash, is_plus) in [
                (Hash::Sha1, false),
                (Hash::Sha1, true),
                (Hash::Sha256, false),
                (Hash::Sha256, true),
            ] {
                if is_plus && transport == Transport::WebSocket {
                    continue;
                }
                let mechanism = Mechanism::Scram { hash, is_plus };
                let secret = Secret::Password("Romeo!".into(), Some(mechanism));
                let (mut client, mut house, ready) = sign_in(Setup {
                    secret,
                    resource: Some("balcony".into()),
                    wants_carbons: true,
                    ..setup(road, transport)
                });
                assert!(ready.jid.as_str().starts_with("juliet@capulet.example/balcony"));
                assert!(house.stream.sm().is_some(), "{transport:?} {road:?} {mechanism:?}");
                assert!(house.stream.sign_in.is_none(), "nothing of the sign-in is kept");
                assert_eq!(house.seen.contains(&"carbons".into()), road == Road::Sasl2);
                assert_eq!(house.asked_for_token, Some(By::Password(mechanism)));

                client.send(&Stanza::message("chat").with_body("O Romeo"));
                client.ask_ack();
                let happenings = meet(&mut client, &mut house);
                assert!(matches!(happenings[..], [Happening::Acked(1)]), "{happenings:?}");
                let heard = &house.stanzas[0];
                assert_eq!(heard.text_of("body", ns::CLIENT).as_deref(), Some("O Romeo"));
                assert_eq!(heard.from.as_ref(), Some(&ready.jid.clone().into()));

                house.stream.send(&Stanza::message("chat").with_body("Juliet"));
                house.stream.ask_ack();
                let happenings = meet(&mut client, &mut house);
                assert!(matches!(happenings[..], [Happening::Stanza(_)]));
                assert!(house.seen.contains(&"acked:1".into()));

                client.close();
                meet(&mut client, &mut house);
                assert_eq!(house.closed, Some(Closed::ByPeer));
            }
        }
    }
}

#[test]
fn wrong_passwords_and_unknown_names_look_the_same() {
    let says = |name: &str| {
        let setup = Setup {
            jid: BareJid::new(&format!("{name}@capulet.example")).unwrap(),
            ..Setup::new(juliet(), "Wrong!")
        };
        let mut house = House::new(Transport::DirectTls);
        let mut client = Client::new(setup, [8; 32]);
        client.tls_done(binding());
        let happenings = meet(&mut client, &mut house);
        assert!(
            matches!(happenings[..], [Happening::Refused(SaslCondition::NotAuthorized)]),
            "{happenings:?}"
        );
        house.seen
    };
    assert_eq!(says("juliet"), says("nobody"));
}

#[test]
fn guessing_ends_the_stream() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>";
    for _ in 0..4 {
        assert!(house.hears(auth.as_bytes()).contains("<invalid-mechanism/>"));
    }
    let said = house.hears(auth.as_bytes());
    assert!(said.contains("<policy-violation"), "{said}");
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::PolicyViolation)));
}

/// The connection is lost, both sides sent something the other never saw.
fn lose(road: Road) -> (Client, House, Box<Sm>) {
    let (mut client, mut house, _) = sign_in(setup(road, Transport::DirectTls));
    client.send(&Stanza::message("chat").with_body("one"));
    meet(&mut client, &mut house);
    client.send(&Stanza::message("chat").with_body("two"));
    house.stream.send(&Stanza::message("chat").with_body("three"));
    while client.take_output().is_some() {}
    let sm = client.take_sm().unwrap();
    assert_eq!(sm.unacked_count(), 2);
    let theirs = house.stream.take_sm().unwrap();
    house.sessions.insert(theirs.id.to_string(), theirs);
    (client, house, sm)
}

#[test]
fn a_lost_connection_is_taken_up_again_without_loss() {
    for road in [Road::Sasl2, Road::Classic] {
        let (_, house, sm) = lose(road);
        let mut house = house.again(Transport::DirectTls);
        let setup = Setup { resume: Some(sm.clone()), ..setup(road, Transport::DirectTls) };
        let mut client = Client::new(setup, [9; 32]);
        client.tls_done(binding());
        let happenings = meet(&mut client, &mut house);
        assert!(ready(&happenings).is_resumed, "{road:?}");
        assert_eq!(ready(&happenings).jid, sm.jid);
        let bodies: Vec<_> =
            house.stanzas.iter().filter_map(|s| s.text_of("body", ns::CLIENT)).collect();
        assert_eq!(bodies, ["two"], "what was durable is not sent again");
        let heard = happenings.iter().any(|happening| {
            matches!(happening, Happening::Stanza(s)
                if s.text_of("body", ns::CLIENT).as_deref() == Some("three"))
        });
        assert!(heard, "{road:?}: {happenings:?}");
        assert_eq!(house.stream.sm().unwrap().unacked_count(), 0);
    }
}

#[test]
fn a_session_is_resumed_once_and_by_its_owner_alone() {
    for road in [Road::Sasl2, Road::Classic] {
        let (_, mut house, sm) = lose(road);
        // Someone else's session under the same name: the stream itself refuses, whatever the driver does.
        let stolen = house.sessions.get_mut(&*sm.id).unwrap();
        stolen.jid = FullJid::new("nurse@capulet.example/x").unwrap();
        let mut house = house.again(Transport::DirectTls);
        let setup = Setup { resume: Some(sm), ..setup(road, Transport::DirectTls) };
        let mut client = Client::new(setup, [9; 32]);
        client.tls_done(binding());
        let happenings = meet(&mut client, &mut house);
        assert!(!ready(&happenings).is_resumed);
        assert!(house.sessions.is_empty());
        assert_eq!(house.stream.jid(), Some(&ready(&happenings).jid));
    }
}

#[test]
fn the_stream_itself_refuses_a_foreign_session() {
    let (_, mut house, sm) = lose(Road::Classic);
    let mut theirs = house.sessions.remove(&*sm.id).unwrap();
    theirs.jid = FullJid::new("nurse@capulet.example/x").unwrap();
    house.stream.state = State::Waiting(Wait::Resume);
    let mut sign_in = SignIn::new(true);
    sign_in.username = Some("juliet".into());
    sign_in.resume = Some((sm.id.to_string(), 0));
    house.stream.sign_in = Some(Box::new(sign_in));
    house.stream.take_output();
    house.stream.resumed(theirs);
    let said = String::from_utf8(house.stream.take_output().unwrap()).unwrap();
    assert!(said.contains("item-not-found"), "{said}");
}

#[test]
fn tokens_sign_in_with_one_request() {
    for mechanism in Mechanism::TOKENS {
        let (_, house, first) = sign_in(Setup {
            wants_token: Some(mechanism),
            device: Some("d4565fa7".into()),
            ..setup(Road::Sasl2, Transport::DirectTls)
        });
        let token = first.token.unwrap().token;
        let with = |mechanism, count, token: &str| Setup {
            secret: Secret::Token { token: token.into(), mechanism, count, invalidate: true },
            ..setup(Road::Sasl2, Transport::DirectTls)
        };
        let tokens = house.tokens.clone();
        let try_in = |setup: Setup, seen: Option<u32>| {
            let mut house = House::new(Transport::DirectTls);
            house.tokens = tokens.clone();
            house.tokens[0].count = seen;
            let mut client = Client::new(setup, [9; 32]);
            client.tls_done(binding());
            let happenings = meet(&mut client, &mut house);
            let is_in = happenings.iter().any(|happening| matches!(happening, Happening::Ready(_)));
            (is_in, house.asked_for_token)
        };
        let by = By::Token { id: "t1".into(), count: Some(7), invalidate: true };
        assert_eq!(try_in(with(mechanism, Some(7), &token), Some(6)), (true, Some(by)));
        assert_eq!(try_in(with(mechanism, Some(7), &token), Some(7)), (false, None), "a replay");
        assert_eq!(try_in(with(mechanism, None, "wrong"), None), (false, None));
        let other = Mechanism::TOKENS.into_iter().find(|other| *other != mechanism).unwrap();
        assert_eq!(try_in(with(other, None, &token), None), (false, None), "another mechanism");
    }
}

const OPEN: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams' to='capulet.example' version='1.0'>";

#[test]
fn before_tls_only_tls_is_offered() {
    let mut house = House::new(Transport::Tcp);
    let said = house.hears(OPEN.as_bytes());
    assert!(said.contains("<required/>") && !said.contains("SCRAM"), "{said}");
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'/>";
    assert!(house.hears(auth.as_bytes()).contains("<encryption-required/>"));

    let mut open = settings();
    open.tls_required = false;
    let mut house = House::with(open, Transport::Tcp);
    let said = house.hears(OPEN.as_bytes());
    assert!(!said.contains("required") && said.contains("SCRAM-SHA-256<"), "{said}");
    assert!(!said.contains("PLUS") && !said.contains("HT-SHA-256-EXPR"));
}

#[test]
fn bytes_smuggled_in_front_of_tls_close_the_stream() {
    let starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let mut house = House::new(Transport::Tcp);
    house.hears(OPEN.as_bytes());
    let said = house.hears(format!("{starttls}<auth/>").as_bytes());
    assert!(!said.contains("proceed"), "{said}");
    assert!(house.closed.is_some());

    let mut house = House::new(Transport::Tcp);
    house.hears(OPEN.as_bytes());
    assert!(house.hears(starttls.as_bytes()).contains("<proceed"));
    house.hears(b"<auth/>");
    assert!(house.closed.is_some());

    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    assert!(house.hears(starttls.as_bytes()).contains("<failure"));
    assert!(house.closed.is_some());
}

/// What the server says to a client that sends this before sign-in.
fn ends_with(bytes: &str) -> Option<Closed> {
    let mut house = House::new(Transport::DirectTls);
    house.hears(bytes.as_bytes());
    house.closed
}

#[test]
fn streams_end_with_the_right_condition() {
    use StreamCondition::*;
    let after_open = |bytes: &str| ends_with(&format!("{OPEN}{bytes}"));
    for (bytes, condition) in [
        ("<message/>", NotAuthorized),
        (
            "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
            NotAuthorized,
        ),
        ("<enable xmlns='urn:xmpp:sm:3'/>", NotAuthorized),
        ("<inactive xmlns='urn:xmpp:csi:0'/>", NotAuthorized),
        ("<compress xmlns='http://jabber.org/protocol/compress'/>", UnsupportedStanzaType),
        ("<foo/>", UnsupportedStanzaType),
        ("<message from='@'/>", InvalidFrom),
        ("hello", BadFormat),
    ] {
        assert_eq!(after_open(bytes), Some(Closed::Error(condition)), "{bytes}");
    }
    for (from, to, condition) in [
        ("to='capulet.example'", "to='verona.example'", HostUnknown),
        ("to='capulet.example'", "", HostUnknown),
        (" version='1.0'>", ">", UnsupportedVersion),
        ("xmlns='jabber:client'", "xmlns='jabber:server'", InvalidNamespace),
        ("xmlns='jabber:client'", "", InvalidNamespace),
        ("etherx.jabber.org", "other.example", InvalidNamespace),
        ("stream:stream xmlns", "stream:steam xmlns", BadFormat),
        ("<?xml version='1.0'?>", "<?xml version='1.0' encoding='latin1'?>", UnsupportedEncoding),
        ("<?xml version='1.0'?>", "<!DOCTYPE x>", RestrictedXml),
    ] {
        assert!(OPEN.contains(from));
        let opening = OPEN.replace(from, to);
        assert_eq!(ends_with(&opening), Some(Closed::Error(condition)), "{opening}");
    }
    assert_eq!(after_open("</stream:stream>"), Some(Closed::ByPeer));
    assert_eq!(after_open("<stream:error/>"), Some(Closed::PeerError));
    let said = House::new(Transport::DirectTls).hears(b"GET / HTTP/1.1\r\n");
    assert!(said.starts_with("<?xml") && said.contains("<stream:error>"), "{said}");
    assert!(said.ends_with("</stream:stream>"));
}

#[test]
fn websocket_errors_are_frames() {
    let mut house = House::new(Transport::WebSocket);
    house
        .stream
        .receive(b"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='x' version='1.0'/>");
    while let Some(demand) = house.stream.next() {
        house.answer(demand);
    }
    let mut frames = Vec::new();
    while let Some(frame) = house.stream.take_output() {
        frames.push(String::from_utf8(frame).unwrap());
    }
    assert_eq!(frames.len(), 3);
    assert!(frames[0].starts_with("<open "));
    assert!(frames[1].starts_with("<stream:error xmlns:stream="));
    assert!(frames[2].starts_with("<close "));
}

/// A bound stream, raw.
fn bound() -> House {
    let (mut client, mut house, _) =
        sign_in(Setup { wants_sm: false, ..setup(Road::Sasl2, Transport::DirectTls) });
    meet(&mut client, &mut house);
    house
}

#[test]
fn faults_in_one_stanza_are_answered_and_the_stream_goes_on() {
    let mut house = bound();
    let said = house.hears(b"<message to='a@b@c' id='m1'><body>x</body></message>");
    assert!(said.contains("jid-malformed") && said.contains("id=\"m1\""), "{said}");
    let said = house.hears(b"<iq type='get'><q xmlns='x'/></iq>");
    assert!(said.contains("bad-request"), "{said}");
    assert!(house.hears(b"<iq type='get' id='1'/>").contains("bad-request"));
    assert!(house.hears(b"<iq type='what' id='1'><q xmlns='x'/></iq>").contains("bad-request"));
    assert_eq!(house.hears(b"<message to='a@b@c' type='error'/>"), "", "errors are not answered");
    let session =
        b"<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
    assert!(house.hears(session).contains("type=\"result\""));
    assert!(house.stanzas.is_empty());
    assert_eq!(house.hears(b" \n<presence/>"), "");
    assert_eq!(house.stanzas.len(), 1);
    assert_eq!(house.closed, None);
    assert!(house.hears(b"<message from='nurse@capulet.example'/>").contains("invalid-from"));
}

#[test]
fn own_addresses_are_accepted_and_replaced_by_the_full_one() {
    let mut house = bound();
    house.hears(b"<message from='juliet@capulet.example'/>");
    assert_eq!(house.stanzas[0].from, house.stream.jid().cloned().map(Into::into));
}

#[test]
fn acknowledgements_wait_for_the_disk() {
    let (mut client, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
    house.is_prompt = false;
    client.send(&Stanza::message("chat").with_body("one"));
    client.send(&Stanza::message("chat").with_body("two"));
    client.ask_ack();
    assert!(meet(&mut client, &mut house).is_empty(), "nothing is durable yet");
    house.stream.handled(1);
    assert!(house.stream.take_output().is_none());
    house.stream.handled(1);
    assert!(matches!(meet(&mut client, &mut house)[..], [Happening::Acked(2)]));
}

#[test]
fn acknowledging_too_much_ends_the_stream() {
    for h in ["1", "4294967295"] {
        let (_, mut house, _) = sign_in(setup(Road::Sasl2, Transport::DirectTls));
        let said = house.hears(format!("<a xmlns='urn:xmpp:sm:3' h='{h}'/>").as_bytes());
        assert!(said.contains("handled-count-too-high") && said.contains("undefined-condition"));
        assert_eq!(house.closed, Some(Closed::Error(StreamCondition::UndefinedCondition)));
    }
}

#[test]
fn a_client_that_never_acknowledges_is_let_go() {
    let mut small = settings();
    small.sm.stanzas = 10;
    let mut house = House::with(small, Transport::DirectTls);
    let mut client = Client::new(setup(Road::Sasl2, Transport::DirectTls), [8; 32]);
    client.tls_done(binding());
    meet(&mut client, &mut house);
    for _ in 0..11 {
        house.stream.send(&Stanza::message("chat"));
    }
    house.hears(b"");
    assert_eq!(house.closed, Some(Closed::Error(StreamCondition::ResourceConstraint)));
    assert_eq!(house.stream.take_sm().unwrap().unacked_count(), 10, "nothing is lost");
}

#[test]
fn management_at_the_wrong_time_fails_and_the_stream_goes_on() {
    let mut house = bound();
    for nonza in ["<r xmlns='urn:xmpp:sm:3'/>", "<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>"]
    {
        assert!(house.hears(nonza.as_bytes()).contains("unexpected-request"));
    }
    assert!(house.hears(b"<enable xmlns='urn:xmpp:sm:3'/>").contains("<enabled"));
    assert!(house.hears(b"<enable xmlns='urn:xmpp:sm:3'/>").contains("unexpected-request"));
    assert_eq!(
        house.hears(b"<presence/><r xmlns='urn:xmpp:sm:3'/>"),
        "<a xmlns=\"urn:xmpp:sm:3\" h=\"1\"/>"
    );
    house.hears(b"<inactive xmlns='urn:xmpp:csi:0'/>");
    assert!(house.seen.contains(&"active:false".into()));
}

#[test]
fn nobody_acts_as_someone_else() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let first = crate::sasl::encode(b"n,a=nurse@capulet.example,n=juliet,r=abc");
    let auth = format!(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{first}</auth>"
    );
    assert!(house.hears(auth.as_bytes()).contains("<invalid-authzid/>"));
}

#[test]
fn aborting_is_no_offence() {
    let mut house = House::new(Transport::DirectTls);
    house.hears(OPEN.as_bytes());
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-256'/>";
    assert!(house.hears(auth.as_bytes()).contains("<challenge"), "an empty challenge");
    let abort = "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    assert!(house.hears(abort.as_bytes()).contains("<aborted/>"));
    assert_eq!(house.closed, None);
}

#[test]
fn an_idle_session_is_small() {
    let house = bound();
    assert!(size_of::<C2s>() <= 512, "{}", size_of::<C2s>());
    assert!(!house.stream.reader.has_unread());
    assert_eq!(house.stream.output_len(), 0);
    assert!(size_of::<Reader>() <= 200, "{}", size_of::<Reader>());
}
