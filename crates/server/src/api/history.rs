//! The Management API's part of the log: what was changed, by whom, and what was refused.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, header};
use m2mint_domain::log_event::{LogEvent, LogKind};
use serde_json::json;

use crate::api::access::{Bearer, bearer};
use crate::app::{AppState, Caller};

/// The most characters of a `User-Agent` that the log keeps.
const USER_AGENT_MAX: usize = 256;
/// The most characters of a path that the log keeps.
const PATH_MAX: usize = 512;

/// Records every change through the Management API, and every refused one whose caller is known.
///
/// Bodies are not recorded: they hold secrets. The change log has what was changed.
pub(crate) async fn record(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let managed = path.starts_with("/api/v2/") || path.starts_with("/m2mint/v1/");
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if !managed || reads {
        return next.run(request).await;
    }
    let who = bearer(&state, request.uri(), request.headers()).ok();
    let caller = request.extensions().get::<Caller>().copied();
    let user_agent = request.headers().get(header::USER_AGENT);
    let user_agent = user_agent
        .and_then(|value| value.to_str().ok())
        .map(|text| cut(text, USER_AGENT_MAX));
    let method = request.method().clone();
    let path = cut(path, PATH_MAX).to_owned();
    let user_agent = user_agent.map(str::to_owned);

    let response = next.run(request).await;

    if let Some(Bearer { site, claims }) = who {
        let status = response.status();
        let kind = if status.is_success() {
            LogKind::ManagementChanged
        } else {
            LogKind::ManagementRefused
        };
        let now = state.authority.clock().now();
        let description = describe(&method, &path).into();
        let mut event = LogEvent::new(now, kind, description, site.host.clone());
        let tenant = site.tenant.state();
        let client = claims.client_id().and_then(|id| tenant.client(id));
        event.client_id = claims.client_id().and_then(|id| id.parse().ok());
        event.client_name = client.map(|entry| entry.client().name.clone());
        event.ip = caller.map(|caller| caller.ip);
        event.user_agent = user_agent.map(Into::into);
        let details = json!({
            "request": {"method": method.as_str(), "path": path},
            "response": {"statusCode": status.as_u16()},
        });
        event.details = Some(details.to_string().into());
        if let Err(error) = state
            .authority
            .log()
            .record(&tenant.tenant().id, event)
            .await
        {
            // The change itself is committed and in the change log.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a change was not logged"
            );
        }
    }
    response
}

/// `Create a client`, `Update a resource server`, …: Auth0's sentences, from method and path.
fn describe(method: &Method, path: &str) -> String {
    let segments: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .skip(2)
        .collect();
    if let Some(last @ ("rotate-secret" | "rotate" | "revoke")) = segments.last().copied() {
        let what = if last == "rotate-secret" {
            "a client secret"
        } else {
            "a signing key"
        };
        let verb = if last == "revoke" { "Revoke" } else { "Rotate" };
        return format!("{verb} {what}");
    }
    let verb = match *method {
        Method::POST => "Create",
        Method::DELETE => "Delete",
        _ => "Update",
    };
    let collection = match segments.as_slice() {
        ["organizations", _, "client-grants", ..] => "an organization client grant",
        ["clients", _, "secrets", ..] => "a client secret",
        ["clients", ..] => "a client",
        ["resource-servers", ..] => "a resource server",
        ["client-grants", ..] => "a client grant",
        ["organizations", ..] => "an organization",
        ["tenants", ..] => "tenant settings",
        _ => "an object",
    };
    format!("{verb} {collection}")
}

fn cut(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_described_in_words() {
        let of = |method: Method, path: &str| describe(&method, path);
        assert_eq!(of(Method::POST, "/api/v2/clients"), "Create a client");
        assert_eq!(
            of(Method::POST, "/api/v2/clients/x/rotate-secret"),
            "Rotate a client secret"
        );
        assert_eq!(
            of(Method::DELETE, "/m2mint/v1/clients/x/secrets/y"),
            "Delete a client secret"
        );
        assert_eq!(
            of(Method::PATCH, "/api/v2/tenants/settings"),
            "Update tenant settings"
        );
        assert_eq!(
            of(Method::PUT, "/api/v2/keys/signing/k/revoke"),
            "Revoke a signing key"
        );
    }
}
