//! The calls against servers on a local port.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Form, Json, Router};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

fn http() -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client::builder().tls_certs_only([]).build().unwrap()
}

async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    base
}

/// Answers with what it was asked, so that a test can look at it.
async fn token_endpoint(Form(form): Form<BTreeMap<String, String>>) -> (StatusCode, String) {
    if form["client_secret"] != "s3cret&=+ " {
        let body = r#"{"error":"access_denied","error_description":"Unauthorized"}"#;
        return (StatusCode::UNAUTHORIZED, body.to_owned());
    }
    let answer = json!({
        "access_token": format!("{form:?}"), "token_type": "Bearer", "expires_in": 86400,
        "scope": form.get("scope"),
    });
    (StatusCode::OK, answer.to_string())
}

async fn upload_endpoint(headers: HeaderMap, Json(body): Json<Value>) -> (StatusCode, String) {
    let message = format!("{} {body}", headers["authorization"].to_str().unwrap());
    (
        StatusCode::CREATED,
        json!({ "message": message }).to_string(),
    )
}

async fn ask(secret: &str, scope: Option<&str>) -> Result<TokenAnswer, Error> {
    let base = serve(Router::new().route("/oauth/token", post(token_endpoint))).await;
    let url = format!("{base}/oauth/token");
    request_token(&http(), &url, "cron", secret, "https://api.example", scope).await
}

#[tokio::test]
async fn the_token_request_is_a_form_with_the_clients_credentials() {
    let answer = ask("s3cret&=+ ", None).await.unwrap();
    assert_eq!(
        answer.access_token,
        r#"{"audience": "https://api.example", "client_id": "cron", "client_secret": "s3cret&=+ ", "grant_type": "client_credentials"}"#
    );
    assert_eq!((answer.expires_in, answer.scope), (86_400, None));
    let answer = ask("s3cret&=+ ", Some("batch:upload")).await.unwrap();
    assert_eq!(answer.scope.as_deref(), Some("batch:upload"));
}

#[tokio::test]
async fn a_refusal_carries_status_and_body() {
    let error = ask("wrong", None).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the server answered 401 Unauthorized: {"error":"access_denied","error_description":"Unauthorized"}"#
    );
}

#[tokio::test]
async fn the_upload_carries_token_and_timesheet() {
    let base = serve(Router::new().route("/timesheets/upload", post(upload_endpoint))).await;
    let timesheet = Timesheet {
        user_id: "007".into(),
        date: "2017-05-10T17:40:20.095Z".into(),
        project: "StoreZero".into(),
        hours: 5.0,
    };
    for base in [base.clone(), format!("{base}/")] {
        let created = upload(&http(), &base, "abc", &timesheet).await.unwrap();
        let sent = created.message.strip_prefix("Bearer abc ").unwrap();
        let sent: serde_json::Value = serde_json::from_str(sent).unwrap();
        assert_eq!(
            sent,
            serde_json::json!({
                "user_id": "007",
                "date": "2017-05-10T17:40:20.095Z",
                "project": "StoreZero",
                "hours": 5.0,
            })
        );
    }
}

#[tokio::test]
async fn answers_are_read_up_to_a_limit() {
    let large = || async { "x".repeat(MAX_ANSWER_BYTES + 1) };
    let base = serve(Router::new().route("/oauth/token", post(large))).await;
    let url = format!("{base}/oauth/token");
    let outcome = request_token(&http(), &url, "a", "b", "c", None).await;
    assert!(matches!(outcome, Err(Error::TooLarge)));
    let Error::Refused { body, .. } =
        Error::refused(StatusCode::BAD_GATEWAY, "é".repeat(5000).as_bytes())
    else {
        panic!("not a refusal")
    };
    assert_eq!(body.chars().count(), 1000);
}

#[tokio::test]
async fn an_answer_of_another_form_is_not_repeated() {
    let odd = || async { r#""a token all alone""# };
    let base = serve(Router::new().route("/oauth/token", post(odd))).await;
    let url = format!("{base}/oauth/token");
    let error = request_token(&http(), &url, "a", "b", "c", None).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Unexpected { .. }));
    assert!(!format!("{error} {error:?}").contains("alone"));
}

#[test]
fn debug_hides_the_token() {
    let answer = TokenAnswer {
        access_token: "secret".into(),
        token_type: "Bearer".into(),
        expires_in: 1,
        scope: None,
    };
    assert!(!format!("{answer:?}").contains("secret"));
}
