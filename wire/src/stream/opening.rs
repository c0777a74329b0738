//! Opening, encrypting and closing (RFC 6120 §4.2–§5; RFC 7395 §3.4–§3.6).

use std::sync::Arc;

use minidom::Element;

use super::{C2s, Closed, Demand, State, Wait};
use crate::errors::StreamCondition;
use crate::ns;
use crate::sasl::ChannelBinding;
use crate::stanza::address;
use crate::xml::{Opening, el, write_attr};

impl C2s {
    pub(super) fn opened(&mut self, opening: &Opening) {
        if self.state != State::Opening {
            return self.close(StreamCondition::BadFormat);
        }
        self.lang = opening.lang.as_deref().filter(|lang| is_language(lang)).map(Arc::from);
        self.write_header(Some(opening));
        // RFC 6120 §4.7.5: without a version it is not the protocol of this century.
        let major = opening.version.as_deref().and_then(|version| version.split('.').next());
        if major.and_then(|major| major.parse::<u32>().ok()).is_none_or(|major| major < 1) {
            return self.close(StreamCondition::UnsupportedVersion);
        }
        // RFC 6120 §4.9.3.6.
        let to = opening.to.as_deref().and_then(address);
        if to.is_none_or(|to| to.as_str() != self.settings.domain) {
            return self.close(StreamCondition::HostUnknown);
        }
        // RFC 6120 §4.9.3.9, XEP-0388 §2.1: nobody of another house signs in here.
        let from = opening.from.as_deref().and_then(address).map(|from| from.to_bare());
        if from.as_ref().is_some_and(|from| from.domain().as_str() != self.settings.domain) {
            return self.close(StreamCondition::InvalidFrom);
        }
        if let Some(sign_in) = &mut self.sign_in {
            sign_in.claimed = from;
        }
        let is_known = self.sign_in.as_ref().is_some_and(|sign_in| sign_in.username.is_some());
        self.state = if is_known { State::SignedIn } else { State::Stranger };
        self.write_features();
    }

    /// Our side of the opening, after an XML declaration (RFC 6120 §11.5). It says who we are, whatever the client called us
    /// (§4.7.1, §4.9.1.3); the id is unpredictable and new for each stream (§4.7.3).
    pub(super) fn write_header(&mut self, opening: Option<&Opening>) {
        self.has_header = true;
        let id = self.dice.token();
        let domain = self.settings.domain.as_str();
        // RFC 6120 §4.7.2: `to` is the bare address of what the client gave as `from`, if it is an address.
        let to = opening.and_then(|opening| opening.from.as_deref()).and_then(address);
        let to = to.map(|to| to.to_bare());
        // RFC 6120 §4.7.5: whoever names no version is told none.
        let has_version = opening.is_none_or(|opening| opening.version.is_some());
        let is_framed = self.output.is_framed();
        self.output.write(|out| {
            if is_framed {
                out.extend_from_slice(b"<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"");
            } else {
                out.extend_from_slice(
                    b"<?xml version='1.0'?><stream:stream xmlns=\"jabber:client\"",
                );
                write_attr("xmlns:stream", ns::STREAM, out);
            }
            write_attr("from", domain, out);
            write_attr("id", &id, out);
            if let Some(to) = &to {
                write_attr("to", to.as_str(), out);
            }
            if has_version {
                write_attr("version", "1.0", out);
            }
            write_attr("xml:lang", "en", out);
            out.extend_from_slice(if is_framed { b"/>" } else { b">" });
        });
    }

    /// Our side of the end (RFC 6120 §4.4, RFC 7395 §3.6).
    pub(super) fn write_close(&mut self) {
        if !self.has_header {
            self.write_header(None);
        }
        let is_framed = self.output.is_framed();
        self.output.write(|out| {
            out.extend_from_slice(if is_framed {
                b"<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\"/>"
            } else {
                b"</stream:stream>"
            });
        });
    }

    /// `<starttls/>` (RFC 6120 §5.4.2).
    pub(super) fn tls_wanted(&mut self, nonza: &Element) {
        let is_secured = self.sign_in.as_ref().is_none_or(|sign_in| sign_in.is_secured);
        if nonza.name() != "starttls" || is_secured {
            // §5.4.2.2: the failure case ends the stream.
            self.output.element(&el("failure", ns::TLS).build());
            self.write_close();
            return self.stop(Closed::Error(StreamCondition::PolicyViolation));
        }
        // What follows in the same segment was sent in the clear and would count as encrypted.
        if self.reader.has_unread() {
            return self.close(StreamCondition::PolicyViolation);
        }
        self.output.element(&el("proceed", ns::TLS).build());
        self.demands.push_back(Demand::StartTls);
        self.state = State::Waiting(Wait::Tls);
    }

    /// TLS is on; what was said before counts no more (RFC 6120 §5.4.3.3). Answers [`Demand::StartTls`]; with direct TLS and `WebSocket` called before the first byte.
    pub fn tls_done(&mut self, binding: ChannelBinding) {
        let Some(sign_in) = &mut self.sign_in else { return };
        sign_in.is_secured = true;
        sign_in.binding = binding;
        if self.state == State::Waiting(Wait::Tls) {
            self.restart();
        }
    }

    /// The stream begins anew (RFC 6120 §4.3.3).
    pub(super) fn restart(&mut self) {
        self.reader.restart();
        self.has_header = false;
        self.state = State::Opening;
    }
}

/// A language tag is short letters, digits and hyphens (RFC 5646 §2.1); what is none is said of no stanza.
fn is_language(tag: &str) -> bool {
    (1..=35).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
