//! What load balancers ask, and how long a request may take.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::json;

use crate::api::import;
use crate::app::AppState;
use crate::oauth::error::body;

/// `GET /livez`: the process answers.
pub(crate) async fn live() -> Response {
    Json(json!({"status": "alive"})).into_response()
}

/// `GET /readyz`: the process answers from a register it can still read. 503 with the reason
/// otherwise; tokens are issued all the same, from the last good snapshot. Says too how many log
/// events were dropped since the start, while the store was away.
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    let dropped = state.authority.log().dropped();
    if state.node.maintenance.is_fresh() {
        return Json(json!({"status": "ready", "log_events_dropped": dropped})).into_response();
    }
    let reason = json!({
        "status": "stale",
        "reason": "the register cannot be read; tokens are issued from the last snapshot",
        "log_events_dropped": dropped,
    });
    (StatusCode::SERVICE_UNAVAILABLE, Json(reason)).into_response()
}

/// Ends a request that takes longer than the settings allow.
pub(crate) async fn within_deadline(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let deadline = if request.uri().path() == import::PATH {
        import::DEADLINE
    } else {
        state.node.settings.deadline
    };
    match tokio::time::timeout(deadline, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => body(
            StatusCode::REQUEST_TIMEOUT,
            "invalid_request",
            "The request took too long.",
        )
        .into_response(),
    }
}
