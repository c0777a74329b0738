//! One's own account: who I am, my devices, my app passwords.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use konvent_people::accounts::{self, TOKEN_DAYS};
use konvent_people::{offices, people, units};
use konvent_talk::clients::Access;
use konvent_talk::rooms;
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::{Member, Said, is_admin};
use crate::faces::Problem;
use crate::flows;
use crate::house::House;

/// `GET /api/session`: who is signed in, and a token for the XMPP connection (XEP-0484).
pub(super) async fn session(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let is_admin = is_admin(&house, &member.account).await?;
    let (person, now, device) = (member.account.person, house.clock().now(), member.device.id);
    house.db().write(move |tx| accounts::touch_device(tx, device)).await?;
    let (asked, viewer) = (Arc::clone(&house), member.account.clone());
    let (own_units, held, may_administer, reports, is_guest) = house
        .db()
        .read(move |reader| {
            let mut own = Vec::new();
            for (unit, _) in people::units_of(reader, person)? {
                own.extend(units::get(reader, unit)?.map(
                    |unit| json!({ "name": unit.name, "level": unit.level, "key": unit.key }),
                ));
            }
            let mut held = Vec::new();
            for term in offices::held(reader, person, now)? {
                let unit = units::get(reader, term.unit)?.map(|unit| unit.name);
                held.push(json!({ "title": term.title, "unit": unit }));
            }
            let may_administer = flows::admins::may_administer(&asked, reader, person, now)?;
            let reports = flows::reports::duty(&asked, reader, &viewer, now)?;
            Ok((own, held, may_administer, reports, people::is_guest(reader, person)?))
        })
        .await?;
    let token =
        accounts::device_token(house.key(), member.device.id, member.device.generation, "fast");
    let [_, xmpp, xmpps, _] = house.ports();
    Ok(Json(json!({
        "jid": house.domain().account(&member.account.localpart)?.as_str(),
        "name": member.account.name,
        // Guests have a password that they chose themselves, and may use it in other programs, too.
        "is_guest": is_guest,
        "xmpp": { "host": house.domain().name, "port": xmpp, "tls_port": xmpps },
        "domain": house.domain().name,
        "rooms_service": house.domain().rooms,
        "is_admin": is_admin,
        "may_administer": may_administer,
        // Whether whoever asks looks into what members report, and how much of it waits for him.
        "reports_waiting": reports,
        "units": own_units,
        "offices": held,
        "fast": {
            "mechanism": "HT-SHA-256-NONE",
            "token": token,
            "expires_at": now.plus_days(TOKEN_DAYS).to_xep_0082(),
        },
    })))
}

/// `GET /api/app-passwords`
pub(super) async fn app_passwords(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let account = member.account.id;
    let all = house.db().read(move |reader| accounts::app_passwords(reader, account)).await?;
    let all: Vec<Value> = all
        .into_iter()
        .map(|one| {
            json!({
                "id": one.id.to_string(),
                "name": one.name,
                "created_at": one.created_at.to_xep_0082(),
                "last_used_at": one.last_used_at.map(konvent_core::Millis::to_xep_0082),
            })
        })
        .collect();
    Ok(Json(all.into()))
}

/// What a new app password is for.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    name: String,
}

/// `POST /api/app-passwords`: the password is shown this once.
pub(super) async fn make_app_password(
    State(house): State<Arc<House>>,
    member: Member,
    Said(named): Said<Named>,
) -> Result<Json<Value>, Problem> {
    let (account, random) = (member.account.id, house.random().clone());
    let (made, password) = house
        .db()
        .write(move |tx| accounts::make_app_password(tx, &random, account, &named.name))
        .await?;
    let [_, xmpp, xmpps, _] = house.ports();
    Ok(Json(json!({
        "id": made.id.to_string(),
        "name": made.name,
        "password": password,
        "jid": house.domain().account(&member.account.localpart)?.as_str(),
        "host": house.domain().name,
        "xmpp_port": xmpp,
        "xmpps_port": xmpps,
    })))
}

/// `DELETE /api/app-passwords/{id}`: clients that use it are signed out at once.
pub(super) async fn revoke_app_password(
    State(house): State<Arc<House>>,
    member: Member,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    flows::clients::revoke(&house, member.account.id, Access::Password(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/devices`
pub(super) async fn devices(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let (account, now) = (member.account.id, house.clock().now());
    let all = house.db().read(move |reader| accounts::devices(reader, account, now)).await?;
    let all: Vec<Value> = all
        .into_iter()
        .map(|one| {
            json!({
                "id": one.id.to_string(),
                "name": one.name,
                "created_at": one.created_at.to_xep_0082(),
                "last_seen_at": one.last_seen_at.to_xep_0082(),
                "current": one.id == member.device.id,
            })
        })
        .collect();
    Ok(Json(all.into()))
}

/// `DELETE /api/devices/{id}`: its tokens end, and with them its connections.
pub(super) async fn revoke_device(
    State(house): State<Arc<House>>,
    member: Member,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    flows::clients::revoke(&house, member.account.id, Access::Device(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/rooms/{address}/picture`: whether whoever asks decides what this room looks like. Setting it goes over XMPP
/// (XEP-0486), where the same rule is asked again. Of rooms that are not there nothing else is learnt.
pub(super) async fn may_set_picture(
    State(house): State<Arc<House>>,
    member: Member,
    Path(address): Path<String>,
) -> Result<Json<Value>, Problem> {
    let (own, person) = (house.domain().account(&member.account.localpart)?, member.account.person);
    let now = house.clock().now();
    let job = move |reader: &mut konvent_core::Reader<'_>| {
        let Some(room) = rooms::room_at(reader, &address)? else { return Ok(false) };
        rooms::avatar::may_set(reader, &room, &own, Some(person), now)
    };
    Ok(Json(json!({ "may_set": house.db().read(job).await? })))
}
