//! What goes when, and whose contents are held: for those who administer.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::{Member, NOT_AN_ADMIN, Said};
use crate::faces::Problem;
use crate::flows::{admins, holds};
use crate::house::House;

/// A member who administers: the technical admin, or an office that keeps the member file of the whole organisation.
pub(super) struct Administrator(Member);

impl FromRequestParts<Arc<House>> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, house: &Arc<House>) -> Result<Self, Problem> {
        let member = Member::from_request_parts(parts, house).await?;
        let (asked, person, now) = (Arc::clone(house), member.account.person, house.clock().now());
        let may = move |reader: &mut konvent_core::Reader<'_>| {
            admins::may_administer(&asked, reader, person, now)
        };
        if house.db().read(may).await? { Ok(Self(member)) } else { Err(NOT_AN_ADMIN.into()) }
    }
}

/// `GET /api/retention`
pub(super) async fn show(
    State(house): State<Arc<House>>,
    _: Administrator,
) -> Result<Json<Value>, Problem> {
    let found = holds::overview(&house).await?;
    let (retention, files) = (&house.config().retention, &house.config().files);
    let rooms: Vec<Value> = files
        .keep_days_in
        .iter()
        .map(|(room, days)| json!({ "room": room, "days": days }))
        .collect();
    let left: Vec<Value> = found
        .left
        .iter()
        .map(|left| {
            json!({
                "number": left.number,
                "name": left.name,
                "left_at": left.at.to_xep_0082(),
                "goes_at": left.goes_at.map(konvent_core::Millis::to_xep_0082),
            })
        })
        .collect();
    let held: Vec<Value> = found
        .held
        .iter()
        .map(|held| {
            json!({
                "id": held.id.map(|id| id.to_string()),
                "number": held.number,
                "name": held.name,
                "reason": held.reason,
                "since": held.since.map(konvent_core::Millis::to_xep_0082),
                "by": held.by,
            })
        })
        .collect();
    Ok(Json(json!({
        "left_days": retention.left_days,
        "reports_days": retention.reports_days,
        "files_days": files.keep_days,
        "files_days_in": rooms,
        "left": left,
        "held": held,
    })))
}

/// Whom to hold, and why.
#[derive(Deserialize)]
pub(super) struct Wish {
    number: String,
    reason: String,
}

/// `POST /api/retention/holds`
pub(super) async fn hold(
    State(house): State<Arc<House>>,
    Administrator(admin): Administrator,
    Said(wish): Said<Wish>,
) -> Result<StatusCode, Problem> {
    holds::hold(&house, wish.number, wish.reason, admin.account.person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a hold ends.
#[derive(Deserialize)]
pub(super) struct Because {
    reason: String,
}

/// `POST /api/retention/holds/{id}/lift`
pub(super) async fn lift(
    State(house): State<Arc<House>>,
    Administrator(admin): Administrator,
    Path(id): Path<i64>,
    Said(because): Said<Because>,
) -> Result<StatusCode, Problem> {
    holds::lift(&house, id, because.reason, admin.account.person).await?;
    Ok(StatusCode::NO_CONTENT)
}
