//! `/api/v2/actions/triggers`: when actions run, and which ones.

use axum::response::Response;
use http::StatusCode;
use m2mint_authority::registry::action_bindings::BoundAction;
use m2mint_authority::trigger::{IDS, TRIGGERS, Trigger};
use serde_json::{Value, json};

use crate::api::access::Permitted;
use crate::api::actions::{self, BindingsBody};
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, get, patch};
use crate::api::page::{NUMBERED, PageQuery, Zeros};
use crate::api::path::Path;

pub(crate) static LIST: Operation = get("/actions/triggers", "List triggers")
    .any_of(&["read:actions"])
    .answers(&[operation::json(200, &actions::TRIGGERS)]);

/// `GET /actions/triggers`
pub(crate) async fn list(_at: Permitted) -> Response {
    let rows: Value = TRIGGERS.iter().map(|row| Value::from(show(row))).collect();
    object::json(StatusCode::OK, Object::new().with("triggers", rows))
}

pub(crate) static BINDINGS: Operation =
    get("/actions/triggers/{triggerId}/bindings", "List bindings")
        .any_of(&["read:actions"])
        .query(&[NUMBERED])
        .answers(&[operation::json(200, &actions::BINDINGS)]);

/// `GET /actions/triggers/{triggerId}/bindings`
pub(crate) async fn bindings(
    at: Permitted,
    Path(trigger): Path<String>,
    query: PageQuery,
) -> Result<Response, ApiError> {
    check_trigger(&trigger)?;
    let current = at.current().await?;
    let bound = BoundAction::all(current.state(), &trigger)?;
    Ok(query.counted("bindings", Zeros::LeftOut, &bound, |bound| {
        actions::binding(bound, &trigger)
    }))
}

pub(crate) static SET_BINDINGS: Operation =
    patch("/actions/triggers/{triggerId}/bindings", "Change bindings")
        .any_of(&["update:actions"])
        .body(&actions::SET_BINDINGS)
        .answers(&[operation::json(200, &actions::BINDINGS_SET)]);

/// `PATCH /actions/triggers/{triggerId}/bindings`: 200, with the whole new list.
pub(crate) async fn set_bindings(
    at: Permitted,
    Path(trigger): Path<String>,
    fields: Fields,
) -> Result<Response, ApiError> {
    let row = check_trigger(&trigger)?;
    let body: BindingsBody = actions::read(fields)?;
    let bound = match body.into_list()? {
        Some(list) => {
            at.registry()
                .set_action_bindings(at.tenant(), at.actor(), row, &list)
                .await?
        }
        None => BoundAction::all(at.current().await?.state(), &trigger)?,
    };
    let shown: Value = bound
        .iter()
        .map(|bound| Value::from(actions::binding(bound, &trigger)))
        .collect();
    Ok(object::json(
        StatusCode::OK,
        Object::new().with("bindings", shown),
    ))
}

/// The current version of a trigger.
fn check_trigger(id: &str) -> Result<&'static Trigger, ApiError> {
    let wrong =
        |message: String| ApiError::new(StatusCode::BAD_REQUEST, message, Some("invalid_uri"));
    if !IDS.contains(&id) {
        let shown: String = id.chars().take(100).collect();
        return Err(wrong(format!(
            "Path validation error: 'No enum match for: {shown}' on property triggerId."
        )));
    }
    Trigger::find(id, None).ok_or_else(|| wrong(format!("The trigger {id} is not available.")))
}

fn show(row: &Trigger) -> Object {
    let compatible = row.compatible.iter();
    let compatible: Value = compatible
        .map(|version| json!({"id": row.id, "version": version}))
        .collect();
    Object::new()
        .with("id", row.id)
        .with("version", row.version)
        .with("status", row.status())
        .with("runtimes", row.runtimes.to_vec())
        .with("default_runtime", row.default_runtime)
        .with("binding_policy", row.policy.as_str())
        .with("compatible_triggers", compatible)
}
