//! Files by HTTP: put, fetched, sent in pieces. This path is a world of its own below the house's address: what lies here was
//! written by somebody, so nothing of it may act in our name.
//!
//! * No cookie is looked at and none is set: the address is the key to fetch, a second secret the key to put.
//! * Every answer is sandboxed, is not sniffed and may not be framed; only pictures, sound and film whose first bytes say so
//!   are shown, everything else is saved ([`konvent_files::upload::kinds`]).
//! * Other web clients may fetch and put from their own pages (CORS), because nothing but the address opens anything.

mod get;
mod put;
pub(super) mod resumable;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderName, HeaderValue, Request, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::StreamExt as _;
use konvent_core::{Answer, Kind, Refusal};
use konvent_files::blobs::Incoming;
use konvent_files::upload::{PACE_BYTES_PER_SEC, WRONG_SIZE};

use crate::house::House;

/// How long an upload may stay silent.
const SILENCE: Duration = Duration::from_secs(30);
/// In every such stretch an upload must bring [`PACE_BYTES_PER_SEC`] on the average, whatever it brought before: whoever drips
/// holds a place that others need.
const PATIENCE: Duration = Duration::from_mins(1);

/// The bytes come too slowly, or no more.
const TOO_SLOW: Refusal = Refusal::new(Kind::BadRequest, "upload.too-slow");
/// The connection broke in the middle.
const CUT_OFF: Refusal = Refusal::new(Kind::BadRequest, "upload.cut-off");

/// Nothing that lies here is a page: no scripts, no forms, no frames, not even when somebody opens it directly.
const CONTENT_SECURITY_POLICY: &str = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The routes of the files, with headers of their own.
pub(super) fn routes() -> Router<Arc<House>> {
    Router::new()
        .route("/files/{key}/{name}", get(get::fetch).put(put::put).options(put::options))
        .layer(middleware::from_fn(in_a_sandbox))
}

async fn in_a_sandbox(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address is the key: nobody may learn it from where somebody went next.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        // Other web clients show pictures that were sent to their members; no cookie of ours goes with it.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "content-length, content-range, etag"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Takes the body in, no more than `size_max` bytes altogether.
///
/// # Errors
/// [`WRONG_SIZE`] as soon as there is one byte too many, [`TOO_SLOW`], [`CUT_OFF`]; what came before has been written.
async fn take_in(body: Body, incoming: &mut Incoming, size_max: u64) -> Answer<()> {
    if body.size_hint().lower() > size_max.saturating_sub(incoming.size()) {
        return Err(WRONG_SIZE);
    }
    let mut pace = Pace::from(Instant::now());
    let mut pieces = body.into_data_stream();
    loop {
        let piece = match tokio::time::timeout(SILENCE, pieces.next()).await {
            Err(_) => return Err(TOO_SLOW),
            Ok(None) => return Ok(()),
            Ok(Some(Err(error))) => return Err(CUT_OFF.because(error)),
            Ok(Some(Ok(piece))) => piece,
        };
        if incoming.size() + piece.len() as u64 > size_max {
            return Err(WRONG_SIZE);
        }
        incoming.write(&piece).await?;
        if !pace.keeps_up(piece.len() as u64, Instant::now()) {
            return Err(TOO_SLOW);
        }
    }
}

/// How fast the bytes come, judged over one stretch of [`PATIENCE`] after the other.
#[derive(Debug)]
struct Pace {
    since: Instant,
    bytes: u64,
}

impl Pace {
    /// Begins to count.
    const fn from(since: Instant) -> Self {
        Self { since, bytes: 0 }
    }

    /// So many more have come by now; false: the stretch that ends with them was too slow.
    fn keeps_up(&mut self, bytes: u64, now: Instant) -> bool {
        self.bytes += bytes;
        let stretch = now.duration_since(self.since);
        if stretch < PATIENCE {
            return true;
        }
        let is_enough = self.bytes >= stretch.as_secs() * PACE_BYTES_PER_SEC;
        *self = Self::from(now);
        is_enough
    }
}

/// An answer without words.
fn silent(status: StatusCode) -> Response {
    status.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_fast_once_may_not_drip_for_ever() {
        let began = Instant::now();
        let mut pace = Pace::from(began);
        let at = |secs| began + Duration::from_secs(secs);
        assert!(pace.keeps_up(2_000_000_000, at(1)), "almost all of it at once");
        assert!((1..=3).all(|turn| pace.keeps_up(1, at(29 * turn))), "the stretch began well");
        assert!((4..=5).all(|turn| pace.keeps_up(1, at(29 * turn))), "this one is not over");
        assert!(!pace.keeps_up(1, at(29 * 6)), "three bytes in a minute and a half");
    }

    #[test]
    fn a_slow_line_is_not_cut() {
        let began = Instant::now();
        let mut pace = Pace::from(began);
        let slow = |secs| began + Duration::from_secs(secs);
        assert!((1..=600).all(|secs| pace.keeps_up(PACE_BYTES_PER_SEC, slow(secs))));
    }
}
