//! The modern road of a client: everything in one request (XEP-0388, XEP-0386, XEP-0198 §9.2, XEP-0484).

use minidom::Element;

use super::{Client, Happening, Secret, State};
use crate::errors::{SaslCondition, StreamCondition};
use crate::jid::{FullJid, Part};
use crate::ns;
use crate::sasl::{Mechanism, decode, encode, ht};
use crate::stream::NewToken;
use crate::xml::el;

impl Client {
    pub(super) fn sasl2_begin(&mut self) {
        let mechanism = self.choose();
        let mut request = el("authenticate", ns::SASL2).attr("mechanism", mechanism.as_str());
        let initial = match &self.setup.secret {
            Secret::Password(..) => self.begin_scram(mechanism).map(String::into_bytes),
            Secret::Token { token, count, invalidate, .. } => {
                let fast = el("fast", ns::FAST).maybe("count", *count);
                let forget = invalidate.then_some("true");
                request = request.child(fast.maybe("invalidate", forget));
                let name = self.setup.jid.node().map(Part::as_str).unwrap_or_default();
                Some(ht::initiator(name, token, self.token_binding(mechanism)))
            }
        };
        let Some(initial) = initial else {
            return self.happenings.push_back(Happening::Refused(SaslCondition::InvalidMechanism));
        };
        request = request.child(el("initial-response", ns::SASL2).text(encode(&initial)));
        if let Some(device) = &self.setup.device {
            request = request.child(el("user-agent", ns::SASL2).attr("id", device));
        }
        if let Some(wanted) = self.setup.wants_token {
            let wish = el("request-token", ns::FAST).attr("mechanism", wanted.as_str());
            request = request.child(wish);
        }
        if let Some(sm) = &self.earlier {
            let resume = el("resume", ns::SM).attr("previd", &sm.id).attr("h", sm.handled());
            request = request.child(resume);
        }
        let tag = self.setup.resource.as_ref().map(|tag| el("tag", ns::BIND2).text(tag.as_str()));
        let carbons = self.setup.wants_carbons.then(|| el("enable", ns::CARBONS));
        let sm = self.setup.wants_sm.then(|| el("enable", ns::SM).attr("resume", "true"));
        let bind = el("bind", ns::BIND2).children(tag).children(carbons).children(sm);
        self.output.element(&request.child(bind).build());
    }

    fn token_binding(&self, mechanism: Mechanism) -> &[u8] {
        let Mechanism::Ht(Some(kind)) = mechanism else { return &[] };
        self.binding.data(kind).unwrap_or_default()
    }

    pub(super) fn sasl2(&mut self, nonza: &Element) {
        match nonza.name() {
            "challenge" => {
                if let Some(answer) = self.answer(&nonza.text()) {
                    self.output.element(&el("response", ns::SASL2).text(answer).build());
                }
            }
            "success" => self.sasl2_succeeded(nonza),
            "failure" => self.refused(nonza),
            _ => self.stop(Some(StreamCondition::UnsupportedStanzaType)),
        }
    }

    fn sasl2_succeeded(&mut self, success: &Element) {
        let text = |name: &str| success.get_child(name, ns::SASL2).map(Element::text);
        let last = text("additional-data").unwrap_or_default();
        let is_proven = match &self.setup.secret {
            Secret::Password(..) => self.is_proven(&last),
            Secret::Token { token, mechanism, .. } => decode(&last)
                .is_ok_and(|l| l == ht::responder(token, self.token_binding(*mechanism))),
        };
        if !is_proven {
            return self.deceived("the server does not know the secret");
        }
        self.token = success.get_child("token", ns::FAST).and_then(|token| {
            let (token, expiry) = (token.attr("token")?, token.attr("expiry")?);
            Some(NewToken { token: token.to_owned(), expiry: expiry.to_owned() })
        });
        if let Some(resumed) = success.get_child("resumed", ns::SM) {
            return self.resumed(resumed);
        }
        self.earlier = None;
        let jid = text("authorization-identifier").and_then(|jid| FullJid::new(&jid).ok());
        match (jid, success.get_child("bound", ns::BIND2)) {
            (Some(jid), Some(bound)) => {
                if let Some(enabled) = bound.get_child("enabled", ns::SM) {
                    self.begin_management(enabled, &jid);
                }
                self.ready(jid, false);
            }
            // Nothing bound: the features that follow say how to go on.
            _ => self.state = State::Features,
        }
    }
}
