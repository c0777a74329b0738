//! The other side of a stream, for plays, tests and benchmarks: signs in by every road the server offers,
//! binds, manages the stream, resumes. Not a client for people: it trusts its driver to check certificates.

mod classic;
mod sasl2;
pub mod scram;
mod stream;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::jid::{BareJid, FullJid};
use minidom::Element;

use crate::dice::Dice;
use crate::errors::{SaslCondition, StreamCondition};
use crate::ns;
use crate::sasl::{ChannelBinding, Mechanism};
use crate::sm::{Full, Sent, Sm, SmLimits};
use crate::stanza::Stanza;
use crate::stream::{NewToken, Output, Transport};
use crate::xml::{Event, Limits, Opening, Reader, el, write_attr};
use scram::ScramClient;

/// What proves who we are.
#[derive(Clone)]
pub enum Secret {
    /// A password, by this mechanism, or by the strongest both sides know.
    Password(String, Option<Mechanism>),
    /// A token, by the mechanism it was given for, and how often it was used (XEP-0484 §3.4).
    Token {
        /// The secret.
        token: String,
        /// The mechanism.
        mechanism: Mechanism,
        /// The count to send, if any.
        count: Option<u32>,
        /// Forget it.
        invalidate: bool,
    },
}

/// Which way to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Road {
    /// SASL2 and Bind 2.
    Sasl2,
    /// SASL, then a new stream, then binding.
    Classic,
}

/// What a client wants.
#[derive(Clone)]
pub struct Setup {
    /// Whom to sign in as.
    pub jid: BareJid,
    /// How to prove it.
    pub secret: Secret,
    /// Which way.
    pub road: Road,
    /// Over what.
    pub transport: Transport,
    /// The resource (classic) or the tag (Bind 2).
    pub resource: Option<String>,
    /// Manage the stream, so that it can be resumed.
    pub wants_sm: bool,
    /// Carbons (with Bind 2).
    pub wants_carbons: bool,
    /// A token for this mechanism (with SASL2).
    pub wants_token: Option<Mechanism>,
    /// The name of this installation.
    pub device: Option<String>,
    /// The session to go on with.
    pub resume: Option<Box<Sm>>,
}

impl Setup {
    /// With a password, by SASL2, over TCP, with stream management.
    pub fn new(jid: BareJid, password: &str) -> Self {
        Self {
            jid,
            secret: Secret::Password(password.to_owned(), None),
            road: Road::Sasl2,
            transport: Transport::Tcp,
            resource: None,
            wants_sm: true,
            wants_carbons: false,
            wants_token: None,
            device: None,
            resume: None,
        }
    }
}

/// What happened.
#[derive(Debug)]
pub enum Happening {
    /// Send the output, begin TLS, then call [`Client::tls_done`].
    StartTls,
    /// Ready for stanzas.
    Ready(Ready),
    /// A stanza came.
    Stanza(Stanza),
    /// The server acknowledged so many stanzas more.
    Acked(u32),
    /// Signing in failed.
    Refused(SaslCondition),
    /// The server is not who it claims to be, or someone is between us.
    Deceived(&'static str),
    /// The stream ended, with an error or without.
    Closed(Option<StreamCondition>),
}

/// The session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ready {
    /// Our address.
    pub jid: FullJid,
    /// The earlier session goes on.
    pub is_resumed: bool,
    /// A new token.
    pub token: Option<NewToken>,
}

/// One client.
pub struct Client {
    setup: Setup,
    reader: Reader,
    output: Output,
    happenings: VecDeque<Happening>,
    state: State,
    dice: Dice,
    is_secured: bool,
    binding: ChannelBinding,
    offers: Offers,
    scram: Option<ScramClient>,
    token: Option<NewToken>,
    jid: Option<FullJid>,
    sm: Option<Box<Sm>>,
    earlier: Option<Box<Sm>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Opening,
    Features,
    Tls,
    SigningIn,
    SignedIn,
    Resuming,
    Binding,
    Enabling,
    Ready,
    Closed,
}

/// What the server offered, for the check of XEP-0474.
#[derive(Clone, Default)]
struct Offers {
    mechanisms: Vec<String>,
    bindings: Vec<String>,
}

impl Client {
    /// Begins at once: the first output is the opening (after TLS, with direct TLS).
    pub fn new(mut setup: Setup, seed: [u8; 32]) -> Self {
        let is_framed = setup.transport == Transport::WebSocket;
        let limits = Limits { stanza_bytes: 4 * 1024 * 1024, ..Limits::MEMBER };
        let earlier = setup.resume.take();
        let mut client = Self {
            reader: if is_framed { Reader::websocket(limits) } else { Reader::tcp(limits) },
            output: Output::new(is_framed),
            happenings: VecDeque::new(),
            state: State::Opening,
            dice: Dice::new(seed),
            is_secured: !matches!(setup.transport, Transport::Tcp | Transport::Loopback),
            binding: ChannelBinding::default(),
            offers: Offers::default(),
            scram: None,
            token: None,
            jid: None,
            sm: None,
            earlier,
            setup,
        };
        client.write_opening();
        client
    }

