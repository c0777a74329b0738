//! What is on offer at each stage (RFC 6120 §4.3.2).

use minidom::Element;

use super::C2s;
use crate::announced::Announced;
use crate::ns;
use crate::sasl::Mechanism;
use crate::xml::{Limits, el};

impl C2s {
    /// Whether signing in is possible at this stage (RFC 6120 §6.3.4: no mechanism is named before the TLS that it needs).
    pub(super) fn may_sign_in(&self) -> bool {
        let is_safe =
            self.sign_in.as_ref().is_some_and(|sign_in| sign_in.is_secured || sign_in.is_local);
        is_safe || !self.settings.tls_required
    }

    /// The mechanisms for passwords, strongest first (RFC 6120 §6.3.3); no PLAIN (§13.8.3).
    pub(super) fn offered(&self) -> Vec<Mechanism> {
        let may_bind = self.sign_in.as_ref().is_some_and(|sign_in| !sign_in.binding.is_none());
        let kinds: &[bool] = if may_bind { &[true, false] } else { &[false] };
        let scram = |is_plus: bool| {
            let hashes = self.settings.hashes.iter();
            hashes.map(move |hash| Mechanism::Scram { hash: *hash, is_plus })
        };
        kinds.iter().flat_map(|is_plus| scram(*is_plus)).collect()
    }

    /// The mechanisms for tokens.
    pub(super) fn offered_tokens(&self) -> Vec<Mechanism> {
        let Some(sign_in) = self.sign_in.as_ref().filter(|_| self.settings.fast) else {
            return Vec::new();
        };
        let is_possible = |mechanism: &Mechanism| match mechanism {
            Mechanism::Ht(Some(kind)) => sign_in.binding.data(*kind).is_some(),
            _ => true,
        };
        Mechanism::TOKENS.into_iter().filter(is_possible).collect()
    }

    pub(super) fn write_features(&mut self) {
        let is_known = self.sign_in.as_ref().is_none_or(|sign_in| sign_in.username.is_some());
        let features = if is_known { self.member_features() } else { self.stranger_features() };
        self.output.stream_element("features", &features);
    }

    fn stranger_features(&self) -> Vec<Element> {
        let mut features = Vec::new();
        let Some(sign_in) = &self.sign_in else { return features };
        if !sign_in.is_secured {
            let required = (!self.may_sign_in()).then(|| el("required", ns::TLS));
            features.push(el("starttls", ns::TLS).children(required).build());
        }
        if self.may_sign_in() {
            let mechanism =
                |of: &'static str| move |offer: Mechanism| el("mechanism", of).text(offer.as_str());
            let offered = self.offered();
            let classic = offered.iter().copied().map(mechanism(ns::SASL));
            features.push(el("mechanisms", ns::SASL).children(classic).build());
            let sasl2 = offered.iter().copied().map(mechanism(ns::SASL2));
            let sasl2 = el("authentication", ns::SASL2).children(sasl2).child(self.inline());
            features.push(sasl2.build());
            features.extend(self.settings.stranger_features.iter().cloned());
            if !sign_in.binding.is_none() {
                // XEP-0440 §2.
                let kind =
                    |kind: &'static str| el("channel-binding", ns::SASL_CB).attr("type", kind);
                let kinds = sign_in.binding.kinds().map(|binding| kind(binding.as_str()));
                features.push(el("sasl-channel-binding", ns::SASL_CB).children(kinds).build());
            }
        }
        features.push(takes(self.settings.stranger));
        features
    }

    /// What may be done along with SASL2 (XEP-0388 §2.1, XEP-0386 §3.1, XEP-0198 §9, XEP-0484 §3.1).
    fn inline(&self) -> Element {
        let var = |var: &str| el("feature", ns::BIND2).attr("var", var);
        let vars = [ns::CARBONS, ns::CSI, ns::SM].map(var);
        let bind = el("bind", ns::BIND2).child(el("inline", ns::BIND2).children(vars));
        let mut inline = el("inline", ns::SASL2).child(el("sm", ns::SM)).child(bind);
        let tokens = self.offered_tokens();
        if !tokens.is_empty() {
            let names = tokens.iter().map(|token| el("mechanism", ns::FAST).text(token.as_str()));
            inline = inline.child(el("fast", ns::FAST).children(names));
        }
        inline.build()
    }

    fn member_features(&self) -> Vec<Element> {
        let mut features = Vec::new();
        if self.jid.is_none() {
            // RFC 6120 §7.4: after sign-in, and not before.
            features.push(el("bind", ns::BIND).build());
            let optional = el("optional", ns::SESSION);
            features.push(el("session", ns::SESSION).child(optional).build());
        }
        features.push(el("sm", ns::SM).build());
        features.push(el("csi", ns::CSI).build());
        features.push(takes(self.settings.member));
        features.extend(self.settings.features.iter().cloned());
        features
    }
}

/// What is told of the limits (XEP-0478 §3.1).
fn takes(limits: Limits) -> Element {
    Announced { max_bytes: limits.stanza_bytes, idle_secs: None }.element()
}
