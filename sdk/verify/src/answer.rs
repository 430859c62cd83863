//! What a protected resource answers when it refuses (RFC 6750 §3).

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use crate::error::{Error, ErrorKind};

/// A request that goes no further.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// No access token. Says nothing but where one is needed (RFC 6750 §3.1, last paragraph).
    NoToken,
    /// Not a way to present a token.
    InvalidRequest(&'static str),
    /// The validator's answer.
    Token(Error),
    /// A token bound to a key, and nobody here looks at the proof.
    Bound,
    /// A good token without these scopes, space-separated.
    InsufficientScope(String),
    /// A layer is missing: the program is wrong, not the request.
    NoClaims,
}

impl Refusal {
    pub(crate) fn answer<B: From<String>>(&self, realm: &str) -> Response<B> {
        match self {
            Self::NoToken => {
                let mut response = Response::new(B::from(String::new()));
                *response.status_mut() = StatusCode::UNAUTHORIZED;
                set(
                    &mut response,
                    WWW_AUTHENTICATE,
                    &format!("Bearer realm=\"{realm}\""),
                );
                response
            }
            Self::InvalidRequest(description) => {
                challenge(StatusCode::BAD_REQUEST, "invalid_request", description)
            }
            Self::Token(error) => refuse(error),
            Self::Bound => challenge(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the token is bound to a key that this request does not prove",
            ),
            Self::InsufficientScope(scope) => {
                let description = format!("this request needs the scope {scope}");
                let mut response = body(StatusCode::FORBIDDEN, "insufficient_scope", &description);
                let value = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
                set(&mut response, WWW_AUTHENTICATE, &value);
                response
            }
            Self::NoClaims => server_error(),
        }
    }
}

fn refuse<B: From<String>>(error: &Error) -> Response<B> {
    match error.kind() {
        ErrorKind::InvalidToken => challenge(
            StatusCode::UNAUTHORIZED,
            "invalid_token",
            &error.to_string(),
        ),
        ErrorKind::KeysUnavailable => {
            let mut response = body(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                &error.to_string(),
            );
            let wait = error.retry_after().unwrap_or_default().as_secs().max(1);
            set(&mut response, RETRY_AFTER, &wait.to_string());
            response
        }
        ErrorKind::Misconfigured => server_error(),
    }
}

fn server_error<B: From<String>>() -> Response<B> {
    body(
        StatusCode::INTERNAL_SERVER_ERROR,
        "server_error",
        "the server is misconfigured",
    )
}

fn challenge<B: From<String>>(
    status: StatusCode,
    error: &'static str,
    description: &str,
) -> Response<B> {
    let mut response = body(status, error, description);
    let value = format!("Bearer error=\"{error}\", error_description=\"{description}\"");
    set(&mut response, WWW_AUTHENTICATE, &value);
    response
}

fn body<B: From<String>>(
    status: StatusCode,
    error: &'static str,
    description: &str,
) -> Response<B> {
    let text = json!({"error": error, "error_description": description}).to_string();
    let mut response = Response::new(B::from(text));
    *response.status_mut() = status;
    set(&mut response, CONTENT_TYPE, "application/json");
    response
}

/// Values are our own texts and [`quotable`] ones, so all of them are header values.
fn set<B>(response: &mut Response<B>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

/// Drops what may not stand between quotes (RFC 6750 §3: no control characters, `"` or `\`).
pub(crate) fn quotable(text: &str) -> String {
    text.chars()
        .filter(|c| matches!(c, ' ' | '!' | '#'..='[' | ']'..='~'))
        .collect()
}
