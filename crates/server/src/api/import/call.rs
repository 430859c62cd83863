//! Calls of the Management API within an import: the caller's token, on a draft.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use m2mint_authority::Registry;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::kind::Kind;
use crate::api::error::ApiError;
use crate::app::{AppState, Caller};
use crate::routes;

/// The most of an answer that is read.
const ANSWER_MAX: usize = 64 * 1024 * 1024;
/// How many objects one page asks for.
const PER_PAGE: usize = 100;

/// Makes calls.
pub(super) struct Calls<'a> {
    router: Router,
    draft: &'a Registry,
    caller: Caller,
    headers: HeaderMap,
}

/// What a call was refused with.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    message: String,
}

impl<'a> Calls<'a> {
    pub(super) fn new(
        state: &AppState,
        draft: &'a Registry,
        caller: Caller,
        headers: &HeaderMap,
    ) -> Self {
        let mut kept = HeaderMap::new();
        for name in [header::AUTHORIZATION, header::HOST] {
            for value in headers.get_all(&name) {
                kept.append(name.clone(), value.clone());
            }
        }
        Self {
            router: routes::management().router().with_state(state.clone()),
            draft,
            caller,
            headers: kept,
        }
    }

    /// Makes one call. An object that is made gets `id`, if one is given.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        id: Option<&str>,
    ) -> Result<Value, Refusal> {
        let failed = |message: &str| Refusal {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: message.to_owned(),
        };
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .body(Body::from(body))
            .map_err(|_| failed("The path of a call is none."))?;
        *request.headers_mut() = self.headers.clone();
        let extensions = request.extensions_mut();
        extensions.insert(self.caller);
        extensions.insert(match id {
            Some(id) => self.draft.naming(id),
            None => self.draft.clone(),
        });
        let answer = self.router.clone().oneshot(request).await;
        let (parts, body) = match answer {
            Ok(response) => response.into_parts(),
            Err(never) => match never {},
        };
        let body = to_bytes(body, ANSWER_MAX)
            .await
            .map_err(|_| failed("An answer is too long."))?;
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if parts.status.is_success() {
            return Ok(value);
        }
        let message = value.get("message").and_then(Value::as_str);
        Err(Refusal {
            status: parts.status,
            message: message.unwrap_or("The call failed.").to_owned(),
        })
    }

    /// All objects of a kind.
    pub(super) async fn all(&self, kind: &Kind) -> Result<Vec<Value>, Refusal> {
        let Some(entity) = kind.entity else {
            let answer = self.call(Method::GET, kind.list, None, None).await?;
            return Ok(match answer {
                Value::Array(all) => all,
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_) => Vec::new(),
            });
        };
        let mut all = Vec::new();
        for page in 0.. {
            let path = format!("{}&page={page}&per_page={PER_PAGE}", kind.list);
            let mut answer = self.call(Method::GET, &path, None, None).await?;
            let Some(Value::Array(objects)) = answer.get_mut(entity).map(Value::take) else {
                break;
            };
            let last = objects.len() < PER_PAGE;
            all.extend(objects);
            if last {
                break;
            }
        }
        Ok(all)
    }
}

impl Kind {
    /// The path of one of them.
    pub(super) fn at(&self, object: &Value) -> Option<String> {
        let id = object.get(self.id)?.as_str()?;
        let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
        Some(format!("{}/{id}", self.create.path))
    }
}

impl Refusal {
    /// A part of the document that has the wrong form.
    pub(super) fn malformed(place: &str, what: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: format!("The member {place} of the document is not an {what}."),
        }
    }

    /// Says which object the call was about.
    pub(super) fn about(self, kind: &str, name: &str) -> ApiError {
        let Self { status, message } = self;
        let code = (status == StatusCode::BAD_REQUEST).then_some("invalid_body");
        ApiError::new(
            status,
            format!("Nothing was changed. {kind} {name}: {message}"),
            code,
        )
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, message } = refusal;
        Self::new(status, message, Some("invalid_body"))
    }
}
