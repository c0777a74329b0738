//! One attempt to sign in, the same for both profiles of SASL (RFC 6120 §6, XEP-0388): what differs is only
//! how messages are wrapped, see `classic` and `sasl2`.

use std::borrow::Cow;
use std::sync::Arc;

use minidom::Element;

use super::demand::{By, NewToken, SignedIn};
use super::sasl2::Request;
use super::{C2s, Demand, State, Transport, Wait};
use crate::errors::{SaslCondition, StreamCondition};
use crate::jid::{BareJid, Part};
use crate::sasl::scram::{Scram, offer_hash};
use crate::sasl::{ChannelBinding, Keys, Mechanism, Token, ht};
use crate::stanza::Stanza;
use crate::xml::el;

/// What a stream knows until a resource is bound.
pub(super) struct SignIn {
    /// TLS is on, or somebody else sees to it.
    pub(super) is_secured: bool,
    /// Nobody can listen: sign-in is allowed without TLS.
    pub(super) is_local: bool,
    pub(super) binding: ChannelBinding,
    /// Who the opening says it is; nobody has proven it.
    pub(super) claimed: Option<BareJid>,
    failures: u8,
    /// Requests to bind that were refused.
    pub(super) bind_failures: u8,
    pub(super) attempt: Option<Attempt>,
    /// Who signed in.
    pub(super) username: Option<String>,
    pub(super) device: Option<String>,
    /// What `<success/>` of SASL2 will hold; none on the classic road.
    pub(super) success: Option<Vec<Element>>,
    /// What the client wants to have done along with SASL2.
    pub(super) request: Request,
    /// The session the client wants back, and what it has of it.
    pub(super) resume: Option<(String, u32)>,
    /// The classic request to bind, to be answered.
    pub(super) bind: Option<Stanza>,
}

/// An attempt under way.
pub(super) struct Attempt {
    pub(super) is_sasl2: bool,
    mechanism: Mechanism,
    proof: Proof,
    username: String,
}

enum Proof {
    /// The client has said nothing yet.
    None,
    Scram(Box<Scram>),
    Token(Vec<u8>),
}

/// What fitted: a token with its count, or a password.
enum Proven {
    Password(Arc<str>),
    Token(Arc<str>, Option<u32>),
}

impl SignIn {
    pub(super) fn new(transport: Transport) -> Self {
        let is_local = transport == Transport::Loopback;
        Self {
            is_secured: !is_local && transport != Transport::Tcp,
            is_local,
            binding: ChannelBinding::default(),
            claimed: None,
            failures: 0,
            bind_failures: 0,
            attempt: None,
            username: None,
            device: None,
            success: None,
            request: Request::default(),
            resume: None,
            bind: None,
        }
    }
}

impl C2s {
    /// A mechanism was chosen.
    pub(super) fn attempt(
        &mut self,
        name: &str,
        is_sasl2: bool,
        initial: Result<Option<Vec<u8>>, SaslCondition>,
    ) {
        let may_sign_in = self.may_sign_in();
        let chosen = Mechanism::from_name(name).filter(|chosen| match chosen {
            Mechanism::Scram { .. } => self.offered().contains(chosen),
            Mechanism::Ht(_) => is_sasl2 && self.offered_tokens().contains(chosen),
        });
        let Some(sign_in) = &mut self.sign_in else { return };
        let mechanism = chosen.unwrap_or(Mechanism::Ht(None));
        let attempt = Attempt { is_sasl2, mechanism, proof: Proof::None, username: String::new() };
        sign_in.attempt = Some(attempt);
        if !may_sign_in {
            return self.failed(SaslCondition::EncryptionRequired);
        }
        if chosen.is_none() {
            return self.failed(SaslCondition::InvalidMechanism);
        }
        match initial {
            Ok(Some(message)) => self.first_message(&message),
            // RFC 4422 §5: a client-first mechanism without initial response gets an empty challenge.
            Ok(None) => self.challenge(&[]),
            Err(condition) => self.failed(condition),
        }
    }

    /// The client answered a challenge.
    pub(super) fn response(&mut self, message: &[u8]) {
        let attempt = self.sign_in.as_mut().and_then(|sign_in| sign_in.attempt.as_mut());
        match attempt.map(|attempt| &mut attempt.proof) {
            Some(Proof::Scram(scram)) => match scram.finish(message) {
                Ok((last, id)) => self.proven(last.into_bytes(), Proven::Password(id)),
                Err(condition) => {
                    if condition == SaslCondition::NotAuthorized {
                        self.demands.push_back(Demand::WrongProof);
                    }
                    self.failed(condition);
                }
            },
            Some(Proof::None) => self.first_message(message),
            _ => self.failed(SaslCondition::MalformedRequest),
        }
    }

