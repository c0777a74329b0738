//! Stream management on the wire (XEP-0198): enable, ask, acknowledge, resume.

use minidom::Element;

use super::sasl2::is_true;
use super::{C2s, Demand, SmRequest, State, Wait, unexpected};
use crate::errors::{Condition, StreamCondition};
use crate::ns;
use crate::sm::{Sm, TooHigh};
use crate::xml::el;

impl C2s {
    pub(super) fn management(&mut self, nonza: &Element) {
        let h = nonza.attr("h").and_then(|h| h.parse::<u32>().ok());
        match (nonza.name(), self.state, &mut self.sm) {
            ("r", State::Bound, Some(sm)) => {
                if let Some(h) = sm.asked() {
                    self.write_ack(h);
                }
            }
            ("a", State::Bound, Some(sm)) => match h.map(|h| sm.acknowledge(h)) {
                Some(Ok(0)) => {}
                Some(Ok(anew)) => self.demands.push_back(Demand::Acked(anew)),
                Some(Err(error)) => self.acknowledged_too_much(error),
                None => self.close(StreamCondition::BadFormat),
            },
            ("enable", State::Bound, None) => {
                let (resume, max_secs) = enable(nonza);
                let request = SmRequest { id: self.dice.token().into(), resume, max_secs };
                self.wanted_sm = Some(Box::new(request.clone()));
                self.demands.push_back(Demand::Manage(request));
                self.state = State::Waiting(Wait::Manage);
            }
            ("resume", State::SignedIn, _) => {
                let (Some(previd), Some(h)) = (nonza.attr("previd"), h) else {
                    // XEP-0198 §6: the client may go on, for instance with a new session.
                    return self.output.element(&failed(Condition::BadRequest, None));
                };
                let Some(sign_in) = &mut self.sign_in else { return };
                sign_in.resume = Some((previd.to_owned(), h));
                let username = sign_in.username.clone().unwrap_or_default();
                self.demands.push_back(Demand::Resume { username, previd: previd.to_owned(), h });
                self.state = State::Waiting(Wait::Resume);
            }
            // XEP-0198 §3: once is enough.
            ("enable", _, Some(_)) => self.close(StreamCondition::PolicyViolation),
            // XEP-0198 §6: too early.
            ("r" | "a" | "enable" | "resume", ..) => {
                let condition = unexpected().condition;
                self.output.element(&failed(condition, None));
            }
            _ => self.close(StreamCondition::UnsupportedStanzaType),
        }
    }

    /// Answers [`Demand::Manage`]: for how long the session may be resumed; zero for "not at all".
    pub fn managed(&mut self, resume_secs: u32) {
        if self.state != State::Waiting(Wait::Manage) {
            return;
        }
        self.state = State::Bound;
        if let Some(enabled) = self.begin_management(resume_secs) {
            self.output.element(&enabled);
        }
    }

    /// Begins to count, and says so (§3).
    pub(super) fn begin_management(&mut self, resume_secs: u32) -> Option<Element> {
        let SmRequest { id, resume, .. } = *self.wanted_sm.take()?;
        let jid = self.jid.clone()?;
        let may_resume = resume && resume_secs > 0;
        let sm = Sm::new(jid, id.clone(), may_resume, self.settings.sm, self.in_flight);
        self.sm = Some(Box::new(sm));
        let enabled = el("enabled", ns::SM);
        Some(if may_resume {
            enabled.attr("id", id).attr("resume", "true").attr("max", resume_secs).build()
        } else {
            enabled.build()
        })
    }

