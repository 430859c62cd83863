//! `/api/v2/rate-limit-policies`, and what they do at the token endpoint.

use insta::assert_snapshot;
use m2mint_testkit::{Credentials, TestApp};
use serde_json::{Value, json};

use super::{API, members};

const POLICIES: &str = "/api/v2/rate-limit-policies";

fn policy(selector: &str, configuration: &Value) -> Value {
    json!({
        "resource": "oauth_authentication_api",
        "consumer": "client",
        "consumer_selector": selector,
        "configuration": configuration,
    })
}

async fn ready(app: &TestApp) -> Credentials {
    app.api(API, &[]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;
    client
}

#[tokio::test]
async fn a_policy_is_made_shown_changed_and_deleted_as_at_auth0() {
    let app = TestApp::new().await;
    let configuration = json!({"action": "block", "limit": 100});
    let made = app.post(POLICIES, &policy("default", &configuration)).await;
    let id = made.text("id");
    assert!(id.starts_with("rlp_") && id.len() == 25, "{id}");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","resource":"oauth_authentication_api","consumer":"client","consumer_selector":"default","configuration":{"action":"block","limit":100},"created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}
    "#);
    let path = format!("{POLICIES}/{id}");
    assert_eq!(app.get(&path).await.body, made.body);
    let redirect =
        json!({"action": "redirect", "limit": 500, "redirect_uri": "https://example.com/x"});
    let changed = app.patch(&path, &json!({"configuration": redirect})).await;
    assert_eq!(changed.json()["configuration"], redirect);
    let listed = app
        .get(&format!(
            "{POLICIES}?resource=oauth_authentication_api&take=50"
        ))
        .await;
    assert_eq!(members(&listed), ["rate_limit_policies"]);
    assert_eq!(
        listed.json()["rate_limit_policies"],
        json!([changed.json()])
    );
    let none = app
        .get(&format!("{POLICIES}?consumer_selector=other&take=50"))
        .await;
    assert_eq!(none.json(), json!({"rate_limit_policies": []}));
    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(app.delete(&path).await.status, 204);
}

#[tokio::test]
async fn what_is_no_policy_is_refused() {
    let app = TestApp::new().await;
    for (selector, configuration) in [
        ("default", json!({"action": "block"})),
        ("default", json!({"action": "block", "limit": -1})),
        ("default", json!({"action": "allow", "limit": 1})),
        ("default", json!({"action": "redirect", "limit": 1})),
        ("default", json!({"action": "shrug", "limit": 1})),
        ("everyone", json!({"action": "allow"})),
        ("client_id:", json!({"action": "allow"})),
        ("client_id:a b", json!({"action": "allow"})),
    ] {
        let refused = app.post(POLICIES, &policy(selector, &configuration)).await;
        assert_eq!(refused.status, 400, "{selector} {configuration}: {refused}");
    }
    let allow = policy("default", &json!({"action": "allow"}));
    assert_eq!(app.post(POLICIES, &allow).await.status, 201);
    assert_eq!(app.post(POLICIES, &allow).await.status, 409);
    assert_eq!(
        app.get(POLICIES).await.json()["rate_limit_policies"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn beyond_its_limit_a_client_waits_for_the_next_second() {
    let app = TestApp::new().await;
    let client = ready(&app).await;
    let other = app.client("other").await;
    let asked = format!("audience={API}");
    assert_eq!(
        app.token(&client, &asked).await.header("auth0-ratelimit"),
        ""
    );
    let body = policy("default", &json!({"action": "block", "limit": 2}));
    app.post(POLICIES, &body).await;
    let first = app.token(&client, &asked).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("auth0-ratelimit"), "client;q=2;t=1;r=1");
    app.token(&client, &asked).await;
    let refused = app.token(&client, &asked).await;
    assert_snapshot!(refused, @r#"
    429 Too Many Requests
    cache-control: no-store
    content-type: application/json
    retry-after: 1
    {"error":"too_many_requests","error_description":"Rate limit exceeded."}
    "#);
    assert_eq!(refused.header("auth0-ratelimit"), "client;q=2;t=1;r=0");
    // Another client has its own count.
    assert_eq!(app.token(&other, &asked).await.status, 403);
    app.clock().advance_secs(1);
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

#[tokio::test]
async fn who_only_knows_the_name_of_a_client_cannot_use_up_its_share() {
    let app = TestApp::new().await;
    let client = ready(&app).await;
    let asked = format!("audience={API}");
    app.post(
        POLICIES,
        &policy("default", &json!({"action": "block", "limit": 1})),
    )
    .await;
    let thief = Credentials {
        id: client.id.clone(),
        secret: "guessed".into(),
    };
    for _ in 0..5 {
        assert_eq!(app.token(&thief, &asked).await.status, 401);
    }
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

#[tokio::test]
async fn a_policy_for_one_client_wins_and_zero_keeps_it_out() {
    let app = TestApp::new().await;
    let client = ready(&app).await;
    let asked = format!("audience={API}");
    let one = format!("client_id:{}", client.id);
    let made = app
        .post(
            POLICIES,
            &policy(&one, &json!({"action": "block", "limit": 0})),
        )
        .await;
    app.post(POLICIES, &policy("default", &json!({"action": "allow"})))
        .await;
    assert_eq!(app.token(&client, &asked).await.status, 429);
    app.delete(&format!("{POLICIES}/{}", made.text("id"))).await;
    assert_eq!(app.token(&client, &asked).await.status, 200);
}

#[tokio::test]
async fn a_client_in_a_loop_is_one_line_of_the_log_a_minute() {
    let app = TestApp::new().await;
    let client = ready(&app).await;
    let asked = format!("audience={API}");
    app.post(
        POLICIES,
        &policy("default", &json!({"action": "block", "limit": 0})),
    )
    .await;
    for _ in 0..30 {
        assert_eq!(app.token(&client, &asked).await.status, 429);
    }
    let told = async || {
        let events = app.log().await;
        let limits = events
            .into_iter()
            .filter(|event| event.kind.code() == "api_limit");
        limits.collect::<Vec<_>>()
    };
    let events = told().await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].client_id.as_ref().unwrap().as_str(), client.id);
    assert_eq!(app.token_log().await, Vec::<String>::new());
    app.clock().advance_secs(60);
    app.token(&client, &asked).await;
    assert_eq!(told().await.len(), 2);
}

#[tokio::test]
async fn a_policy_that_only_logs_lets_everyone_through() {
    let app = TestApp::new().await;
    let client = ready(&app).await;
    app.post(
        POLICIES,
        &policy("default", &json!({"action": "log", "limit": 0})),
    )
    .await;
    let answer = app.token(&client, &format!("audience={API}")).await;
    assert_eq!(answer.status, 200);
    let events = app.log().await;
    assert!(events.iter().any(|event| event.kind.code() == "api_limit"));
}
