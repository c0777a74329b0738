//! Any bytes to a stream whose driver welcomes everyone: no panic, bounded output, an end after an error.

use std::sync::Arc;

use konvent_wire::Element;
use konvent_wire::jid::FullJid;
use konvent_wire::sasl::{ChannelBinding, Mechanism, Token};
use konvent_wire::stream::{Bound, C2s, Demand, Settings, Transport};

/// A sign-in with a token that the driver knows, by frames and by bytes, so that the fuzzer gets beyond it.
pub const SEEDS: &[&[u8]] = &[
    b"\x02<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='h' version='1.0'/>\xfe\
      <authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'>\
      <initial-response>YQD0EWM590Nd6Cpy6mu7oh970IkaphrADxFkYHCgxQD47Q==</initial-response>\
      <bind xmlns='urn:xmpp:bind:0'><enable xmlns='urn:xmpp:sm:3' resume='true'/></bind></authenticate>\xfe\
      <message xmlns='jabber:client' to='b@h'><body>x</body></message>\xfe<r xmlns='urn:xmpp:sm:3'/>",
    b"\x01<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='h' version='1.0'>\
      <authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'>\
      <initial-response>YQD0EWM590Nd6Cpy6mu7oh970IkaphrADxFkYHCgxQD47Q==</initial-response></authenticate>\xfe\
      <iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>x</resource></bind></iq>\xfe\
      <enable xmlns='urn:xmpp:sm:3' resume='1'/><presence/><a xmlns='urn:xmpp:sm:3' h='0'/>",
    b"\x01<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='h' version='1.0'>\
      <iq type='get' id='r'><query xmlns='jabber:iq:register'/></iq>\xfe\
      <auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>biwsbj11c2VyLHI9Znlrbw==</auth>",
];

/// What whoever signs in with a token must have proven to know.
fn token() -> Token {
    Token {
        id: "t".into(),
        secret: "word".to_owned().into(),
        mechanism: Mechanism::Ht(None),
        count: None,
    }
}

/// One input: the first byte chooses the door.
pub fn run(bytes: &[u8]) {
    let (&kind, bytes) = bytes.split_first().unwrap_or((&0, &[]));
    let transport =
        [Transport::Tcp, Transport::DirectTls, Transport::WebSocket][usize::from(kind % 3)];
    let mut settings = Settings::new("h", [0; 32]);
    settings.tls_required = kind & 4 == 0;
    if kind & 8 == 0 {
        settings.stranger_features =
            vec![Element::bare("register", "http://jabber.org/features/iq-register")];
    }
    let mut stream = C2s::new(Arc::new(settings), transport, [1; 32]);
    let mut is_closed = false;
    for piece in bytes.split(|byte| *byte == 0xfe) {
        stream.receive(piece);
        while let Some(demand) = stream.next() {
            assert!(!is_closed, "nothing after the end");
            match demand {
                Demand::StartTls => stream.tls_done(ChannelBinding::default()),
                Demand::Credentials { .. } => stream.credentials(None),
                Demand::Tokens { .. } => stream.tokens(&[token()]),
                Demand::SignedIn(_) => stream.welcome(None),
                Demand::Resume { .. } => stream.not_resumed(None),
                Demand::Bind(bind) => {
                    let jid = FullJid::new(&format!("a@h/{}", bind.resource)).expect("a resource");
                    stream.bound(Bound::new(jid));
                }
                Demand::Register(iq) => stream.register_answered(&iq.result(None)),
                Demand::Manage(_) => stream.managed(60),
                Demand::Stanza(_) => stream.handled(1),
                Demand::Acked(_) | Demand::Active(_) | Demand::WrongProof => {}
                Demand::Closed(_) => is_closed = true,
            }
        }
        while stream.take_output().is_some() {}
    }
}
