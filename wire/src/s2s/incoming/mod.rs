//! A server comes to us: it opens the stream, proves which domains are its own, and its stanzas come out.

mod proof;

use std::collections::VecDeque;
use std::sync::Arc;

use minidom::Element;

use super::dialback::Claim;
use super::link::Link;
use super::{Closed, Credentials, Sent, Settings, domain};
use crate::announced::max_bytes_of;
use crate::errors::{StanzaError, StreamCondition};
use crate::ns;
use crate::stanza::Stanza;
use crate::xml::{Event, Opening, el};

/// What the driver should do.
#[derive(Clone, PartialEq, Debug)]
pub enum Demand {
    /// Send the output, begin TLS, then call [`Incoming::tls_done`].
    StartTls,
    /// Ask the server of the claimed domain whether the key is its own, and answer by [`Incoming::verified`].
    Verify(Claim),
    /// From now on `from` may speak to `to`. With `both_ways` it takes our stanzas on this stream, too (XEP-0288).
    Admitted {
        /// The other domain.
        from: String,
        /// Our host.
        to: String,
        /// Whether stanzas may go the other way.
        both_ways: bool,
    },
    /// A stanza of a proven domain to one of our hosts. Call [`Incoming::handled`] once it is settled.
    Stanza(Stanza),
    /// A stanza that cannot be taken, and the answer it deserves (unless it is an answer itself). It is settled, too.
    Faulty(Stanza, StanzaError),
    /// So many of our stanzas more are acknowledged (XEP-0198).
    Acked(u32),
    /// The stream is over.
    Closed(Closed),
}

/// Claims of one stream under examination at once: each costs us a connection to another server.
const CLAIMS_MAX: usize = 8;

/// Domains that one stream may prove: a server of many domains takes another stream.
const DOMAINS_MAX: usize = 64;

/// What may wait unread while claims are examined: stanzas of domains already proven go on meanwhile.
const MOST_UNREAD_BYTES: usize = 1024 * 1024;

/// One stream of another server to us.
pub struct Incoming {
    settings: Arc<Settings>,
    link: Link,
    demands: VecDeque<Demand>,
    state: State,
    id: String,
    is_secured: bool,
    credentials: Credentials,
    /// What the opening says: whom it calls itself, whom it calls.
    remote: Option<String>,
    local: Option<String>,
    /// It proved this domain by its certificate, for all our hosts.
    proven: Option<String>,
    /// It proved these by keys, each for one host of ours.
    pairs: Vec<(String, String)>,
    claims: Vec<Claim>,
    both_ways: bool,
    is_told: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// An opening must come.
    Opening,
    /// The stream is open; what may come depends on what is proven.
    Open,
    /// The driver must begin TLS.
    Tls,
}

impl Incoming {
    /// A new connection; `is_direct_tls` when TLS comes before the first byte (XEP-0368 §3): then tell the credentials
    /// by [`Self::tls_done`] first. `seed` comes from the system's randomness, and never twice.
    pub fn new(settings: Arc<Settings>, seed: [u8; 32]) -> Self {
        let mut link = Link::new(settings.stranger, seed);
        link.host = settings.hosts.first().cloned();
        Self {
            link,
            settings,
            demands: VecDeque::new(),
            state: State::Opening,
            id: String::new(),
            is_secured: false,
            credentials: Credentials::default(),
            remote: None,
            local: None,
            proven: None,
            pairs: Vec::new(),
            claims: Vec::new(),
            both_ways: false,
            is_told: false,
        }
    }

    /// Takes bytes from the socket.
    pub fn receive(&mut self, bytes: &[u8]) {
        // Plain bytes after <starttls/> would be read as if they had come through TLS.
        if self.state == State::Tls {
            return self.close(StreamCondition::PolicyViolation);
        }
        self.link.push(bytes);
        if self.link.unread_bytes() > MOST_UNREAD_BYTES {
            self.close(StreamCondition::ResourceConstraint);
        }
    }

