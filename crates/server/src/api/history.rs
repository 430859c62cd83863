//! The Management API's part of the log: what was changed, by whom, what was refused, and which
//! reads showed a secret.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{Method, StatusCode, header};
use m2mint_authority::Site;
use m2mint_domain::log_event::{LogEvent, LogKind, USER_AGENT_MAX};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use crate::api::access::{Bearer, bearer};
use crate::app::{AppState, Caller};

/// The most characters of a path that the log keeps.
const PATH_MAX: usize = 512;

/// Goes with an answer that shows secrets this server keeps.
#[derive(Clone)]
pub(crate) struct SecretsShown {
    /// To whom.
    pub(crate) reader: Who,
    /// The names of the members.
    pub(crate) members: &'static [&'static str],
}

/// Goes with an answer that changed what the caller's own client may do: it may have given itself
/// more than it was given.
#[derive(Clone, Copy)]
pub(crate) struct OwnGrant;

/// Whom a token speaks for, and where.
#[derive(Clone)]
pub(crate) struct Who {
    pub(crate) site: Site,
    pub(crate) client_id: Option<String>,
}

/// Records every change through the Management API, every refused one whose caller is known, and
/// every read that shows a secret.
///
/// Bodies are not recorded: they hold secrets. The change log has what was changed.
pub(crate) async fn record(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    let managed = path.starts_with("/api/v2/") || path.starts_with("/m2mint/v1/");
    if !managed || matches!(*request.method(), Method::HEAD | Method::OPTIONS) {
        return next.run(request).await;
    }
    let asked = Asked::of(&request);
    let who = if asked.method == Method::GET {
        None
    } else {
        // Before the request is done: it may revoke the key that signed its own token.
        let bearer = bearer(&state, request.uri(), request.headers()).ok();
        bearer.map(|Bearer { site, claims }| Who {
            site,
            client_id: claims.client_id().map(str::to_owned),
        })
    };

    let mut response = next.run(request).await;

    let status = response.status();
    let shown = response.extensions_mut().remove::<SecretsShown>();
    let own_grant = response.extensions_mut().remove::<OwnGrant>().is_some();
    let (kind, who, secrets) = match shown {
        Some(SecretsShown { members, .. }) if who.is_some() => {
            (LogKind::ManagementChanged, who, members)
        }
        Some(SecretsShown { reader, members }) => (LogKind::SecretShown, Some(reader), members),
        None if status.is_success() => (LogKind::ManagementChanged, who, &[][..]),
        None => (LogKind::ManagementRefused, who, &[][..]),
    };
    if let Some(who) = who {
        if own_grant {
            let tenant = &who.site.tenant.state().tenant().id;
            let client_id = who.client_id.as_deref();
            let (method, path) = (&asked.method, &*asked.path);
            tracing::warn!(%tenant, client_id, %method, path, "a client changed its own grant");
        }
        let marks = Marks { secrets, own_grant };
        let event = asked.event(&state, kind, &who, status, &marks);
        let tenant = &who.site.tenant.state().tenant().id;
        if let Err(error) = state.authority.log().record(tenant, event).await {
            // The change itself is committed and in the change log.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a call of the Management API was not logged"
            );
        }
    }
    response
}

/// What an event says beside the request and its answer.
struct Marks<'a> {
    /// The names of the members that showed secrets.
    secrets: &'a [&'a str],
    own_grant: bool,
}

/// What the log keeps of a request.
struct Asked {
    method: Method,
    path: String,
    query: Value,
    user_agent: Option<Arc<str>>,
    caller: Option<Caller>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let user_agent = request.headers().get(header::USER_AGENT);
        Self {
            method: request.method().clone(),
            path: cut(request.uri().path(), PATH_MAX).to_owned(),
            query: read_query(request.uri().query().unwrap_or_default()),
            user_agent: user_agent
                .and_then(|value| value.to_str().ok())
                .map(|text| cut(text, USER_AGENT_MAX).into()),
            caller: request.extensions().get::<Caller>().copied(),
        }
    }

    fn event(
        self,
        state: &AppState,
        kind: LogKind,
        who: &Who,
        status: StatusCode,
        marks: &Marks<'_>,
    ) -> LogEvent {
        let Who { site, client_id } = who;
        let client_id = client_id.as_deref();
        let now = state.authority.clock().now();
        let description = describe(&self.method, &self.path).into();
        let mut event = LogEvent::new(now, kind, description, site.host.clone());
        let client = client_id.and_then(|id| site.tenant.state().client(id));
        event.client_id = client_id.and_then(|id| id.parse().ok());
        event.client_name = client.map(|entry| entry.client().name.clone());
        event.ip = self.caller.map(|caller| caller.ip);
        // A read is said as Auth0's schema of that event has it: there is no user, and no body is kept.
        let (user, answer) = if kind == LogKind::SecretShown {
            let answer = json!({"statusCode": status.as_u16(), "body": {}});
            (json!(""), answer)
        } else {
            (json!({}), json!({"statusCode": status.as_u16()}))
        };
        let mut details = json!({
            "request": {
                "method": self.method.as_str().to_ascii_lowercase(),
                "path": self.path,
                "query": self.query,
                "userAgent": self.user_agent.as_deref().unwrap_or_default(),
                "channel": "api",
                "ip": event.ip.map_or_else(String::new, |ip| ip.to_string()),
                "auth": {"user": user, "strategy": "jwt", "credentials": {}},
            },
            "response": answer,
        });
        event.user_agent = self.user_agent;
        if let Some(members) = details.as_object_mut() {
            if !marks.secrets.is_empty() {
                members.insert("accessedSecrets".into(), json!(marks.secrets));
            }
            if self.method != Method::GET && concerns(&self.path, client_id) {
                members.insert("self".into(), json!(true));
            }
            if marks.own_grant {
                members.insert("ownGrant".into(), json!(true));
            }
        }
        event.details = Some(details.to_string().into());
        event
    }
}

