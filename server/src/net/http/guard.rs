//! Who asks: the device behind the cookie, the admin, and whether a request comes from our own pages.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Request, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use konvent_core::{Answer, Kind, Refusal};
use konvent_people::accounts::{self, Account, Device};

use super::serve::Visitor;
use crate::faces::Problem;
use crate::flows;
use crate::house::{House, SIGNED_OUT};
use crate::net::places::Source;

/// The name of the cookie. It holds a token that is derived, never stored.
pub(super) const COOKIE: &str = "konvent";

/// A request that another site made the browser send.
const FOREIGN_ORIGIN: Refusal = Refusal::new(Kind::NotAllowed, "http.foreign-origin");

/// This needs an office, or the technical admin of the settings.
pub(super) const NOT_AN_ADMIN: Refusal = Refusal::new(Kind::NotAllowed, "http.not-an-admin");

/// A signed-in device and its account.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) device: Device,
    pub(super) account: Account,
}

impl FromRequestParts<Arc<House>> for Member {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        let cookie = cookie(&parts.headers).ok_or(SIGNED_OUT)?.to_owned();
        let (key, now) = (house.key().clone(), house.clock().now());
        let found = house
            .db()
            .read(move |reader| accounts::device_by_cookie(reader, &key, &cookie, now))
            .await?;
        let (device, account) = found.ok_or(SIGNED_OUT)?;
        // A member's connection is not driven out by strangers. Without a member's place it is served like theirs.
        if let Some(visitor) = parts.extensions.get::<Visitor>()
            && !visitor.place.settle(&account.localpart, false)
            && is_admin(house, &account).await?
        {
            visitor.place.settle(&account.localpart, true);
        }
        Ok(Self { device, account })
    }
}

/// A member who may do what an import or a letter needs.
#[derive(Debug)]
pub(super) struct Admin(pub(super) Member);

impl FromRequestParts<Arc<House>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        let member = Member::from_request_parts(parts, house).await?;
        if is_admin(house, &member.account).await? {
            Ok(Self(member))
        } else {
            Err(NOT_AN_ADMIN.into())
        }
    }
}

/// The request's body is not the JSON that was asked for.
const BAD_BODY: Refusal = Refusal::new(Kind::BadRequest, "http.bad-body");

/// A body of JSON; a broken one is answered like everything else, as a problem with a code.
#[derive(Debug)]
pub(super) struct Said<T>(pub(super) T);

impl<T: serde::de::DeserializeOwned> FromRequest<Arc<House>> for Said<T> {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, house: &Arc<House>) -> Result<Self, Problem> {
        match Json::<T>::from_request(request, house).await {
            Ok(Json(said)) => Ok(Self(said)),
            Err(rejection) => Err(BAD_BODY.because(rejection).into()),
        }
    }
}

/// Whether this account is that of the technical admin named in the settings.
pub(crate) async fn is_admin(house: &Arc<House>, account: &Account) -> Answer<bool> {
    let (house, account) = (Arc::clone(house), account.clone());
    let asked = Arc::clone(&house);
    house.db().read(move |reader| flows::admins::is_admin(&asked, reader, &account)).await
}

/// The value of our cookie.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Refuses changes that another site's page asks for; the cookie is `SameSite=Strict` besides.
pub(super) async fn same_origin(request: Request<Body>, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !is_own(request.headers()) {
        return Problem(FOREIGN_ORIGIN).into_response();
    }
    next.run(request).await
}

/// Whether the page behind a request is one of ours. Programs that are no browsers send neither header.
fn is_own(headers: &HeaderMap) -> bool {
    let text =
        |name| headers.get(name).and_then(|value: &axum::http::HeaderValue| value.to_str().ok());
    match (text(header::ORIGIN), text(header::HOST)) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, from)| from == host)
        }
        (Some(_), None) => false,
    }
}

/// From where a request comes: its connection, or what our own proxy says of it. Anybody could write the header, so it
/// counts only from this machine and when the settings say so, and only its last entry, which the proxy itself wrote.
pub(super) fn source(house: &House, from: SocketAddr, headers: &HeaderMap) -> Source {
    let own_proxy = house.config().behind_proxy && from.ip().is_loopback();
    let named = headers.get_all("x-forwarded-for").iter().next_back();
    let named = named.filter(|_| own_proxy).and_then(|value| value.to_str().ok());
    let last = named.and_then(|list| list.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    Source::of(last.unwrap_or(from.ip()))
}

/// What the device calls itself, in words that its owner recognises in the list of devices.
pub(super) fn device_name(headers: &HeaderMap) -> String {
    let agent =
        headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let find = |names: &[(&str, &'static str)]| {
        names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name)
    };
    let browser = find(&[
        ("Firefox", "Firefox"),
        ("Edg", "Edge"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ]);
    let system = find(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} ({system})"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "Browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; konvent=12.abc; b=2"));
        assert_eq!(cookie(&headers), Some("12.abc"));
        headers.insert(header::COOKIE, HeaderValue::from_static("konventional=1"));
        assert_eq!(cookie(&headers), None);
    }

    #[test]
    fn another_sites_page_may_not_change_anything() {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("verona.example:8080"));
        assert!(is_own(&headers));
        headers.insert(header::ORIGIN, HeaderValue::from_static("http://verona.example:8080"));
        assert!(is_own(&headers));
        headers.insert(header::ORIGIN, HeaderValue::from_static("https://mantua.example"));
        assert!(!is_own(&headers));
    }

    #[test]
    fn a_device_is_named_so_that_its_owner_knows_it() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::USER_AGENT,
            HeaderValue::from_static(
                "Mozilla/5.0 (Linux; Android 9) Chrome/120 Mobile Safari/537.36",
            ),
        );
        assert_eq!(device_name(&headers), "Chrome (Android)");
    }
}
