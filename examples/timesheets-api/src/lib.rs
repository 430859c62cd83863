//! The Timesheets API: contractors' hours, uploaded by a job and read by whoever may.
//!
//! Two routes, each with a scope:
//!
//! | Route | Scope |
//! |---|---|
//! | `POST /timesheets/upload` | `batch:upload` |
//! | `GET /timesheets` | `read:timesheets` |

mod store;
mod timesheet;

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use m2mint_verify::{BearerLayer, RequireScope, Validator};
use serde_json::{Value, json};

use crate::store::{Stored, Timesheets};
use crate::timesheet::Timesheet;

/// A timesheet is a few hundred bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;

/// The API, with no timesheets yet.
pub fn app(validator: Validator) -> Router {
    let upload = post(upload).layer(RequireScope::new("batch:upload"));
    let list = get(list).layer(RequireScope::new("read:timesheets"));
    Router::new()
        .route("/timesheets/upload", upload)
        .route("/timesheets", list)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(BearerLayer::new(validator).realm("timesheets"))
        .with_state(Arc::default())
}

async fn upload(
    State(timesheets): State<Arc<Timesheets>>,
    body: Result<Json<Timesheet>, JsonRejection>,
) -> Response {
    let timesheet = match body {
        Ok(Json(timesheet)) => timesheet,
        Err(rejection) => return refuse(&rejection),
    };
    let user_id = timesheet.user_id().to_owned();
    let id = timesheets.record(timesheet);
    let message = format!("Created timesheet {id} for employee {user_id}.");
    (StatusCode::CREATED, Json(json!({ "message": message }))).into_response()
}

async fn list(State(timesheets): State<Arc<Timesheets>>) -> Json<Vec<Stored>> {
    Json(timesheets.latest())
}

/// 400 for every body that is no timesheet, whatever is wrong with it; 413 for one that is too large.
fn refuse(rejection: &JsonRejection) -> Response {
    let status = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    let answer: Value = json!({
        "error": "invalid_request",
        "error_description": rejection.body_text(),
    });
    (status, Json(answer)).into_response()
}

#[cfg(test)]
mod tests;
