//! Discovery: what clients and verifiers may know without asking anybody (RFC 8414, RFC 7517).

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use m2mint_domain::signing_key::{KeyFamily, KeyPlace};
use m2mint_jose::{base64url, sha256};
use serde_json::json;

use crate::app::AppState;
use crate::oauth::error::unknown_host;

/// How long the documents may be cached. A new key is published long before it signs, so five
/// minutes are no risk; when the server is away, yesterday's keys are better than none (RFC 5861).
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=300, stale-if-error=86400");

/// `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`: what this
/// server is, seen from the name that was asked (RFC 8414 §2).
pub(crate) async fn metadata(State(state): State<AppState>, request: Request) -> Response {
    let Some(site) = state.site(&request) else {
        return unknown_host().into_response();
    };
    let issuer = &site.issuer;
    let tenant = site.tenant.state();
    let has = |family| tenant.signing_key(family, KeyPlace::Current).is_some();
    let mut algorithms = vec!["HS256", "RS256", "PS256"];
    algorithms.extend(has(KeyFamily::P256).then_some("ES256"));
    algorithms.extend(has(KeyFamily::Ed25519).then_some("EdDSA"));
    let document = json!({
        "issuer": **issuer,
        "token_endpoint": format!("{issuer}oauth/token"),
        "jwks_uri": format!("{issuer}.well-known/jwks.json"),
        "scopes_supported": [],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "claims_supported": ["aud", "exp", "iat", "iss", "sub"],
        "grant_types_supported": ["client_credentials"],
        "request_uri_parameter_supported": false,
        "request_parameter_supported": false,
        "id_token_signing_alg_values_supported": algorithms,
    })
    .to_string();
    let etag = format!("\"{}\"", base64url(&sha256(document.as_bytes())));
    cached(request.headers(), &etag, document)
}

/// `GET /.well-known/jwks.json`: the keys that tokens may be signed with (RFC 7517 §5).
pub(crate) async fn jwks(State(state): State<AppState>, request: Request) -> Response {
    let Some(site) = state.site(&request) else {
        return unknown_host().into_response();
    };
    let keys = site.tenant.keys();
    cached(request.headers(), keys.etag(), keys.jwks().to_string())
}

/// A public document, or 304 for whoever has it already (RFC 9110 §13.1.2).
fn cached(asked: &HeaderMap, etag: &str, document: String) -> Response {
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == etag || tag == "*");
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut response = Response::new(Body::from(document));
        let json = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, CACHE);
    if let Ok(etag) = HeaderValue::from_str(etag) {
        headers.insert(header::ETAG, etag);
    }
    // Anyone may read public keys, browsers included.
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
