//! Files in pieces for our own client: tus 1.0.0, the core with creation, expiration and termination.
//!
//! Whoever is signed in by the cookie may send; what a foreign page makes a browser send is refused by its origin
//! ([`super::super::guard::same_origin`]) and for lack of `Tus-Resumable`, which no form can set. Left out: concatenation,
//! checksums (the whole file is hashed), creation with upload.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{head, post};
use konvent_core::{Answer, Kind, Millis, Refusal};
use konvent_files::blobs::Incoming;
use konvent_files::upload::headers::metadata;
use konvent_files::upload::{BAD_REQUEST, File, State as Progress, UNKNOWN, Wish};

use super::super::guard::Member;
use super::{silent, take_in};
use crate::arrivals::Place;
use crate::faces::Problem;
use crate::flows::member::to_the_end;
use crate::flows::upload;
use crate::house::House;

/// The version of tus that is spoken here.
const VERSION: &str = "1.0.0";
/// What is spoken beside the core.
const EXTENSIONS: &str = "creation,expiration,termination";
/// The type that a piece must have.
const PIECE: &str = "application/offset+octet-stream";

/// The piece does not begin where the last one ended.
const WRONG_OFFSET: Refusal = Refusal::new(Kind::Conflict, "upload.wrong-offset");

/// The routes, below `/api`.
pub(in super::super) fn routes() -> axum::Router<Arc<House>> {
    axum::Router::new()
        .route("/uploads", post(create).options(options))
        .route("/uploads/{key}", head(ask).patch(go_on).delete(give_up))
}

/// `OPTIONS /api/uploads`: what is spoken here.
async fn options(State(house): State<Arc<House>>) -> Response {
    let mut response = silent(StatusCode::NO_CONTENT);
    tell(&mut response, "tus-extension", EXTENSIONS);
    tell(&mut response, "tus-max-size", &house.config().files.size_max.to_string());
    in_our_version(response)
}

/// `POST /api/uploads`: promises a place. The body names the address under which the whole file will be fetched.
async fn create(
    State(house): State<Arc<House>>,
    member: Member,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !speaks_our_version(&headers) {
        return Ok(other_version());
    }
    let size = text(&headers, "upload-length").and_then(|size| size.parse().ok());
    let said = text(&headers, "upload-metadata").unwrap_or_default();
    let wish = Wish {
        account: member.account.id,
        person: member.account.person,
        name: metadata(said, "filename").unwrap_or_default(),
        size: size.ok_or(BAD_REQUEST)?,
        media_type: metadata(said, "filetype"),
        room: metadata(said, "room"),
        is_resumable: true,
    };
    let file = upload::promise(&house, wish).await?;
    let url = format!("{}{}", house.public_url(), file.path());
    let mut response =
        (StatusCode::CREATED, Json(serde_json::json!({ "url": url }))).into_response();
    tell(&mut response, "location", &format!("/api/uploads/{}", file.key));
    expiring(&mut response, file.expires_at);
    Ok(in_our_version(response))
}

/// `HEAD /api/uploads/{key}`: how far it has come.
async fn ask(
    State(house): State<Arc<House>>,
    member: Member,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !speaks_our_version(&headers) {
        return Ok(other_version());
    }
    let file = own(&house, &member, key).await?;
    let offset = match file.state {
        Progress::Stored => file.size,
        Progress::Promised | Progress::PutAway => {
            std::fs::metadata(house.arrivals().parts(&file)).map_or(0, |parts| parts.len())
        }
    };
    let mut response = silent(StatusCode::OK);
    tell(&mut response, "upload-offset", &offset.to_string());
    tell(&mut response, "upload-length", &file.size.to_string());
    expiring(&mut response, file.expires_at);
    Ok(in_our_version(response))
}

/// `PATCH /api/uploads/{key}`: the next piece. What of it arrives stays, however the connection ends.
async fn go_on(
    State(house): State<Arc<House>>,
    member: Member,
    Path(key): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !speaks_our_version(&headers) {
        return Ok(other_version());
    }
    if text(&headers, "content-type") != Some(PIECE) {
        return Ok(silent(StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let offset: u64 =
        text(&headers, "upload-offset").and_then(|at| at.parse().ok()).ok_or(BAD_REQUEST)?;
    let found = own(&house, &member, key).await?;
    // One connection at a time; the other is told to wait for it (tus: 423).
    let place = match house.arrivals().place(&found) {
        Err(refusal) if refusal == crate::arrivals::BUSY => return Ok(silent(StatusCode::LOCKED)),
        place => place?,
    };
    let file = upload::begin(&house, found.key).await?;
    let expires_at = file.expires_at;
    // Not dropped when the connection breaks: the piece is written to its end before another one may begin.
    let offset =
        to_the_end(async move { take_piece(&house, file, place, body, offset).await }).await?;
    let mut response = silent(StatusCode::NO_CONTENT);
    tell(&mut response, "upload-offset", &offset.to_string());
    expiring(&mut response, expires_at);
    Ok(in_our_version(response))
}

async fn take_piece(
    house: &Arc<House>,
    file: File,
    _place: Place,
    body: Body,
    offset: u64,
) -> Answer<u64> {
    let arrivals = house.arrivals().blobs.arrivals();
    let mut incoming = Incoming::resume(&arrivals, &file.parts()).await?;
    if incoming.size() != offset {
        return Err(WRONG_OFFSET);
    }
    let taken = take_in(body, &mut incoming, file.size).await;
    if taken.is_ok() && incoming.size() == file.size {
        upload::put_away(house, file.clone(), incoming).await?;
        return Ok(file.size);
    }
    let so_far = incoming.pause().await?;
    upload::rest(house, file, so_far.saturating_sub(offset)).await?;
    taken.map(|()| so_far)
}

/// `DELETE /api/uploads/{key}`: the sender thought better of it.
async fn give_up(
    State(house): State<Arc<House>>,
    member: Member,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if !speaks_our_version(&headers) {
        return Ok(other_version());
    }
    upload::give_up(&house, member.account.id, key).await?;
    Ok(in_our_version(silent(StatusCode::NO_CONTENT)))
}

/// The file with this key, if it is this member's and comes in pieces. Another's is as unknown as none.
async fn own(house: &Arc<House>, member: &Member, key: String) -> Answer<File> {
    let file = upload::look_up(house, key).await?;
    let is_own = file.account == Some(member.account.id) && file.is_resumable;
    if is_own { Ok(file) } else { Err(UNKNOWN) }
}

fn speaks_our_version(headers: &HeaderMap) -> bool {
    text(headers, "tus-resumable") == Some(VERSION)
}

fn other_version() -> Response {
    let mut response = silent(StatusCode::PRECONDITION_FAILED);
    tell(&mut response, "tus-version", VERSION);
    response
}

fn in_our_version(mut response: Response) -> Response {
    tell(&mut response, "tus-resumable", VERSION);
    tell(&mut response, "tus-version", VERSION);
    response
}

fn expiring(response: &mut Response, at: Option<Millis>) {
    let Some(at) = at.and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok()) else { return };
    tell(response, "upload-expires", &at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
}

fn text<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn tell(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
}
