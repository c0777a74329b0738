//! What the stream asks of its driver: look-ups, sign-in, binding, resumption.

use konvent_core::{Answer, Kind, Millis, Reader, Refusal, Tx};
use konvent_people::accounts::{
    self, Account, Compared, DeviceKind, ScramHash, ScramOffer, TOKEN_DAYS,
};
use konvent_talk::archive;
use konvent_wire::errors::SaslCondition;
use konvent_wire::sasl::{Hash, Keys, Mechanism, Token, Verifier};
use konvent_wire::stream::{Bind, Bound, By, Closed, Demand, NewToken, SignedIn, SmRequest};
use konvent_wire::{Condition, ErrorKind, StanzaError};

use super::{Conversation, Next};
use crate::counters::Deed;
use crate::flows;
use crate::flows::guess::Right;
use crate::hall::SignedInBy;
use crate::hall::happening::Happening;
use crate::house::{RESUME_SECS, Resumed, SIGNED_OUT, Wishes};
use crate::net::http::is_admin;
use crate::words::{self, Language};

/// What a token of XEP-0484 is derived for. Each mechanism has its own, so that one that was bound to TLS is of no use without
/// (XEP-0484 §3.4); the cookie of the same device is another one again.
const fn purpose(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Ht(None) => "fast", // the one that our web client is given, too
        bound => bound.as_str(),
    }
}

/// RFC 6120 §7.6.2.2: this client may not bind.
const NOT_ALLOWED: StanzaError = StanzaError::new(ErrorKind::Cancel, Condition::NotAllowed);

/// The verifiers of all app passwords of an account.
fn keys(offer: ScramOffer) -> Keys {
    let verifier = |candidate: accounts::Candidate| Verifier {
        id: candidate.app_password.to_string().into(),
        stored_key: candidate.stored_key,
        server_key: candidate.server_key,
    };
    Keys {
        salt: offer.salt,
        iterations: offer.iterations,
        verifiers: offer.candidates.into_iter().map(verifier).collect(),
    }
}

/// What was read of an account when somebody named it: until a resource is bound it need not be read again.
#[derive(Debug)]
pub(super) struct Known {
    account: Account,
    /// When each of its passwords or devices was last used.
    uses: Vec<(i64, Option<Millis>)>,
}

impl Known {
    /// Nothing of a name that cannot sign in.
    fn of(offer: &ScramOffer) -> Option<Self> {
        let account = offer.account.clone()?;
        let uses = offer.candidates.iter().map(|known| (known.app_password, known.last_used_at));
        Some(Self { account, uses: uses.collect() })
    }

    /// Whether a use now need not be written down.
    fn is_noted(&self, by: SignedInBy, now: Millis) -> bool {
        let (SignedInBy::Device(id) | SignedInBy::AppPassword(id)) = by;
        let last = self.uses.iter().find(|(known, _)| *known == id);
        last.is_some_and(|(_, last)| accounts::is_noted(*last, now))
    }
}

/// Whether the client gives its token back (XEP-0484 §3.6).
const fn gives_back(signed_in: &SignedIn) -> bool {
    matches!(signed_in.by, By::Token { invalidate: true, .. })
}

/// With what somebody signed in.
fn means(signed_in: &SignedIn) -> Answer<SignedInBy> {
    let number = |id: Option<&str>| id.and_then(|id| id.parse::<i64>().ok()).ok_or(SIGNED_OUT);
    match &signed_in.by {
        By::Token { id, .. } => number(Some(id)).map(SignedInBy::Device),
        By::Password(_) => number(signed_in.password.as_deref()).map(SignedInBy::AppPassword),
    }
}

/// Notes the use, and forgets the token if the client asks for it (XEP-0484 §3.6).
fn note_use(
    tx: &mut Tx<'_>,
    account: &Account,
    signed_in: &SignedIn,
    by: SignedInBy,
) -> Answer<()> {
    match by {
        SignedInBy::Device(device) if gives_back(signed_in) => {
            accounts::revoke_device(tx, account.id, device)
        }
        SignedInBy::Device(device) => accounts::touch_device(tx, device),
        SignedInBy::AppPassword(password) => accounts::touch_app_password(tx, password),
    }
}

