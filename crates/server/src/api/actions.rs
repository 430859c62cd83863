//! `/api/v2/actions/actions`: scripts that run when a token is asked for.

mod body;
mod shape;
mod show;

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::action::{Action, WholeAction};
use m2mint_authority::documents;
use m2mint_authority::registry::{Refused, RegistryError};
use m2mint_domain::document::DocumentKind;

use self::body::ActionBody;
use self::show::Seen;
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object;
use crate::api::operation::{
    self, Operation, Parameter, delete as at_delete, get, parameter, patch, post,
};
use crate::api::page::{NUMBERED, PageQuery, Zeros};
use crate::api::path::Path;
use crate::api::schema::{BOOLEAN, TEXT};

pub(crate) use self::body::{BindingsBody, SecretBody, read};
pub(crate) use self::shape::{
    BINDINGS, BINDINGS_SET, DATE, DEPLOY_VERSION, NUMBER, SECRETS, SET_BINDINGS, TRIGGER_ID,
    TRIGGERS, VERSION, VERSIONS,
};
pub(crate) use self::show::{
    binding, microseconds, module_packages, new_version, secrets, version,
};

/// Code, secrets and what JSON adds to them.
const BODY_MAX: usize = 1 << 20;

const FILTERS: &[Parameter] = &[
    parameter("triggerId", TRIGGER_ID),
    parameter("actionName", TEXT),
    parameter("deployed", BOOLEAN),
    parameter("installed", BOOLEAN),
];

pub(crate) static LIST: Operation = get("/actions/actions", "List actions")
    .any_of(&["read:actions"])
    .query(&[FILTERS, NUMBERED])
    .answers(&[operation::json(200, &shape::ACTIONS)]);

/// `GET /actions/actions`
pub(crate) async fn list(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let state = current.state();
    let wanted = |action: &Action| {
        query.filter("triggerId").is_none_or(|trigger| {
            let mut supported = action.supported_triggers.iter();
            supported.any(|one| one.id == trigger)
        }) && query
            .filter("actionName")
            .is_none_or(|name| name == action.name)
            && query
                .flag("deployed")
                .is_none_or(|deployed| deployed == action.deployed.is_some())
            // Nothing is ever installed from a marketplace.
            && query.flag("installed") != Some(true)
    };
    let mut actions = documents::all::<Action>(state)?;
    actions.retain(|action| wanted(&action.object));
    let actions = actions
        .into_iter()
        .map(|action| WholeAction::of(state, action))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(
        query.counted("actions", Zeros::LeftOut, &actions, |action| {
            show::action(action, Seen::Later)
        }),
    )
}

pub(crate) static CREATE: Operation = post("/actions/actions", "Create actions")
    .any_of(&["create:actions"])
    .body(&shape::CREATE)
    .body_max(BODY_MAX)
    .answers(&[operation::json(201, &shape::ACTION)]);

/// `POST /actions/actions`: 201.
pub(crate) async fn create(at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let body: ActionBody = read(fields)?;
    let deploy = body.deploy;
    let made = at
        .registry()
        .create_action(at.tenant(), at.actor(), &body.into(), deploy)
        .await
        .map_err(in_these_words)?;
    let shown = show::action(&made, Seen::Made);
    Ok(object::json(StatusCode::CREATED, shown))
}

pub(crate) static SHOW: Operation = get("/actions/actions/{id}", "Read actions")
    .any_of(&["read:actions"])
    .answers(&[operation::json(200, &shape::ACTION)]);

/// `GET /actions/actions/{id}`
pub(crate) async fn show(at: Permitted, Path(id): Path<String>) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let action = WholeAction::find(current.state(), &id)?;
    let shown = show::action(&action, Seen::Later);
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static UPDATE: Operation = patch("/actions/actions/{id}", "Change actions")
    .any_of(&["update:actions"])
    .body(&shape::UPDATE)
    .body_max(BODY_MAX)
    .answers(&[operation::json(200, &shape::ACTION)]);

/// `PATCH /actions/actions/{id}`: 200.
pub(crate) async fn update(
    at: Permitted,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let body: ActionBody = read(fields)?;
    let changed = at
        .registry()
        .update_action(at.tenant(), at.actor(), &id, &body.into())
        .await
        .map_err(in_these_words)?;
    let shown = show::action(&changed, Seen::Changed);
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static DELETE: Operation = at_delete("/actions/actions/{id}", "Delete actions")
    .any_of(&["delete:actions"])
    .query(&[&[parameter("force", BOOLEAN)]])
    .answers(&[operation::empty(204)]);

/// `DELETE /actions/actions/{id}`: 204.
pub(crate) async fn delete(
    at: Permitted,
    Path(id): Path<String>,
    query: PageQuery,
) -> Result<StatusCode, ApiError> {
    let force = query.flag("force").unwrap_or(false);
    at.registry()
        .delete_action(at.tenant(), at.actor(), &id, force)
        .await
        .map_err(cannot_delete)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) static TEST: Operation = post("/actions/actions/{id}/test", "Test actions")
    .any_of(&["create:actions"])
    .body(&shape::TEST)
    .answers(&[operation::json(200, &shape::TESTED)]);

/// `POST /actions/actions/{id}/test`: refused, for nothing here can run an action yet.
pub(crate) async fn test(
    at: Permitted,
    Path(id): Path<String>,
    _fields: Fields,
) -> Result<Response, ApiError> {
    let current = at.current().await?;
    documents::find::<Action>(current.state(), &id)?;
    Err(ApiError::new(
        StatusCode::BAD_REQUEST,
        "This server cannot run actions yet.",
        Some("operation_not_supported"),
    ))
}

pub(crate) static EXECUTION: Operation = get("/actions/executions/{id}", "Read executions")
    .any_of(&["read:actions"])
    .answers(&[operation::json(200, &shape::EXECUTION)]);

/// `GET /actions/executions/{id}`: there are none before actions run.
pub(crate) async fn execution(
    _at: Permitted,
    Path(_id): Path<String>,
) -> Result<Response, ApiError> {
    Err(ApiError::not_found("That execution does not exist.", None))
}

/// What Auth0 says when a name is taken.
fn in_these_words(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::DocumentExists(DocumentKind::Action)) = error {
        let message = "An action with that name already exists.";
        return ApiError::new(StatusCode::CONFLICT, message, None);
    }
    error.into()
}

/// What Auth0 says when an action is bound.
fn cannot_delete(error: RegistryError) -> ApiError {
    if let RegistryError::Refused(Refused::DocumentInUse { .. }) = error {
        let message = "Unable to delete an action bound to a trigger.";
        return ApiError::new(StatusCode::CONFLICT, message, None);
    }
    error.into()
}
