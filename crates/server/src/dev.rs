//! Development mode's own endpoints, for the same machine only.

use axum::extract::{Extension, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use m2mint_authority::registry::tenants::operator_permit;
use m2mint_domain::client::Client;
use m2mint_store::{Actor, ActorKind};

use crate::api::error::ApiError;
use crate::app::{AppState, Caller};
use crate::oauth;

/// The client id in the tokens of development mode.
const DEVELOPER: &str = "dev";

/// `POST /dev/reset`: puts the tenant back to its initial state. 204.
pub(crate) async fn reset(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<StatusCode, Response> {
    let site = local_site(&state, caller, &request)?;
    let actor = Actor {
        kind: ActorKind::System,
        id: DEVELOPER.into(),
    };
    state
        .registry
        .reset_tenant(&site.tenant.state().tenant().id, &actor)
        .await
        .map_err(|error| ApiError::from(error).into_response())?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /dev/token`: `{"access_token": …}`, a Management token with every scope.
pub(crate) async fn token(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Response> {
    let site = local_site(&state, caller, &request)?;
    let tenant = site.tenant.state();
    let id = DEVELOPER
        .parse()
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    let developer = Client::new(id, "Development mode".into(), state.authority.clock().now());
    let permit = operator_permit(tenant, developer)
        .ok_or_else(|| StatusCode::INTERNAL_SERVER_ERROR.into_response())?;
    let issued = state
        .authority
        .mint_for(&site, &permit)
        .map_err(|error| oauth::error::answer(&error).into_response())?;
    Ok(oauth::token::success(&issued))
}

/// Loopback callers only, and not through a proxy that forwards for somebody else.
fn local_site(
    state: &AppState,
    caller: Caller,
    request: &Request,
) -> Result<m2mint_authority::Site, Response> {
    if !caller.peer.is_loopback() || !caller.ip.is_loopback() {
        return Err(oauth::error::body(
            StatusCode::FORBIDDEN,
            "access_denied",
            "Development endpoints answer to this machine only.",
        )
        .into_response());
    }
    state
        .site(request)
        .ok_or_else(|| oauth::error::unknown_host().into_response())
}
