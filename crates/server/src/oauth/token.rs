//! `POST /oauth/token`: parse, ask the authority, answer.

use std::pin::Pin;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use m2mint_authority::Site;
use m2mint_authority::network_acl::Surface;
use m2mint_authority::token::mint::write_escaped;
use m2mint_authority::token::{Issued, TokenCall, TokenError};
use m2mint_domain::TokenRequest;
use m2mint_domain::tenant::ResourceParameter;

use crate::app::{AppState, Caller, host};
use crate::edges;
use crate::oauth::call::{BodyKind, Call, read_call};
use crate::oauth::error::{self, OauthError, body};

/// How much of a refused request is read on, in bytes.
const DRAIN_MAX: usize = 8 * 1_024 * 1_024;
/// And for how long.
const DRAIN_FOR: Duration = Duration::from_secs(2);

/// Answers a request to the token endpoint (RFC 6749 §3.2), whatever it is.
pub(crate) async fn answer<B>(
    state: &AppState,
    caller: Caller,
    request: Request<B>,
) -> Response<Body>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<axum::BoxError>,
{
    let (head, sent) = request.into_parts();
    let mut sent = std::pin::pin!(sent);
    match issue(state, caller, &head, sent.as_mut()).await {
        Ok(issued) => success(&issued),
        Err(refused) => {
            drain(sent).await;
            refused
        }
    }
}

async fn issue<B>(
    state: &AppState,
    caller: Caller,
    head: &Parts,
    sent: Pin<&mut B>,
) -> Result<Issued, Response<Body>>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<axum::BoxError>,
{
    if head.method != Method::POST {
        let mut response = error::method_not_allowed().await.into_response();
        response
            .headers_mut()
            .insert(header::ALLOW, HeaderValue::from_static("POST"));
        return Err(response);
    }
    let site = host(&head.uri, &head.headers)
        .and_then(|host| state.authority.site(host))
        .ok_or_else(|| error::unknown_host().into_response())?;
    if let Some(refusal) =
        edges::turned(state, &site, caller, Surface::Authentication, &head.headers)
    {
        return Err(refusal);
    }
    let kind = body_kind(&head.headers).map_err(IntoResponse::into_response)?;
    let authorization =
        single(&head.headers, &header::AUTHORIZATION).map_err(IntoResponse::into_response)?;
    let bytes = read_body(state, sent)
        .await
        .map_err(IntoResponse::into_response)?;
    let call = read_call(kind, authorization.map(HeaderValue::as_bytes), &bytes)
        .map_err(|error| OauthError::from(error).into_response())?;
    let by_resource = match site.tenant.state().tenant().resource_parameter {
        ResourceParameter::Compatibility => call.resource.as_deref(),
        ResourceParameter::Ignored => None,
    };
    let audience = call.audience.as_deref().or(by_resource);
    let canonical = audience.and_then(|audience| management_alias(&site, audience));
    let call = token_call(
        &call,
        canonical.as_deref().or(audience),
        caller,
        &head.headers,
    );
    state.authority.issue(&site, &call).await.map_err(|error| {
        if let TokenError::NoKey | TokenError::Sign(_) = &error {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, tenant = %site.tenant.state().tenant().id, "no token could be made");
        }
        error::answer(&error).into_response()
    })
}

fn token_call<'a>(
    call: &'a Call<'_>,
    audience: Option<&'a str>,
    caller: Caller,
    headers: &'a HeaderMap,
) -> TokenCall<'a> {
    TokenCall {
        presented: call.presented(),
        request: TokenRequest {
            audience,
            scope: call.scope.as_ref(),
            organization: call.organization.as_deref(),
        },
        ip: Some(caller.ip),
        user_agent: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok()),
    }
}

