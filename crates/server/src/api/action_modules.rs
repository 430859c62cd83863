//! `/api/v2/actions/modules`: code that actions share.

mod shape;
mod show;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::action_module::{
    ActionModule, ActionModuleVersion, ModuleUsers, WholeModule,
};
use m2mint_authority::documents;
use m2mint_authority::registry::action_modules::{ModuleEdit, find_version};
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_authority::script::Package;
use m2mint_domain::document::DocumentKind;
use serde::Deserialize;

use self::show::{listed_module, module_user, module_version, whole_module};
use crate::api::access::Permitted;
use crate::api::actions::{self, SecretBody};
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object;
use crate::api::operation::{self, Operation, delete as at_delete, get, patch, post};
use crate::api::page::{NUMBERED, PageQuery, Zeros};
use crate::api::path::Path;

/// Code, secrets and what JSON adds to them.
const BODY_MAX: usize = 1 << 20;

#[derive(Deserialize)]
struct ModuleBody {
    #[serde(default)]
    name: String,
    code: Option<String>,
    dependencies: Option<Vec<Package>>,
    secrets: Option<Vec<SecretBody>>,
    #[serde(default)]
    publish: bool,
}

#[derive(Deserialize)]
struct RollBackBody {
    module_version_id: String,
}

pub(crate) static LIST: Operation = get("/actions/modules", "List modules of actions")
    .any_of(&["read:actions"])
    .query(&[NUMBERED])
    .answers(&[operation::json(200, &shape::MODULES)]);

/// `GET /actions/modules`
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let modules = WholeModule::all(current.state())?;
    Ok(query.counted("modules", Zeros::Shown, &modules, listed_module))
}

pub(crate) static CREATE: Operation = post("/actions/modules", "Create modules of actions")
    .any_of(&["create:actions"])
    .body(&shape::CREATE)
    .body_max(BODY_MAX)
    .answers(&[operation::json(201, &shape::MODULE)]);

/// `POST /actions/modules`: 201.
pub(crate) async fn create(at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let body: ModuleBody = actions::read(fields)?;
    let (name, publish) = (body.name.clone(), body.publish);
    let made = at
        .registry()
        .create_action_module(at.tenant(), at.actor(), &name, &body.into(), publish)
        .await
        .map_err(in_these_words)?;
    Ok(object::json(StatusCode::CREATED, whole_module(&made)))
}

pub(crate) static SHOW: Operation = get("/actions/modules/{id}", "Read modules of actions")
    .any_of(&["read:actions"])
    .answers(&[operation::json(200, &shape::MODULE)]);

/// `GET /actions/modules/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let whole = WholeModule::find(current.state(), &id)?;
    Ok(object::json(StatusCode::OK, whole_module(&whole)))
}

pub(crate) static UPDATE: Operation = patch("/actions/modules/{id}", "Change modules of actions")
    .any_of(&["update:actions"])
    .body(&shape::UPDATE)
    .body_max(BODY_MAX)
    .answers(&[operation::json(200, &shape::MODULE)]);

/// `PATCH /actions/modules/{id}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let body: ModuleBody = actions::read(fields)?;
    let changed = at
        .registry()
        .update_action_module(at.tenant(), at.actor(), &id, &body.into())
        .await?;
    Ok(object::json(StatusCode::OK, whole_module(&changed)))
}

pub(crate) static DELETE: Operation =
    at_delete("/actions/modules/{id}", "Delete modules of actions")
        .any_of(&["delete:actions"])
        .answers(&[operation::empty(204)]);

/// `DELETE /actions/modules/{id}`: 204.
pub(crate) async fn delete(at: Permitted, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    at.registry()
        .delete_action_module(at.tenant(), at.actor(), &id)
        .await
        .map_err(in_these_words)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) static ACTIONS: Operation = get(
    "/actions/modules/{id}/actions",
    "List the actions that use a module",
)
.any_of(&["read:actions"])
.query(&[NUMBERED])
.answers(&[operation::json(200, &shape::USERS)]);

/// `GET /actions/modules/{id}/actions`
pub(crate) async fn used_by(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    documents::find::<ActionModule>(current.state(), &id)?;
    let users = ModuleUsers::of(current.state())?;
    let users = users.of_module(&id);
    Ok(query.counted("actions", Zeros::LeftOut, &users, |user| module_user(user)))
}

