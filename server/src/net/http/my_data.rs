//! `GET /api/my-data`: everything that is kept of whoever asks, as a ZIP archive that is written while it is sent.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use tokio::sync::mpsc;

use super::guard::Member;
use crate::faces::Problem;
use crate::flows::take_along;
use crate::house::House;

/// Chunks that wait for a slow line: they bound the memory of one answer.
const CHUNKS: usize = 4;

/// Begins the archive.
pub(super) async fn fetch(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Response, Problem> {
    let place = house.take_along().try_acquire_owned().map_err(|_| take_along::BUSY)?;
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let name = format!("{}.zip", member.account.localpart);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        let ending = sender.clone();
        if let Err(refusal) = take_along::write_all(&house, &member.account, sender) {
            // The connection breaks, so that nobody takes the half for the whole.
            let _ = ending.blocking_send(Err(std::io::Error::other(refusal.code))); // or he is gone
            tracing::info!(target: "take-along", cause = refusal.chain(), "was broken off");
        }
    });
    let chunks = stream::unfold(receiver, |mut receiver: mpsc::Receiver<_>| async {
        let chunk = receiver.recv().await?;
        Some((chunk, receiver))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}
