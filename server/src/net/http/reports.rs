//! What members reported: their own list, and the page of those who look into it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use konvent_core::{Kind, Refusal};
use konvent_talk::blocking::{self, Decision};
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::{Member, Said};
use crate::faces::Problem;
use crate::flows::reports::{self, Case, Party};
use crate::house::House;

/// What was decided is none of the things that can be decided.
const BAD_DECISION: Refusal = Refusal::new(Kind::BadRequest, "blocking.bad-decision");

/// Own reports shown: the latest.
const OWN_SHOWN_MAX: usize = 50;

/// `GET /api/reports`: what whoever asks may look into; nothing for everybody else.
pub(super) async fn all(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let cases = reports::look(&house, &member.account).await?;
    let list = |cases: Vec<Case>| cases.iter().map(case).collect::<Vec<_>>();
    Ok(Json(json!({ "waiting": list(cases.waiting), "dealt": list(cases.dealt) })))
}

/// A decision.
#[derive(Deserialize)]
pub(super) struct Decided {
    decision: String,
    #[serde(default)]
    note: String,
}

/// `POST /api/reports/{id}`
pub(super) async fn deal(
    State(house): State<Arc<House>>,
    member: Member,
    Path(id): Path<i64>,
    Said(decided): Said<Decided>,
) -> Result<StatusCode, Problem> {
    let decision = Decision::of(&decided.decision).ok_or(BAD_DECISION)?;
    reports::deal(&house, &member.account, id, decision, decided.note).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/my-reports`: what came of what I reported. What was decided stays with those who decide.
pub(super) async fn own(
    State(house): State<Arc<House>>,
    member: Member,
) -> Result<Json<Value>, Problem> {
    let account = member.account.id;
    let own = house.db().read(move |reader| blocking::reports_of(reader, account)).await?;
    let own: Vec<Value> = own
        .iter()
        .take(OWN_SHOWN_MAX)
        .map(|report| {
            json!({
                "id": report.id.to_string(),
                "address": report.address,
                "at": report.at.to_xep_0082(),
                "dealt_at": report.dealt.as_ref().map(|dealt| dealt.at.to_xep_0082()),
            })
        })
        .collect();
    Ok(Json(own.into()))
}

fn case(case: &Case) -> Value {
    let report = &case.report;
    let said: Vec<Value> = case
        .said
        .iter()
        .map(|said| json!({ "at": said.at.to_xep_0082(), "words": said.words }))
        .collect();
    let dealt = report.dealt.as_ref().map(|dealt| {
        json!({
            "at": dealt.at.to_xep_0082(),
            "by": case.dealt_by,
            "decision": dealt.decision.code(),
            "note": dealt.note,
        })
    });
    json!({
        "id": report.id.to_string(),
        "at": report.at.to_xep_0082(),
        "reason": report.reason,
        "words": report.words,
        "address": report.address,
        "room": case.room,
        "by": party(&case.by),
        "about": party(&case.about),
        "named": report.stanzas.len(),
        "said": said,
        "dealt": dealt,
    })
}

fn party(party: &Party) -> Value {
    json!({ "address": party.address, "name": party.name, "unit": party.unit })
}
