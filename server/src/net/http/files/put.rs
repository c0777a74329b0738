//! A whole file is put where it was promised (XEP-0363 §7).

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use konvent_core::Answer;
use konvent_files::blobs::Incoming;
use konvent_files::upload::{
    ALREADY_THERE, File, State as Progress, UNKNOWN, WRONG_SECRET, WRONG_SIZE, WRONG_TYPE, may_put,
};

use super::{silent, take_in};
use crate::faces::Problem;
use crate::flows::upload;
use crate::house::House;

/// `PUT /files/{key}/{name}`
pub(super) async fn put(
    State(house): State<Arc<House>>,
    Path((key, name)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let secret = text(&headers, header::AUTHORIZATION).and_then(|value| value.split_once(' '));
    let secret = secret.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let (_, secret) = secret.ok_or(WRONG_SECRET)?;
    // Before anything is looked up: whoever has no secret learns nothing.
    if !may_put(house.key(), &key, secret.trim()) {
        return Err(WRONG_SECRET.into());
    }
    let promised = upload::look_up(&house, key.clone()).await?;
    fits(&promised, &name, &headers)?;
    let place = house.arrivals().place(&promised)?;
    let file = upload::begin(&house, key).await?;
    let draft = format!("{:x}-{:016x}.put", file.id, u64::from_be_bytes(house.random().bytes()));
    let mut incoming = Incoming::begin(&house.arrivals().blobs.arrivals(), &draft).await?;
    // Given back before the draft goes: whoever sees that it is gone finds the place free.
    let _place = place;
    take_in(body, &mut incoming, file.size).await?;
    if incoming.size() != file.size {
        return Err(WRONG_SIZE.into());
    }
    upload::put_away(&house, file, incoming).await?;
    Ok(silent(StatusCode::CREATED))
}

/// Whether what is about to come is what was promised.
fn fits(file: &File, name: &str, headers: &HeaderMap) -> Answer<()> {
    if file.is_resumable || file.name != name {
        return Err(UNKNOWN);
    }
    if file.state != Progress::Promised {
        return Err(ALREADY_THERE);
    }
    // XEP-0363 §7: another length must be refused, another type should be. Only the type itself is compared, not its parameters.
    if let Some(length) = text(headers, header::CONTENT_LENGTH)
        && length.parse() != Ok(file.size)
    {
        return Err(WRONG_SIZE);
    }
    let essence =
        |kind: &str| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (&file.media_type, text(headers, header::CONTENT_TYPE)) {
        (Some(promised), Some(said)) if essence(promised) != essence(said) => Err(WRONG_TYPE),
        _ => Ok(()),
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `OPTIONS /files/{key}/{name}`: web clients of other houses may fetch and put (CORS), without any cookie.
pub(super) async fn options() -> Response {
    let mut response = silent(StatusCode::NO_CONTENT);
    let headers = response.headers_mut();
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, PUT, OPTIONS"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, range, if-range"),
        (header::ACCESS_CONTROL_MAX_AGE, "7200"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
