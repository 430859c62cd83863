//! `/api/v2/token-exchange-profiles`.

use std::sync::Arc;

use insta::assert_snapshot;
use m2mint_domain::document::{Document, DocumentKind};
use m2mint_domain::{Change, Timestamp};
use m2mint_store::{Actor, ActorKind};
use m2mint_testkit::TestApp;
use serde_json::{Value, json};

use super::members;

const PROFILES: &str = "/api/v2/token-exchange-profiles";

fn profile(token_type: &str) -> Value {
    json!({
        "name": "a profile",
        "subject_token_type": token_type,
        "action_id": "an-action",
        "type": "custom_authentication",
    })
}

/// An app that has an action.
async fn app() -> TestApp {
    let app = TestApp::new().await;
    let actor = Actor {
        kind: ActorKind::System,
        id: "test".into(),
    };
    let action = Arc::new(Document {
        kind: DocumentKind::Action,
        id: "an-action".into(),
        parent: None,
        body: "{}".into(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    });
    app.registry()
        .commit(&"acme".parse().unwrap(), &actor, |_| {
            Ok((vec![Change::PutDocument(Arc::clone(&action))], ()))
        })
        .await
        .unwrap();
    app
}

#[tokio::test]
async fn a_profile_is_made_shown_changed_and_deleted_as_at_auth0() {
    let app = app().await;
    let made = app
        .post(PROFILES, &profile("https://acme.example/cis"))
        .await;
    let id = made.text("id");
    assert!(id.starts_with("tep_") && id.len() == 20, "{id}");
    assert_snapshot!(made.to_string().replace(&id, "ID"), @r#"
    201 Created
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"id":"ID","name":"a profile","type":"custom_authentication","subject_token_type":"https://acme.example/cis","action_id":"an-action","created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z"}
    "#);
    let path = format!("{PROFILES}/{id}");
    app.clock().advance_secs(1);
    let changed = app.patch(&path, &json!({"name": "another"})).await;
    assert_eq!(changed.json()["name"], "another");
    assert_eq!(changed.json()["updated_at"], "2026-01-01T00:00:01.000Z");
    assert_eq!(app.get(&path).await.body, changed.body);
    let listed = app.get(&format!("{PROFILES}?take=50")).await;
    assert_eq!(members(&listed), ["token_exchange_profiles"]);
    assert_eq!(app.delete(&path).await.status, 204);
    assert_snapshot!(app.get(&path).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"Token exchange profile not found."}
    "#);
    assert_eq!(app.delete(&path).await.status, 204);
}

#[tokio::test]
async fn a_token_type_has_one_profile_and_an_action_that_is_there() {
    let app = app().await;
    app.post(PROFILES, &profile("https://acme.example/one"))
        .await;
    let taken = app
        .post(PROFILES, &profile("https://acme.example/one"))
        .await;
    assert_eq!(taken.status, 409);
    let two = app
        .post(PROFILES, &profile("urn:acme:token:two"))
        .await
        .text("id");
    let path = format!("{PROFILES}/{two}");
    let same = json!({"subject_token_type": "https://acme.example/one"});
    assert_eq!(app.patch(&path, &same).await.status, 400);
    assert_eq!(
        app.get(&path).await.json()["subject_token_type"],
        "urn:acme:token:two"
    );
    let mut lost = profile("https://acme.example/three");
    lost["action_id"] = json!("no-action");
    assert_eq!(
        app.post(PROFILES, &lost).await.text("message"),
        "Action not found"
    );
    for wrong in ["no scheme", "1:abcdefgh", "short:"] {
        assert_eq!(
            app.post(PROFILES, &profile(wrong)).await.status,
            400,
            "{wrong}"
        );
    }
    assert_eq!(
        app.patch(&path, &json!({"action_id": "x"})).await.status,
        400
    );
}
