//! Calls of the Management API within an import: the caller's token, on a draft.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, StatusCode, header};
use m2mint_authority::Registry;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt as _;

use super::kind::{Kind, Paging};
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
        for name in [header::AUTHORIZATION, header::HOST, header::USER_AGENT] {
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
        match kind.paging {
            Paging::Pages(entity) => self.pages(kind.list, entity).await,
            Paging::Marks(entity) => self.marks(kind.list, entity).await,
            Paging::Whole => {
                let answer = self.call(Method::GET, kind.list, None, None).await?;
                Ok(match answer {
                    Value::Array(all) => all,
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Object(_) => Vec::new(),
                })
            }
        }
    }

    /// All objects of a list that comes page by page.
    pub(super) async fn pages(&self, list: &str, entity: &str) -> Result<Vec<Value>, Refusal> {
        let sign = if list.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for page in 0.. {
            let path = format!("{list}{sign}page={page}&per_page={PER_PAGE}");
            let mut answer = self.call(Method::GET, &path, None, None).await?;
            let objects = match answer {
                // Some lists are bare when nobody asks for totals.
                Value::Array(objects) => objects,
                Value::Object(_) => match answer.get_mut(entity).map(Value::take) {
                    Some(Value::Array(objects)) => objects,
                    Some(_) | None => break,
                },
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => break,
            };
            let full = objects.len() == PER_PAGE;
            all.extend(objects);
            if !full {
                break;
            }
        }
        Ok(all)
    }

    /// All objects of a list that goes from mark to mark.
    pub(super) async fn marks(&self, list: &str, entity: &str) -> Result<Vec<Value>, Refusal> {
        let mut all = Vec::new();
        let mut from = String::new();
        loop {
            let path = format!("{list}?take={PER_PAGE}{from}");
            let mut answer = self.call(Method::GET, &path, None, None).await?;
            if let Some(Value::Array(objects)) = answer.get_mut(entity).map(Value::take) {
                all.extend(objects);
            }
            match answer.get("next").and_then(Value::as_str) {
                Some(next) => from = format!("&from={}", escaped(next)),
                None => return Ok(all),
            }
        }
    }
}

/// A text as one segment of a path, or as one value of a query.
pub(super) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Kind {
    /// The path of one of them.
    pub(super) fn at(&self, object: &Value) -> Option<String> {
        let id = object.get(self.id)?.as_str()?;
        Some(format!("{}/{}", self.create.path, escaped(id)))
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

    /// Whether there is nothing at the path, rather than something wrong with what was said.
    pub(super) fn is_about_the_path(&self) -> bool {
        matches!(self.status, StatusCode::NOT_FOUND | StatusCode::BAD_REQUEST)
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
