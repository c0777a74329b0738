//! Certificates by an authority (RFC 8555): got at the first start, renewed in time, in use without a restart.
//!
//! [`when`] says when it is time, `order` talks with the authority, [`door`] shows it that the names lead to us (HTTP-01,
//! RFC 8555 §8.3), [`words`] says what to do when it refuses. The account's key lies in `keys`, the certificate with its key
//! in `tls/acme.pem`; what went wrong stands in `tls/acme.json` and outlives a restart, so that no authority is asked more
//! often than it likes.
//!
//! Left out: proofs by DNS and by TLS-ALPN, and several nodes: those take a certificate from files.

pub mod door;
mod order;
pub mod when;
pub mod words;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use konvent_core::config::{self, Config};
use konvent_core::{Answer, Kind, Millis, Refusal};
use serde::{Deserialize, Serialize};

use crate::house::House;
use crate::keys;

/// No certificate came of it; the cause says in German why and what to do.
pub const NO_CERTIFICATE: Refusal = Refusal::new(Kind::Broken, "acme.no-certificate");

/// How often the certificate in use is looked at, in seconds.
const LOOK_EVERY_SECS: i64 = 60;

/// One attempt takes no longer, in seconds: an authority that never answers must not stop the next one.
const ATTEMPT_SECS: u64 = 600;

/// Where the certificate lies, together with its key.
pub fn certificate_file(data: &Path) -> PathBuf {
    data.join("tls").join("acme.pem")
}

/// What outlives a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// Attempts in a row that failed.
    pub failures: u32,
    /// Not before this moment again, in milliseconds since 1970.
    pub not_before: i64,
    /// What went wrong last, in German.
    pub trouble: Option<String>,
}

/// The house's side of it.
#[derive(Debug)]
pub struct Acme {
    settings: config::Acme,
    names: Vec<String>,
    data: PathBuf,
    /// What the authority finds at our door: answers by token (RFC 8555 §8.1).
    answers: Mutex<HashMap<String, String>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    past: Past,
    next_look: Millis,
    is_under_way: bool,
}

impl Acme {
    /// As the settings have it; `None` where nobody has accepted an authority's terms.
    pub fn open(config: &Config) -> Option<Arc<Self>> {
        let settings = config.acme.clone();
        if !settings.accept_terms {
            return None;
        }
        let own = [
            config.domain.clone(),
            config.rooms_service(),
            config.upload_service(),
            config.pubsub_service(),
        ];
        let mut names: Vec<String> = Vec::new();
        for name in own.into_iter().chain(settings.names.iter().cloned()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let past = std::fs::read(past_file(&config.data)).ok();
        let past = past.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Some(Arc::new(Self {
            settings,
            names,
            data: config.data.clone(),
            answers: Mutex::default(),
            state: Mutex::new(State { past, next_look: Millis(i64::MIN), is_under_way: false }),
        }))
    }

    /// The names that stand in the certificate.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How it went so far.
    pub fn past(&self) -> Past {
        self.state().past.clone()
    }

    /// The door of its own.
    pub fn listen(&self) -> &config::Listen {
        &self.settings.listen
    }

    /// What the authority asks for (RFC 8555 §8.3): the answer to a token that is under way.
    pub fn answer(&self, token: &str) -> Option<String> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks whether a certificate is due, and gets one beside everything else.
    pub fn time_passes(self: &Arc<Self>, house: &Arc<House>, now: Millis) {
        {
            let mut state = self.state();
            if state.is_under_way || now < state.next_look || now.0 < state.past.not_before {
                return;
            }
            state.next_look = now.plus_secs(LOOK_EVERY_SECS);
            if !when::is_due(&house.tls().certificate, &self.names, now) {
                return;
            }
            state.is_under_way = true;
        }
        let (acme, house) = (Arc::clone(self), Arc::clone(house));
        tokio::spawn(async move {
            let done = acme.attempt(&house).await;
            acme.note(&house, done);
        });
    }

    async fn attempt(&self, house: &Arc<House>) -> Answer<()> {
        tracing::info!(target: "acme", directory = self.settings.directory, names = self.names.join(" "), "a certificate is asked for");
        let limit = Duration::from_secs(ATTEMPT_SECS);
        let got = tokio::time::timeout(limit, order::obtain(self)).await;
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let pem = got.unwrap_or_else(|_| Err(NO_CERTIFICATE.because(words::TOO_SLOW)))?;
        let file = certificate_file(&self.data);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| NO_CERTIFICATE.because(error))?;
        }
        keys::write_secret(&file, pem.as_bytes())?;
        house.reload_tls().map(drop)
    }

    /// Writes down how it went.
    fn note(&self, house: &House, done: Answer<()>) {
        let mut state = self.state();
        state.is_under_way = false;
        match done {
            Ok(()) => {
                tracing::info!(target: "acme", "a new certificate is in use");
                state.past = Past::default();
            }
            Err(refusal) => {
                let trouble = refusal.chain();
                tracing::error!(target: "acme", cause = trouble, "no certificate was got; the old one stays in use");
                let failures = state.past.failures.saturating_add(1);
                let not_before = house.clock().now().plus_secs(when::wait_secs(failures)).0;
                state.past = Past { failures, not_before, trouble: Some(trouble) };
            }
        }
        let written =
            serde_json::to_vec(&state.past).map_err(|error| NO_CERTIFICATE.because(error));
        let file = past_file(&self.data);
        if let Err(refusal) = written.and_then(|bytes| keys::write_secret(&file, &bytes)) {
            tracing::warn!(target: "acme", cause = refusal.chain(), "how it went could not be written down");
        }
    }
}

fn past_file(data: &Path) -> PathBuf {
    data.join("tls").join("acme.json")
}
