//! A program that speaks as a host of ours (XEP-0114), as a machine without I/O: it opens a stream, proves that it knows the
//! secret, and from then on stanzas flow both ways.
//!
//! Left out: programs to which we connect (`jabber:component:connect`), and TLS, for which the standard has no place: the
//! driver takes such programs on loopback addresses only.

use std::collections::VecDeque;

use minidom::Element;
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

use crate::dice::Dice;
use crate::errors::{StanzaError, StreamCondition};
use crate::ns;
use crate::stanza::Stanza;
use crate::stream::Output;
use crate::xml::{Event, Limits, Opening, Reader, el, write_attr};

/// What the driver should do.
#[derive(Clone, PartialEq, Debug)]
pub enum Demand {
    /// It calls itself this host: answer by [`Component::secret`].
    Secret(String),
    /// It is in. From now on stanzas may be sent to it.
    Admitted(String),
    /// A stanza whose sender is at its host.
    Stanza(Stanza),
    /// The stream is over; with an error of ours, or without.
    Closed(Option<StreamCondition>),
}

/// One stream of a component.
pub struct Component {
    reader: Reader,
    output: Output,
    demands: VecDeque<Demand>,
    state: State,
    dice: Dice,
    id: String,
    host: String,
    secret: Option<String>,
    peer: Limits,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Opening,
    /// The driver owes the secret.
    Waiting,
    Handshake,
    Admitted,
    Closed,
}

impl Component {
    /// A new connection. `seed` comes from the system's randomness, and never twice.
    pub fn new(stranger: Limits, peer: Limits, seed: [u8; 32]) -> Self {
        Self {
            reader: Reader::of(ns::COMPONENT, stranger),
            output: Output::new(false),
            demands: VecDeque::new(),
            state: State::Opening,
            dice: Dice::new(seed),
            id: String::new(),
            host: String::new(),
            secret: None,
            peer,
        }
    }

    /// Takes bytes from the socket.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.state != State::Closed {
            self.reader.push(bytes);
        }
    }

    /// What the driver should do next.
    #[expect(clippy::should_implement_trait, reason = "a demand is asked for, nothing is iterated")]
    pub fn next(&mut self) -> Option<Demand> {
        loop {
            if let Some(demand) = self.demands.pop_front() {
                return Some(demand);
            }
            if matches!(self.state, State::Closed | State::Waiting) {
                return None;
            }
            match self.reader.next() {
                Ok(Some(event)) => self.take(event),
                Ok(None) => return None,
                Err(condition) => self.close(condition),
            }
        }
    }

    /// What to send.
    pub fn take_output(&mut self) -> Option<Vec<u8>> {
        self.output.take()
    }

    /// Whether it is in.
    pub fn is_admitted(&self) -> bool {
        self.state == State::Admitted
    }

    /// Answers [`Demand::Secret`]; none if there is no such host.
    pub fn secret(&mut self, secret: Option<&str>) {
        if self.state != State::Waiting {
            return;
        }
        let Some(secret) = secret else { return self.close(StreamCondition::HostUnknown) };
        self.secret = Some(secret.to_owned());
        self.state = State::Handshake;
    }

    /// Sends a stanza to somebody at its host.
    pub fn send(&mut self, stanza: &Stanza) {
        if self.state == State::Admitted {
            self.output.stanza(stanza, None);
        }
    }

    /// Ends the stream with an error.
    pub fn close(&mut self, condition: StreamCondition) {
        if self.state == State::Closed {
            return;
        }
        if self.state == State::Opening {
            self.write_header();
        }
        self.output.stream_element("error", &[el(condition.as_str(), ns::STREAM_ERRORS).build()]);
        self.goodbye(Some(condition));
    }

    fn goodbye(&mut self, condition: Option<StreamCondition>) {
        self.output.write(|out| out.extend_from_slice(b"</stream:stream>"));
        self.state = State::Closed;
        self.demands.push_back(Demand::Closed(condition));
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Open(opening) => self.opened(&opening),
            Event::Close => self.goodbye(None),
            Event::Nonza(nonza) if nonza.is("error", ns::STREAM) => self.goodbye(None),
            Event::Nonza(nonza) => self.nonza(&nonza),
            Event::Stanza(stanza) => self.stanza(stanza, None),
            Event::Faulty(stanza, error) => self.stanza(stanza, Some(error)),
            Event::Unsigned => self.close(StreamCondition::InvalidFrom),
        }
    }

    fn opened(&mut self, opening: &Opening) {
        let host = opening.to.as_deref().and_then(crate::s2s::domain);
        self.id = self.dice.token();
        self.host = host.clone().unwrap_or_default();
        self.write_header();
        self.state = State::Handshake;
        match host {
            Some(host) => {
                self.state = State::Waiting;
                self.demands.push_back(Demand::Secret(host));
            }
            None => self.close(StreamCondition::HostUnknown),
        }
    }

    /// XEP-0114 §3: the answer names the host and gives the id for the handshake.
    fn write_header(&mut self) {
        let (id, host) = (self.id.clone(), self.host.clone());
        self.output.write(|out| {
            out.extend_from_slice(
                b"<?xml version='1.0'?><stream:stream xmlns=\"jabber:component:accept\"",
            );
            write_attr("xmlns:stream", ns::STREAM, out);
            write_attr("from", &host, out);
            write_attr("id", &id, out);
            out.push(b'>');
        });
    }

    fn nonza(&mut self, nonza: &Element) {
        // `handshake` is in the namespace of the stanzas, which the reader calls by its usual name.
        let is_handshake = nonza.name() == "handshake" && self.state == State::Handshake;
        let Some(secret) = self.secret.take().filter(|_| is_handshake) else {
            return self.close(StreamCondition::NotAuthorized);
        };
        // XEP-0114 §3: SHA-1 of id and secret, in lowercase hexadecimal digits.
        let right = digest(&self.id, &secret);
        if !bool::from(right.as_bytes().ct_eq(nonza.text().trim().as_bytes())) {
            return self.close(StreamCondition::NotAuthorized);
        }
        self.output.write(|out| out.extend_from_slice(b"<handshake/>"));
        self.state = State::Admitted;
        self.reader.set_limits(self.peer);
        self.demands.push_back(Demand::Admitted(self.host.clone()));
    }

    fn stanza(&mut self, stanza: Stanza, fault: Option<StanzaError>) {
        if self.state != State::Admitted {
            return self.close(StreamCondition::NotAuthorized);
        }
        // XEP-0114 §3: it must say who speaks, and that must be somebody at its host.
        let is_own = stanza.from.as_ref().is_some_and(|from| from.domain().as_str() == self.host);
        if !is_own {
            return self.close(StreamCondition::InvalidFrom);
        }
        if stanza.to.is_none() && fault.is_none() {
            return self.close(StreamCondition::ImproperAddressing);
        }
        match fault.or_else(|| stanza.fault()) {
            None => self.demands.push_back(Demand::Stanza(stanza)),
            // RFC 6120 §8.2.3, §8.3.3.8: answered, unless it is an answer itself.
            Some(error) if stanza.may_be_refused() => self.send(&stanza.error_reply(&error)),
            Some(_) => {}
        }
    }
}

