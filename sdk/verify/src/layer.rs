//! A tower layer that lets only requests with a valid access token through (RFC 6750 §2.1).

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::answer::{Refusal, quotable};
use crate::claims::Claims;
use crate::validator::Validator;

/// Validates the access token in `Authorization` and puts its [`Claims`] into the request's
/// extensions.
///
/// | Request | Answer |
/// |---|---|
/// | no `Authorization`, or another scheme | 401, `Bearer realm="…"` and no body |
/// | two of them, or no token after `Bearer` | 400 `invalid_request` |
/// | a token that is not valid | 401 `invalid_token` |
/// | the issuer's keys cannot be had | 503 with `Retry-After` |
///
/// Only the header counts. Tokens in URLs end up in logs, so query parameters are never read
/// (RFC 9700 §4.3.2).
#[derive(Clone, Debug)]
pub struct BearerLayer(Arc<Settings>);

#[derive(Clone, Debug)]
struct Settings {
    validator: Validator,
    realm: String,
    accept_bound: bool,
}

impl BearerLayer {
    /// Protects what it is laid over with this validator.
    #[must_use]
    pub fn new(validator: Validator) -> Self {
        Self(Arc::new(Settings {
            validator,
            realm: "api".to_owned(),
            accept_bound: false,
        }))
    }

    /// Names the protected space in the challenge (RFC 9110 §11.5). Default: `api`.
    ///
    /// Characters that cannot stand in a quoted string are dropped.
    #[must_use]
    pub fn realm(mut self, realm: &str) -> Self {
        Arc::make_mut(&mut self.0).realm = quotable(realm);
        self
    }

    /// Lets tokens with a `cnf` claim through. Something else then has to check that the caller
    /// holds the key ([`Claims::cnf`]).
    ///
    /// Without this they are refused: taken as plain bearer tokens they would be worth stealing
    /// again (RFC 8705 §3, RFC 9449 §7.2).
    #[must_use]
    pub fn accept_bound_tokens(mut self) -> Self {
        Arc::make_mut(&mut self.0).accept_bound = true;
        self
    }
}

impl<S> Layer<S> for BearerLayer {
    type Service = BearerService<S>;

    fn layer(&self, inner: S) -> BearerService<S> {
        BearerService {
            inner,
            settings: Arc::clone(&self.0),
        }
    }
}

/// The service [`BearerLayer`] makes.
#[derive(Clone, Debug)]
pub struct BearerService<S> {
    inner: S,
    settings: Arc<Settings>,
}

impl<S, A, B> Service<Request<A>> for BearerService<S>
where
    S: Service<Request<A>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    A: Send + 'static,
    B: From<String>,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        // The one that was polled ready goes into the future; its clone waits for the next call.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move {
            let token = bearer_token(request.headers()).map(str::to_owned);
            let admitted = match token {
                Ok(token) => settings.admit(&token).await,
                Err(refusal) => Err(refusal),
            };
            match admitted {
                Ok(claims) => {
                    request.extensions_mut().insert(claims);
                    inner.call(request).await
                }
                Err(refusal) => Ok(refusal.answer(&settings.realm)),
            }
        })
    }
}

impl Settings {
    async fn admit(&self, token: &str) -> Result<Claims, Refusal> {
        let claims = self
            .validator
            .validate(token)
            .await
            .map_err(Refusal::Token)?;
        if claims.raw().contains_key("cnf") && !self.accept_bound {
            return Err(Refusal::Bound);
        }
        Ok(claims)
    }
}

/// The token after `Bearer`, in any case (RFC 9110 §11.1), and nothing else in the header.
fn bearer_token(headers: &HeaderMap) -> Result<&str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    if values.next().is_some() {
        return Err(Refusal::InvalidRequest(
            "more than one Authorization header",
        ));
    }
    let malformed = Refusal::InvalidRequest("the Authorization header is malformed");
    let Ok(value) = value.to_str() else {
        return Err(malformed);
    };
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::NoToken);
    }
    let token = token.trim_matches(' ');
    let is_token68 = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || !token.bytes().all(is_token68) {
        return Err(malformed);
    }
    Ok(token)
}

#[cfg(test)]
mod tests;
