//! The server's side of a client's stream (RFC 6120), as a machine without I/O.
//!
//! A driver reads from its socket and calls [`C2s::receive`], then takes demands from [`C2s::next`] until
//! there are none, answers those that ask something (at once or later), and sends what
//! [`C2s::take_output`] gives:
//!
//! ```text
//! stream.receive(&bytes);
//! while let Some(demand) = stream.next() {
//!     match demand { Demand::Stanza(stanza) => …, Demand::Credentials { … } => …, … }
//! }
//! while let Some(bytes) = stream.take_output() { socket.write_all(&bytes) }
//! ```
//!
//! While a question is open nothing further is read: a driver should not read from the socket then, because
//! bytes wait in memory. Left out: dialback and all that servers say to each other, SASL2 tasks.

mod bind;
mod classic;
mod demand;
mod features;
mod managed;
mod opening;
mod output;
mod register;
mod sasl2;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use crate::jid::FullJid;
use minidom::Element;

pub use demand::{Bind, Bound, By, Closed, Demand, NewToken, SignedIn, SmRequest, UserAgent};
pub use settings::{Settings, Transport};

use crate::dice::Dice;
use crate::errors::{Condition, ErrorKind, StanzaError, StreamCondition};
use crate::ns;
use crate::sm::{Sent, Sm};
use crate::stanza::{Name, Stanza};
use crate::xml::{Event, Reader, el};
pub(crate) use output::Output;
use sign_in::SignIn;

/// What may wait while the driver owes an answer. A driver that rests from reading never gets there.
const MOST_UNREAD_BYTES: usize = 512 * 1024;

/// One client's stream.
pub struct C2s {
    settings: Arc<Settings>,
    reader: Reader,
    output: Output,
    demands: VecDeque<Demand>,
    state: State,
    has_header: bool,
    /// The language of what carries none (RFC 6120 §4.7.4).
    lang: Option<Arc<str>>,
    dice: Dice,
    /// What is needed until a resource is bound, and not after.
    sign_in: Option<Box<SignIn>>,
    jid: Option<FullJid>,
    sm: Option<Box<Sm>>,
    wanted_sm: Option<Box<SmRequest>>,
    /// Stanzas the driver was given and has not called handled.
    in_flight: u32,
}

/// Where the stream stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// An opening must come.
    Opening,
    /// Nobody has signed in.
    Stranger,
    /// A SASL challenge is out.
    Challenged,
    /// The driver must answer.
    Waiting(Wait),
    /// Signed in, without a resource.
    SignedIn,
    /// Stanzas may flow.
    Bound,
    /// Over.
    Closed,
}

/// What the driver must answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wait {
    Tls,
    Credentials,
    Tokens,
    Welcome,
    Resume,
    Bind,
    Manage,
    Register,
}

impl C2s {
    /// A new connection. `seed` comes from the system's randomness, and never twice.
    pub fn new(settings: Arc<Settings>, transport: Transport, seed: [u8; 32]) -> Self {
        let is_framed = transport == Transport::WebSocket;
        let limits = settings.stranger;
        Self {
            reader: if is_framed { Reader::websocket(limits) } else { Reader::tcp(limits) },
            output: Output::new(is_framed),
            demands: VecDeque::new(),
            state: State::Opening,
            has_header: false,
            lang: None,
            dice: Dice::new(seed),
            sign_in: Some(Box::new(SignIn::new(transport))),
            jid: None,
            sm: None,
            wanted_sm: None,
            in_flight: 0,
            settings,
        }
    }

    /// Takes bytes from the socket, or one WebSocket message.
    pub fn receive(&mut self, bytes: &[u8]) {
        match self.state {
            State::Closed => {}
            // Plain bytes after <starttls/> would be read as if they had come through TLS (TRUST.md 3.1).
            State::Waiting(Wait::Tls) => self.close(StreamCondition::PolicyViolation),
            State::Waiting(_) if self.reader.unread_bytes() > MOST_UNREAD_BYTES => {
                self.close(StreamCondition::ResourceConstraint);
            }
            _ => self.reader.push(bytes),
        }
    }