    /// What the driver should do next.
    #[expect(clippy::should_implement_trait, reason = "a demand is asked for, nothing is iterated")]
    pub fn next(&mut self) -> Option<Demand> {
        loop {
            if let Some(demand) = self.demands.pop_front() {
                return Some(demand);
            }
            if let Some(closed) = self.link.closed {
                return (!std::mem::replace(&mut self.is_told, true))
                    .then_some(Demand::Closed(closed));
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

    /// Whether any domain is proven.
    pub fn is_admitted(&self) -> bool {
        self.proven.is_some() || !self.pairs.is_empty()
    }

    /// TLS is on; answers [`Demand::StartTls`]. What the opening before it said is said anew (RFC 6120 §5.4.3.3).
    pub fn tls_done(&mut self, credentials: Credentials) {
        self.is_secured = true;
        self.credentials = credentials;
        if self.state == State::Tls {
            self.restart();
        }
    }

    /// Sends a stanza the other way (XEP-0288). It must be from our host to a domain proven here: others are refused.
    pub fn send(&mut self, stanza: &Stanza) -> Sent {
        let may = self.both_ways && self.link.closed.is_none();
        let from = stanza.from.as_ref().map(|from| from.domain().as_str().to_owned());
        let to = stanza.to.as_ref().map(|to| to.domain().as_str().to_owned());
        let (Some(from), Some(to)) = (from, to) else { return Sent::Refused };
        // §2.2: "the value of the stream's 'to' attribute", or the inverse of a pair proven by a key.
        let is_proven = self.may_speak(&to, &from)
            && (self.proven.is_none() || self.local.as_deref() == Some(&*from));
        if may && is_proven { self.link.stanza(stanza) } else { Sent::Refused }
    }

    /// `count` more stanzas are settled, oldest first.
    pub fn handled(&mut self, count: u32) {
        if let Some(h) = self.link.acks.settle(count) {
            self.link.write_ack(h);
        }
    }

    /// Asks what the other server has of our stanzas.
    pub fn ask_ack(&mut self) {
        self.link.ask_ack();
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

    fn opened(&mut self, opening: &Opening) {
        if self.state != State::Opening {
            return self.close(StreamCondition::BadFormat);
        }
        let local = opening.to.as_deref().and_then(domain);
        let remote = opening.from.as_deref().and_then(domain);
        self.id = self.link.dice.token();
        let own = local.clone().filter(|local| self.settings.is_ours(local));
        let has_version = opening.version.is_some();
        self.link.write_header(own.as_deref(), remote.as_deref(), Some(&self.id), has_version);
        // RFC 6120 §4.7.5: without a version it is the protocol of another century.
        let major = opening.version.as_deref().and_then(|version| version.split('.').next());
        if major.and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major < 1) {
            return self.close(StreamCondition::UnsupportedVersion);
        }
        if own.is_none() {
            return self.close(StreamCondition::HostUnknown); // RFC 6120 §4.9.3.6
        }
        if opening.from.is_some() && remote.is_none() {
            return self.close(StreamCondition::InvalidFrom); // RFC 6120 §4.9.3.9
        }
        // Nobody comes in our own name, and nobody whom the organisation does not want.
        if let Some(remote) = &remote
            && (self.settings.is_ours(remote) || !self.settings.is_welcome(remote))
        {
            return self.close(StreamCondition::PolicyViolation);
        }
        // After the proof the stream is still that of the domain that gave it.
        if self.proven.is_some() && remote.is_some() && remote != self.proven {
            return self.close(StreamCondition::InvalidFrom);
        }
        (self.local, self.remote) = (local, remote.or_else(|| self.proven.clone()));
        self.state = State::Open;
        let features = self.features();
        self.link.features(&features);
        if let (Some(from), Some(to)) = (self.proven.clone(), self.local.clone()) {
            self.demands.push_back(Demand::Admitted { from, to, both_ways: self.both_ways });
        }
    }

    /// What is on offer at each stage (RFC 6120 §4.3.2).
    fn features(&self) -> Vec<Element> {
        let mut features = Vec::new();
        if !self.is_secured {
            let required = self.settings.tls_required.then(|| el("required", ns::TLS));
            features.push(el("starttls", ns::TLS).children(required).build());
        }
        if self.proven.is_some() {
            features.push(el("sm", ns::SM).build());
            features.push(self.settings.takes(self.settings.peer).element());
            return features;
        }
        // XEP-0478 §4: no features follow a proof by key, so where none but that is possible they tell what holds after it.
        let is_last = self.may_prove() && !self.can_prove_by_certificate();
        let limits = if is_last { self.settings.peer } else { self.settings.stranger };
        features.push(self.settings.takes(limits).element());
        if self.may_prove() {
            if self.can_prove_by_certificate() {
                let external = el("mechanism", ns::SASL).text("EXTERNAL");
                features.push(el("mechanisms", ns::SASL).child(external).build());
            }
            let errors = el("errors", ns::DIALBACK_FEATURE);
            features.push(el("dialback", ns::DIALBACK_FEATURE).child(errors).build());
            features.push(el("sm", ns::SM).build());
        }
        // XEP-0288 §2.1: both before and after TLS.
        features.push(el("bidi", ns::BIDI_FEATURE).build());
        features
    }

    fn nonza(&mut self, nonza: &Element) {
        if self.state != State::Open {
            return self.close(StreamCondition::NotAuthorized);
        }
        match nonza.ns().as_str() {
            ns::TLS => self.tls_wanted(nonza),
            ns::SASL if self.may_prove() && !self.is_admitted() => self.sasl(nonza),
            ns::DIALBACK if self.may_prove() => self.dialback(nonza),
            ns::BIDI if nonza.name() == "bidi" && self.may_prove() && !self.is_admitted() => {
                self.both_ways = true; // XEP-0288 §2.2: before any proof
                self.link.taken_bytes = max_bytes_of(nonza); // XEP-0478 §3.2
            }
            ns::SM if self.is_admitted() => self.management(nonza),
            // RFC 6120 §4.9.3.12: known, but not now.
            ns::SASL | ns::DIALBACK | ns::SM | ns::BIDI => {
                self.close(StreamCondition::NotAuthorized);
            }
            _ => self.close(StreamCondition::UnsupportedStanzaType),
        }
    }

    fn management(&mut self, nonza: &Element) {
        if nonza.name() == "enable" && !self.link.acks.is_on() {
            self.link.acks.begin();
            return self.link.element(&el("enabled", ns::SM).build()); // XEP-0198 §3: not resumable
        }
        if nonza.name() == "resume" || nonza.name() == "enable" {
            let condition = el("item-not-found", ns::STANZA_ERRORS);
            return self.link.element(&el("failed", ns::SM).child(condition).build());
        }
        if let Some(anew) = self.link.management(nonza) {
            self.demands.push_back(Demand::Acked(anew));
        }
    }

    /// `<starttls/>` (RFC 6120 §5.4.2).
    fn tls_wanted(&mut self, nonza: &Element) {
        if nonza.name() != "starttls" || self.is_secured {
            self.link.element(&el("failure", ns::TLS).build());
            return self.link.goodbye(Closed::Error(StreamCondition::PolicyViolation));
        }
        // What follows in the same segment was sent in the clear and would count as encrypted.
        if self.link.unread_bytes() > 0 {
            return self.close(StreamCondition::PolicyViolation);
        }
        self.link.element(&el("proceed", ns::TLS).build());
        self.demands.push_back(Demand::StartTls);
        self.state = State::Tls;
    }

    fn restart(&mut self) {
        self.link.restart();
        self.state = State::Opening;
        self.both_ways &= self.proven.is_some();
        self.link.taken_bytes = self.link.taken_bytes.filter(|_| self.both_ways);
    }

    fn stanza(&mut self, stanza: Stanza, fault: Option<StanzaError>) {
        if self.state != State::Open || !self.is_admitted() {
            return self.close(StreamCondition::NotAuthorized);
        }
        // RFC 6120 §8.1.1.2 and §8.1.2.2: between servers both addresses are a must.
        let Some(from) = stanza.from.as_ref().map(|from| from.domain().as_str().to_owned()) else {
            return self.close(StreamCondition::ImproperAddressing);
        };
        if fault.is_none() {
            let Some(to) = stanza.to.as_ref().map(|to| to.domain().as_str().to_owned()) else {
                return self.close(StreamCondition::ImproperAddressing);
            };
            if !self.settings.is_ours(&to) {
                return self.close(StreamCondition::HostUnknown); // we carry nothing on to third servers
            }
            if !self.may_speak(&from, &to) {
                return self.close(StreamCondition::InvalidFrom); // RFC 6120 §4.9.3.9
            }
        } else if !self.may_speak_at_all(&from) {
            return self.close(StreamCondition::InvalidFrom);
        }
        self.link.acks.receive();
        match fault.or_else(|| stanza.fault()) {
            None => self.demands.push_back(Demand::Stanza(stanza)),
            Some(error) => self.demands.push_back(Demand::Faulty(stanza, error)),
        }
    }

    /// Whether stanzas of that domain may go to that host of ours.
    fn may_speak(&self, from: &str, to: &str) -> bool {
        self.proven.as_deref() == Some(from)
            || self.pairs.iter().any(|(known, host)| known == from && host == to)
    }

    fn may_speak_at_all(&self, from: &str) -> bool {
        self.proven.as_deref() == Some(from) || self.pairs.iter().any(|(known, _)| known == from)
    }
}