    fn first_message(&mut self, message: &[u8]) {
        match self.read_first(message) {
            Ok((demand, wait)) => {
                self.demands.push_back(demand);
                self.state = State::Waiting(wait);
            }
            Err(condition) => self.failed(condition),
        }
    }

    fn read_first(&mut self, message: &[u8]) -> Result<(Demand, Wait), SaslCondition> {
        let unknown = SaslCondition::NotAuthorized;
        let sign_in = self.sign_in.as_mut().ok_or(unknown)?;
        let attempt = sign_in.attempt.as_mut().ok_or(unknown)?;
        match attempt.mechanism {
            Mechanism::Scram { hash, is_plus } => {
                let scram = Scram::begin(hash, is_plus, message, &sign_in.binding)?;
                let username = localpart(&scram.username)?;
                // RFC 6120 §6.3.8: nobody may act as someone else here.
                if let Some(authzid) = &scram.authzid {
                    let own = format!("{username}@{}", self.settings.domain);
                    let wanted = crate::stanza::address(authzid);
                    // XEP-0388 §2.3: nor as somebody else than the opening said.
                    let is_another =
                        sign_in.claimed.as_ref().is_some_and(|claimed| claimed.as_str() != own);
                    if wanted.is_none_or(|wanted| wanted.as_str() != own)
                        || (attempt.is_sasl2 && is_another)
                    {
                        return Err(SaslCondition::InvalidAuthzid);
                    }
                }
                attempt.proof = Proof::Scram(Box::new(scram));
                attempt.username.clone_from(&username);
                Ok((Demand::Credentials { username, hash }, Wait::Credentials))
            }
            mechanism @ Mechanism::Ht(_) => {
                let (name, proof) = ht::split(message)?;
                let username = localpart(name)?;
                attempt.proof = Proof::Token(proof.to_vec());
                attempt.username.clone_from(&username);
                let device = sign_in.request.user_agent.as_ref().and_then(|agent| agent.id.clone());
                Ok((Demand::Tokens { username, mechanism, device }, Wait::Tokens))
            }
        }
    }

    /// Answers [`Demand::Credentials`]; none if there is no such account.
    pub fn credentials(&mut self, keys: Option<Keys>) {
        if self.state != State::Waiting(Wait::Credentials) {
            return;
        }
        let nonce = self.dice.token();
        let offered: Vec<&str> = self.offered().iter().map(|offer| offer.as_str()).collect();
        let Some(sign_in) = &mut self.sign_in else { return };
        let bindings: Vec<&str> =
            sign_in.binding.kinds().map(crate::sasl::BindingKind::as_str).collect();
        let Some(attempt) = &mut sign_in.attempt else { return };
        let Proof::Scram(scram) = &mut attempt.proof else { return };
        let hash = scram.hash();
        let keys = keys.unwrap_or_else(|| {
            let Self { settings, .. } = self;
            Keys::nobodys(hash, &attempt.username, &settings.secret, settings.iterations)
        });
        let offer = offer_hash(hash, &offered, &bindings);
        let offer = Some(offer.as_str()).filter(|_| self.settings.downgrade_protection);
        let challenge = scram.challenge(keys, &nonce, offer);
        self.challenge(challenge.as_bytes());
    }

    /// Answers [`Demand::Tokens`] with all tokens of that device that have not expired.
    pub fn tokens(&mut self, tokens: &[Token]) {
        if self.state != State::Waiting(Wait::Tokens) {
            return;
        }
        let Some(sign_in) = &self.sign_in else { return };
        let Some(Attempt { mechanism, proof: Proof::Token(proof), .. }) = &sign_in.attempt else {
            return;
        };
        let Mechanism::Ht(kind) = mechanism else { return };
        let binding = kind.and_then(|kind| sign_in.binding.data(kind)).unwrap_or_default();
        let count = sign_in.request.fast.as_ref().and_then(|fast| fast.count);
        let fitting = tokens.iter().find(|token| {
            // XEP-0484 §3.4: bound to its mechanism; a count not above the last one is a replay.
            let is_replay = count.zip(token.count).is_some_and(|(count, seen)| count <= seen);
            token.mechanism == *mechanism && !is_replay && ht::fits(proof, &token.secret, binding)
        });
        match fitting {
            Some(token) => {
                let answer = ht::responder(&token.secret, binding);
                self.proven(answer, Proven::Token(token.id.clone(), count));
            }
            // XEP-0484 §4.2: so the client forgets it and asks for the password. Of an account that nobody has the same.
            None => self.failed(SaslCondition::CredentialsExpired),
        }
    }

