//! Every URL there is, on one page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use http::Uri;
use http::uri::PathAndQuery;

use crate::api::operation::Operations;
use crate::api::{
    changes, client_grants, clients, log_streams, logs, organizations, resource_servers, secrets,
    signing_keys, stats, tenant_settings,
};
use crate::app::AppState;
use crate::{api, dev, health, oauth};

/// Where Auth0's Management API is.
pub(crate) const MANAGEMENT: &str = "/api/v2";

/// Where the API is that Auth0 does not have.
pub(crate) const OURS: &str = "/m2mint/v1";

/// The token endpoint. Answered in [`crate::App::answer`], before the router is asked.
pub(crate) const TOKEN: &str = "/oauth/token";

pub(crate) fn router(state: AppState) -> Router {
    let dev_mode = state.node.settings.dev;
    let body_limit = DefaultBodyLimit::max(state.node.settings.body_limit);
    let mut router = Router::new()
        // For verifiers.
        .route(
            "/.well-known/openid-configuration",
            get(oauth::well_known::metadata),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(oauth::well_known::metadata),
        )
        .route("/.well-known/jwks.json", get(oauth::well_known::jwks))
        // For load balancers.
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        // For administrators and their tools.
        .nest(MANAGEMENT, management().router())
        .route("/m2mint/v1/openapi.json", get(api::openapi::show))
        .nest(OURS, ours().router())
        .fallback(oauth::error::not_found);
    if dev_mode {
        router = router
            .route("/dev/reset", post(dev::reset))
            .route("/dev/token", post(dev::token));
    }
    let recorded = from_fn_with_state(state.clone(), api::history::record);
    let limited = from_fn_with_state(state.clone(), health::within_deadline);
    router
        // Behind every route: it covers those that are there already and have no other.
        .method_not_allowed_fallback(oauth::error::method_not_allowed)
        .layer(recorded)
        .layer(limited)
        .layer(body_limit)
        .with_state(state)
}

/// The same address without the slash at its end, which Auth0 tolerates under `/api/v2/`.
pub(crate) fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/')?;
    if !path.strip_prefix(MANAGEMENT)?.starts_with('/') {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Uri::from_parts(parts).ok()
}

/// Auth0's Management API v2.
pub(crate) fn management() -> Operations {
    Operations::new()
        .with(&clients::LIST, clients::list)
        .with(&clients::CREATE, clients::create)
        .with(&clients::SHOW, clients::show)
        .with(&clients::UPDATE, clients::update)
        .with(&clients::DELETE, clients::delete)
        .with(&clients::ROTATE_SECRET, clients::rotate_secret)
        .with(&resource_servers::LIST, resource_servers::list)
        .with(&resource_servers::CREATE, resource_servers::create)
        .with(&resource_servers::SHOW, resource_servers::show)
        .with(&resource_servers::UPDATE, resource_servers::update)
        .with(&resource_servers::DELETE, resource_servers::delete)
        .with(&client_grants::LIST, client_grants::list)
        .with(&client_grants::CREATE, client_grants::create)
        .with(&client_grants::SHOW, client_grants::show)
        .with(&client_grants::UPDATE, client_grants::update)
        .with(&client_grants::DELETE, client_grants::delete)
        .with(&client_grants::ORGANIZATIONS, client_grants::organizations)
        .with(&organizations::LIST, organizations::list)
        .with(&organizations::CREATE, organizations::create)
        .with(&organizations::SHOW_NAMED, organizations::show_named)
        .with(&organizations::SHOW, organizations::show)
        .with(&organizations::UPDATE, organizations::update)
        .with(&organizations::DELETE, organizations::delete)
        .with(&organizations::GRANTS, organizations::grants)
        .with(&organizations::ADD_GRANT, organizations::add_grant)
        .with(&organizations::REMOVE_GRANT, organizations::remove_grant)
        .with(&tenant_settings::SHOW, tenant_settings::show)
        .with(&tenant_settings::UPDATE, tenant_settings::update)
        .with(&signing_keys::LIST, signing_keys::list)
        .with(&signing_keys::ROTATE, signing_keys::rotate)
        .with(&signing_keys::SHOW, signing_keys::show)
        .with(&signing_keys::REVOKE, signing_keys::revoke)
        .with(&logs::LIST, logs::list)
        .with(&logs::SHOW, logs::show)
        .with(&log_streams::LIST, log_streams::list)
        .with(&log_streams::CREATE, log_streams::create)
        .with(&log_streams::SHOW, log_streams::show)
        .with(&log_streams::UPDATE, log_streams::update)
        .with(&log_streams::DELETE, log_streams::delete)
        .with(&stats::DAILY, stats::daily)
        .with(&stats::ACTIVE_USERS, stats::active_users)
}

/// What Auth0 does not have.
pub(crate) fn ours() -> Operations {
    Operations::new()
        .with(&secrets::LIST, secrets::list)
        .with(&secrets::ADD, secrets::add)
        .with(&secrets::RETIRE, secrets::retire)
        .with(&changes::LIST, changes::list)
}
