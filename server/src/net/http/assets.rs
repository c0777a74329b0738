//! The web client, embedded in the binary (read from `web/dist` in debug builds), with strict headers.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../web/dist"]
#[allow_missing = true]
struct Dist;

/// Scripts, styles, pictures, fonts and connections only from ourselves; no inline script, no frame around us.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Shown when the server was built without the client.
const WITHOUT_CLIENT: &str = "Der Server läuft, wurde aber ohne die Web-Oberfläche gebaut. Bitte `cargo xtask web` ausführen und neu bauen.\n";

/// The start page, also for addresses inside the client such as `/anmelden`.
pub async fn index(headers: HeaderMap) -> Response {
    file("index.html", &headers).unwrap_or_else(|| (StatusCode::OK, WITHOUT_CLIENT).into_response())
}

/// A file of the client.
pub async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), &headers)
        .unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// A file at the top, such as the manifest or the service worker; anything else is an address inside the client.
pub async fn top(Path(path): Path<String>, headers: HeaderMap) -> Response {
    match file(&path, &headers) {
        Some(response) => response,
        None => index(headers).await,
    }
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let accepts_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|coding| coding.trim().starts_with("gzip")));
    let squeezed = accepts_gzip.then(|| Dist::get(&format!("{path}.gz"))).flatten();
    let is_squeezed = squeezed.is_some();
    let found = squeezed.or_else(|| Dist::get(path))?;
    let mut response = found.data.into_owned().into_response();
    let own = response.headers_mut();
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    own.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_squeezed {
        own.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Names below assets/ carry a hash of the contents; all others are asked for anew.
    let cached = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static(cached));
    Some(response)
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
