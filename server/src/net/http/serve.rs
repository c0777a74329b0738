//! HTTP/1.1 on the wire: connections with a place of their own, and requests that must come in time.
//!
//! Left out: HTTP/2, which browsers speak over TLS only, and TLS stands before this door.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::Service as _;

use super::routes;
use crate::house::House;
use crate::net::line::{Line, Meter};
use crate::net::listen::accept;
use crate::net::places::Place;

/// How long the head of a request may take, also of the next one on the same connection.
const HEAD: Duration = Duration::from_secs(15);

/// What a request may weigh without its body, and what is read at once. Before sign-in this is what a stranger can fill.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// The connection behind a request, for handlers.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    /// Its place at the door.
    pub(super) place: Arc<Place>,
    /// What counts its bytes.
    pub(super) meter: Arc<Meter>,
}

/// Serves HTTP until aborted.
pub async fn serve(house: Arc<House>, door: TcpListener) {
    let routes = routes(Arc::clone(&house));
    serve_routes(house, door, routes).await;
}

/// Serves these routes until aborted, with the same bounds.
pub(crate) async fn serve_routes(house: Arc<House>, door: TcpListener, routes: Router) {
    accept(door, house, move |_, stream, _, place| connection(routes.clone(), stream, place)).await;
}

async fn connection(routes: Router, stream: TcpStream, place: Place) {
    let Ok(from) = stream.peer_addr() else { return };
    let line = Line::new(stream);
    let place = Arc::new(place);
    let visitor = Visitor { place: Arc::clone(&place), meter: line.meter() };
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        request.extensions_mut().insert(visitor.clone());
        routes.clone().call(request)
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades();
    tokio::select! {
        _ = conversation => {} // whoever broke off knows it
        () = place.dismissed() => {}
    }
}