/// Whether the use only could not be written down, for want of room, and nothing hangs on it: members get in all the same.
/// That the device or password still holds is looked at again when the session begins.
fn is_only_unnoted(refusal: &Refusal, signed_in: &SignedIn) -> bool {
    refusal.code == konvent_core::db::DISK_FULL.code && !gives_back(signed_in)
}

impl Conversation {
    /// Meets one demand. `Some` when the connection has to change or end.
    pub(super) async fn meet(&mut self, demand: Demand) -> Option<Next> {
        match demand {
            Demand::StartTls => return Some(Next::StartTls),
            Demand::Credentials { username, hash } => self.credentials(username, hash).await,
            Demand::Tokens { username, mechanism, .. } => self.tokens(username, mechanism).await,
            Demand::WrongProof => self.wrong_proof().await,
            Demand::SignedIn(signed_in) => self.welcome(signed_in).await,
            Demand::Resume { username, previd, h } => self.resume(&username, &previd, h).await,
            Demand::Bind(bind) => self.bind(bind).await,
            Demand::Register(iq) => {
                let shown = &mut self.invitation;
                let reply =
                    flows::registration::of_stranger(&self.house, &self.source, shown, iq).await;
                self.stream.register_answered(&reply);
            }
            Demand::Manage(request) => self.manage(request).await,
            // Met where they came, without a detour through here.
            Demand::Stanza(stanza) => self.came(stanza),
            Demand::Acked(_) => self.acked(),
            Demand::Active(is_active) => {
                if let Some(seat) = &self.seat {
                    let what = Happening::Inactive(seat.session.id, !is_active);
                    if let Err(refusal) = self.house.happens(what).await {
                        tracing::info!(target: "net", code = refusal.code, "whether somebody looks could not be noted");
                    }
                    if is_active {
                        flows::push::looked(&self.house, seat.session.account).await;
                    }
                }
            }
            Demand::Closed(closed) => {
                // Who says goodbye has no session to come back to (XEP-0198 §5); who made an error neither.
                // When the node closes, its sessions go on at another one.
                self.is_final |= !self.is_drained
                    && matches!(
                        closed,
                        Closed::ByPeer | Closed::ByUs | Closed::Error(_) | Closed::PeerError
                    );
                return Some(Next::Over);
            }
        }
        self.note_managed_session();
        None
    }

    async fn credentials(&mut self, username: String, hash: Hash) {
        // Whoever breaks off has tried nothing: what the challenge says is the same for all names.
        self.guess = None;
        let hash = match hash {
            Hash::Sha1 => ScramHash::Sha1,
            Hash::Sha256 => ScramHash::Sha256,
        };
        let (key, name) = (self.house.key().clone(), username.clone());
        let with = move |reader: &mut Reader<'_>| accounts::scram(reader, &key, &name, hash);
        match flows::guess::begin(&self.house, &username, &self.source, with).await {
            Ok((attempt, offer)) => {
                self.guess = Some(Box::new(attempt));
                self.known = Known::of(&offer).map(Box::new);
                self.stream.credentials(Some(keys(offer)));
            }
            Err(refusal) => self.refuse(&refusal), // RFC 6120 §13.9.4: tries are limited
        }
    }

    /// Somebody was asked for a proof and brought a wrong one. It is on disk before he hears of it.
    async fn wrong_proof(&mut self) {
        self.house.counters().note(Deed::FailedSignIn);
        if let Some(attempt) = self.guess.take() {
            attempt.was_wrong(&self.house).await;
        }
    }