    /// What the driver should do next.
    #[expect(clippy::should_implement_trait, reason = "a demand is asked for, nothing is iterated")]
    pub fn next(&mut self) -> Option<Demand> {
        loop {
            if let Some(demand) = self.demands.pop_front() {
                if self.demands.is_empty() {
                    self.demands = VecDeque::new();
                }
                return Some(demand);
            }
            if matches!(self.state, State::Closed | State::Waiting(_)) {
                return None;
            }
            match self.reader.next() {
                Ok(Some(event)) => self.take(event),
                Ok(None) => return None,
                Err(condition) => self.close(condition),
            }
        }
    }

    /// What to send: over TCP everything at once, over WebSocket one message after the other.
    pub fn take_output(&mut self) -> Option<Vec<u8>> {
        self.output.take()
    }

    /// How many bytes wait to be sent. A driver whose socket is stuck bounds this.
    pub fn output_len(&self) -> usize {
        self.output.len()
    }

    /// Whether the driver owes an answer. Reading from the socket can rest meanwhile.
    pub fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting(_))
    }

    /// Whether a resource is bound.
    pub fn is_bound(&self) -> bool {
        self.jid.is_some() && matches!(self.state, State::Bound | State::Waiting(Wait::Manage))
    }

    /// The session's address.
    pub fn jid(&self) -> Option<&FullJid> {
        self.jid.as_ref()
    }

    /// The state of stream management, if it is on.
    pub fn sm(&self) -> Option<&Sm> {
        self.sm.as_deref()
    }

    /// Takes the state of stream management out, when the connection is gone.
    pub fn take_sm(&mut self) -> Option<Sm> {
        let mut sm = *self.sm.take()?;
        sm.detach();
        Some(sm)
    }

    /// Sends a stanza.
    pub fn send(&mut self, stanza: Stanza) {
        self.deliver(Sent::Own(stanza));
    }

    /// Sends a stanza that others get, too: its `to` is written for this session.
    pub fn share(&mut self, stanza: Arc<Stanza>) {
        self.deliver(Sent::Shared(stanza));
    }

    fn deliver(&mut self, sent: Sent) {
        if self.state == State::Closed {
            return;
        }
        let to = match &self.jid {
            Some(own) => sent.to(own),
            None => sent.stanza().to.as_ref(),
        };
        if self.sm.as_ref().is_some_and(|sm| !sm.has_room_for(sent.stanza())) {
            return self.close(StreamCondition::ResourceConstraint);
        }
        self.output.stanza(sent.stanza(), to);
        if let Some(sm) = &mut self.sm {
            let _ = sm.push(sent); // there is room
        }
    }

    /// Ends the stream with an error.
    pub fn close(&mut self, condition: StreamCondition) {
        self.fail(condition, None);
    }

    /// Ends the stream kindly, as when the house closes.
    pub fn end(&mut self) {
        if self.state != State::Closed {
            self.write_close();
            self.stop(Closed::ByUs);
        }
    }

    /// Tells the client that its session goes on in another stream (XEP-0198 §5). What is sent from now on is kept for
    /// that one: only [`Self::take_sm`] may follow, and nothing but this output is to be written.
    pub fn hand_over(&mut self) {
        if self.state != State::Closed {
            self.write_error(StreamCondition::Conflict, None);
        }
    }

    fn fail(&mut self, condition: StreamCondition, app: Option<Element>) {
        if self.state == State::Closed {
            return;
        }
        // RFC 6120 §4.9.1.2: an error before the opening still needs an opening of ours.
        if !self.has_header {
            self.write_header(None);
        }
        self.write_error(condition, app);
        self.stop(Closed::Error(condition));
    }

    fn write_error(&mut self, condition: StreamCondition, app: Option<Element>) {
        let mut children = vec![el(condition.as_str(), ns::STREAM_ERRORS).build()];
        children.extend(app);
        self.output.stream_element("error", &children);
        self.write_close();
    }

    fn stop(&mut self, closed: Closed) {
        self.state = State::Closed;
        self.demands.push_back(Demand::Closed(closed));
        self.sign_in = None;
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Open(opening) => self.opened(&opening),
            Event::Close => {
                self.write_close();
                self.stop(Closed::ByPeer);
            }
            Event::Nonza(nonza) if nonza.is("error", ns::STREAM) => {
                self.write_close();
                self.stop(Closed::PeerError);
            }
            Event::Nonza(nonza) => self.nonza(&nonza),
            Event::Stanza(stanza) => self.stanza(stanza, None),
            Event::Faulty(stanza, error) => self.stanza(stanza, Some(error)),
            Event::Unsigned => self.close(StreamCondition::InvalidFrom),
        }
    }

    fn nonza(&mut self, nonza: &Element) {
        match (nonza.ns().as_str(), self.state) {
            (ns::TLS, State::Stranger) => self.tls_wanted(nonza),
            (ns::SASL, State::Stranger | State::Challenged) => self.classic(nonza),
            (ns::SASL2, State::Stranger | State::Challenged) => self.sasl2(nonza),
            (ns::SM, State::SignedIn | State::Bound) => self.management(nonza),
            (ns::CSI, State::Bound) => match nonza.name() {
                "active" => self.demands.push_back(Demand::Active(true)),
                "inactive" => self.demands.push_back(Demand::Active(false)),
                _ => self.close(StreamCondition::UnsupportedStanzaType),
            },
            // Known, but at the wrong time: RFC 6120 §4.9.3.12.
            (ns::TLS | ns::SASL | ns::SASL2 | ns::SM | ns::CSI, _) => {
                self.close(StreamCondition::NotAuthorized);
            }
            // RFC 6120 §4.8.3: stanzas between servers are none of a client's.
            (ns::SERVER, _) => self.close(StreamCondition::InvalidNamespace),
            // RFC 6120 §4.8.4: nothing of another namespace is passed on.
            _ => self.close(StreamCondition::UnsupportedStanzaType),
        }
    }

    fn stanza(&mut self, mut stanza: Stanza, fault: Option<StanzaError>) {
        match (self.state, &self.jid) {
            (State::Bound, Some(jid)) => {
                // RFC 6120 §8.1.2.1: what the client says must be true, and is said by us in any case.
                let is_true = stanza
                    .from
                    .as_ref()
                    .is_none_or(|from| **jid == *from || jid.to_bare() == *from);
                if !is_true {
                    return self.close(StreamCondition::InvalidFrom);
                }
                stanza.from = Some(jid.clone().into());
                // RFC 6120 §8.1.5: the language of the stream is that of its stanzas, which leave the stream.
                if stanza.lang.is_none() {
                    stanza.lang.clone_from(&self.lang);
                }
            }
            (State::Stranger, _) if self.may_register(&stanza) => {
                return self.register_wanted(stanza);
            }
            // RFC 6120 §7.1: before binding only the request to bind; before sign-in nothing at all.
            (State::SignedIn, _) if stanza.has("bind", ns::BIND) => {
                return self.bind_wanted(&stanza);
            }
            _ => return self.close(StreamCondition::NotAuthorized),
        }
        let fault = fault.or_else(|| stanza.fault());
        let answer = match fault {
            Some(error) if stanza.may_be_refused() => Some(stanza.error_reply(&error)),
            // Errors are never answered (RFC 6120 §8.3.1): a broken one vanishes.
            Some(_) => None,
            None if is_session_request(&stanza) => Some(stanza.result(None)),
            None => {
                if let Some(sm) = &mut self.sm {
                    sm.receive();
                }
                self.in_flight = self.in_flight.wrapping_add(1);
                return self.demands.push_back(Demand::Stanza(stanza));
            }
        };
        if let Some(sm) = &mut self.sm {
            sm.receive_own();
        }
        if let Some(answer) = answer {
            self.send(answer);
        }
    }
}

/// RFC 3921 §3 asked for a session after binding; old clients still do (RFC 6121 appendix E).
fn is_session_request(stanza: &Stanza) -> bool {
    stanza.name == Name::Iq && stanza.is_kind("set") && stanza.has("session", ns::SESSION)
}

/// The error for what comes at the wrong time.
const fn unexpected() -> StanzaError {
    StanzaError::new(ErrorKind::Wait, Condition::UnexpectedRequest)
}
