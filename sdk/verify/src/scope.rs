//! A tower layer that lets only tokens with certain scopes through (RFC 6750 §3.1).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::{Refusal, quotable};
use crate::claims::Claims;

/// Requires scopes of the token that [`BearerLayer`](crate::BearerLayer) has validated.
///
/// Lay it inside that layer, for example on one route. A token without the scopes gets a 403
/// `insufficient_scope`. Without that layer around it every request gets a 500.
#[derive(Clone, Debug)]
pub struct RequireScope(Arc<str>);

impl RequireScope {
    /// Requires all scopes of a space-separated list.
    ///
    /// Characters that cannot be part of a scope are dropped.
    #[must_use]
    pub fn new(scope: &str) -> Self {
        Self(quotable(scope).into())
    }

    fn admit(&self, claims: Option<&Claims>) -> Result<(), Refusal> {
        let claims = claims.ok_or(Refusal::NoClaims)?;
        let mut required = self.0.split(' ').filter(|scope| !scope.is_empty());
        if required.all(|scope| claims.has_scope(scope)) {
            Ok(())
        } else {
            Err(Refusal::InsufficientScope(self.0.to_string()))
        }
    }
}

impl<S> Layer<S> for RequireScope {
    type Service = RequireScopeService<S>;

    fn layer(&self, inner: S) -> RequireScopeService<S> {
        RequireScopeService {
            inner,
            scope: self.clone(),
        }
    }
}

/// The service [`RequireScope`] makes.
#[derive(Clone, Debug)]
pub struct RequireScopeService<S> {
    inner: S,
    scope: RequireScope,
}

impl<S, A, B> Service<Request<A>> for RequireScopeService<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: From<String> + Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        match self.scope.admit(request.extensions().get::<Claims>()) {
            Ok(()) => Box::pin(self.inner.call(request)),
            Err(refusal) => Box::pin(std::future::ready(Ok(refusal.answer("")))),
        }
    }
}
