//! For whoever runs the server: is it alive, is it ready, and figures in the text format of Prometheus 0.0.4.
//!
//! Figures name nobody and count only what the house knows anyway. They are shown to programs of this machine, and to those
//! that know the word of the settings.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konvent_people::accounts::{self, Which};
use sha2::{Digest as _, Sha256};

use crate::house::House;

/// `GET /healthz`: the process runs and answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the storage answers, and the house is not about to close.
pub(super) async fn readyz(State(house): State<Arc<House>>) -> (StatusCode, &'static str) {
    if house.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "closing\n");
    }
    match house.db().read(|reader| accounts::count(reader, Which::Locked)).await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(refusal) => {
            tracing::error!(target: "net", cause = refusal.chain(), "the storage does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "storage\n")
        }
    }
}

/// `GET /metrics`
pub(super) async fn metrics(
    State(house): State<Arc<House>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !may_see(&house, from, &headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let counted = house
        .db()
        .read(|reader| {
            Ok((accounts::count(reader, Which::Open)?, accounts::count(reader, Which::Locked)?))
        })
        .await;
    let (sessions, online) = {
        let hall = house.hall();
        (hall.all().count(), hall.one_session_each().len())
    };
    let mut text = String::new();
    let mut say = |name: &str, kind: &str, help: &str, value: String| {
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"); // a string takes all
    };
    say(
        "konvent_storage_up",
        "gauge",
        "Whether the storage answers.",
        u8::from(counted.is_ok()).to_string(),
    );
    if let Ok((open, locked)) = counted {
        say("konvent_accounts", "gauge", "Open accounts.", open.to_string());
        say("konvent_accounts_locked", "gauge", "Locked accounts.", locked.to_string());
    }
    say(
        "konvent_sessions",
        "gauge",
        "Bound sessions, waiting ones included.",
        sessions.to_string(),
    );
    say("konvent_accounts_online", "gauge", "Accounts with a session.", online.to_string());
    say(
        "konvent_draining",
        "gauge",
        "Whether the house is about to close.",
        u8::from(house.is_draining()).to_string(),
    );
    if let Some(process) = Process::look() {
        say(
            "process_resident_memory_bytes",
            "gauge",
            "Resident memory.",
            process.resident_bytes.to_string(),
        );
        say("process_open_fds", "gauge", "Open file handles.", process.open_files.to_string());
        say("process_threads", "gauge", "Threads.", process.threads.to_string());
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Programs of this machine that no proxy stands before, and whoever knows the word.
fn may_see(house: &House, from: SocketAddr, headers: &HeaderMap) -> bool {
    let is_direct = !headers.contains_key("x-forwarded-for") && !headers.contains_key("forwarded");
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let said = said.and_then(|value| value.strip_prefix("Bearer "));
    // Hashes of both, so that the time it takes says nothing about where they begin to differ.
    let knows =
        house.config().operations.metrics_token.as_deref().zip(said).is_some_and(|(word, said)| {
            !word.is_empty() && Sha256::digest(word) == Sha256::digest(said)
        });
    (from.ip().is_loopback() && is_direct) || knows
}

/// What Linux tells of our own process.
struct Process {
    resident_bytes: u64,
    open_files: usize,
    threads: u64,
}

impl Process {
    fn look() -> Option<Self> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        Some(Self {
            resident_bytes: number("VmRSS:")?.saturating_mul(1024),
            open_files: std::fs::read_dir("/proc/self/fd").ok()?.count(),
            threads: number("Threads:")?,
        })
    }
}
