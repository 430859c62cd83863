//! Every URL there is, on one page.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post, put};
use http::Uri;
use http::uri::PathAndQuery;

use crate::app::AppState;
use crate::{api, dev, health, oauth};

/// Where Auth0's Management API is.
const MANAGEMENT: &str = "/api/v2/";

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
        .nest("/api/v2", enveloped(management()))
        .nest("/m2mint/v1", enveloped(ours()))
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
    if !path.starts_with(MANAGEMENT) {
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

/// Refuses unknown paths and methods in the envelope of the Management API.
fn enveloped(routes: Router<AppState>) -> Router<AppState> {
    routes
        .method_not_allowed_fallback(api::error::method_not_allowed)
        .fallback(api::error::not_found)
}

/// Auth0's Management API v2.
fn management() -> Router<AppState> {
    Router::new()
        .route(
            "/clients",
            get(api::clients::list).post(api::clients::create),
        )
        .route(
            "/clients/{id}",
            get(api::clients::show)
                .patch(api::clients::update)
                .delete(api::clients::delete),
        )
        .route(
            "/clients/{id}/rotate-secret",
            post(api::clients::rotate_secret),
        )
        .route(
            "/resource-servers",
            get(api::resource_servers::list).post(api::resource_servers::create),
        )
        .route(
            "/resource-servers/{id}",
            get(api::resource_servers::show)
                .patch(api::resource_servers::update)
                .delete(api::resource_servers::delete),
        )
        .route(
            "/client-grants",
            get(api::client_grants::list).post(api::client_grants::create),
        )
        .route(
            "/client-grants/{id}",
            get(api::client_grants::show)
                .patch(api::client_grants::update)
                .delete(api::client_grants::delete),
        )
        .route(
            "/client-grants/{id}/organizations",
            get(api::client_grants::organizations),
        )
        .route(
            "/organizations",
            get(api::organizations::list).post(api::organizations::create),
        )
        .route(
            "/organizations/name/{name}",
            get(api::organizations::show_named),
        )
        .route(
            "/organizations/{id}",
            get(api::organizations::show)
                .patch(api::organizations::update)
                .delete(api::organizations::delete),
        )
        .route(
            "/organizations/{id}/client-grants",
            get(api::organizations::grants).post(api::organizations::add_grant),
        )
        .route(
            "/organizations/{id}/client-grants/{grant}",
            delete(api::organizations::remove_grant),
        )
        .route("/tenants/settings", get(api::tenant_settings::show))
        .route("/tenants/settings", patch(api::tenant_settings::update))
        .route("/keys/signing", get(api::signing_keys::list))
        .route("/keys/signing/rotate", post(api::signing_keys::rotate))
        .route("/keys/signing/{kid}", get(api::signing_keys::show))
        .route("/keys/signing/{kid}/revoke", put(api::signing_keys::revoke))
        .route("/logs", get(api::logs::list))
        .route("/logs/{id}", get(api::logs::show))
}

/// What Auth0 does not have.
fn ours() -> Router<AppState> {
    Router::new()
        .route(
            "/clients/{id}/secrets",
            get(api::secrets::list).post(api::secrets::add),
        )
        .route(
            "/clients/{id}/secrets/{secret}",
            delete(api::secrets::retire),
        )
}