    async fn tokens(&mut self, username: String, mechanism: Mechanism) {
        // A token has 256 random bits: nobody guesses one, and old ones in the phones of a whole convention behind one
        // address must not lock anybody out. So failures are not counted here.
        self.guess = None;
        let (now, key) = (self.house.clock().now(), self.house.key().clone());
        let compared = move |reader: &mut Reader<'_>| {
            accounts::compared(reader, &key, &username, purpose(mechanism), now)
        };
        match self.house.db().glance(compared).await {
            Ok(Compared { known, tokens }) => {
                self.known = known.map(|(account, devices)| {
                    let uses = devices.iter().map(|device| (device.id, Some(device.last_seen_at)));
                    Box::new(Known { account, uses: uses.collect() })
                });
                let token = |(id, secret): (i64, String)| Token {
                    id: id.to_string().into(),
                    secret: secret.into(),
                    mechanism,
                    count: None,
                };
                self.stream.tokens(&tokens.into_iter().map(token).collect::<Vec<_>>());
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    async fn welcome(&mut self, signed_in: SignedIn) {
        let guess = self.guess.take().filter(|_| matches!(signed_in.by, By::Password(_)));
        let right = guess.map(|attempt| attempt.was_right());
        self.house.counters().note(Deed::SignIn);
        if !self.finds_a_place(&signed_in.username).await {
            tracing::warn!(target: "net", "all places for members are taken");
            return self.stream.refuse(SaslCondition::TemporaryAuthFailure);
        }
        let name = signed_in
            .user_agent
            .as_ref()
            .and_then(|agent| agent.software.clone().or(agent.device.clone()));
        let wanted = signed_in.wants_token;
        let by = match means(&signed_in) {
            Ok(by) => by,
            Err(refusal) => return self.refuse(&refusal),
        };
        let known = self.known.as_ref();
        let Some(known) = known.filter(|known| known.account.localpart == signed_in.username)
        else {
            return self.refuse(&SIGNED_OUT);
        };
        let is_notable = right.as_ref().is_some_and(Right::is_notable);
        let is_noted = !is_notable && known.is_noted(by, self.house.clock().now());
        if wanted.is_none() && !gives_back(&signed_in) && is_noted {
            self.signed_in_by = Some(by);
            return self.stream.welcome(None);
        }
        let key = self.house.key().clone();
        let noted = signed_in.clone();
        let welcomed = self
            .house
            .db()
            .write(move |tx| {
                let account = accounts::by_localpart(tx, &noted.username)?.ok_or(SIGNED_OUT)?;
                note_use(tx, &account, &noted, by)?;
                right.iter().try_for_each(|right| right.note(tx))?;
                let Some(mechanism) = wanted else { return Ok(None) };
                let name = name.as_deref().unwrap_or("XMPP");
                let device = match by {
                    SignedInBy::AppPassword(id) => {
                        accounts::new_device(tx, account.id, name, DeviceKind::Xmpp, Some(id))?
                    }
                    // The same device goes on, its term begins anew with each use: a token of another, got by a token, would
                    // outlive the end of what let both in. Whoever gives his token back signs in by password.
                    SignedInBy::Device(id) => match accounts::device(tx, id)? {
                        Some(device) => device,
                        None => return Ok(None),
                    },
                };
                let what = purpose(mechanism);
                let token = accounts::device_token(&key, device.id, device.generation, what);
                let expiry = tx.now().plus_days(TOKEN_DAYS).to_xep_0082();
                Ok(Some(NewToken { token, expiry }))
            })
            .await;
        match welcomed {
            Ok(token) => {
                self.signed_in_by = Some(by);
                self.stream.welcome(token);
            }
            Err(refusal) if is_only_unnoted(&refusal, &signed_in) => {
                self.signed_in_by = Some(by);
                self.stream.welcome(None);
            }
            Err(refusal) => self.refuse(&refusal),
        }
    }

    /// Strangers who sign in get a member's place; the last ones are for admins.
    async fn finds_a_place(&self, username: &str) -> bool {
        let Some(place) = &self.place else { return true };
        if place.settle(username, false) {
            return true;
        }
        let name = username.to_owned();
        let account = self.house.db().read(move |r| accounts::by_localpart(r, &name)).await;
        let Ok(Some(account)) = account else { return false };
        let is_admin = is_admin(&self.house, &account).await.unwrap_or_default();
        is_admin && place.settle(username, true)
    }

    async fn resume(&mut self, username: &str, previd: &str, h: u32) {
        let Some(by) = self.signed_in_by else { return self.stream.not_resumed(None) };
        match self.house.resume(username, previd, h, by).await {
            Resumed::Yes(seat, sm) => {
                // XEP-0352 §5.2: a resumed client says anew that nobody looks.
                seat.mailbox.set_inactive(false);
                flows::push::looked(&self.house, seat.session.account).await;
                flows::offline::resumed(&self.house, &seat).await;
                self.known = None;
                self.seat = Some(seat);
                self.stream.resumed(*sm);
            }
            Resumed::TooHigh(sm) => self.stream.resumed(*sm), // it says so, and ends
            Resumed::No(handled) => self.stream.not_resumed(handled),
        }
    }

    /// Stream management begins (XEP-0198 §3). Among several nodes all of them know from where on what is sent counts: what
    /// was there before is written first.
    async fn manage(&mut self, request: SmRequest) {
        let seat = self.seat.clone().filter(|_| request.resume && self.house.is_one_of_several());
        if let Some(seat) = seat {
            let managed = Happening::Managed(seat.session.id, request.id.to_string());
            match self.house.happens(managed).await {
                Ok(effect) => self.take_up_to(&seat, effect.waiting, usize::MAX),
                Err(refusal) => {
                    tracing::info!(target: "net", code = refusal.code, "a session cannot be resumed later");
                    return self.stream.managed(0);
                }
            }
        }
        self.stream.managed(RESUME_SECS);
    }

    async fn bind(&mut self, bind: Bind) {
        let (carbons, is_inactive) = (bind.carbons, bind.is_inactive);
        let resumable = bind.sm.filter(|sm| sm.resume).map(|sm| sm.id.to_string());
        let is_managed = resumable.is_some();
        let wishes = Wishes { carbons, resumable, is_inactive };
        let account = self.known.as_ref().map(|known| known.account.clone());
        let Some((by, account)) = self.signed_in_by.zip(account) else {
            return self.stream.bind_refused(&NOT_ALLOWED);
        };
        let owner = archive::Owner::Account(account.id);
        let is_bind2 = bind.is_bind2;
        // XEP-0386 §3.2: what lies in the archive at this moment comes by no other way.
        let ends = move |reader: &mut Reader<'_>| {
            Ok(is_bind2.then(|| archive::ends(reader, owner).ok()).flatten())
        };
        match self.house.enter(account, &bind.resource, by, wishes, ends).await {
            Ok((seat, ends)) => {
                self.known = None;
                if is_bind2 {
                    seat.set_reads_archive();
                }
                let mut bound = Bound::new(seat.jid.clone());
                if is_managed {
                    bound.resume_secs = RESUME_SECS;
                }
                bound.extra.extend(ends);
                self.seat = Some(seat);
                self.stream.bound(bound);
            }
            Err(refusal) => {
                tracing::info!(target: "net", code = refusal.code, "a session could not be bound");
                self.stream.bind_refused(&NOT_ALLOWED);
            }
        }
    }

    /// Lets the session be found by its name as soon as it has one.
    fn note_managed_session(&mut self) {
        if let (Some(seat), Some(sm)) = (&self.seat, self.stream.sm())
            && sm.may_resume
        {
            self.house.may_resume(seat, &sm.id);
        }
    }

    fn refuse(&mut self, refusal: &Refusal) {
        let condition = match refusal.kind {
            Kind::NotNow | Kind::Broken => SaslCondition::TemporaryAuthFailure,
            _ => SaslCondition::NotAuthorized,
        };
        let language = Language::of(self.stream.lang());
        let sentence = words::of(refusal.code, language);
        let sentence = sentence.map(|sentence| (sentence, language.tag()));
        self.stream.refuse_saying(condition, sentence);
    }
}
