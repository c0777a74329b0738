//! The HTTP face: the web client's files, sign-in, devices, app passwords, import, letters, and the WebSocket for XMPP.
//!
//! Handlers only translate; what happens stands in the flows and features. They live here and not in the feature folders
//! because most of them begin a flow that several features take part in (docs/decisions).

mod account;
mod admin;
mod assets;
pub mod figures;
mod files;
mod guard;
mod invitation;
mod letters;
mod markup;
mod my_data;
mod ops;
mod patience;
mod push;
mod reports;
mod retention;
mod serve;
mod sign_in;
mod websocket;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue, Request, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};

use crate::house::House;
pub(crate) use guard::is_admin;
pub use serve::serve;
pub(crate) use serve::serve_routes;
pub(crate) use websocket::{WEBSOCKET, socket_of};

/// The largest body of an ordinary request: names and codes, no files.
const BODY_MAX: usize = 64 * 1024;

/// The largest import: a member file of 370,000 rows has 72 MB.
const IMPORT_MAX: usize = 512 * 1024 * 1024;

/// All routes.
pub fn routes(house: Arc<House>) -> Router {
    let api = Router::new()
        .route("/sign-in", post(sign_in::sign_in))
        .route("/sign-in/password", post(sign_in::with_password))
        .route("/session", get(account::session).delete(sign_in::sign_out))
        .route("/app-passwords", get(account::app_passwords).post(account::make_app_password))
        .route("/app-passwords/{id}", delete(account::revoke_app_password))
        .route("/devices", get(account::devices))
        .route("/devices/{id}", delete(account::revoke_device))
        .route("/push", get(push::state).post(push::subscribe).delete(push::unsubscribe))
        .route("/push/news", get(push::news))
        .route("/push/levels", get(push::levels).post(push::set_level))
        .route("/rooms/{address}/picture", get(account::may_set_picture))
        .route("/my-data", get(my_data::fetch))
        .route("/my-reports", get(reports::own))
        .route("/reports", get(reports::all))
        .route("/reports/{id}", post(reports::deal))
        .route("/retention", get(retention::show))
        .route("/retention/holds", post(retention::hold))
        .route("/retention/holds/{id}/lift", post(retention::lift))
        .route("/letters", get(letters::ask).post(letters::print))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .merge(
            Router::new()
                .route("/import/plan", post(admin::plan))
                .route("/import/apply", post(admin::apply))
                .layer(DefaultBodyLimit::max(IMPORT_MAX)),
        )
        .merge(files::resumable::routes())
        .layer(middleware::from_fn(guard::same_origin));
    Router::new()
        .nest("/api", api)
        .route("/xmpp-websocket", get(websocket::upgrade))
        .route("/.well-known/host-meta", get(websocket::host_meta))
        .route("/.well-known/host-meta.json", get(websocket::host_meta_json))
        .route("/letters.css", get(letters::style))
        .route("/invitation.css", get(invitation::style))
        .route("/einladung/{token}", get(invitation::page))
        .route(crate::acme::door::PATH, get(crate::acme::door::answer))
        .route("/healthz", get(ops::healthz))
        .route("/readyz", get(ops::readyz))
        .route("/metrics", get(figures::metrics))
        .route("/assets/{*path}", get(assets::asset))
        .route("/{*path}", get(assets::top))
        .route("/", get(assets::index))
        .layer(middleware::from_fn(with_strict_headers))
        .layer(middleware::from_fn(patience::with_bodies_that_come))
        .merge(files::routes()) // with headers of their own
        .with_state(house)
}

/// Headers that every answer carries: nothing foreign is loaded, nothing is sniffed, nobody learns where we come from.
async fn with_strict_headers(request: Request<axum::body::Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, assets::CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Forms of our own pages must say where they come from ([`guard::same_origin`]); others learn nothing. A page whose address
    // is a secret says less.
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("same-origin"));
    // What is answered about people is not kept by any cache.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
