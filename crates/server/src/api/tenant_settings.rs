//! `/api/v2/tenants/settings`: what holds for all clients of a tenant.

use axum::response::Response;
use http::StatusCode;
use serde_json::json;

use self::body::{SettingsBody, show_settings};
use self::wire::{SETTINGS, UPDATE_BODY};
use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::Fields;
use crate::api::object;
use crate::api::operation::{self, Operation, get, patch};
use crate::api::page::{FIELDS, PageQuery};

mod body;
mod wire;

pub(crate) static SHOW: Operation = get("/tenants/settings", "Read tenant settings")
    .any_of(&["read:tenant_settings"])
    .query(&[FIELDS])
    .answers(&[operation::json(200, &SETTINGS)]);

/// `GET /tenants/settings`. The versions of the sandbox come whatever `fields` asks for.
pub(crate) async fn show(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let shown = show_settings(current.state().tenant(), &[])
        .with("sandbox_versions_available", json!(["22", "18"]));
    let query = query
        .always_with("sandbox_version")
        .always_with("sandbox_versions_available");
    Ok(object::json(StatusCode::OK, query.select(shown)))
}

pub(crate) static UPDATE: Operation = patch("/tenants/settings", "Change tenant settings")
    .any_of(&["update:tenant_settings"])
    .body(&UPDATE_BODY)
    .answers(&[operation::json(200, &SETTINGS)]);

/// Flags that Auth0 shows in the answer to a change and nowhere else.
const AFTER_A_CHANGE: &[&str] = &[
    "cannot_change_enforce_client_authentication_on_passwordless_start",
    "enforce_client_authentication_on_passwordless_start",
];

/// `PATCH /tenants/settings`: 200.
pub(crate) async fn update(at: Permitted, fields: Fields) -> Result<Response, ApiError> {
    let body = SettingsBody::read(fields)?;
    let tenant = at
        .registry()
        .update_tenant(at.tenant(), at.actor(), |tenant| body.apply(tenant))
        .await?;
    let shown = show_settings(&tenant, AFTER_A_CHANGE);
    Ok(object::json(StatusCode::OK, shown))
}
