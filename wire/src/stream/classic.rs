//! The first profile of SASL (RFC 6120 §6): after success the stream begins anew.

use minidom::Element;

use super::{C2s, State};
use crate::errors::{SaslCondition, StreamCondition};
use crate::ns;
use crate::sasl::{decode, encode};
use crate::xml::el;

impl C2s {
    pub(super) fn classic(&mut self, nonza: &Element) {
        let is_ours = self.state == State::Challenged && !self.is_sasl2();
        match nonza.name() {
            "auth" if self.state == State::Stranger => {
                let name = nonza.attr("mechanism").unwrap_or_default();
                let text = nonza.text();
                // RFC 6120 §6.4.2: no text is no initial response, "=" is an empty one.
                let initial = (!text.is_empty()).then(|| decode(&text)).transpose();
                self.attempt(name, false, initial);
            }
            "response" if is_ours => match decode(&nonza.text()) {
                Ok(message) => self.response(&message),
                Err(condition) => self.failed(condition),
            },
            // RFC 6120 §6.4.4.
            "abort" if is_ours => self.failed(SaslCondition::Aborted),
            // RFC 6120 §6.4.2: the attempt under way is discarded and counts, the new one is taken up. Not one of the other
            // profile: between its steps nothing else may come (XEP-0388 §2.4).
            "auth" if !self.is_sasl2() => {
                if self.discard_attempt() {
                    self.classic(nonza);
                }
            }
            _ => self.close(StreamCondition::UnsupportedStanzaType),
        }
    }

    pub(super) fn classic_challenge(&mut self, message: &[u8]) {
        self.output.element(&el("challenge", ns::SASL).text(encode(message)).build());
    }

    pub(super) fn classic_succeeded(&mut self, last: &[u8]) {
        // RFC 6120 §6.4.6: there are always last words here, so none need the sign for none.
        self.output.element(&el("success", ns::SASL).text(encode(last)).build());
        self.restart();
    }
}
