//! What comes in once a stream is open: features, nonzas, stanzas.

use minidom::Element;

use super::{Client, Happening, Road, Secret, State};
use crate::errors::StreamCondition;
use crate::ns;
use crate::sasl::{Hash, Mechanism};
use crate::stanza::{Name, Stanza};
use crate::xml::el;

impl Client {
    pub(super) fn nonza(&mut self, nonza: &Element) {
        match (nonza.ns().as_str(), nonza.name()) {
            (ns::STREAM, "features") => self.features(nonza),
            (ns::STREAM, "error") => {
                let mut conditions =
                    nonza.children().filter(|child| child.has_ns(ns::STREAM_ERRORS));
                let condition =
                    conditions.find_map(|child| StreamCondition::from_name(child.name()));
                self.stop(Some(condition.unwrap_or(StreamCondition::UndefinedCondition)));
            }
            (ns::TLS, "proceed") => {
                self.state = State::Tls;
                self.happenings.push_back(Happening::StartTls);
            }
            (ns::SASL, _) => self.classic(nonza),
            (ns::SASL2, _) => self.sasl2(nonza),
            (ns::SM, name) => self.management(name, nonza),
            _ => self.stop(Some(StreamCondition::UnsupportedStanzaType)),
        }
    }

    fn features(&mut self, features: &Element) {
        if features.has_child("starttls", ns::TLS) && !self.is_secured {
            return self.output.element(&el("starttls", ns::TLS).build());
        }
        match self.state {
            State::Features if self.jid.is_none() => {}
            // After SASL2 with binding or resumption nothing is left to do.
            _ => return,
        }
        if features.has_child("bind", ns::BIND) {
            return self.classic_signed_in();
        }
        let (list, of) = match self.setup.road {
            Road::Classic => ("mechanisms", ns::SASL),
            Road::Sasl2 => ("authentication", ns::SASL2),
        };
        let Some(list) = features.get_child(list, of) else {
            return self.stop(Some(StreamCondition::UnsupportedFeature));
        };
        let named = list.children().filter(|child| child.is("mechanism", of));
        self.offers.mechanisms = named.map(Element::text).collect();
        let bindings = features.get_child("sasl-channel-binding", ns::SASL_CB);
        let kinds = bindings.into_iter().flat_map(Element::children);
        self.offers.bindings =
            kinds.filter_map(|kind| kind.attr("type").map(str::to_owned)).collect();
        self.state = State::SigningIn;
        match self.setup.road {
            Road::Classic => self.classic_begin(),
            Road::Sasl2 => self.sasl2_begin(),
        }
    }

    /// The mechanism to use: what was wanted, or the strongest of what is offered.
    pub(super) fn choose(&self) -> Mechanism {
        let by_strength = [(Hash::Sha256, true), (Hash::Sha1, true), (Hash::Sha256, false)];
        match &self.setup.secret {
            Secret::Password(_, Some(mechanism)) | Secret::Token { mechanism, .. } => *mechanism,
            Secret::Password(_, None) => by_strength
                .into_iter()
                .map(|(hash, is_plus)| Mechanism::Scram { hash, is_plus })
                .find(|wanted| {
                    let is_offered =
                        self.offers.mechanisms.iter().any(|name| name == wanted.as_str());
                    let is_plus = matches!(wanted, Mechanism::Scram { is_plus: true, .. });
                    is_offered && (!is_plus || !self.binding.is_none())
                })
                .unwrap_or(Mechanism::Scram { hash: Hash::Sha1, is_plus: false }),
        }
    }

    fn management(&mut self, name: &str, nonza: &Element) {
        match (name, self.state) {
            ("enabled", State::Enabling) => {
                if let Some(jid) = self.jid.clone() {
                    self.begin_management(nonza, &jid);
                    self.ready(jid, false);
                }
            }
            ("failed", State::Enabling) => {
                if let Some(jid) = self.jid.clone() {
                    self.ready(jid, false);
                }
            }
            ("resumed", State::Resuming) => self.resumed(nonza),
            ("failed", State::Resuming) => {
                self.earlier = None;
                self.classic_bind();
            }
            ("r", _) => {
                if let Some(sm) = &mut self.sm {
                    let h = sm.handled();
                    self.output.element(&el("a", ns::SM).attr("h", h).build());
                }
            }
            ("a", _) => {
                let h = nonza.attr("h").and_then(|h| h.parse().ok());
                match self.sm.as_mut().zip(h).map(|(sm, h)| sm.acknowledge(h)) {
                    Some(Ok(anew)) => self.happenings.push_back(Happening::Acked(anew)),
                    Some(Err(_)) => self.deceived("wrong count"),
                    None => {}
                }
            }
            _ => {}
        }
    }

    pub(super) fn stanza(&mut self, stanza: Stanza) {
        if self.state == State::Binding && stanza.name == Name::Iq {
            return self.classic_bound(&stanza);
        }
        if let Some(sm) = &mut self.sm {
            sm.receive_own();
        }
        self.happenings.push_back(Happening::Stanza(stanza));
    }
}
