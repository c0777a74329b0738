//! How another server proves its domain: by its certificate (RFC 6120 §6, XEP-0178 §3) or by a key (XEP-0220 §2.2).

use minidom::Element;

use super::{CLAIMS_MAX, DOMAINS_MAX, Demand, Incoming};
use crate::errors::{Condition, SaslCondition, StreamCondition};
use crate::ns;
use crate::s2s::dialback::{self, Claim, Verdict};
use crate::s2s::{Closed, domain};
use crate::sasl::decode;
use crate::xml::el;

impl Incoming {
    /// Whether proofs are taken at this stage.
    pub(super) fn may_prove(&self) -> bool {
        self.is_secured || !self.settings.tls_required
    }

    /// XEP-0178 §3: EXTERNAL is offered only where it will work.
    pub(super) fn can_prove_by_certificate(&self) -> bool {
        self.remote.as_deref().is_some_and(|remote| self.credentials.prove(remote))
    }

    pub(super) fn sasl(&mut self, nonza: &Element) {
        if nonza.name() != "auth" {
            return self.close(StreamCondition::UnsupportedStanzaType);
        }
        if nonza.attr("mechanism") != Some("EXTERNAL") {
            return self.sasl_failed(SaslCondition::InvalidMechanism);
        }
        let text = nonza.text();
        let Ok(wish) = decode(&text) else {
            return self.sasl_failed(SaslCondition::IncorrectEncoding);
        };
        // RFC 6120 §6.3.8: without an authorisation identity it is the domain of the opening.
        let wished = if wish.is_empty() {
            self.remote.clone()
        } else {
            std::str::from_utf8(&wish).ok().and_then(domain)
        };
        let Some(wished) =
            wished.filter(|wished| self.remote.as_ref().is_none_or(|remote| remote == wished))
        else {
            return self.sasl_failed(SaslCondition::InvalidAuthzid);
        };
        let may = self.credentials.prove(&wished)
            && !self.settings.is_ours(&wished)
            && self.settings.is_welcome(&wished);
        if !may {
            return self.sasl_failed(SaslCondition::NotAuthorized);
        }
        self.link.element(&el("success", ns::SASL).build());
        self.proven = Some(wished);
        self.link.set_limits(self.settings.peer);
        self.restart();
    }

    /// XEP-0178 §3: the stream ends; the other server may come again and try a key.
    fn sasl_failed(&mut self, condition: SaslCondition) {
        let failure = el("failure", ns::SASL).child(el(condition.as_str(), ns::SASL));
        self.link.element(&failure.build());
        self.link.goodbye(Closed::Error(StreamCondition::NotAuthorized));
    }

    pub(super) fn dialback(&mut self, nonza: &Element) {
        let Some((from, to)) = dialback::pair(nonza) else {
            return self.close(StreamCondition::ImproperAddressing);
        };
        let key = nonza.text();
        match (nonza.name(), nonza.attr("type")) {
            ("result", None) => {
                let id = self.id.clone();
                self.claimed(Claim { from, to, id, key });
            }
            // XEP-0220 §2.2.2: somebody asks whether a key is ours.
            ("verify", None) => {
                let id = nonza.attr("id").unwrap_or_default().to_owned();
                // Our side of the question is turned: `from` hears the claim, `to` (we) is said to have made it.
                let claim = Claim { from: to, to: from, id, key };
                let verdict = self.judge(&claim);
                let (own, asker) = (claim.from.as_str(), claim.to.as_str());
                self.link.raw(|out| {
                    dialback::write("verify", (own, asker), Some(&claim.id), Err(verdict), out);
                });
            }
            // Verdicts nobody asked for (XEP-0288 §4 warns of them).
            _ => self.close(StreamCondition::NotAuthorized),
        }
    }

    fn judge(&self, claim: &Claim) -> Verdict {
        if !self.settings.is_ours(&claim.from) {
            Verdict::Unknown(Condition::ItemNotFound)
        } else if dialback::is_right(&self.settings.secret, claim) {
            Verdict::Valid
        } else {
            Verdict::Invalid
        }
    }

    fn claimed(&mut self, claim: Claim) {
        let settings = &self.settings;
        let is_known = self.may_speak(&claim.from, &claim.to);
        let refused = if !settings.is_ours(&claim.to) {
            Some(Condition::ItemNotFound)
        } else if settings.is_ours(&claim.from) || !settings.is_welcome(&claim.from) {
            Some(Condition::PolicyViolation)
        } else if self.pairs.len() >= DOMAINS_MAX || self.claims.len() >= CLAIMS_MAX {
            Some(Condition::ResourceConstraint)
        } else if is_known || self.credentials.prove(&claim.from) {
            // XEP-0220 §2.1.1: "MAY use any method to determine the validity"; a certificate is the better one.
            return self.settle_claim(&claim, Verdict::Valid);
        } else if !settings.dialback {
            Some(Condition::NotAuthorized)
        } else {
            None
        };
        if let Some(condition) = refused {
            return self.settle_claim(&claim, Verdict::Unknown(condition));
        }
        self.claims.push(claim.clone());
        self.demands.push_back(Demand::Verify(claim));
    }

    /// Answers [`Demand::Verify`].
    pub fn verified(&mut self, claim: &Claim, verdict: Verdict) {
        let Some(at) = self.claims.iter().position(|known| known == claim) else { return };
        self.claims.remove(at);
        self.settle_claim(claim, verdict);
    }

    fn settle_claim(&mut self, claim: &Claim, verdict: Verdict) {
        if self.link.closed.is_some() {
            return;
        }
        let Claim { from, to, .. } = claim;
        self.link.raw(|out| dialback::write("result", (to, from), None, Err(verdict), out));
        match verdict {
            Verdict::Valid => {
                if !self.may_speak(from, to) {
                    self.pairs.push((from.clone(), to.clone()));
                }
                self.link.set_limits(self.settings.peer);
                let both_ways = self.both_ways;
                let (from, to) = (from.clone(), to.clone());
                self.demands.push_back(Demand::Admitted { from, to, both_ways });
            }
            // XEP-0220 §2.2.1: whoever sends a wrong key is not heard any further.
            Verdict::Invalid => self.link.goodbye(Closed::Error(StreamCondition::NotAuthorized)),
            Verdict::Unknown(_) => {}
        }
    }
}
