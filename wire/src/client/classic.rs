//! The classic road of a client: SASL, a new stream, resuming or binding, stream management.

use crate::jid::FullJid;
use minidom::Element;

use super::scram::ScramClient;
use super::{Client, Happening, Secret, State};
use crate::errors::{SaslCondition, StreamCondition};
use crate::ns;
use crate::sasl::{Mechanism, decode, encode};
use crate::stanza::Stanza;
use crate::xml::el;

impl Client {
    pub(super) fn classic_begin(&mut self) {
        let mechanism = self.choose();
        let Some(first) = self.begin_scram(mechanism) else {
            return self.happenings.push_back(Happening::Refused(SaslCondition::InvalidMechanism));
        };
        let auth = el("auth", ns::SASL).attr("mechanism", mechanism.as_str());
        self.output.element(&auth.text(encode(first.as_bytes())).build());
    }

    /// Begins SCRAM, if the mechanism is one and there is a password.
    pub(super) fn begin_scram(&mut self, mechanism: Mechanism) -> Option<String> {
        let Secret::Password(password, _) = &self.setup.secret else { return None };
        let Mechanism::Scram { hash, is_plus } = mechanism else { return None };
        let name = self.setup.jid.node()?.as_str().to_owned();
        let nonce = self.dice.token();
        let scram = ScramClient::new(hash, is_plus, &name, password, &nonce, &self.binding)?;
        let offered: Vec<&str> = self.offers.mechanisms.iter().map(String::as_str).collect();
        let bindings: Vec<&str> = self.offers.bindings.iter().map(String::as_str).collect();
        let offer = crate::sasl::scram::offer_hash(hash, &offered, &bindings);
        let scram = self.scram.insert(scram.expecting(offer));
        Some(scram.first())
    }

    /// Answers a challenge; says so if the server cannot be right.
    pub(super) fn answer(&mut self, challenge: &str) -> Option<String> {
        let message = decode(challenge).ok();
        let answer = self.scram.as_mut().zip(message).map(|(scram, message)| scram.last(&message));
        match answer {
            Some(Ok(last)) => Some(encode(last.as_bytes())),
            Some(Err(why)) => {
                self.deceived(why);
                None
            }
            None => {
                self.deceived("unreadable challenge");
                None
            }
        }
    }

    /// Whether the server's last message proves that it knows the password, too.
    pub(super) fn is_proven(&mut self, last: &str) -> bool {
        let message = decode(last).unwrap_or_default();
        self.scram.take().is_some_and(|scram| scram.is_proven(&message))
    }

    pub(super) fn classic(&mut self, nonza: &Element) {
        match nonza.name() {
            "challenge" => {
                if let Some(answer) = self.answer(&nonza.text()) {
                    self.output.element(&el("response", ns::SASL).text(answer).build());
                }
            }
            "success" if self.is_proven(&nonza.text()) => self.restart(),
            "success" => self.deceived("the server does not know the password"),
            "failure" => self.refused(nonza),
            _ => self.stop(Some(StreamCondition::UnsupportedStanzaType)),
        }
    }

    pub(super) fn refused(&mut self, failure: &Element) {
        let mut conditions = failure.children().filter(|child| child.has_ns(ns::SASL));
        let condition = conditions.find_map(|child| SaslCondition::from_name(child.name()));
        let condition = condition.unwrap_or(SaslCondition::NotAuthorized);
        self.happenings.push_back(Happening::Refused(condition));
    }

    /// Signed in, on a stream that offers to bind.
    pub(super) fn classic_signed_in(&mut self) {
        self.state = State::SignedIn;
        let Some(sm) = &self.earlier else { return self.classic_bind() };
        let resume = el("resume", ns::SM).attr("previd", &sm.id).attr("h", sm.handled());
        self.output.element(&resume.build());
        self.state = State::Resuming;
    }

    pub(super) fn classic_bind(&mut self) {
        let wish = self.setup.resource.as_ref();
        let wish = wish.map(|resource| el("resource", ns::BIND).text(resource.as_str()));
        let bind = el("bind", ns::BIND).children(wish).build();
        self.output.stanza(&Stanza::iq("set", "bind").with_child(&bind), None);
        self.state = State::Binding;
    }

    pub(super) fn classic_bound(&mut self, answer: &Stanza) {
        let bind = answer.payload().filter(|_| answer.is_kind("result"));
        let jid = bind.and_then(|bind| bind.get_child("jid", ns::BIND).map(Element::text));
        let Some(jid) = jid.and_then(|jid| FullJid::new(&jid).ok()) else {
            return self.stop(Some(StreamCondition::NotAuthorized));
        };
        if self.setup.wants_sm {
            self.jid = Some(jid);
            self.output.element(&el("enable", ns::SM).attr("resume", "true").build());
            self.state = State::Enabling;
        } else {
            self.ready(jid, false);
        }
    }
}
