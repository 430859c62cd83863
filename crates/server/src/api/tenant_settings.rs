//! `/api/v2/tenants/settings`: what holds for all clients of a tenant.

use axum::response::Response;
use http::StatusCode;
use m2mint_domain::audience::Audience;
use m2mint_domain::tenant::Tenant;
use serde_json::json;

use crate::api::access::Permitted;
use crate::api::error::ApiError;
use crate::api::field::{Field, Fields, invalid, keep_extra};
use crate::api::object::{self, Object};
use crate::api::operation::{self, Operation, get, patch};
use crate::api::page::FIELDS;
use crate::api::page::PageQuery;
use crate::api::schema::{ANY, ANY_OBJECT};

/// Settings of user login: kept and shown, without effect here.
const EXTRA: &[&str] = &[
    "acr_values_supported",
    "allowed_logout_urls",
    "change_password",
    "customize_mfa_in_postlogin_action",
    "default_directory",
    "default_redirection_uri",
    "device_flow",
    "enabled_locales",
    "error_page",
    "flags",
    "guardian_mfa_page",
    "idle_session_lifetime",
    "idle_ephemeral_session_lifetime",
    "ephemeral_session_lifetime",
    "oidc_logout",
    "picture_url",
    "sandbox_version",
    "session_cookie",
    "session_lifetime",
    "sessions",
    "support_email",
    "support_url",
];

/// Settings that would change how tokens are issued, in ways this server does not know yet.
const UNSUPPORTED: &[&str] = &[
    "default_token_quota",
    "mtls",
    "pushed_authorization_requests_supported",
    "authorization_response_iss_parameter_supported",
];

pub(crate) static SHOW: Operation = get("/tenants/settings", "Read tenant settings")
    .any_of(&["read:tenant_settings"])
    .query(&[FIELDS])
    .answers(&[operation::json(200, &ANY)]);

/// `GET /tenants/settings`
pub(crate) async fn show(at: Permitted, query: PageQuery) -> Result<Response, ApiError> {
    let current = at.current().await?;
    let shown = query.select(show_settings(current.state().tenant()));
    Ok(object::json(StatusCode::OK, shown))
}

pub(crate) static UPDATE: Operation = patch("/tenants/settings", "Change tenant settings")
    .any_of(&["update:tenant_settings"])
    .body(&ANY_OBJECT)
    .answers(&[operation::json(200, &ANY)]);

/// `PATCH /tenants/settings`: 200.
pub(crate) async fn update(at: Permitted, mut fields: Fields) -> Result<Response, ApiError> {
    for member in UNSUPPORTED {
        fields.unsupported(member)?;
    }
    // The default profile says nothing; the other one is not built yet.
    if let Field::Value(profile) = fields.string("resource_parameter_profile")?
        && profile != "audience"
    {
        return Err(invalid(
            "No enum match for",
            &profile,
            "resource_parameter_profile",
        ));
    }
    let default_audience = fields
        .string("default_audience")?
        .try_map(|text| read_audience(&text))?;
    let names = fields.boolean("allow_organization_name_in_authentication_api")?;
    let friendly_name = fields.string("friendly_name")?;
    let extra = fields.extra(EXTRA);
    fields.end()?;
    let tenant = at
        .registry()
        .update_tenant(at.tenant(), at.actor(), |tenant| {
            default_audience.when_said(|audience| tenant.default_audience = audience.flatten());
            if let Field::Value(names) = names {
                tenant.allow_organization_names = names;
            }
            friendly_name.when_said(|name| tenant.friendly_name = name);
            keep_extra(&mut tenant.extra, &extra);
        })
        .await?;
    Ok(object::json(StatusCode::OK, show_settings(&tenant)))
}

/// An empty text takes the default audience away.
fn read_audience(text: &str) -> Result<Option<Audience>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse()
        .map(Some)
        .map_err(|_| invalid("Invalid identifier", text, "default_audience"))
}

fn show_settings(tenant: &Tenant) -> Object {
    let default_audience = tenant.default_audience.as_ref();
    Object::new()
        .with_extra(&tenant.extra)
        .with_default("allowed_logout_urls", json!([]))
        .with(
            "default_audience",
            default_audience.map_or("", Audience::as_str),
        )
        .with_default("default_directory", "")
        .with_default("enabled_locales", json!(["en"]))
        .with_default("flags", json!({}))
        .with_some("friendly_name", tenant.friendly_name.as_deref())
        .with_default("idle_session_lifetime", 72)
        .with_default("session_lifetime", 168)
        .with_default("sandbox_version", "22")
        .with("sandbox_versions_available", json!(["22", "18"]))
        .with(
            "allow_organization_name_in_authentication_api",
            tenant.allow_organization_names,
        )
        .with("resource_parameter_profile", "audience")
}
