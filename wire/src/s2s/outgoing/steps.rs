//! The steps until stanzas may flow: opening, TLS (RFC 6120 §5), our proof (§6, XEP-0178 §3, XEP-0220 §2.1.1).

use minidom::Element;

use super::{Claim, Errand, Failure, Happening, Outgoing, State};
use crate::announced::max_bytes_of;
use crate::errors::{Condition, SaslCondition, StreamCondition};
use crate::ns;
use crate::s2s::dialback::{self, Verdict};
use crate::sasl::encode;
use crate::xml::{Opening, el};

impl Outgoing {
    pub(super) fn opened(&mut self, opening: &Opening) {
        if self.state != State::Opening {
            return self.close(StreamCondition::BadFormat);
        }
        self.id = opening.id.clone().unwrap_or_default();
        let major = opening.version.as_deref().and_then(|version| version.split('.').next());
        if major.and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major < 1) {
            return self.fail(Failure::NoTls); // a server of another century has no features to offer
        }
        self.state = State::Features;
    }

    pub(super) fn offered(&mut self, features: &Element) {
        self.link.taken_bytes = max_bytes_of(features); // XEP-0478 §4: what is announced anew holds from then on
        if !self.is_secured {
            // RFC 7590 §3.1: also where it is not offered, for somebody on the way may have taken the offer out.
            if features.has_child("starttls", ns::TLS) || self.settings.tls_required {
                self.link.element(&el("starttls", ns::TLS).build());
                return; // the answer comes in this state
            }
        }
        self.offers_sm |= features.has_child("sm", ns::SM);
        self.offers_dialback |= features.has_child("dialback", ns::DIALBACK_FEATURE);
        if let Errand::Ask(claim) = &self.errand {
            // XEP-0220 §2.1.2: who asks need not prove anything. Names trust the DNS here, not the certificate.
            let Claim { from, to, id, key } = claim;
            self.link.raw(|out| dialback::write("verify", (to, from), Some(id), Ok(key), out));
            self.state = State::Asked;
            return;
        }
        // RFC 6120 §13.7.2: before a word is said, it must be clear to whom. Keys (XEP-0220) prove who comes, not who
        // is visited, so servers without a valid certificate are visited only where the settings allow it.
        if self.is_secured && !self.settings.dialback && !self.credentials.prove(self.errand.to()) {
            return self.fail(Failure::Certificate);
        }
        if self.is_proven {
            return self.admitted();
        }
        if features.has_child("bidi", ns::BIDI_FEATURE) && !self.both_ways {
            // XEP-0288 §2.2; whoever comes has no features to tell its limits by (XEP-0478 §3.2).
            let takes = self.settings.takes(self.settings.peer).element();
            self.link.element(&el("bidi", ns::BIDI).child(takes).build());
            self.both_ways = true;
        }
        let mechanisms = features.get_child("mechanisms", ns::SASL);
        let has_external = mechanisms.is_some_and(|mechanisms| {
            mechanisms.children().any(|mechanism| mechanism.text() == "EXTERNAL")
        });
        if has_external && !self.has_tried_certificate {
            self.has_tried_certificate = true;
            let auth = el("auth", ns::SASL).attr("mechanism", "EXTERNAL");
            self.link.element(&auth.text(encode(self.errand.from().as_bytes())).build());
            self.state = State::Sasl;
        } else {
            self.send_key();
        }
    }

    /// XEP-0220 §2.1.1, step 1.
    fn send_key(&mut self) {
        if !self.offers_dialback {
            return self.fail(Failure::NoWay);
        }
        let (from, to) = (self.errand.from(), self.errand.to());
        let key = dialback::key(&self.settings.secret, to, from, &self.id);
        self.link.raw(|out| dialback::write("result", (from, to), None, Ok(&key), out));
        self.state = State::Key;
    }

    /// RFC 6120 §5.4.2.
    pub(super) fn tls_answered(&mut self, nonza: &Element) {
        match nonza.name() {
            "proceed" if !self.is_secured && self.link.unread_bytes() == 0 => {
                self.happenings.push_back(Happening::StartTls);
                self.state = State::Tls;
            }
            "proceed" => self.close(StreamCondition::PolicyViolation),
            _ => self.fail(Failure::NoTls),
        }
    }

    pub(super) fn sasl_answered(&mut self, nonza: &Element) {
        match nonza.name() {
            "success" => {
                self.is_proven = true;
                self.offers_sm = false;
                self.restart();
            }
            // EXTERNAL has nothing to ask (RFC 4422 appendix A); an empty challenge gets an empty answer.
            "challenge" => {
                let text = encode(self.errand.from().as_bytes());
                self.link.element(&el("response", ns::SASL).text(text).build());
            }
            _ => {
                let mut conditions = nonza.children().filter(|child| child.has_ns(ns::SASL));
                let condition = conditions.find_map(|c| SaslCondition::from_name(c.name()));
                if self.offers_dialback {
                    return self.send_key(); // XEP-0178 §3 lets the other side go on without a certificate
                }
                self.fail(Failure::Refused(condition.unwrap_or(SaslCondition::NotAuthorized)));
            }
        }
    }

    pub(super) fn key_answered(&mut self, nonza: &Element) {
        let is_ours = dialback::pair(nonza)
            .is_some_and(|(from, to)| from == self.errand.to() && to == self.errand.from());
        if !is_ours {
            return self.unasked(nonza);
        }
        match dialback::verdict(nonza) {
            Some(Verdict::Valid) => self.admitted(),
            Some(Verdict::Invalid) => self.fail(Failure::Key(None)),
            Some(Verdict::Unknown(condition)) => self.fail(Failure::Key(Some(condition))),
            None => self.unasked(nonza),
        }
    }

    pub(super) fn asked_answered(&mut self, nonza: &Element) {
        let Errand::Ask(claim) = &self.errand else { return };
        let is_ours = dialback::pair(nonza)
            .is_some_and(|(from, to)| from == claim.from && to == claim.to)
            && nonza.attr("id") == Some(claim.id.as_str());
        let verdict = dialback::verdict(nonza).filter(|_| is_ours);
        let Some(verdict) = verdict else { return self.unasked(nonza) };
        self.happenings.push_back(Happening::Answered(verdict));
        self.is_told = true;
        self.link.goodbye(super::Closed::ByUs);
    }

    /// Claims and questions of the other side on a stream of ours. A key for another domain is not taken here: that
    /// domain may come on a stream of its own (XEP-0288 §2.2 only says that it may try).
    pub(super) fn unasked(&mut self, nonza: &Element) {
        let pair = dialback::pair(nonza).filter(|_| nonza.attr("type").is_none());
        let (Some((from, to)), "result" | "verify") = (pair, nonza.name()) else {
            return self.close(StreamCondition::NotAuthorized);
        };
        let refused = Err(Verdict::Unknown(Condition::NotAcceptable));
        let (name, id) = (nonza.name().to_owned(), nonza.attr("id").map(str::to_owned));
        self.link.raw(|out| dialback::write(&name, (&to, &from), id.as_deref(), refused, out));
    }
}
