//! Signing in with a code or a password, and signing out.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use konvent_people::accounts::{self, SignedIn, TOKEN_DAYS};
use serde::Deserialize;

use super::guard::{COOKIE, Member, Said, device_name, source};
use crate::faces::Problem;
use crate::flows::member::{self, to_the_end};
use crate::flows::password;
use crate::hall::SignedInBy;
use crate::house::House;

/// A code as typed or scanned, and the year of birth that a letter's code asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    code: String,
    birth_year: Option<i32>,
}

/// `POST /api/sign-in`
pub(super) async fn sign_in(
    State(house): State<Arc<House>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Said(asked): Said<Asked>,
) -> Result<Response, Problem> {
    let source = source(&house, from, &headers).to_string();
    let signed_in =
        member::sign_in(&house, asked.code, asked.birth_year, source, device_name(&headers))
            .await?;
    welcome(&house, &signed_in)
}

/// Address and password of an account outside the directory.
#[derive(Deserialize)]
pub(super) struct Known {
    address: String,
    password: String,
}

/// `POST /api/sign-in/password`
pub(super) async fn with_password(
    State(house): State<Arc<House>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Said(known): Said<Known>,
) -> Result<Response, Problem> {
    let Known { address, password } = known;
    let source = source(&house, from, &headers).to_string();
    let device = device_name(&headers);
    let signed_in = password::sign_in(&house, &address, password, source, device).await?;
    welcome(&house, &signed_in)
}

/// Who has signed in, and the cookie of the new device.
fn welcome(house: &House, signed_in: &SignedIn) -> Result<Response, Problem> {
    let device = &signed_in.device;
    let token = accounts::device_token(house.key(), device.id, device.generation, "cookie");
    let jid = house.domain().account(&signed_in.account.localpart)?;
    let body = Json(serde_json::json!({ "jid": jid.as_str(), "name": signed_in.account.name }));
    let mut response = body.into_response();
    set_cookie(house.is_reached_by_https(), &mut response, &token, TOKEN_DAYS * 86_400);
    Ok(response)
}

/// `DELETE /api/session`: this device is signed out, its open connections end.
pub(super) async fn sign_out(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Response, Problem> {
    let (account, device) = (member.account.id, member.device.id);
    let is_secure = house.is_reached_by_https();
    to_the_end(async move {
        house.db().write(move |tx| accounts::revoke_device(tx, account, device)).await?;
        house.end_sessions(account, Some(SignedInBy::Device(device)));
        Ok(())
    })
    .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(is_secure, &mut response, "", 0);
    Ok(response)
}

fn set_cookie(is_secure: bool, response: &mut Response, token: &str, max_age_secs: i64) {
    // Over plain HTTP (the demo on this machine) browsers would drop a cookie marked Secure.
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_secs}{secure}"
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
