//! The WebSocket for XMPP (RFC 7395) and how clients find it (XEP-0156).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Extension, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use konvent_wire::xml::{el, write_element};
use serde_json::{Value, json};

use super::guard::source;
use super::serve::Visitor;
use crate::house::House;
use crate::net::xmpp;

/// The largest frame: a stanza of the largest size and its opening.
const FRAME_MAX: usize = 300 * 1024;

/// What is read at once, and what a socket holds while it idles. The usual 128 KiB would cost more than all the rest.
const READ_AT_ONCE: usize = 4 * 1024;

/// `GET /xmpp-websocket`, subprotocol `xmpp`.
///
/// Pages of other origins may come, too, as XEP-0156 invites them to: no cookie counts here, so that they can do what any
/// program can and nothing in their visitor's name.
pub(super) async fn upgrade(
    State(house): State<Arc<House>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    visitor: Option<Extension<Visitor>>,
    upgrade: WebSocketUpgrade,
) -> Response {
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

/// The relation by which a WebSocket is found (XEP-0156 §3).
pub(crate) const WEBSOCKET: &str = "urn:xmpp:alt-connections:websocket";

/// XEP-0156 §3: web clients of other origins may look, too; it is the same for everybody.
const FOR_EVERYBODY: (HeaderName, &str) = (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");

/// Where the WebSocket is, as browsers reach it.
pub(crate) fn socket_of(house: &House) -> String {
    format!("{}/xmpp-websocket", house.public_url().replacen("http", "ws", 1))
}

/// `GET /.well-known/host-meta.json` (XEP-0156 §3).
pub(super) async fn host_meta_json(State(house): State<Arc<House>>) -> impl IntoResponse {
    let links = json!({ "links": [{ "rel": WEBSOCKET, "href": socket_of(&house) }] });
    ([FOR_EVERYBODY], Json::<Value>(links))
}

/// `GET /.well-known/host-meta` (XEP-0156 §3): the same as XRD (RFC 6415 §3).
pub(super) async fn host_meta(State(house): State<Arc<House>>) -> impl IntoResponse {
    let link = el("Link", XRD).attr("rel", WEBSOCKET).attr("href", socket_of(&house));
    let mut text = b"<?xml version='1.0' encoding='utf-8'?>".to_vec();
    write_element(&el("XRD", XRD).child(link).build(), "", &mut text);
    ([(header::CONTENT_TYPE, "application/xrd+xml"), FOR_EVERYBODY], text)
}

/// The namespace of what a host says of itself (RFC 6415 §3).
const XRD: &str = "http://docs.oasis-open.org/ns/xri/xrd-1.0";
