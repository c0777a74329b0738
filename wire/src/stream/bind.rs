//! Taking a resource: RFC 6120 §7, and the answer to both ways of asking for one.

use std::borrow::Cow;

use minidom::Element;

use super::demand::{Bind, Bound};
use super::{C2s, Demand, State, Wait};
use crate::errors::{Condition, ErrorKind, StanzaError, StreamCondition};
use crate::jid::Part;
use crate::ns;
use crate::stanza::Stanza;
use crate::xml::el;

/// Requests to bind on one stream that may be refused (RFC 6120 §7.7.3: at least 5 and at most 10 retries).
const BIND_FAILURES_MAX: u8 = 6;

impl C2s {
    /// The classic request (RFC 6120 §7.6, §7.7).
    pub(super) fn bind_wanted(&mut self, stanza: &Stanza) {
        let random: String = self.dice.token().chars().take(16).collect();
        let wish = stanza.payload().filter(|_| stanza.is_kind("set") && stanza.fault().is_none());
        let Some(wish) = wish else {
            let error = StanzaError::new(ErrorKind::Modify, Condition::BadRequest);
            return self.refuse_to_bind(stanza, &error);
        };
        let wish = wish.get_child("resource", ns::BIND).map(Element::text).unwrap_or_default();
        // RFC 6120 §7.7.2.1: a wish that can be in no address is answered by a resource that can, as if there were none.
        let resource = Part::resourcepart(&wish).map_or(random, Cow::into_owned);
        let Some(sign_in) = &mut self.sign_in else { return };
        sign_in.bind = Some(stanza.clone());
        self.demands.push_back(Demand::Bind(Bind {
            username: sign_in.username.clone().unwrap_or_default(),
            resource,
            device: sign_in.device.clone(),
            carbons: false,
            sm: None,
            is_inactive: false,
            is_bind2: false,
        }));
        self.state = State::Waiting(Wait::Bind);
    }

    /// Answers [`Demand::Bind`].
    pub fn bound(&mut self, bound: Bound) {
        if self.state != State::Waiting(Wait::Bind) {
            return;
        }
        let Some(sign_in) = &mut self.sign_in else { return };
        self.jid = Some(bound.jid.clone());
        if let Some(wish) = sign_in.bind.take() {
            let jid = el("jid", ns::BIND).text(bound.jid.as_str());
            let answer = wish.result(Some(&el("bind", ns::BIND).child(jid).build()));
            self.output.stanza(&answer, None);
            self.sign_in = None;
            self.state = State::Bound;
            return;
        }
        let enabled = self.begin_management(bound.resume_secs);
        let answer = el("bound", ns::BIND2).children(enabled).children(bound.extra);
        self.add_to_success(answer.build());
        self.sasl2_finish(false);
    }

    /// Answers [`Demand::Bind`]: no, for instance because there are too many sessions.
    pub fn bind_refused(&mut self, error: &StanzaError) {
        if self.state != State::Waiting(Wait::Bind) {
            return;
        }
        let wish = self.sign_in.as_mut().and_then(|sign_in| sign_in.bind.take());
        if let Some(wish) = wish {
            self.state = State::SignedIn;
            self.refuse_to_bind(&wish, error);
        } else {
            // XEP-0386 §3.2 knows no refusal: who is in and finds no `<bound/>` may ask again in the classic way.
            self.wanted_sm = None;
            self.sasl2_finish(false);
        }
    }

    fn refuse_to_bind(&mut self, wish: &Stanza, error: &StanzaError) {
        self.output.stanza(&wish.error_reply(error), None);
        let Some(sign_in) = &mut self.sign_in else { return };
        sign_in.bind_failures += 1;
        if sign_in.bind_failures >= BIND_FAILURES_MAX {
            self.close(StreamCondition::PolicyViolation);
        }
    }
}
