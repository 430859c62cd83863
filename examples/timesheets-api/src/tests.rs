//! Requests and answers of the whole API, with tokens signed here.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

const ISSUER: &str = "https://issuer.example/";
const AUDIENCE: &str = "https://timesheets.example";
const NOW: i64 = 1_767_225_600;

struct Scenario {
    key: EcdsaKeyPair,
    app: Router,
}

impl Scenario {
    fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = &key.public_key().as_ref()[1..];
        let (x, y) = point.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let jwks = json!({"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y}]});
        let validator = Validator::builder(ISSUER, AUDIENCE)
            .static_jwks(jwks.to_string())
            .clock(|| NOW)
            .build()
            .unwrap();
        Self {
            key,
            app: app(validator),
        }
    }

    fn token(&self, scope: &str) -> String {
        let claims = json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "cron@clients", "azp": "cron",
            "iat": NOW, "exp": NOW + 60, "scope": scope,
        });
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"JWT"}"#);
        let text = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self
            .key
            .sign(&SystemRandom::new(), text.as_bytes())
            .unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: impl Into<Body>,
    ) -> (u16, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.into()).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn upload(&self, token: &str, body: &Value) -> (u16, Value) {
        self.ask("POST", "/timesheets/upload", token, body.to_string())
            .await
    }
}

fn timesheet() -> Value {
    json!({"user_id": "007", "date": "2017-05-10T17:40:20.095Z", "project": "StoreZero", "hours": 5})
}

#[tokio::test]
async fn an_uploaded_timesheet_gets_a_number_and_is_listed() {
    let scenario = Scenario::new();
    let token = scenario.token("batch:upload");
    for id in [14, 15] {
        let message = format!("Created timesheet {id} for employee 007.");
        let answer = scenario.upload(&token, &timesheet()).await;
        assert_eq!(answer, (201, json!({ "message": message })));
    }
    let reader = scenario.token("read:timesheets");
    let (status, listed) = scenario.ask("GET", "/timesheets", &reader, "").await;
    assert_eq!(status, 200);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    assert_eq!(
        listed[0],
        json!({
            "id": 14, "user_id": "007", "date": "2017-05-10T17:40:20.095Z",
            "project": "StoreZero", "hours": 5,
        })
    );
}

#[tokio::test]
async fn nobody_gets_in_without_a_good_token() {
    let scenario = Scenario::new();
    let stranger = Scenario::new().token("batch:upload read:timesheets");
    for token in ["", "nonsense", &stranger] {
        assert_eq!(scenario.upload(token, &timesheet()).await.0, 401);
        assert_eq!(scenario.ask("GET", "/timesheets", token, "").await.0, 401);
    }
}

#[tokio::test]
async fn each_route_wants_its_own_scope() {
    let scenario = Scenario::new();
    let reader = scenario.token("read:timesheets");
    let uploader = scenario.token("batch:upload");
    assert_eq!(scenario.upload(&reader, &timesheet()).await.0, 403);
    assert_eq!(
        scenario.ask("GET", "/timesheets", &uploader, "").await.0,
        403
    );
}

#[tokio::test]
async fn a_body_that_is_no_timesheet_is_refused() {
    let scenario = Scenario::new();
    let token = scenario.token("batch:upload");
    for (name, value) in [
        ("user_id", json!("")),
        ("user_id", json!(7)),
        ("user_id", json!("a\nb")),
        ("project", json!("x".repeat(101))),
        ("date", json!("yesterday")),
        ("hours", json!(0)),
        ("hours", json!(24.5)),
        ("hours", json!("5")),
        ("surprise", json!(1)),
    ] {
        let mut body = timesheet();
        body[name] = value.clone();
        let (status, answer) = scenario.upload(&token, &body).await;
        assert_eq!(
            (status, &answer["error"]),
            (400, &json!("invalid_request")),
            "{name} {value}"
        );
    }
    let path = "/timesheets/upload";
    assert_eq!(scenario.ask("POST", path, &token, "{").await.0, 400);
    let large = " ".repeat(MAX_BODY_BYTES + 1);
    assert_eq!(scenario.ask("POST", path, &token, large).await.0, 413);
}
