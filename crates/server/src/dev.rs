//! Development mode's own endpoints, for the same machine only.

use axum::extract::{Extension, Request, State};
use axum::response::Response;
use http::{StatusCode, header};
use m2mint_authority::registry::tenants::operator_permit;
use m2mint_domain::client::Client;
use m2mint_store::{Actor, ActorKind};

use crate::app::{AppState, Caller};
use crate::oauth;
use crate::oauth::error::OauthError;

/// The client id in the tokens of development mode.
const DEVELOPER: &str = "dev";

/// Headers that a proxy adds.
const FORWARDING: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

/// `POST /dev/reset`: puts the tenant back to its initial state. 204.
pub(crate) async fn reset(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<StatusCode, OauthError> {
    let site = local_site(&state, caller, &request)?;
    let actor = Actor {
        kind: ActorKind::System,
        id: DEVELOPER.into(),
    };
    // What waits to be written is forgotten with the rest; when it cannot be written, it is no matter.
    let _late = state.authority.log().flush().await;
    state
        .registry
        .reset_tenant(&site.tenant.state().tenant().id, &actor)
        .await
        .map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the tenant could not be reset");
            oauth::error::internal()
        })?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /dev/token`: `{"access_token": …}`, a Management token with every scope.
pub(crate) async fn token(
    State(state): State<AppState>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, OauthError> {
    let site = local_site(&state, caller, &request)?;
    let tenant = site.tenant.state();
    let id = DEVELOPER.parse().map_err(|_| oauth::error::internal())?;
    let developer = Client::new(id, "Development mode".into(), state.authority.clock().now());
    let permit = operator_permit(tenant, developer).ok_or_else(oauth::error::internal)?;
    let issued = state
        .authority
        .mint_for(&site, &permit)
        .map_err(|error| oauth::error::answer(&error))?;
    Ok(oauth::token::success(&issued))
}

/// Loopback callers only, not through a proxy that forwards for somebody else, and no web pages.
fn local_site(
    state: &AppState,
    caller: Caller,
    request: &Request,
) -> Result<m2mint_authority::Site, OauthError> {
    // A proxy on this machine speaks for others, whether its word is believed or not.
    let forwarded = FORWARDING
        .iter()
        .any(|name| request.headers().contains_key(*name));
    let here = caller.peer.is_loopback() && caller.ip.is_loopback() && !forwarded;
    // A page in a browser on this machine is not the developer.
    let from_a_page = request.headers().contains_key(header::ORIGIN);
    if !here || from_a_page {
        return Err(oauth::error::body(
            StatusCode::FORBIDDEN,
            "access_denied",
            "Development endpoints answer to programs on this machine only.",
        ));
    }
    state.site(request).ok_or_else(oauth::error::unknown_host)
}
