//! `GET /api/my-data`: everything that is kept of whoever asks, as a ZIP archive that is written while it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    let place = house.take_along().place(member.account.id)?;
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let name = format!("{}.zip", member.account.localpart);
    let is_whole = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&is_whole);
    tokio::task::spawn_blocking(move || {
        let _place = place;
        // The end is not seen before it is said what kind of end it is.
        let _open = sender.clone();
        match take_along::write_all(&house, &member.account, sender) {
            Ok(()) => ended.store(true, Ordering::Release),
            Err(refusal) => {
                tracing::info!(target: "take-along", cause = refusal.chain(), "was broken off");
            }
        }
    });
    let chunks = stream::unfold((receiver, is_whole), |(mut receiver, is_whole)| async {
        let chunk: std::io::Result<Vec<u8>> = match receiver.recv().await {
            Some(chunk) => chunk,
            None if is_whole.load(Ordering::Acquire) => return None,
            // The connection breaks, so that nobody takes the half for the whole.
            None => Err(std::io::ErrorKind::UnexpectedEof.into()),
        };
        Some((chunk, (receiver, is_whole)))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}