    fn proven(&mut self, last: Vec<u8>, by: Proven) {
        let Some(sign_in) = &mut self.sign_in else { return };
        let Some(attempt) = &mut sign_in.attempt else { return };
        let invalidate = sign_in.request.fast.as_ref().is_some_and(|fast| fast.invalidate);
        let (by, password) = match by {
            Proven::Token(id, count) => (By::Token { id, count, invalidate }, None),
            Proven::Password(id) => (By::Password(attempt.mechanism), Some(id)),
        };
        sign_in.request.last_message = last;
        let signed_in = SignedIn {
            username: attempt.username.clone(),
            by,
            password,
            user_agent: sign_in.request.user_agent.clone(),
            wants_token: sign_in.request.wants_token,
        };
        self.demands.push_back(Demand::SignedIn(signed_in));
        self.state = State::Waiting(Wait::Welcome);
    }

    /// Answers [`Demand::SignedIn`]: the client is in, perhaps with a new token.
    pub fn welcome(&mut self, token: Option<NewToken>) {
        if self.state != State::Waiting(Wait::Welcome) {
            return;
        }
        let Some(sign_in) = &mut self.sign_in else { return };
        let Some(attempt) = sign_in.attempt.take() else { return };
        sign_in.username = Some(attempt.username);
        sign_in.device = sign_in.request.user_agent.as_ref().and_then(|agent| agent.id.clone());
        let last = std::mem::take(&mut sign_in.request.last_message);
        self.reader.set_limits(self.settings.member);
        if attempt.is_sasl2 {
            self.sasl2_succeeded(&last, token);
        } else {
            self.classic_succeeded(&last);
        }
    }

    /// Answers [`Demand::Credentials`], [`Demand::Tokens`] or [`Demand::SignedIn`]: no.
    pub fn refuse(&mut self, condition: SaslCondition) {
        self.refuse_saying(condition, None);
    }

    /// As [`Self::refuse`], with words for the person who signs in, and their language (RFC 6120 §6.5).
    pub fn refuse_saying(&mut self, condition: SaslCondition, words: Option<(&str, &str)>) {
        let asked = [Wait::Credentials, Wait::Tokens, Wait::Welcome];
        if asked.iter().any(|wait| self.state == State::Waiting(*wait)) {
            self.failed_saying(condition, words);
        }
    }

    /// The language of what carries none (RFC 6120 §4.7.4), as far as the client has said it.
    pub fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }

    fn challenge(&mut self, message: &[u8]) {
        self.state = State::Challenged;
        if self.is_sasl2() {
            self.sasl2_challenge(message);
        } else {
            self.classic_challenge(message);
        }
    }

    pub(super) fn is_sasl2(&self) -> bool {
        let attempt = self.sign_in.as_ref().and_then(|sign_in| sign_in.attempt.as_ref());
        attempt.is_some_and(|attempt| attempt.is_sasl2)
    }

    /// The attempt failed; the next may follow, but not for ever (RFC 6120 §6.4.5).
    pub(super) fn failed(&mut self, condition: SaslCondition) {
        self.failed_saying(condition, None);
    }

    fn failed_saying(&mut self, condition: SaslCondition, words: Option<(&str, &str)>) {
        let of = if self.is_sasl2() { crate::ns::SASL2 } else { crate::ns::SASL };
        // In both profiles the conditions are those of RFC 6120 §6.5.
        let condition = el(condition.as_str(), crate::ns::SASL);
        let text = words.map(|(text, lang)| {
            let text = Element::builder("text", of)
                .attr_ns(rxml::Namespace::xml().clone(), crate::xml::attr_name("lang"), lang)
                .append(text);
            text.build()
        });
        self.output.element(&el("failure", of).child(condition).children(text).build());
        self.discard_attempt();
    }

    /// Ends the attempt under way, which counts; false when it was the last one and the stream is over.
    pub(super) fn discard_attempt(&mut self) -> bool {
        let Some(sign_in) = &mut self.sign_in else { return false };
        sign_in.attempt = None;
        sign_in.request = Request::default();
        sign_in.failures = sign_in.failures.saturating_add(1);
        self.state = State::Stranger;
        let may_go_on = sign_in.failures < self.settings.tries;
        if !may_go_on {
            self.close(StreamCondition::PolicyViolation);
        }
        may_go_on
    }
}

/// A name as it stands in addresses. One that can be in no address belongs to nobody.
fn localpart(name: &str) -> Result<String, SaslCondition> {
    Part::localpart(name).map(Cow::into_owned).map_err(|_| SaslCondition::NotAuthorized)
}
