//! Before anything else: may this request reach the tenant at all (network ACLs)?

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use m2mint_authority::Site;
use m2mint_authority::network_acl::{NetworkAcls, Requester, Surface, Turned};
use m2mint_authority::registry::network_acls::Author;
use m2mint_domain::log_event::{LogEvent, LogKind};

use crate::api::error::ApiError;
use crate::app::{AppState, Caller};
use crate::oauth::error::body;
use crate::routes;

/// The answer to a request that a rule of the tenant turns away. Without rules this is one look at
/// an `Option`.
pub(crate) fn turned(
    state: &AppState,
    site: &Site,
    caller: Caller,
    surface: Surface,
    headers: &HeaderMap,
) -> Option<Response> {
    let acls = site.tenant.network_acls()?;
    if !state.node.settings.network_acls {
        return None;
    }
    let turned = acls.judge(surface, &requester(site, caller, headers));
    summarize(state, site, acls);
    Some(match (turned?, surface) {
        (Turned::To(uri), _) => redirect(&uri),
        (Turned::Away, Surface::Management) => ApiError::new(
            StatusCode::FORBIDDEN,
            "Access denied by a network ACL of this tenant.",
            Some("access_denied"),
        )
        .into_response(),
        (Turned::Away, Surface::Authentication | Surface::Registration) => body(
            StatusCode::FORBIDDEN,
            "access_denied",
            "Access denied by a network ACL of this tenant.",
        )
        .into_response(),
    })
}

/// What a path belongs to. `None` for what belongs to the process and not to a tenant.
pub(crate) fn surface(path: &str) -> Option<Surface> {
    let below = |prefix: &str| {
        path.strip_prefix(prefix)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if matches!(path, "/livez" | "/readyz") || below("/dev") {
        None
    } else if below(routes::MANAGEMENT) || below(routes::OURS) || below("/scim") {
        Some(Surface::Management)
    } else if below("/oidc/register") {
        Some(Surface::Registration)
    } else {
        Some(Surface::Authentication)
    }
}

/// Who changes the rules, for the check that they do not shut themselves out.
pub(crate) fn author(site: &Site, caller: Caller, headers: &HeaderMap) -> Author {
    let requester = requester(site, caller, headers);
    Author {
        ip: requester.ip,
        connecting_ip: requester.connecting_ip,
        user_agent: requester.user_agent.map(str::to_owned),
        host: requester.host.to_owned(),
    }
}

fn requester<'a>(site: &'a Site, caller: Caller, headers: &'a HeaderMap) -> Requester<'a> {
    let host = &*site.host;
    // The bracket of an IPv6 address comes after its colons.
    let after_name = host.rfind(']').map_or(0, |bracket| bracket + 1);
    let port = host.get(after_name..).and_then(|rest| rest.find(':'));
    Requester {
        ip: caller.ip,
        connecting_ip: caller.peer,
        user_agent: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok()),
        host: port
            .and_then(|port| host.get(..after_name + port))
            .unwrap_or(host),
    }
}

fn redirect(uri: &str) -> Response {
    let mut response = Response::new(Body::empty());
    match HeaderValue::from_str(uri) {
        Ok(location) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, location);
        }
        Err(_) => *response.status_mut() = StatusCode::FORBIDDEN,
    }
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// Every ten minutes, one event for each rule that was asked: not one for each request.
fn summarize(state: &AppState, site: &Site, acls: &NetworkAcls) {
    let now = state.authority.clock().now();
    for summary in acls.summaries(now) {
        let mut event = LogEvent::new(
            now,
            LogKind::NetworkAclSummary,
            "Summary of a network ACL".into(),
            site.host.clone(),
        );
        let action: serde_json::Value = serde_json::from_str(&summary.action).unwrap_or_default();
        let details = serde_json::json!({
            "acl_id": summary.id,
            "description": summary.description,
            "priority": summary.priority,
            "action": action,
            "match": {"successes": summary.matched},
            "total_request_count": {"successes": summary.asked},
        });
        event.details = Some(details.to_string().into());
        let tenant = &site.tenant.state().tenant().id;
        state.authority.log().note(tenant, event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_belongs_to_one_surface() {
        for (path, expected) in [
            ("/api/v2/clients", Some(Surface::Management)),
            ("/api/v2", Some(Surface::Management)),
            ("/api/v2x", Some(Surface::Authentication)),
            ("/m2mint/v1/clients", Some(Surface::Management)),
            ("/.well-known/jwks.json", Some(Surface::Authentication)),
            ("/oauth/token", Some(Surface::Authentication)),
            ("/oidc/register", Some(Surface::Registration)),
            ("/livez", None),
            ("/dev/reset", None),
            ("/developers", Some(Surface::Authentication)),
        ] {
            assert_eq!(surface(path), expected, "{path}");
        }
    }
}
