//! The claims as an argument of an axum handler.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::answer::Refusal;
use crate::claims::Claims;

/// The [`Claims`] of the token that [`BearerLayer`](crate::BearerLayer) has validated.
///
/// ```
/// use m2mint_verify::Bearer;
///
/// async fn whoami(Bearer(claims): Bearer) -> String {
///     claims.client_id().unwrap_or("nobody").to_owned()
/// }
/// # let _: axum::Router = axum::Router::new().route("/whoami", axum::routing::get(whoami));
/// ```
#[derive(Clone, Debug)]
pub struct Bearer(pub Claims);

/// The route is not inside a [`BearerLayer`](crate::BearerLayer). Answered with a 500, because no
/// caller can do anything about it.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the route is not inside a BearerLayer")]
pub struct NoClaims;

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = NoClaims;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoClaims> {
        let claims = parts.extensions.get::<Claims>();
        claims.cloned().map(Self).ok_or(NoClaims)
    }
}

impl IntoResponse for NoClaims {
    fn into_response(self) -> Response {
        Refusal::NoClaims.answer("")
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::forge::{self, AUDIENCE, ISSUER, NOW, claims, sign};
    use crate::{Algorithm, BearerLayer, Validator};

    async fn whoami(Bearer(claims): Bearer) -> String {
        claims.sub().unwrap_or_default().to_owned()
    }

    fn request() -> Request<Body> {
        let token = sign(Algorithm::Rs256, &claims());
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        request.body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn a_handler_takes_the_claims_as_an_argument() {
        let validator = Validator::builder(ISSUER, AUDIENCE).clock(|| NOW);
        let validator = validator.static_jwks(forge::jwks()).build().unwrap();
        let app = Router::new()
            .route("/", get(whoami))
            .layer(BearerLayer::new(validator));
        let response = app.oneshot(request()).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "cron@clients");
    }

    #[tokio::test]
    async fn a_route_without_the_layer_is_closed() {
        let app = Router::new().route("/", get(whoami));
        let response = app.oneshot(request()).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
