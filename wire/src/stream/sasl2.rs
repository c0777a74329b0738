//! The second profile of SASL (XEP-0388): sign-in, resumption or binding and a token in one go. Tasks
//! (second factors, password upgrades) are left out.

use minidom::Element;

use super::demand::{Bind, NewToken, UserAgent};
use super::{C2s, Demand, SmRequest, State, Wait};
use crate::errors::{Condition, SaslCondition, StreamCondition};
use crate::jid::Part;
use crate::ns;
use crate::sasl::{Mechanism, decode, encode};
use crate::xml::el;

/// What the client wants to have done along with signing in.
#[derive(Default)]
pub(super) struct Request {
    pub(super) user_agent: Option<UserAgent>,
    pub(super) wants_token: Option<Mechanism>,
    pub(super) fast: Option<Fast>,
    bind: Option<BindRequest>,
    resume: Option<Resume>,
    /// The server's last SASL message, for `<success/>`.
    pub(super) last_message: Vec<u8>,
}

/// `<resume/>` (XEP-0198 §9.2).
enum Resume {
    /// The name of the session, and how much the client has of it.
    Session(String, u32),
    /// Something is missing in it.
    Broken,
}

/// `<fast/>` (XEP-0484 §3.4).
pub(super) struct Fast {
    pub(super) count: Option<u32>,
    pub(super) invalidate: bool,
}

/// `<bind/>` (XEP-0386 §3.2).
struct BindRequest {
    tag: Option<String>,
    carbons: bool,
    sm: Option<(bool, Option<u32>)>,
    is_inactive: bool,
}

impl C2s {
    pub(super) fn sasl2(&mut self, nonza: &Element) {
        let is_ours = self.state == State::Challenged && self.is_sasl2();
        match nonza.name() {
            "authenticate" if self.state == State::Stranger => {
                let initial = nonza.get_child("initial-response", ns::SASL2);
                let initial = initial.map(|initial| decode(&initial.text())).transpose();
                let offered = self.offered_tokens();
                if let Some(sign_in) = &mut self.sign_in {
                    sign_in.request = Request::read(nonza, &offered);
                }
                let name = nonza.attr("mechanism").unwrap_or_default();
                self.attempt(name, true, initial);
            }
            "response" if is_ours => match decode(&nonza.text()) {
                Ok(message) => self.response(&message),
                Err(condition) => self.failed(condition),
            },
            "abort" if is_ours => self.failed(SaslCondition::Aborted),
            _ => self.close(StreamCondition::UnsupportedStanzaType),
        }
    }

    pub(super) fn sasl2_challenge(&mut self, message: &[u8]) {
        self.output.element(&el("challenge", ns::SASL2).text(encode(message)).build());
    }

    pub(super) fn sasl2_succeeded(&mut self, last: &[u8], token: Option<NewToken>) {
        let Some(sign_in) = &mut self.sign_in else { return };
        let mut parts = Vec::new();
        if !last.is_empty() {
            parts.push(el("additional-data", ns::SASL2).text(encode(last)).build());
        }
        if let Some(NewToken { token, expiry }) = token {
            let token = el("token", ns::FAST).attr("expiry", expiry).attr("token", token);
            parts.push(token.build());
        }
        // XEP-0386 §3.2: resumption goes first; if it succeeds there is nothing to bind.
        let resume = sign_in.request.resume.take();
        if matches!(resume, Some(Resume::Broken)) {
            parts.push(super::managed::failed(Condition::BadRequest, None)); // XEP-0198 §6, §9.2.1
        }
        sign_in.success = Some(parts);
        let Some(Resume::Session(previd, h)) = resume else { return self.sasl2_bind() };
        sign_in.resume = Some((previd.clone(), h));
        let username = sign_in.username.clone().unwrap_or_default();
        self.demands.push_back(Demand::Resume { username, previd, h });
        self.state = State::Waiting(Wait::Resume);
    }