pub(crate) static VERSIONS: Operation = get(
    "/actions/modules/{id}/versions",
    "List versions of a module",
)
.any_of(&["read:actions"])
.query(&[NUMBERED])
.answers(&[operation::json(200, &shape::VERSIONS)]);

/// `GET /actions/modules/{id}/versions`: newest first.
pub(crate) async fn versions(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    documents::find::<ActionModule>(current.state(), &id)?;
    let mut versions = documents::all_of::<ActionModuleVersion>(current.state(), &id)?;
    versions.sort_unstable_by_key(|version| std::cmp::Reverse(version.object.number));
    Ok(query.counted("versions", Zeros::Shown, &versions, module_version))
}

pub(crate) static PUBLISH: Operation = post(
    "/actions/modules/{id}/versions",
    "Publish modules of actions",
)
.any_of(&["update:actions"])
.answers(&[operation::json(200, &shape::VERSION)]);

/// `POST /actions/modules/{id}/versions`: 200.
pub(crate) async fn publish(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let made = at
        .registry()
        .publish_action_module(at.tenant(), at.actor(), &id)
        .await
        .map_err(nothing_to_publish)?;
    Ok(object::json(StatusCode::OK, module_version(&made)))
}

pub(crate) static VERSION: Operation = get(
    "/actions/modules/{id}/versions/{versionId}",
    "Read versions of a module",
)
.any_of(&["read:actions"])
.answers(&[operation::json(200, &shape::VERSION)]);

/// `GET /actions/modules/{id}/versions/{versionId}`
pub(crate) async fn version(
    at: Permitted,
    Path((id, version)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    documents::find::<ActionModule>(current.state(), &id)?;
    let version = find_version(current.state(), &id, &version)?;
    Ok(object::json(StatusCode::OK, module_version(&version)))
}

pub(crate) static ROLL_BACK: Operation = post(
    "/actions/modules/{id}/rollback",
    "Roll modules of actions back",
)
.any_of(&["update:actions"])
.body(&shape::ROLL_BACK)
.answers(&[operation::json(200, &shape::MODULE)]);

/// `POST /actions/modules/{id}/rollback`: 200.
pub(crate) async fn roll_back(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let RollBackBody { module_version_id } = actions::read(fields)?;
    let changed = at
        .registry()
        .roll_back_action_module(at.tenant(), at.actor(), &id, &module_version_id)
        .await
        .map_err(nothing_to_roll_back)?;
    Ok(object::json(StatusCode::OK, whole_module(&changed)))
}

impl From<ModuleBody> for ModuleEdit {
    fn from(body: ModuleBody) -> Self {
        let ModuleBody {
            name: _,
            code,
            dependencies,
            secrets,
            publish: _,
        } = body;
        Self {
            code,
            dependencies,
            secrets: secrets.map(|list| list.into_iter().map(Into::into).collect()),
        }
    }
}

/// Auth0's texts for what stands in the way.
fn in_these_words(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::DocumentExists(DocumentKind::ActionModule)) = error {
        let message = "An action module with the same name already exists.";
        return ApiError::new(StatusCode::CONFLICT, message, None);
    }
    if let RegistryError::Refused(Refused::DocumentInUse { .. }) = error {
        let message = "The module cannot be deleted because it is in use by one or more actions.";
        return ApiError::new(StatusCode::PRECONDITION_FAILED, message, None);
    }
    error.into()
}

/// The same for publishing.
fn nothing_to_publish(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
        let message = "No draft version is available to publish.";
        return ApiError::new(StatusCode::CONFLICT, message, None);
    }
    if let RegistryError::Refused(Refused::TooMany { .. }) = error {
        let message = "Maximum number of module versions reached.";
        return ApiError::new(StatusCode::PRECONDITION_FAILED, message, None);
    }
    error.into()
}

/// The same for going back.
fn nothing_to_roll_back(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::DocumentExists(_)) = error {
        let message = "The specified version is already the current draft version.";
        return ApiError::new(StatusCode::CONFLICT, message, None);
    }
    error.into()
}