    /// Takes bytes from the socket, or one WebSocket message.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.reader.push(bytes);
    }

    /// What happened next.
    #[expect(clippy::should_implement_trait, reason = "a happening is asked for, not iterated")]
    pub fn next(&mut self) -> Option<Happening> {
        loop {
            if let Some(happening) = self.happenings.pop_front() {
                return Some(happening);
            }
            if matches!(self.state, State::Closed | State::Tls) {
                return None;
            }
            match self.reader.next() {
                Ok(Some(event)) => self.take(event),
                Ok(None) => return None,
                Err(condition) => self.stop(Some(condition)),
            }
        }
    }

    /// What to send: over TCP everything at once, over WebSocket one message after the other.
    pub fn take_output(&mut self) -> Option<Vec<u8>> {
        self.output.take()
    }

    /// TLS is on; answers [`Happening::StartTls`], or tells the binding of direct TLS.
    pub fn tls_done(&mut self, binding: ChannelBinding) {
        self.is_secured = true;
        self.binding = binding;
        if self.state == State::Tls {
            self.restart();
        }
    }

    /// Our address, once there is one.
    pub fn jid(&self) -> Option<&FullJid> {
        self.jid.as_ref()
    }

    /// Sends a stanza.
    ///
    /// # Errors
    /// [`Full`]: the server has so much to acknowledge that the queue holds no more (XEP-0198 §4). The stanza is not sent:
    /// the server would count what is not counted here. Wait for an [acknowledgement](Happening::Acked).
    pub fn send(&mut self, stanza: &Stanza) -> Result<(), Full> {
        if let Some(sm) = &mut self.sm {
            sm.push(Sent::Own(stanza.clone()))?;
        }
        self.output.stanza(stanza, None);
        Ok(())
    }

    /// Sends bytes as they are, for what no well-behaved client would send.
    pub fn send_raw(&mut self, bytes: &[u8]) {
        self.output.write(|out| out.extend_from_slice(bytes));
    }

    /// Asks the server what is durable (XEP-0198 §4).
    pub fn ask_ack(&mut self) {
        if self.sm.is_some() {
            self.output.element(&el("r", ns::SM).build());
        }
    }

    /// Stream management, if it is on.
    pub fn sm(&self) -> Option<&Sm> {
        self.sm.as_deref()
    }

    /// Takes stream management out to resume later, as after a lost connection.
    pub fn take_sm(&mut self) -> Option<Box<Sm>> {
        let mut sm = self.sm.take()?;
        sm.detach();
        Some(sm)
    }

    /// Says goodbye.
    pub fn close(&mut self) {
        let is_framed = self.output.is_framed();
        self.output.write(|out| {
            out.extend_from_slice(if is_framed {
                b"<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"/>"
            } else {
                b"</stream:stream>"
            });
        });
    }

    fn write_opening(&mut self) {
        let is_framed = self.output.is_framed();
        let Setup { jid, .. } = &self.setup;
        // RFC 6120 §4.7.1: who we are is told only when nobody listens.
        let from = self.is_secured.then(|| jid.to_string());
        self.output.write(|out| {
            if is_framed {
                out.extend_from_slice(b"<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"");
            } else {
                out.extend_from_slice(
                    b"<?xml version='1.0'?><stream:stream xmlns=\"jabber:client\"",
                );
                write_attr("xmlns:stream", ns::STREAM, out);
            }
            write_attr("to", jid.domain().as_str(), out);
            if let Some(from) = &from {
                write_attr("from", from, out);
            }
            write_attr("version", "1.0", out);
            out.extend_from_slice(if is_framed { b"/>" } else { b">" });
        });
    }

    fn restart(&mut self) {
        self.reader.restart();
        self.state = State::Opening;
        self.write_opening();
    }

    fn stop(&mut self, condition: Option<StreamCondition>) {
        self.state = State::Closed;
        self.happenings.push_back(Happening::Closed(condition));
    }

    fn deceived(&mut self, why: &'static str) {
        self.happenings.push_back(Happening::Deceived(why));
        self.state = State::Closed;
    }

    fn ready(&mut self, jid: FullJid, is_resumed: bool) {
        self.state = State::Ready;
        self.jid = Some(jid.clone());
        let token = self.token.take();
        self.happenings.push_back(Happening::Ready(Ready { jid, is_resumed, token }));
    }

    fn begin_management(&mut self, enabled: &Element, jid: &FullJid) {
        let id: Arc<str> = enabled.attr("id").unwrap_or_default().into();
        let may_resume = enabled.attr("resume").is_some_and(|value| value == "true");
        let sm = Sm::new(jid.clone(), id, may_resume, SmLimits::default(), 0);
        self.sm = Some(Box::new(sm));
    }

    fn resumed(&mut self, resumed: &Element) {
        let h = resumed.attr("h").and_then(|h| h.parse().ok());
        let Some(mut sm) = self.earlier.take() else { return self.deceived("resumed unasked") };
        if h.is_none_or(|h| sm.acknowledge(h).is_err()) {
            return self.deceived("wrong count");
        }
        sm.attach();
        let jid = sm.jid.clone();
        // XEP-0198 §5: what was not handled is sent again.
        for stanza in sm.unacked() {
            self.output.stanza(stanza, None);
        }
        self.sm = Some(sm);
        self.ready(jid, true);
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Open(Opening { .. }) => self.state = State::Features,
            Event::Close => self.stop(None),
            Event::Stanza(stanza) => self.stanza(stanza),
            Event::Faulty(..) | Event::Unsigned => self.stop(Some(StreamCondition::InvalidXml)),
            Event::Nonza(nonza) => self.nonza(&nonza),
        }
    }
}