    /// Goes on with binding, if it was asked for.
    pub(super) fn sasl2_bind(&mut self) {
        let random = self.dice.token();
        let id = self.dice.token();
        let Some(sign_in) = &mut self.sign_in else { return };
        let Some(request) = sign_in.request.bind.take() else { return self.sasl2_finish(false) };
        let random: String = random.chars().take(12).collect();
        // XEP-0386 §3.2.1: the tag is the client's; what can be in no address is left away.
        let tag = request.tag.filter(|tag| {
            tag.len() <= 64 && Part::resourcepart(tag).is_ok_and(|part| part == **tag)
        });
        let resource = tag.map_or_else(|| random.clone(), |tag| format!("{tag}/{random}"));
        let sm = request.sm.map(|(resume, max_secs)| SmRequest { id: id.into(), resume, max_secs });
        let bind = Bind {
            username: sign_in.username.clone().unwrap_or_default(),
            resource,
            device: sign_in.device.clone(),
            carbons: request.carbons,
            sm: sm.clone(),
            is_inactive: request.is_inactive,
            is_bind2: true,
        };
        self.wanted_sm = sm.map(Box::new);
        self.demands.push_back(Demand::Bind(bind));
        self.state = State::Waiting(Wait::Bind);
    }

    /// Writes `<success/>` and the features that are left (XEP-0388 §2.6.1); none after a resumption (XEP-0198 §9.2).
    pub(super) fn sasl2_finish(&mut self, is_resumed: bool) {
        let Some(sign_in) = &mut self.sign_in else { return };
        let Some(parts) = sign_in.success.take() else { return };
        let name = sign_in.username.as_deref().unwrap_or_default();
        let bare = || format!("{name}@{}", self.settings.domain);
        let identifier = self.jid.as_ref().map_or_else(bare, ToString::to_string);
        let identifier = el("authorization-identifier", ns::SASL2).text(identifier);
        self.output.element(&el("success", ns::SASL2).child(identifier).children(parts).build());
        if !is_resumed {
            self.write_features();
        }
        if self.jid.is_some() {
            self.state = State::Bound;
            self.sign_in = None;
        } else {
            self.state = State::SignedIn;
        }
    }

    /// Adds to `<success/>`.
    pub(super) fn add_to_success(&mut self, part: Element) {
        if let Some(parts) = self.sign_in.as_mut().and_then(|sign_in| sign_in.success.as_mut()) {
            parts.push(part);
        }
    }
}

impl Request {
    fn read(authenticate: &Element, offered_tokens: &[Mechanism]) -> Self {
        let text =
            |parent: &Element, name: &str| parent.get_child(name, ns::SASL2).map(Element::text);
        let user_agent = authenticate.get_child("user-agent", ns::SASL2).map(|agent| UserAgent {
            id: agent.attr("id").map(str::to_owned),
            software: text(agent, "software"),
            device: text(agent, "device"),
        });
        let wants_token = authenticate
            .get_child("request-token", ns::FAST)
            .and_then(|wish| wish.attr("mechanism"))
            .and_then(Mechanism::from_name)
            .filter(|mechanism| offered_tokens.contains(mechanism));
        let fast = authenticate.get_child("fast", ns::FAST).map(|fast| Fast {
            count: fast.attr("count").and_then(|count| count.parse().ok()),
            invalidate: is_true(fast.attr("invalidate")),
        });
        let resume = authenticate.get_child("resume", ns::SM).map(|resume| {
            let h = resume.attr("h").and_then(|h| h.parse().ok());
            match resume.attr("previd").zip(h) {
                Some((previd, h)) => Resume::Session(previd.to_owned(), h),
                None => Resume::Broken,
            }
        });
        let bind = authenticate.get_child("bind", ns::BIND2).map(|bind| BindRequest {
            tag: bind.get_child("tag", ns::BIND2).map(Element::text),
            carbons: bind.has_child("enable", ns::CARBONS),
            sm: bind.get_child("enable", ns::SM).map(super::managed::enable),
            is_inactive: bind.has_child("inactive", ns::CSI),
        });
        Self { user_agent, wants_token, fast, bind, resume, last_message: Vec::new() }
    }
}

/// A boolean as XML Schema writes it.
pub(super) fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("true" | "1"))
}
