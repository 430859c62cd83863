//! `If-Match` and `If-None-Match` (RFC 9110 §13.1): nobody overwrites what they have not seen, and
//! nobody reads twice what has not changed.

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, Method, StatusCode, header};
use m2mint_store::Revision;

use crate::api::error::ApiError;
use crate::app::AppState;

/// How often a change is tried while others change something else.
const ATTEMPTS_MAX: usize = 32;

/// Compares entity tags before a change, and after a read.
///
/// What a write is held against is the answer of `GET` on the same address, with the same token. The
/// write then counts only if the register is still at the revision that was compared.
pub(crate) async fn hold(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if *request.method() == Method::GET {
        let known = request.headers().get(header::IF_NONE_MATCH).cloned();
        let response = next.run(request).await;
        return match known {
            Some(known) if response.status() == StatusCode::OK => {
                unless_known(response, known.to_str().unwrap_or_default())
            }
            Some(_) | None => response,
        };
    }
    let Some(wanted) = request.headers().get(header::IF_MATCH) else {
        return next.run(request).await;
    };
    let wanted = wanted.to_str().unwrap_or_default().to_owned();
    match change_if(&state, request, next, &wanted).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn change_if(
    state: &AppState,
    request: Request,
    next: Next,
    wanted: &str,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let limit = state.node.settings.management_body_limit;
    let body = to_bytes(body, limit).await.map_err(|_| {
        let message = "The request body could not be read.";
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message, Some("invalid_body"))
    })?;
    for _ in 0..ATTEMPTS_MAX {
        let Some(revision) = revision(state, &parts.uri, &parts.headers).await? else {
            break;
        };
        let mut look = Request::new(Body::empty());
        *look.method_mut() = Method::GET;
        *look.uri_mut() = parts.uri.clone();
        *look.headers_mut() = parts.headers.clone();
        *look.extensions_mut() = parts.extensions.clone();
        look.headers_mut().remove(header::CONTENT_LENGTH);
        let seen = next.clone().run(look).await;
        if !seen.status().is_success() && seen.status() != StatusCode::METHOD_NOT_ALLOWED {
            return Ok(seen);
        }
        if !matches(wanted, tag(&seen)) {
            return Err(ApiError::precondition_failed());
        }
        let mut write = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let registry = state.registry.only_at(revision);
        write.extensions_mut().insert(registry);
        let response = next.clone().run(write).await;
        if response.status() != StatusCode::PRECONDITION_FAILED {
            return Ok(response);
        }
        // Something has changed, perhaps something else: look again.
    }
    Err(ApiError::precondition_failed())
}

/// The revision that the tenant of this request is at.
async fn revision(
    state: &AppState,
    uri: &http::Uri,
    headers: &HeaderMap,
) -> Result<Option<Revision>, ApiError> {
    let Some(site) = crate::app::host(uri, headers).and_then(|host| state.authority.site(host))
    else {
        return Ok(None);
    };
    let tenant = site.tenant.state().tenant().id.clone();
    let current = state.registry.current(&tenant).await?;
    Ok(Some(current.revision()))
}

fn tag(response: &Response) -> Option<&str> {
    response.headers().get(header::ETAG)?.to_str().ok()
}

/// Whether a list of entity tags, or `*`, names this one. Weak ones never match here.
fn matches(wanted: &str, tag: Option<&str>) -> bool {
    let Some(tag) = tag else { return false };
    wanted
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one == tag)
}

fn unless_known(response: Response, known: &str) -> Response {
    let known = known.replace("W/", "");
    if !matches(&known, tag(&response)) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    Response::from_parts(parts, Body::empty())
}