    /// Answers [`Demand::Resume`]: the session goes on here. What it had under way must have ended.
    pub fn resumed(&mut self, mut sm: Sm) {
        if self.state != State::Waiting(Wait::Resume) {
            return;
        }
        let Some(sign_in) = &mut self.sign_in else { return };
        let Some((previd, h)) = sign_in.resume.take() else { return };
        // A session of another account does not exist (TRUST.md 3.1: resumption theft).
        let owner = sm.jid.node().map(|node| node.as_str().to_owned());
        let is_own = owner == sign_in.username && sm.jid.domain().as_str() == self.settings.domain;
        if !is_own || !sm.may_resume || *sm.id != *previd {
            sign_in.resume = Some((previd, h));
            return self.not_resumed(None);
        }
        sm.attach();
        if let Err(error) = sm.acknowledge(h) {
            return self.acknowledged_too_much(error);
        }
        let resumed = el("resumed", ns::SM).attr("h", sm.handled()).attr("previd", previd).build();
        let again: Vec<_> = sm.unacked_sent().cloned().collect();
        let own = sm.jid.clone();
        self.jid = Some(sm.jid.clone());
        self.sm = Some(Box::new(sm));
        if self.sign_in.as_ref().is_some_and(|sign_in| sign_in.success.is_some()) {
            self.add_to_success(resumed);
            self.sasl2_finish(true);
        } else {
            self.output.element(&resumed);
            self.state = State::Bound;
            self.sign_in = None;
        }
        for sent in &again {
            self.output.stanza(sent.stanza(), sent.to(&own));
        }
        self.ask_ack();
    }

    /// Answers [`Demand::Resume`]: there is no such session; `h` is what it had handled, if that is known.
    pub fn not_resumed(&mut self, h: Option<u32>) {
        if self.state != State::Waiting(Wait::Resume) {
            return;
        }
        let Some(sign_in) = &mut self.sign_in else { return };
        sign_in.resume = None;
        let failed = failed(Condition::ItemNotFound, h);
        if sign_in.success.is_some() {
            self.add_to_success(failed);
            self.sasl2_bind();
        } else {
            self.output.element(&failed);
            self.state = State::SignedIn;
        }
    }

    /// `count` more stanzas are durable (or refused, or of no lasting effect), oldest first.
    pub fn handled(&mut self, count: u32) {
        let count = count.min(self.in_flight);
        self.in_flight -= count;
        let answer = self.sm.as_mut().and_then(|sm| sm.settle(count));
        if let Some(h) = answer.filter(|_| self.state != State::Closed) {
            self.write_ack(h);
        }
    }

    /// How many stanzas came in that are not [handled](Self::handled) yet, of those that the driver deals with.
    pub fn under_way(&self) -> u32 {
        self.in_flight
    }

    /// Asks the client what it has (§4), if anything is unacknowledged and no question is out.
    pub fn ask_ack(&mut self) {
        if self.state != State::Closed && self.sm.as_mut().is_some_and(|sm| sm.ask()) {
            self.output.write(|out| out.extend_from_slice(b"<r xmlns=\"urn:xmpp:sm:3\"/>"));
        }
    }

    fn write_ack(&mut self, h: u32) {
        let ack = format!("<a xmlns=\"{}\" h=\"{h}\"/>", ns::SM);
        self.output.write(|out| out.extend_from_slice(ack.as_bytes()));
    }

    /// XEP-0198 §6: "an undefined-condition stream error that includes a `<handled-count-too-high/>`".
    fn acknowledged_too_much(&mut self, TooHigh { h, sent }: TooHigh) {
        let app = el("handled-count-too-high", ns::SM).attr("h", h).attr("send-count", sent);
        self.fail(StreamCondition::UndefinedCondition, Some(app.build()));
    }
}

/// What an `<enable/>` wants: resumption, and for how long.
pub(super) fn enable(enable: &Element) -> (bool, Option<u32>) {
    (is_true(enable.attr("resume")), enable.attr("max").and_then(|max| max.parse().ok()))
}

pub(super) fn failed(condition: Condition, h: Option<u32>) -> Element {
    let condition = el(condition.as_str(), ns::STANZA_ERRORS);
    el("failed", ns::SM).maybe("h", h).child(condition).build()
}
