//! The member file by HTTP: upload, see the plan, apply it.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Multipart, State};
use konvent_core::audit::Actor;
use konvent_core::{Answer, Kind, Refusal};
use konvent_people::import::{self, File};
use serde_json::{Value, json};

use super::guard::Admin;
use crate::faces::Problem;
use crate::flows;
use crate::house::House;

/// Entries of a plan shown at once; the figures tell the rest.
const SHOWN_MAX: usize = 200;

/// The upload is not the form that was asked for.
const BAD_UPLOAD: Refusal = Refusal::new(Kind::BadRequest, "import.bad-upload");

/// What came with an upload.
#[derive(Default)]
struct Upload {
    files: Vec<File>,
    plan: Option<String>,
    despite_brake: bool,
}

/// `POST /api/import/plan`
pub(super) async fn plan(
    State(house): State<Arc<House>>,
    _: Admin,
    form: Multipart,
) -> Result<Json<Value>, Problem> {
    let upload = read(form).await?;
    let plan = flows::member::plan(&house, upload.files).await?;
    Ok(Json(plan.to_json(SHOWN_MAX)))
}

/// `POST /api/import/apply`: the plan that was seen is made again and must be the same.
pub(super) async fn apply(
    State(house): State<Arc<House>>,
    Admin(admin): Admin,
    form: Multipart,
) -> Result<Json<Value>, Problem> {
    let upload = read(form).await?;
    let plan = flows::member::plan(&house, upload.files).await?;
    if upload.plan.as_ref() != Some(&plan.id) {
        return Err(import::PLAN_CHANGED.into());
    }
    let shown = plan.to_json(0);
    let actor = Actor::Person(admin.account.person.0);
    flows::member::apply(&house, plan, actor, upload.despite_brake).await?;
    Ok(Json(json!({ "applied": true, "summary": shown.get("summary") })))
}

async fn read(mut form: Multipart) -> Answer<Upload> {
    let mut upload = Upload::default();
    while let Some(field) = form.next_field().await.map_err(|error| BAD_UPLOAD.because(error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().unwrap_or(&name).to_owned();
        let bytes = field.bytes().await.map_err(|error| BAD_UPLOAD.because(error))?;
        match name.as_str() {
            "members" | "units" | "offices" if bytes.is_empty() => {}
            "members" | "units" | "offices" => {
                upload.files.push(File { name: file_name, bytes: bytes.into() });
            }
            "plan" => upload.plan = String::from_utf8(bytes.into()).ok(),
            "despite_brake" => upload.despite_brake = bytes.as_ref() == b"1",
            _ => return Err(BAD_UPLOAD),
        }
    }
    Ok(upload)
}
