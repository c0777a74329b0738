//! `/metrics`: figures in the text format of Prometheus 0.0.4, named by its rules (base units, `_total` for what only grows).
//!
//! Figures name nobody and count only what the house knows anyway. They are shown to programs of this machine, and to those
//! that know the word of the settings. Among several nodes each shows its own.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konvent_people::accounts::{self, Which};
use sha2::{Digest as _, Sha256};

use crate::acme::when;
use crate::counters::{Deed, Way};
use crate::faces;
use crate::house::House;
use crate::readiness;

/// `GET /metrics`
pub(super) async fn metrics(
    State(house): State<Arc<House>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !may_see(&house, from, &headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], page(&house).await).into_response()
}

/// All figures of a house at this moment.
pub async fn page(house: &House) -> String {
    let mut page = Page::default();
    people(&mut page, house).await;
    traffic(&mut page, house);
    abroad(&mut page, house);
    machine(&mut page, house).await;
    page.0
}

async fn people(page: &mut Page, house: &House) {
    let counted = house
        .db()
        .read(|reader| {
            Ok((accounts::count(reader, Which::Open)?, accounts::count(reader, Which::Locked)?))
        })
        .await;
    page.gauge("konvent_storage_up", "Whether the storage answers.", u8::from(counted.is_ok()));
    if let Ok((open, locked)) = counted {
        page.gauge("konvent_accounts", "Open accounts.", open);
        page.gauge("konvent_accounts_locked", "Locked accounts.", locked);
    }
    let (sessions, online) = {
        let hall = house.hall();
        (hall.all().count(), hall.one_session_each().len())
    };
    page.gauge("konvent_sessions", "Bound sessions, waiting ones included.", sessions);
    page.gauge("konvent_accounts_online", "Accounts with a session.", online);
    let signed_in = |deed| house.counters().of(deed);
    page.counters(
        "konvent_sign_ins_total",
        "Sign-ins over XMPP by what came of them.",
        [("accepted", Deed::SignIn), ("failed", Deed::FailedSignIn)]
            .map(|(result, deed)| (format!("result=\"{result}\""), signed_in(deed))),
    );
}

fn traffic(page: &mut Page, house: &House) {
    let counters = house.counters();
    let ways = |ways: [(&'static str, Way); 2]| {
        ways.into_iter().flat_map(|(peer, way)| {
            counters.stanzas(way).map(move |(name, count)| {
                (format!("peer=\"{peer}\",kind=\"{}\"", name.as_str()), count)
            })
        })
    };
    page.counters(
        "konvent_stanzas_received_total",
        "Stanzas that came from members' devices and from other servers.",
        ways([("client", Way::FromClient), ("server", Way::FromServer)]),
    );
    page.counters(
        "konvent_stanzas_sent_total",
        "Stanzas that went to members' devices and to other servers.",
        ways([("client", Way::ToClient), ("server", Way::ToServer)]),
    );
    page.counters(
        "konvent_archived_messages_total",
        "Messages given to the archive.",
        [(String::new(), counters.of(Deed::Archived))],
    );
    page.counters(
        "konvent_pushes_total",
        "Notifications to apps and browsers by what came of them.",
        [("delivered", Deed::Push), ("failed", Deed::FailedPush), ("gone", Deed::GonePush)]
            .map(|(result, deed)| (format!("result=\"{result}\""), counters.of(deed))),
    );
    page.counters(
        "konvent_refusals_total",
        "Requests of all kinds that were refused, by the kind of the refusal.",
        faces::counts().map(|(kind, count)| (format!("kind=\"{kind}\""), count)),
    );
}

fn abroad(page: &mut Page, house: &House) {
    let load = house.abroad().load();
    page.gauge(
        "konvent_s2s_waiting_stanzas",
        "Stanzas that other servers have not acknowledged yet.",
        load.letters,
    );
    page.gauge(
        "konvent_s2s_connected_routes",
        "Ways to other servers that a stream carries.",
        load.connected,
    );
    page.gauge(
        "konvent_s2s_waiting_routes",
        "Ways to other servers on which something waits for a stream.",
        load.waiting,
    );
}

async fn machine(page: &mut Page, house: &House) {
    page.gauge(
        "konvent_draining",
        "Whether the house is about to close.",
        u8::from(house.is_draining()),
    );
    let db = house.db().clone();
    if let Ok(Ok(nodes)) = tokio::task::spawn_blocking(move || db.nodes()).await {
        page.gauge("konvent_nodes", "Processes that form this service.", nodes.len().max(1));
    }
    if let Some(until) = when::ends_at(&house.tls().certificate) {
        page.gauge(
            "konvent_certificate_expiry_timestamp_seconds",
            "Until when the certificate in use is good, in seconds since 1970.",
            until,
        );
    }
    if let Some(free) = readiness::free_bytes(&house.config().data) {
        page.gauge("konvent_data_free_bytes", "Room on the disk of the data folder.", free);
    }
    if let Some(process) = Process::look() {
        page.gauge("process_resident_memory_bytes", "Resident memory.", process.resident_bytes);
        page.gauge("process_open_fds", "Open file handles.", process.open_files);
        page.gauge("process_threads", "Threads.", process.threads);
    }
}

/// The page as it grows.
#[derive(Default)]
struct Page(String);

impl Page {
    fn gauge(&mut self, name: &str, help: &str, value: impl std::fmt::Display) {
        self.head(name, "gauge", help);
        let _ = writeln!(self.0, "{name} {value}"); // a string takes all
    }

    /// What only grows, one line for each set of labels.
    fn counters(
        &mut self,
        name: &str,
        help: &str,
        counts: impl IntoIterator<Item = (String, u64)>,
    ) {
        self.head(name, "counter", help);
        for (labels, count) in counts {
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            let _ = writeln!(self.0, "{name}{labels} {count}");
        }
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }
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