/// What a component proves itself by.
pub fn digest(id: &str, secret: &str) -> String {
    use std::fmt::Write as _;
    let mut hash = Sha1::new();
    hash.update(id);
    hash.update(secret);
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a string cannot fail
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: &str = "<stream:stream xmlns='jabber:component:accept' \
        xmlns:stream='http://etherx.jabber.org/streams' to='bot.verona.example'>";

    fn opened(secret: Option<&str>) -> (Component, String) {
        let mut component = Component::new(Limits::STRANGER, Limits::MEMBER, [3; 32]);
        component.receive(OPEN.as_bytes());
        assert_eq!(component.next(), Some(Demand::Secret("bot.verona.example".to_owned())));
        component.secret(secret);
        let header = String::from_utf8(component.take_output().unwrap()).unwrap();
        let id = header.split("id=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        (component, id)
    }

    fn admitted() -> Component {
        let (mut component, id) = opened(Some("s3cret"));
        let proof = format!("<handshake>{}</handshake>", digest(&id, "s3cret"));
        component.receive(proof.as_bytes());
        assert_eq!(component.next(), Some(Demand::Admitted("bot.verona.example".to_owned())));
        assert_eq!(component.take_output().unwrap(), b"<handshake/>");
        component
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // XEP-0114 §3, example 3: id "3BF96D32" with the secret "test" as it is computed by others.
        assert_eq!(digest("3BF96D32", "test"), "aaee83c26aeeafcbabeabfcbcd50df997e0a2a1e");
    }

    #[test]
    fn whoever_knows_the_secret_speaks_as_the_host() {
        let mut component = admitted();
        component.receive(b"<message from='x@bot.verona.example' to='romeo@verona.example'><body>Hi</body></message>");
        let Some(Demand::Stanza(stanza)) = component.next() else { panic!("no stanza") };
        assert_eq!(stanza.text_of("body", ns::CLIENT).as_deref(), Some("Hi"));
        component.send(&stanza);
        let said = String::from_utf8(component.take_output().unwrap()).unwrap();
        assert!(!said.contains("jabber:client"), "{said}");
    }

    #[test]
    fn whoever_does_not_is_shown_out() {
        let (mut component, _) = opened(Some("s3cret"));
        component.receive(b"<handshake>0</handshake>");
        assert_eq!(component.next(), Some(Demand::Closed(Some(StreamCondition::NotAuthorized))));
        let (mut component, _) = opened(None);
        assert_eq!(component.next(), Some(Demand::Closed(Some(StreamCondition::HostUnknown))));
        let (mut component, _) = opened(Some("s3cret"));
        component.receive(b"<message from='x@bot.verona.example' to='romeo@verona.example'/>");
        assert_eq!(component.next(), Some(Demand::Closed(Some(StreamCondition::NotAuthorized))));
    }

    #[test]
    fn faults_in_one_stanza_are_answered() {
        for (stanza, condition) in [
            (
                "<iq from='x@bot.verona.example' to='verona.example' id='1' type='what'/>",
                "bad-request",
            ),
            ("<message from='x@bot.verona.example' to='@' id='1'/>", "jid-malformed"),
        ] {
            let mut component = admitted();
            component.receive(stanza.as_bytes());
            assert_eq!(component.next(), None);
            let said = String::from_utf8(component.take_output().unwrap()).unwrap();
            assert!(said.contains(condition) && said.contains("id=\"1\""), "{said}");
        }
    }

    #[test]
    fn nobody_speaks_as_another_host() {
        for (stanza, condition) in [
            (
                "<message from='romeo@verona.example' to='juliet@verona.example'/>",
                StreamCondition::InvalidFrom,
            ),
            ("<message to='juliet@verona.example'/>", StreamCondition::InvalidFrom),
            ("<message from='bot.verona.example'/>", StreamCondition::ImproperAddressing),
        ] {
            let mut component = admitted();
            component.receive(stanza.as_bytes());
            assert_eq!(component.next(), Some(Demand::Closed(Some(condition))), "{stanza}");
        }
    }
}