/// A token and what it allows (RFC 6749 §5.1). The content type has no charset, as Auth0's.
pub(crate) fn success(issued: &Issued) -> Response<Body> {
    let token = issued.access_token.reveal();
    let mut json = Vec::with_capacity(token.len() + issued.scope.as_str().len() + 96);
    json.extend_from_slice(b"{\"access_token\":\"");
    // base64url and dots: nothing to escape.
    json.extend_from_slice(token.as_bytes());
    if !issued.scope.is_empty() {
        json.extend_from_slice(b"\",\"scope\":\"");
        write_escaped(&mut json, issued.scope.as_str());
    }
    json.extend_from_slice(b"\",\"expires_in\":");
    json.extend_from_slice(issued.expires_in.to_string().as_bytes());
    json.extend_from_slice(b",\"token_type\":\"Bearer\"}");
    let mut response = Response::new(Body::from(json));
    let headers = response.headers_mut();
    headers.reserve(4);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    if let Some(standing) = issued.standing {
        error::insert_standing(headers, standing);
    }
    response
}

/// The Management API is one audience, whichever of the tenant's names stands in it: tools build it
/// from the domain they were given.
fn management_alias(site: &Site, audience: &str) -> Option<String> {
    let host = audience.strip_suffix("/api/v2/")?;
    let host = host
        .strip_prefix("https://")
        .or_else(|| host.strip_prefix("http://"))?;
    let state = site.tenant.state();
    let known = state.resource_server_for(audience).is_some();
    let ours = *host == *site.host || state.tenant().hosts().any(|name| name.as_str() == host);
    (!known && ours).then(|| state.tenant().management_audience())
}

/// Form or JSON, by the one `Content-Type`.
fn body_kind(headers: &HeaderMap) -> Result<BodyKind, OauthError> {
    let unsupported = || {
        let text =
            "The Content-Type must be application/x-www-form-urlencoded or application/json.";
        body(StatusCode::BAD_REQUEST, "invalid_request", text)
    };
    let value = single(headers, &header::CONTENT_TYPE)?.ok_or_else(unsupported)?;
    let media_type = value
        .as_bytes()
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default();
    let media_type = media_type.trim_ascii();
    if media_type.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        Ok(BodyKind::Form)
    } else if media_type.eq_ignore_ascii_case(b"application/json") {
        Ok(BodyKind::Json)
    } else {
        Err(unsupported())
    }
}

/// A header that may stand there once.
fn single<'a>(
    headers: &'a HeaderMap,
    name: &header::HeaderName,
) -> Result<Option<&'a HeaderValue>, OauthError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (first, None) => Ok(first),
        (_, Some(_)) => Err(body(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "A header is repeated.",
        )),
    }
}

/// The whole body, within the limits of size and time.
async fn read_body<B>(state: &AppState, sent: Pin<&mut B>) -> Result<Bytes, OauthError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<axum::BoxError>,
{
    let settings = &state.node.settings;
    let too_large = || {
        let text = "The request body is too large.";
        body(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", text)
    };
    let limit = u64::try_from(settings.body_limit).unwrap_or(u64::MAX);
    if limit < sent.size_hint().lower() {
        return Err(too_large());
    }
    let limited = std::pin::pin!(Limited::new(sent, settings.body_limit));
    match tokio::time::timeout(settings.deadline, limited.collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => {
            let text = "The request body could not be read.";
            Err(body(StatusCode::BAD_REQUEST, "invalid_request", text))
        }
        Err(_) => {
            let text = "The request took too long.";
            Err(body(StatusCode::REQUEST_TIMEOUT, "invalid_request", text))
        }
    }
}

/// Reads on, and forgets, what a refused caller is still sending: an answer that overtakes its
/// request is lost when the connection closes. Up to a bound, and not for long.
async fn drain<B>(mut sent: Pin<&mut B>)
where
    B: http_body::Body<Data = Bytes>,
{
    let reading = async {
        let mut left = DRAIN_MAX;
        while 0 < left && !sent.is_end_stream() {
            let Some(Ok(frame)) = sent.frame().await else {
                return;
            };
            left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        }
    };
    // Too long is long enough: the answer goes out all the same.
    let _read = tokio::time::timeout(DRAIN_FOR, reading).await;
}
