//! We go to another server: TLS, whose certificate must be that of the domain we want, our proof, then stanzas. Or only
//! to ask whether a key is its own (XEP-0220 §2.1.2).

mod steps;

use std::collections::VecDeque;
use std::sync::Arc;

use minidom::Element;

use super::dialback::{Claim, Verdict};
use super::link::Link;
use super::{Closed, Credentials, Sent, Settings};
use crate::announced::max_bytes_of;
use crate::errors::{Condition, SaslCondition, StanzaError, StreamCondition};
use crate::ns;
use crate::stanza::Stanza;
use crate::xml::{Event, el};

/// What we go there for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Errand {
    /// To bring stanzas from one of our hosts to a domain.
    Talk {
        /// Our host.
        from: String,
        /// The domain.
        to: String,
    },
    /// To ask whether this key is its own.
    Ask(Claim),
}

impl Errand {
    /// Who goes.
    pub fn from(&self) -> &str {
        match self {
            Self::Talk { from, .. } => from,
            Self::Ask(claim) => &claim.to,
        }
    }

    /// Whereto.
    pub fn to(&self) -> &str {
        match self {
            Self::Talk { to, .. } => to,
            Self::Ask(claim) => &claim.from,
        }
    }
}

/// What happened.
#[derive(Clone, PartialEq, Debug)]
pub enum Happening {
    /// Send the output, begin TLS, then call [`Outgoing::tls_done`].
    StartTls,
    /// Stanzas may go out now.
    Ready {
        /// The other server may answer on this stream (XEP-0288).
        both_ways: bool,
        /// It acknowledges (XEP-0198).
        is_managed: bool,
    },
    /// A stanza came from the other domain, on a stream that goes both ways. Call [`Outgoing::handled`] for it.
    Stanza(Stanza),
    /// A stanza that cannot be taken, and the answer it deserves (unless it is an answer itself). Call
    /// [`Outgoing::handled`] for it, too.
    Faulty(Stanza, StanzaError),
    /// So many of our stanzas more are acknowledged.
    Acked(u32),
    /// The answer to [`Errand::Ask`].
    Answered(Verdict),
    /// The errand failed; the stream is over.
    Failed(Failure),
    /// The stream is over after it was ready.
    Closed(Closed),
}

/// Why nothing came of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// It offers no encryption.
    #[error("no encryption")]
    NoTls,
    /// Its certificate does not prove the domain.
    #[error("its certificate does not prove the domain")]
    Certificate,
    /// It takes neither our certificate nor a key.
    #[error("it takes none of our proofs")]
    NoWay,
    /// It refused our certificate.
    #[error("our certificate was refused: {0}")]
    Refused(SaslCondition),
    /// It refused our key.
    #[error("our key was refused: {0:?}")]
    Key(Option<Condition>),
    /// The stream ended before.
    #[error("the stream ended: {0:?}")]
    Ended(Closed),
}

/// One stream of ours to another server.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says one thing the other side did or offers"
)]
pub struct Outgoing {
    settings: Arc<Settings>,
    errand: Errand,
    link: Link,
    happenings: VecDeque<Happening>,
    state: State,
    is_secured: bool,
    credentials: Credentials,
    /// The id that the other side gave this stream: part of the key.
    id: String,
    is_proven: bool,
    has_tried_certificate: bool,
    both_ways: bool,
    offers_sm: bool,
    offers_dialback: bool,
    is_told: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Opening,
    Features,
    Tls,
    Sasl,
    Key,
    Asked,
    Enabling,
    Ready,
}

impl Outgoing {
    /// Begins at once: the first output is the opening. With direct TLS (XEP-0368 §3) take the output only after
    /// [`Self::tls_done`].
    pub fn new(settings: Arc<Settings>, errand: Errand, seed: [u8; 32]) -> Self {
        let mut outgoing = Self {
            link: Link::new(settings.peer, seed),
            settings,
            errand,
            happenings: VecDeque::new(),
            state: State::Opening,
            is_secured: false,
            credentials: Credentials::default(),
            id: String::new(),
            is_proven: false,
            has_tried_certificate: false,
            both_ways: false,
            offers_sm: false,
            offers_dialback: false,
            is_told: false,
        };
        outgoing.open();
        outgoing
    }

