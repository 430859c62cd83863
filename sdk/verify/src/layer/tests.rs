//! Requests and whole answers.

use std::convert::Infallible;

use http::header::{HeaderName, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use super::*;
use crate::forge::{self, AUDIENCE, ISSUER, NOW, claims, sign};
use crate::{Algorithm, RequireScope};

fn validator() -> Validator {
    let builder = Validator::builder(ISSUER, AUDIENCE).clock(|| NOW);
    builder.static_jwks(forge::jwks()).build().unwrap()
}

/// Answers with the client that called.
async fn whoami(request: Request<()>) -> Result<Response<String>, Infallible> {
    let claims = request.extensions().get::<Claims>().unwrap();
    Ok(Response::new(claims.client_id().unwrap().to_owned()))
}

async fn ask_with(layer: BearerLayer, authorization: &[&str]) -> Response<String> {
    let mut request = Request::new(());
    for value in authorization {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        request.headers_mut().append(AUTHORIZATION, value);
    }
    let service = ServiceBuilder::new()
        .layer(layer)
        .layer(RequireScope::new("batch:upload"))
        .service(service_fn(whoami));
    service.oneshot(request).await.unwrap()
}

async fn ask(authorization: &[&str]) -> Response<String> {
    ask_with(
        BearerLayer::new(validator()).realm("timesheets"),
        authorization,
    )
    .await
}

fn header(response: &Response<String>, name: HeaderName) -> &str {
    response.headers().get(name).unwrap().to_str().unwrap()
}

fn token(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    format!("Bearer {}", sign(Algorithm::Es256, &claims))
}

#[tokio::test]
async fn a_good_token_is_let_through_under_any_spelling_of_the_scheme() {
    let token = sign(Algorithm::Es256, &claims());
    for scheme in ["Bearer", "bearer", "BEARER", "Bearer  "] {
        let response = ask(&[&format!("{scheme} {token}")]).await;
        assert_eq!(response.status(), StatusCode::OK, "{scheme}");
        assert_eq!(response.body(), "cron");
    }
}

#[tokio::test]
async fn no_credentials_get_a_challenge_and_no_error() {
    for authorization in [
        &[][..],
        &["Basic YTpi"],
        &["DPoP abc"],
        &["Bearerabc"],
        &[""],
    ] {
        let response = ask(authorization).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            header(&response, WWW_AUTHENTICATE),
            r#"Bearer realm="timesheets""#
        );
        assert_eq!(response.body(), "");
    }
}

#[tokio::test]
async fn a_malformed_header_is_an_invalid_request() {
    let good = token("scope", json!("batch:upload"));
    for (authorization, description) in [
        (
            &[good.as_str(), good.as_str()][..],
            "more than one Authorization header",
        ),
        (&["Bearer"], "the Authorization header is malformed"),
        (&["Bearer "], "the Authorization header is malformed"),
        (&["Bearer a b"], "the Authorization header is malformed"),
        (&["Bearer a,b"], "the Authorization header is malformed"),
        (&["Bearer \u{e9}"], "the Authorization header is malformed"),
    ] {
        let response = ask(authorization).await;
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{authorization:?}"
        );
        assert_eq!(
            header(&response, WWW_AUTHENTICATE),
            format!(r#"Bearer error="invalid_request", error_description="{description}""#)
        );
        assert_eq!(
            *response.body(),
            format!(r#"{{"error":"invalid_request","error_description":"{description}"}}"#)
        );
    }
}

#[tokio::test]
async fn an_invalid_token_is_named_so() {
    for (authorization, description) in [
        (
            "Bearer abc".to_owned(),
            "the token's structure is malformed",
        ),
        (token("exp", json!(NOW - 60)), "the token is expired"),
        (
            token("aud", json!("x")),
            "the token is for another audience",
        ),
        (
            token("cnf", json!({"jkt": "x"})),
            "the token is bound to a key that this request does not prove",
        ),
    ] {
        let response = ask(&[&authorization]).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(
            header(&response, WWW_AUTHENTICATE),
            format!(r#"Bearer error="invalid_token", error_description="{description}""#)
        );
        assert_eq!(
            header(&response, http::header::CONTENT_TYPE),
            "application/json"
        );
        assert_eq!(
            *response.body(),
            format!(r#"{{"error":"invalid_token","error_description":"{description}"}}"#)
        );
    }
}

#[tokio::test]
async fn bound_tokens_pass_when_something_else_checks_them() {
    let layer = BearerLayer::new(validator()).accept_bound_tokens();
    let response = ask_with(layer, &[&token("cnf", json!({"jkt": "x"}))]).await;
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_token_without_the_scope_is_told_which_one_is_missing() {
    let response = ask(&[&token("scope", json!("read:timesheets batch"))]).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        header(&response, WWW_AUTHENTICATE),
        r#"Bearer error="insufficient_scope", scope="batch:upload""#
    );
    assert_eq!(
        response.body(),
        r#"{"error":"insufficient_scope","error_description":"this request needs the scope batch:upload"}"#
    );
}

#[tokio::test]
async fn a_scope_check_without_the_bearer_layer_lets_nobody_through() {
    let service = ServiceBuilder::new()
        .layer(RequireScope::new("batch:upload"))
        .service(service_fn(whoami));
    let response = service.oneshot(Request::new(())).await.unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[cfg(feature = "fetch")]
#[tokio::test]
async fn unavailable_keys_mean_try_later() {
    // Nothing listens on the port of a listener that is gone.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let validator = Validator::builder(ISSUER, AUDIENCE)
        .jwks_uri(uri)
        .clock(|| NOW)
        .build();
    let layer = BearerLayer::new(validator.unwrap());
    let response = ask_with(layer, &[&token("scope", json!("batch:upload"))]).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(header(&response, http::header::RETRY_AFTER), "10");
    assert_eq!(
        response.body(),
        r#"{"error":"temporarily_unavailable","error_description":"the issuer's signing keys are unavailable"}"#
    );
}

#[tokio::test]
async fn a_realm_cannot_break_out_of_its_quotes() {
    let layer = BearerLayer::new(validator()).realm("a\"\\\r\nb");
    let response = ask_with(layer, &[]).await;
    assert_eq!(header(&response, WWW_AUTHENTICATE), r#"Bearer realm="ab""#);
}
