//! What refusals look like on the wire: Auth0's codes and texts.

use std::borrow::Cow;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use m2mint_authority::rate_limit_policy::Standing;
use m2mint_authority::token::TokenError;
use m2mint_authority::token::authenticate::AuthenticationFailure;
use m2mint_authority::token::error::{cannot_encrypt, denial};
use m2mint_domain::Denial;

use crate::oauth::call::CallError;

/// Where Auth0 explains grant types. The link is part of the answer, to the byte.
const GRANT_TYPES_URI: &str = "https://auth0.com/docs/clients/client-grant-types";

/// An error of RFC 6749 §5.2.
#[derive(Debug)]
pub(crate) struct OauthError {
    status: StatusCode,
    code: &'static str,
    description: Cow<'static, str>,
    uri: Option<&'static str>,
    standing: Option<Standing>,
}

/// An error with a status, a code and a description.
pub(crate) fn body(
    status: StatusCode,
    code: &'static str,
    description: impl Into<Cow<'static, str>>,
) -> OauthError {
    OauthError {
        status,
        code,
        description: description.into(),
        uri: None,
        standing: None,
    }
}

/// RFC 6749 §5.2 in Auth0's words. No `_` arm: a new variant must choose.
pub(crate) fn answer(error: &TokenError) -> OauthError {
    match error {
        TokenError::Client(failure) => match failure {
            AuthenticationFailure::NoClientId => body(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Missing client_id",
            ),
            // One answer for all: it does not tell whether the client exists.
            AuthenticationFailure::ExpiredSecret
            | AuthenticationFailure::NoSecret
            | AuthenticationFailure::UnknownClient
            | AuthenticationFailure::WrongSecret => {
                body(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized")
            }
        },
        TokenError::Denied(denied) => {
            let (status, code) = denial_on_the_wire(denied);
            let uri = matches!(denied, Denial::GrantTypeNotAllowed).then_some(GRANT_TYPES_URI);
            OauthError {
                status,
                code,
                description: denial(denied),
                uri,
                standing: None,
            }
        }
        TokenError::CannotEncrypt { audience } => body(
            StatusCode::FORBIDDEN,
            "access_denied",
            cannot_encrypt(audience),
        ),
        TokenError::Log(_) => body(
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
            "The log cannot be written. Please try again.",
        ),
        TokenError::ActionsCannotRun => body(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            "The server could not run an action.",
        ),
        TokenError::NoKey | TokenError::Sign(_) => internal(),
        TokenError::RateLimited(standing) => OauthError {
            standing: Some(*standing),
            ..body(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Rate limit exceeded.",
            )
        },
    }
}

fn denial_on_the_wire(denied: &Denial) -> (StatusCode, &'static str) {
    match denied {
        Denial::GrantTypeNotAllowed
        | Denial::NotGranted {
            third_party: true, ..
        } => (StatusCode::FORBIDDEN, "unauthorized_client"),
        Denial::NoAudience
        | Denial::NotGranted {
            third_party: false, ..
        }
        | Denial::ScopeNotGranted { .. }
        | Denial::UnknownAudience { .. } => (StatusCode::FORBIDDEN, "access_denied"),
        Denial::OrganizationInvalid { .. }
        | Denial::OrganizationMustBeId
        | Denial::OrganizationNotAllowed
        | Denial::OrganizationRequired
        | Denial::PossessionRequired { .. }
        | Denial::ProofRequired => (StatusCode::BAD_REQUEST, "invalid_request"),
    }
}

impl From<CallError> for OauthError {
    fn from(error: CallError) -> Self {
        let bad = StatusCode::BAD_REQUEST;
        match error {
            CallError::AssertionUnsupported => body(
                StatusCode::UNAUTHORIZED,
                "invalid_client",
                "Client assertions are not supported",
            ),
            CallError::Malformed(reason) => body(bad, "invalid_request", reason),
            CallError::MissingGrantType => body(
                bad,
                "invalid_request",
                "Missing required parameter: grant_type",
            ),
            CallError::ScopeCharacters => body(
                bad,
                "invalid_scope",
                "Scope holds characters that are not allowed",
            ),
            CallError::ScopeType => {
                body(bad, "invalid_scope", "Scope must be an array or a string")
            }
            CallError::UnsupportedGrantType => {
                body(bad, "unsupported_grant_type", "Grant type not supported")
            }
        }
    }
}

/// The server's own fault: the caller learns nothing of it.
pub(crate) fn internal() -> OauthError {
    body(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "Internal server error",
    )
}

/// No tenant has this host name.
pub(crate) fn unknown_host() -> OauthError {
    body(
        StatusCode::NOT_FOUND,
        "not_found",
        "No tenant answers on this host name.",
    )
}

/// Any path that is not there.
pub(crate) async fn not_found() -> OauthError {
    body(
        StatusCode::NOT_FOUND,
        "not_found",
        "There is nothing at this address.",
    )
}

/// A path that is there, asked with another method.
pub(crate) async fn method_not_allowed() -> OauthError {
    body(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "Method not allowed",
    )
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response<Body> {
        let Self {
            status,
            code,
            description,
            uri,
            standing,
        } = self;
        let mut json = serde_json::Map::new();
        json.insert("error".into(), code.into());
        json.insert("error_description".into(), description.into_owned().into());
        if let Some(uri) = uri {
            json.insert("error_uri".into(), uri.into());
        }
        let mut response = Response::new(Body::from(serde_json::Value::Object(json).to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2, RFC 6749 §5.2.
            let challenge = HeaderValue::from_static("Basic realm=\"m2mint\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(standing) = standing {
            insert_standing(headers, standing);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(standing.reset));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// `Auth0-RateLimit: client;q=10;t=1;r=9`: the limit, the seconds until it is whole again, and what
/// is left of it.
pub(crate) fn insert_standing(headers: &mut HeaderMap, standing: Standing) {
    let Standing {
        limit,
        remaining,
        reset,
    } = standing;
    let text = format!("client;q={limit};t={reset};r={remaining}");
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.insert("auth0-ratelimit", value);
    }
}