    /// Takes bytes from the socket.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.state == State::Tls {
            return self.close(StreamCondition::PolicyViolation); // said in the clear, would count as encrypted
        }
        self.link.push(bytes);
    }

    /// What happened next.
    #[expect(clippy::should_implement_trait, reason = "a happening is asked for, not iterated")]
    pub fn next(&mut self) -> Option<Happening> {
        loop {
            if let Some(happening) = self.happenings.pop_front() {
                return Some(happening);
            }
            if let Some(closed) = self.link.closed {
                let told = std::mem::replace(&mut self.is_told, true);
                let end = match self.state {
                    State::Ready => Happening::Closed(closed),
                    _ => Happening::Failed(Failure::Ended(closed)),
                };
                return Some(end).filter(|_| !told);
            }
            if self.state == State::Tls {
                return None;
            }
            match self.link.event() {
                Some(event) => self.take(event),
                None if self.link.closed.is_some() => {}
                None => return None,
            }
        }
    }

    /// What to send.
    pub fn take_output(&mut self) -> Option<Vec<u8>> {
        self.link.take_output()
    }

    /// How many bytes wait to be sent.
    pub fn output_len(&self) -> usize {
        self.link.output_len()
    }

    /// TLS is on; answers [`Happening::StartTls`], or comes first with direct TLS.
    pub fn tls_done(&mut self, credentials: Credentials) {
        self.is_secured = true;
        self.credentials = credentials;
        if self.state == State::Tls {
            self.restart();
        }
    }

    /// Whether stanzas may go out.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready && self.link.closed.is_none()
    }

    /// Sends a stanza, which must be from our host of this errand to its domain: others are refused.
    pub fn send(&mut self, stanza: &Stanza) -> Sent {
        let is_from =
            stanza.from.as_ref().is_some_and(|from| from.domain().as_str() == self.errand.from());
        let is_to = stanza.to.as_ref().is_some_and(|to| to.domain().as_str() == self.errand.to());
        if self.is_ready() && is_from && is_to { self.link.stanza(stanza) } else { Sent::Refused }
    }

    /// `count` more stanzas that came in are settled, oldest first.
    pub fn handled(&mut self, count: u32) {
        if let Some(h) = self.link.acks.settle(count) {
            self.link.write_ack(h);
        }
    }

    /// Asks what the other server has of our stanzas.
    pub fn ask_ack(&mut self) {
        if self.state == State::Ready {
            self.link.ask_ack();
        }
    }

    /// Says that the connection lives, without meaning anything (RFC 6120 §4.6.1).
    pub fn keep_alive(&mut self) {
        if self.is_ready() {
            self.link.raw(|out| out.push(b' '));
        }
    }

    /// Whether an acknowledgement of what was sent is to be waited for. What is not acknowledged by itself counts as
    /// arrived when the connection stands a while longer: then call [`Self::lingered`].
    pub fn awaits_ack(&self) -> bool {
        self.link.acks.is_awaited()
    }

    /// What was sent and is not to be acknowledged has arrived.
    pub fn lingered(&mut self) {
        self.link.acks.forget_uncounted();
    }

    /// Ends the stream with an error.
    pub fn close(&mut self, condition: StreamCondition) {
        self.link.close(condition);
    }

    /// Ends the stream kindly.
    pub fn end(&mut self) {
        self.link.goodbye(Closed::ByUs);
    }

    fn open(&mut self) {
        let (from, to) = (self.errand.from().to_owned(), self.errand.to().to_owned());
        self.link.write_header(Some(&from), Some(&to), None, true);
        self.state = State::Opening;
    }

    fn restart(&mut self) {
        self.link.restart();
        self.open();
    }

    fn fail(&mut self, failure: Failure) {
        self.happenings.push_back(Happening::Failed(failure));
        self.is_told = true;
        self.link.goodbye(Closed::ByUs);
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Open(opening) => self.opened(&opening),
            Event::Close => self.link.goodbye(Closed::ByPeer),
            Event::Nonza(nonza) if nonza.is("error", ns::STREAM) => self.link.failed(&nonza),
            Event::Nonza(nonza) => self.nonza(&nonza),
            Event::Stanza(stanza) => self.stanza(stanza, None),
            Event::Faulty(stanza, error) => self.stanza(stanza, Some(error)),
            Event::Unsigned => self.close(StreamCondition::InvalidFrom),
        }
    }

    fn nonza(&mut self, nonza: &Element) {
        match (nonza.ns().as_str(), self.state) {
            (ns::STREAM, State::Features) if nonza.name() == "features" => self.offered(nonza),
            (ns::TLS, State::Features) => self.tls_answered(nonza),
            (ns::SASL, State::Sasl) => self.sasl_answered(nonza),
            (ns::DIALBACK, State::Key) if nonza.name() == "result" => self.key_answered(nonza),
            (ns::DIALBACK, State::Asked) if nonza.name() == "verify" => self.asked_answered(nonza),
            (ns::DIALBACK, _) => self.unasked(nonza),
            (ns::SM, State::Enabling) => {
                if nonza.name() == "enabled" {
                    self.link.acks.begin();
                }
                self.ready(); // without it, too
            }
            (ns::SM, State::Ready) => {
                if let Some(anew) = self.link.management(nonza) {
                    self.happenings.push_back(Happening::Acked(anew));
                }
            }
            // Features after a proof by key, for instance: other limits hold then (XEP-0478 §4).
            (ns::STREAM, _) => {
                self.link.taken_bytes = max_bytes_of(nonza).or(self.link.taken_bytes);
            }
            _ => self.close(StreamCondition::UnsupportedStanzaType),
        }
    }

    /// A stanza on a stream of ours: only where the other server was told that it may, and only in its own name.
    fn stanza(&mut self, stanza: Stanza, fault: Option<StanzaError>) {
        if !self.both_ways || !self.is_proven {
            return self.close(StreamCondition::NotAuthorized);
        }
        let is = |jid: &crate::Jid, domain: &str| jid.domain().as_str() == domain;
        // RFC 6120 §8.1.1.2 and §8.1.2.2: both addresses are a must, and both are those of this errand. An address that
        // is none has its own answer.
        match (&stanza.from, &stanza.to) {
            (None, _) => return self.close(StreamCondition::ImproperAddressing),
            (_, None) if fault.is_none() => {
                return self.close(StreamCondition::ImproperAddressing);
            }
            (_, Some(to)) if !is(to, self.errand.from()) => {
                return self.close(StreamCondition::HostUnknown);
            }
            (Some(from), _) if !is(from, self.errand.to()) => {
                return self.close(StreamCondition::InvalidFrom);
            }
            _ => {}
        }
        self.link.acks.receive();
        self.happenings.push_back(match fault.or_else(|| stanza.fault()) {
            None => Happening::Stanza(stanza),
            Some(error) => Happening::Faulty(stanza, error),
        });
    }

    fn ready(&mut self) {
        self.state = State::Ready;
        let (both_ways, is_managed) = (self.both_ways, self.link.acks.is_on());
        self.happenings.push_back(Happening::Ready { both_ways, is_managed });
    }

    /// We are proven: acknowledgements, if they can be had (XEP-0198 §3).
    fn admitted(&mut self) {
        self.is_proven = true;
        if self.offers_sm {
            self.link.element(&el("enable", ns::SM).build());
            self.state = State::Enabling;
        } else {
            self.ready();
        }
    }
}
