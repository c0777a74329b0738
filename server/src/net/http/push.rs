//! Notifications in browsers (Web Push): what a browser needs to subscribe, its subscription, and what it may show.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use konvent_talk::push::{self, BAD_REQUEST, By, Level, NOT_OFFERED, New, Through};
use konvent_wire::Jid;
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::{Member, Said};
use crate::faces::Problem;
use crate::house::House;
use crate::net::push::seal::Keys;

/// `GET /api/push`: the server's public key (RFC 8292 §3.2), and whether this browser is told. Without a key the organisation
/// does not offer it.
pub(super) async fn state(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let (account, device) = (member.account.id, member.device.id);
    let is_on = house.db().read(move |reader| push::is_told(reader, account, device)).await?;
    Ok(Json(json!({ "public_key": house.pusher().public_key(), "is_on": is_on })))
}

/// What the browser calls its subscription, in its own words (Push API).
#[derive(Deserialize)]
pub(super) struct Subscription {
    endpoint: String,
    keys: SubscriptionKeys,
}

#[derive(Deserialize)]
struct SubscriptionKeys {
    p256dh: String,
    auth: String,
}

/// `POST /api/push`: this browser wants to be told.
pub(super) async fn subscribe(
    State(house): State<Arc<House>>,
    member: Member,
    Said(wish): Said<Subscription>,
) -> Result<StatusCode, Problem> {
    if house.pusher().public_key().is_none() {
        return Err(NOT_OFFERED.into());
    }
    house.pusher().target(&wish.endpoint).ok_or(BAD_REQUEST)?;
    let keys = Keys::of_browser(&wish.keys.p256dh, &wish.keys.auth);
    let keys = keys.filter(Keys::are_sound).ok_or(BAD_REQUEST)?;
    let (account, device) = (member.account.id, member.device.id);
    house
        .db()
        .write(move |tx| {
            // One browser, one subscription: a new one takes the place of the old one.
            push::forget_browser(tx, account, device)?;
            let (through, by) = (Through::Browser, By::Device(device));
            let (service, secret) = (wish.endpoint.as_str(), &*keys.bytes());
            push::enable(tx, account, New { through, service, node: "", secret, by })
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE /api/push`: not any more.
pub(super) async fn unsubscribe(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<StatusCode, Problem> {
    let (account, device) = (member.account.id, member.device.id);
    house.db().write(move |tx| push::forget_browser(tx, account, device)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/push/news`: what the browser may show, asked by its service worker after it was told.
pub(super) async fn news(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let (account, device) = (member.account.id, member.device.id);
    let (this, with_content) = (Arc::clone(&house), house.config().push.content);
    let news = house
        .db()
        .read(move |reader| push::news(reader, this.domain(), account, device, with_content))
        .await?;
    Ok(Json(json!({ "count": news.count, "with": news.with, "name": news.name })))
}

/// `GET /api/push/levels`: conversations between two of which whoever asks wants to be told less than every word.
pub(super) async fn levels(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let account = member.account.id;
    let levels = house.db().read(move |reader| push::levels(reader, account)).await?;
    let levels =
        levels.into_iter().map(|(jid, level)| json!({ "jid": jid, "level": level.name() }));
    Ok(Json(levels.collect::<Vec<_>>().into()))
}

/// How much of one conversation.
#[derive(Deserialize)]
pub(super) struct Wanted {
    jid: String,
    level: String,
}

/// `POST /api/push/levels`
pub(super) async fn set_level(
    State(house): State<Arc<House>>,
    member: Member,
    Said(wanted): Said<Wanted>,
) -> Result<StatusCode, Problem> {
    let peer = Jid::new(&wanted.jid).map_err(|_| BAD_REQUEST)?.to_bare();
    let level = Level::named(&wanted.level).ok_or(BAD_REQUEST)?;
    let account = member.account.id;
    house.db().write(move |tx| push::set_level(tx, account, &peer, level)).await?;
    Ok(StatusCode::NO_CONTENT)
}
