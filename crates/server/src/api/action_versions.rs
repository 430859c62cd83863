//! `/api/v2/actions/actions/{id}/versions`: what was deployed, what is, and deploying it.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::action_versions::VersionOfAction;
use serde::Deserialize;

use crate::api::access::Permitted;
use crate::api::actions;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object;
use crate::api::operation::{self, Operation, get, post};
use crate::api::page::{NUMBERED, PageQuery, Zeros};
use crate::api::path::Path;

pub(crate) static LIST: Operation = get(
    "/actions/actions/{actionId}/versions",
    "List versions of an action",
)
.any_of(&["read:actions"])
.query(&[NUMBERED])
.answers(&[operation::json(200, &actions::VERSIONS)]);

/// `GET /actions/actions/{actionId}/versions`
pub(crate) async fn list(
    at: Permitted,
    Path(action): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let versions = VersionOfAction::all(current.state(), &action)?;
    Ok(query.counted("versions", Zeros::LeftOut, &versions, actions::version))
}

pub(crate) static SHOW: Operation = get(
    "/actions/actions/{actionId}/versions/{id}",
    "Read versions of an action",
)
.any_of(&["read:actions"])
.answers(&[operation::json(200, &actions::VERSION)]);

/// `GET /actions/actions/{actionId}/versions/{id}`
pub(crate) async fn show(
    at: Permitted,
    Path((action, version)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let version = VersionOfAction::find(current.state(), &action, &version)?;
    let shown = actions::version(&version);
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static DEPLOY: Operation = post("/actions/actions/{id}/deploy", "Deploy actions")
    .any_of(&["create:actions"])
    .answers(&[operation::json(200, &actions::VERSION)]);

/// `POST /actions/actions/{id}/deploy`: 200, with the new version.
pub(crate) async fn deploy(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let made = at
        .registry()
        .deploy_action(at.tenant(), at.actor(), &id)
        .await?;
    let shown = actions::new_version(&made);
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static ROLL_BACK: Operation = post(
    "/actions/actions/{actionId}/versions/{id}/deploy",
    "Deploy earlier versions of an action",
)
.any_of(&["create:actions"])
.body(&actions::DEPLOY_VERSION)
.answers(&[operation::json(200, &actions::VERSION)]);

#[derive(Deserialize)]
struct RollBackBody {
    #[serde(default)]
    update_draft: bool,
}

/// `POST /actions/actions/{actionId}/versions/{id}/deploy`: 200, with the new version.
pub(crate) async fn roll_back(
    at: Permitted,
    Path((action, version)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let RollBackBody { update_draft } = actions::read(fields)?;
    let made = at
        .registry()
        .deploy_action_version(at.tenant(), at.actor(), &action, &version, update_draft)
        .await?;
    let shown = actions::new_version(&made);
    Ok(object::json(StatusCode::OK, shown))
}
