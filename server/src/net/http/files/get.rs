//! A file is fetched (RFC 9110): whole, in part, or only asked after.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use konvent_core::{Answer, Refusal};
use konvent_files::blobs::MISSING;
use konvent_files::upload::headers::{Asked, asked};
use konvent_files::upload::{File, names};

use super::silent;
use crate::faces::Problem;
use crate::flows::upload;
use crate::house::House;

/// How long browsers keep a copy, in seconds: what is under an address never changes, but a file may be struck.
const CACHED: &str = "private, max-age=86400, immutable";

/// `GET` and `HEAD /files/{key}/{name}`
pub(super) async fn fetch(
    State(house): State<Arc<House>>,
    Path((key, name)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let file = upload::to_fetch(&house, key, name).await?;
    let tag = tag(&file);
    let own = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if own(header::IF_NONE_MATCH)
        .is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    {
        return described(silent(StatusCode::NOT_MODIFIED), &file, &tag).map_err(Problem);
    }
    // RFC 9110 §13.1.5: a part only makes sense to who has the rest of the same file.
    let is_same = own(header::IF_RANGE).is_none_or(|known| known == tag);
    let wanted = own(header::RANGE).filter(|_| is_same);
    let (status, range) = match wanted.map_or(Asked::Whole, |range| asked(range, file.size)) {
        Asked::Whole => (StatusCode::OK, 0..file.size),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Nothing => {
            let mut response = silent(StatusCode::RANGE_NOT_SATISFIABLE);
            set(&mut response, header::CONTENT_RANGE, &format!("bytes */{}", file.size))?;
            return Ok(response);
        }
    };
    let mut response = if method == Method::HEAD {
        Response::new(Body::empty())
    } else {
        let blob = file.blob.as_ref().ok_or(MISSING)?;
        Response::new(Body::from_stream(house.arrivals().blobs.read(blob, range.clone()).await?))
    };
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_LENGTH, &(range.end - range.start).to_string())?;
    if status == StatusCode::PARTIAL_CONTENT {
        let of = format!("bytes {}-{}/{}", range.start, range.end - 1, file.size);
        set(&mut response, header::CONTENT_RANGE, &of)?;
    }
    described(response, &file, &tag).map_err(Problem)
}

/// What every answer about a file says of it.
fn described(mut response: Response, file: &File, tag: &str) -> Answer<Response> {
    let way = if file.kind.may_be_shown() { "inline" } else { "attachment" };
    // RFC 6266 §4.3: a name in plain letters for old programs, the true one for all others (RFC 8187).
    let saved = format!(
        "{way}; filename=\"{}\"; filename*=UTF-8''{}",
        names::in_ascii(&file.name),
        names::in_address(&file.name)
    );
    set(&mut response, header::CONTENT_TYPE, file.kind.media_type())?;
    set(&mut response, header::CONTENT_DISPOSITION, &saved)?;
    set(&mut response, header::ETAG, tag)?;
    set(&mut response, header::ACCEPT_RANGES, "bytes")?;
    set(&mut response, header::CACHE_CONTROL, CACHED)?;
    Ok(response)
}

fn set(response: &mut Response, name: header::HeaderName, value: &str) -> Answer<()> {
    let value = HeaderValue::from_str(value)
        .map_err(|error| Refusal::broken("upload.bad-header", error))?;
    response.headers_mut().insert(name, value);
    Ok(())
}

/// The strong validator of a file: its hash.
fn tag(file: &File) -> String {
    let hash = file.sha256.as_deref().unwrap_or_default();
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(hash))
}
