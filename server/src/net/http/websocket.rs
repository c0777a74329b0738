//! The WebSocket for XMPP (RFC 7395) and how clients find it (XEP-0156).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::guard::{is_own, source};
use super::serve::Visitor;
use crate::house::House;
use crate::net::xmpp;

/// The largest frame: a stanza of the largest size and its opening.
const FRAME_MAX: usize = 300 * 1024;

/// What is read at once, and what a socket holds while it idles. The usual 128 KiB would cost more than all the rest.
const READ_AT_ONCE: usize = 4 * 1024;

/// `GET /xmpp-websocket`, subprotocol `xmpp`.
pub(super) async fn upgrade(
    State(house): State<Arc<House>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    visitor: Option<Extension<Visitor>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !is_own(&headers) {
        return StatusCode::FORBIDDEN.into_response();
    }
    // RFC 7395 §3.1: without the subprotocol it is not for us.
    let offered = headers.get(header::SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    if !offered.is_some_and(|offered| offered.split(',').any(|name| name.trim() == "xmpp")) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let source = source(&house, from, &headers);
    // A conversation has a place of its own: that of the request is free as soon as it is answered.
    let Some(place) = house.places().admit(source) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let meter = visitor.map(|visitor| Arc::clone(&visitor.meter)).unwrap_or_default();
    let source = source.to_string();
    upgrade
        .protocols(["xmpp"])
        .max_message_size(FRAME_MAX)
        .max_frame_size(FRAME_MAX)
        .read_buffer_size(READ_AT_ONCE)
        .write_buffer_size(0) // each frame is written at once
        .on_upgrade(move |socket| xmpp::serve_websocket(house, socket, meter, source, place))
}

/// `GET /.well-known/host-meta.json` (XEP-0156 §3).
pub(super) async fn host_meta(State(house): State<Arc<House>>) -> Json<Value> {
    let base = house.public_url();
    let socket = base.replacen("http", "ws", 1);
    Json(json!({
        "links": [{ "rel": "urn:xmpp:alt-connections:websocket", "href": format!("{socket}/xmpp-websocket") }]
    }))
}