/// Whether a path is about the very client that asks: whoever may change clients can change what it
/// may do itself, and that should not pass unnoticed.
fn concerns(path: &str, client_id: Option<&str>) -> bool {
    let mut segments = path
        .split('/')
        .skip_while(|part| *part != "clients")
        .skip(1);
    let named = segments
        .next()
        .map(|id| percent_decode_str(id).decode_utf8_lossy());
    named.is_some() && named.as_deref() == client_id
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
    if let ["import"] = segments.as_slice() {
        return "Import a document".to_owned();
    }
    if let (&Method::GET, ["resource-servers"]) = (method, segments.as_slice()) {
        return "Read resource servers".to_owned();
    }
    if let ["actions", kind, .., last @ ("deploy" | "rollback" | "test")] = segments.as_slice() {
        let verb = match *last {
            "deploy" => "Deploy",
            "rollback" => "Roll back",
            _ => "Test",
        };
        let what = if *kind == "modules" {
            "an action module"
        } else {
            "an action"
        };
        return format!("{verb} {what}");
    }
    let verb = match *method {
        Method::GET => "Read",
        Method::POST => "Create",
        Method::DELETE => "Delete",
        _ => "Update",
    };
    let collection = match segments.as_slice() {
        ["actions", "modules", _, "versions", ..] => "an action module version",
        ["actions", "modules", ..] => "an action module",
        ["actions", "triggers", ..] => "trigger bindings",
        ["actions", ..] => "an action",
        ["organizations", _, "discovery-domains", ..] => "an organization discovery domain",
        ["organizations", _, "clients", ..] => "an organization client",
        ["organizations", _, "client-grants", ..] => "an organization client grant",
        ["clients", _, "secrets", ..] => "a client secret",
        ["clients", _, "credentials", ..] => "a client credential",
        ["clients", ..] => "a client",
        ["resource-servers", ..] => "a resource server",
        ["client-grants", ..] => "a client grant",
        ["organizations", ..] => "an organization",
        ["attack-protection", ..] => "attack protection settings",
        ["custom-domains", ..] => "a custom domain",
        ["keys", "custom-signing"] => "custom signing keys",
        ["network-acls", ..] => "a network ACL",
        ["rate-limit-policies", ..] => "a rate limit policy",
        ["token-exchange-profiles", ..] => "a token exchange profile",
        ["tenants", ..] => "tenant settings",
        ["log-streams", ..] => "a log stream",
        _ => "an object",
    };
    format!("{verb} {collection}")
}

/// The members of a query string; nothing of one that is long or none.
fn read_query(text: &str) -> Value {
    let pairs: Vec<(String, String)> = if text.len() <= PATH_MAX {
        serde_urlencoded::from_str(text).unwrap_or_default()
    } else {
        Vec::new()
    };
    let members = pairs.into_iter();
    members
        .map(|(name, value)| (name, Value::from(value)))
        .collect()
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
            of(Method::POST, "/api/v2/actions/actions/x/deploy"),
            "Deploy an action"
        );
        assert_eq!(
            of(
                Method::PATCH,
                "/api/v2/actions/triggers/post-login/bindings"
            ),
            "Update trigger bindings"
        );
        assert_eq!(
            of(Method::PUT, "/api/v2/keys/signing/k/revoke"),
            "Revoke a signing key"
        );
        assert_eq!(
            of(Method::GET, "/api/v2/resource-servers/x"),
            "Read a resource server"
        );
    }
}
