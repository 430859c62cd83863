//! Operations: what each route of the API asks for and answers, said once.
//!
//! The router is built from them, [`crate::api::access::Permitted`] checks their scopes,
//! [`crate::api::field::Fields`] their body and [`crate::api::page::PageQuery`] their query; the
//! `OpenAPI` document prints them, and the coverage test walks them.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension};
use axum::handler::Handler;
use axum::http::request::Parts;
use axum::routing::{MethodFilter, on};

use crate::api::error::ApiError;
use crate::api::schema::Schema;
use crate::app::AppState;

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) method: Verb,
    /// The path below the API, with `{name}` for parameters.
    pub(crate) path: &'static str,
    /// One line for people.
    pub(crate) about: &'static str,
    pub(crate) scopes: Scopes,
    /// Groups of query parameters. Others are ignored, as Auth0 does.
    pub(crate) query: &'static [&'static [Parameter]],
    /// `None`: a body is not looked at.
    pub(crate) body: Option<&'static Schema>,
    /// The longest body, in bytes, where it may be longer than others.
    pub(crate) body_max: Option<usize>,
    /// What it answers when it does what was asked.
    pub(crate) answers: &'static [Answer],
}

/// An HTTP method that an operation may have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Verb {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

/// What a token must hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scopes {
    /// Any of these.
    Any(&'static [&'static str]),
    /// All of these.
    All(&'static [&'static str]),
}

/// A query parameter.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) schema: Schema,
    /// Whether it may come several times.
    pub(crate) repeated: bool,
}

/// A status with the shape of its body; none for an empty one.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<&'static Schema>,
}

impl Verb {
    /// Its name on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }

    const fn filter(self) -> MethodFilter {
        match self {
            Self::Delete => MethodFilter::DELETE,
            Self::Get => MethodFilter::GET,
            Self::Patch => MethodFilter::PATCH,
            Self::Post => MethodFilter::POST,
            Self::Put => MethodFilter::PUT,
        }
    }
}

impl Operation {
    const fn new(method: Verb, path: &'static str, about: &'static str) -> Self {
        Self {
            method,
            path,
            about,
            scopes: Scopes::All(&[]),
            query: &[],
            body: None,
            body_max: None,
            answers: &[],
        }
    }

    /// The token must hold any of these.
    pub(crate) const fn any_of(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = Scopes::Any(scopes);
        self
    }

    /// The token must hold all of these.
    pub(crate) const fn all_of(mut self, scopes: &'static [&'static str]) -> Self {
        self.scopes = Scopes::All(scopes);
        self
    }

    pub(crate) const fn query(mut self, groups: &'static [&'static [Parameter]]) -> Self {
        self.query = groups;
        self
    }

    /// A JSON object of this shape. No body at all is an empty object.
    pub(crate) const fn body(mut self, schema: &'static Schema) -> Self {
        self.body = Some(schema);
        self
    }

    /// Lets a body have so many bytes, whatever is said of others.
    pub(crate) const fn body_max(mut self, bytes: usize) -> Self {
        self.body_max = Some(bytes);
        self
    }

    pub(crate) const fn answers(mut self, answers: &'static [Answer]) -> Self {
        self.answers = answers;
        self
    }

    /// The operation a request was routed to.
    pub(crate) fn of(parts: &Parts) -> Result<&'static Self, ApiError> {
        let operation = parts.extensions.get::<&'static Self>();
        operation.copied().ok_or_else(ApiError::internal)
    }

    /// The query parameter of this name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.query
            .iter()
            .copied()
            .flatten()
            .find(|parameter| parameter.name == name)
    }
}

pub(crate) const fn get(path: &'static str, about: &'static str) -> Operation {
    Operation::new(Verb::Get, path, about)
}

pub(crate) const fn post(path: &'static str, about: &'static str) -> Operation {
    Operation::new(Verb::Post, path, about)
}

pub(crate) const fn patch(path: &'static str, about: &'static str) -> Operation {
    Operation::new(Verb::Patch, path, about)
}

pub(crate) const fn put(path: &'static str, about: &'static str) -> Operation {
    Operation::new(Verb::Put, path, about)
}

pub(crate) const fn delete(path: &'static str, about: &'static str) -> Operation {
    Operation::new(Verb::Delete, path, about)
}

/// A status with a JSON body.
pub(crate) const fn json(status: u16, body: &'static Schema) -> Answer {
    Answer {
        status,
        body: Some(body),
    }
}

/// A status without a body.
pub(crate) const fn empty(status: u16) -> Answer {
    Answer { status, body: None }
}

/// A query parameter that comes once.
pub(crate) const fn parameter(name: &'static str, schema: Schema) -> Parameter {
    Parameter {
        name,
        schema,
        repeated: false,
    }
}

/// A query parameter that may come several times, or with several values between commas.
pub(crate) const fn repeated(name: &'static str, schema: Schema) -> Parameter {
    Parameter {
        name,
        schema,
        repeated: true,
    }
}

/// Routes with their operations.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    router: Router<AppState>,
    list: Vec<&'static Operation>,
}

impl Operations {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Answers `operation` by `handler`.
    pub(crate) fn with<H, T>(mut self, operation: &'static Operation, handler: H) -> Self
    where
        H: Handler<T, AppState>,
        T: 'static,
    {
        let handler = handler.layer(Extension(operation));
        let mut route = on(operation.method.filter(), handler);
        if let Some(bytes) = operation.body_max {
            route = route.layer(DefaultBodyLimit::max(bytes));
        }
        self.router = self.router.route(operation.path, route);
        self.list.push(operation);
        self
    }

    /// The operations, in the order of the page.
    pub(crate) fn list(&self) -> &[&'static Operation] {
        &self.list
    }

    /// The routes; unknown paths and methods are refused in the API's envelope.
    pub(crate) fn router(self) -> Router<AppState> {
        self.router
            .method_not_allowed_fallback(crate::api::error::method_not_allowed)
            .fallback(crate::api::error::not_found)
    }
}
