//! Where the authority looks whether a name leads to us (RFC 8555 §8.3): a path on the HTTP interface, and a door of its own
//! on port 80 that sends everybody else on to HTTPS.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use konvent_core::Answer;
use konvent_core::config::Config;
use tokio::net::TcpListener;

use crate::house::House;
use crate::net::http::serve_routes;
use crate::net::listen::doors;

/// The path, as the standard has it.
pub const PATH: &str = "/.well-known/acme-challenge/{token}";

/// Longer tokens are nobody's: an authority draws 128 bits and more (RFC 8555 §8.3).
const TOKEN_MAX: usize = 256;

/// `GET /.well-known/acme-challenge/{token}`: the answer while it is under way, else nothing.
pub async fn answer(State(house): State<Arc<House>>, Path(token): Path<String>) -> Response {
    let known = house.acme().filter(|_| token.len() <= TOKEN_MAX);
    match known.and_then(|acme| acme.answer(&token)) {
        Some(answer) => {
            ([(header::CONTENT_TYPE, "application/octet-stream")], answer).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Everybody else goes where the web client is.
async fn elsewhere(State(house): State<Arc<House>>, asked: Uri) -> Response {
    let path = asked.path_and_query().map_or("/", |path| path.as_str());
    // A path that begins with two slashes would name another host.
    let path = if path.starts_with("//") { "/" } else { path };
    let to = format!("{}{path}", house.public_url());
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response()
}

/// The doors of its own.
#[derive(Debug, Default)]
pub struct Doors(Vec<TcpListener>);

impl Doors {
    /// Opens those of the settings; none where certificates come from elsewhere.
    pub fn open(config: &Config) -> Answer<Self> {
        if !config.acme.accept_terms {
            return Ok(Self::default());
        }
        Ok(Self(doors(&config.acme.listen)?))
    }

    /// Where they are.
    pub fn addresses(&self) -> Vec<std::net::SocketAddr> {
        self.0.iter().filter_map(|door| door.local_addr().ok()).collect()
    }

    /// Lets the authority in until aborted.
    pub fn serve(self, house: &Arc<House>) -> Vec<tokio::task::JoinHandle<()>> {
        let open = |door: TcpListener| {
            let routes = Router::new()
                .route(PATH, get(answer))
                .fallback(elsewhere)
                .with_state(Arc::clone(house));
            tokio::spawn(serve_routes(Arc::clone(house), door, routes))
        };
        self.0.into_iter().map(open).collect()
    }
}
