//! `/m2mint/v1/clients/{id}/secrets`: rotation without an outage.

use m2mint_testkit::{Credentials, TestApp};
use serde_json::json;

use super::{API, each, members};

async fn billing() -> (TestApp, Credentials, String) {
    let app = TestApp::new().await;
    app.api(API, &[]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;
    let path = format!("/m2mint/v1/clients/{}/secrets", client.id);
    (app, client, path)
}

#[tokio::test]
async fn secrets_are_listed_without_themselves() {
    let (app, client, path) = billing().await;
    let listed = app.get(&path).await;
    assert_eq!(listed.status, 200);
    assert!(!listed.to_string().contains(&client.secret));
    let one = &listed.json()[0];
    let names: Vec<&String> = one.as_object().unwrap().keys().collect();
    assert_eq!(names, ["id", "hint", "active", "created_at"]);
    assert_eq!(one["hint"], format!("…{}", &client.secret[60..]));
    assert_eq!(one["active"], true);
    assert_eq!(one["created_at"], "2026-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_the_old_one_has_a_day() {
    let (app, client, path) = billing().await;
    let added = app.post(&path, &json!({})).await;
    assert_eq!(added.status, 201);
    assert_eq!(
        members(&added),
        [
            "id",
            "hint",
            "active",
            "created_at",
            "client_id",
            "client_secret"
        ]
    );
    assert_eq!(added.text("client_id"), client.id);
    let listed = app.get(&path).await;
    assert_eq!(listed.json()[0]["expires_at"], "2026-01-02T00:00:00.000Z");
    assert_eq!(listed.json()[1].get("expires_at"), None);
    assert!(!listed.to_string().contains(&added.text("client_secret")));
    app.clock().advance_secs(86_399);
    assert_eq!(
        app.token(&client, &format!("audience={API}")).await.status,
        200
    );
}

#[tokio::test]
async fn the_old_ones_are_retired_as_the_body_says() {
    for (retire, old_works, expires) in [
        (json!("now"), false, None),
        (json!("never"), true, None),
        (
            json!({"after_seconds": 60}),
            true,
            Some("2026-01-01T00:01:00.000Z"),
        ),
        (json!({}), true, Some("2026-01-02T00:00:00.000Z")),
        (json!(null), true, Some("2026-01-02T00:00:00.000Z")),
    ] {
        let (app, client, path) = billing().await;
        let added = app.post(&path, &json!({"retire": retire})).await;
        assert_eq!(added.status, 201, "{retire}: {added}");
        let status = app.token(&client, &format!("audience={API}")).await.status;
        assert_eq!(status == 200, old_works, "{retire}");
        let listed = app.get(&path).await.json();
        assert_eq!(listed.as_array().unwrap().len(), 1 + usize::from(old_works));
        if old_works {
            let at = listed[0].get("expires_at").and_then(|at| at.as_str());
            assert_eq!(at, expires, "{retire}");
        }
    }
}

#[tokio::test]
async fn nonsense_about_retirement_is_refused() {
    let (app, _, path) = billing().await;
    for body in [
        json!({"retire": "later"}),
        json!({"retire": 5}),
        json!({"retire": {"after_seconds": -1}}),
        json!({"retire": {"after_seconds": 31_536_001}}),
        json!({"retire": {"after": 1}}),
        json!({"retired": "now"}),
    ] {
        let refused = app.post(&path, &body).await;
        assert_eq!(refused.status, 400, "{body}");
        assert_eq!(refused.text("errorCode"), "invalid_body");
    }
    assert_eq!(app.get(&path).await.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_later_rotation_never_gives_an_old_secret_more_time() {
    let (app, _, path) = billing().await;
    app.post(&path, &json!({"retire": {"after_seconds": 60}}))
        .await;
    app.post(&path, &json!({"retire": {"after_seconds": 3_600}}))
        .await;
    let listed = app.get(&path).await.json();
    assert_eq!(listed[0]["expires_at"], "2026-01-01T00:01:00.000Z");
    assert_eq!(listed[1]["expires_at"], "2026-01-01T01:00:00.000Z");
}

#[tokio::test]
async fn expired_secrets_are_shown_as_such_until_the_next_rotation() {
    let (app, _, path) = billing().await;
    app.post(&path, &json!({"retire": {"after_seconds": 60}}))
        .await;
    app.clock().advance_secs(60);
    assert_eq!(app.get(&path).await.json()[0]["active"], false);
    app.post(&path, &json!({})).await;
    assert_eq!(app.get(&path).await.json().as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn there_are_only_so_many_secrets_at_once() {
    let (app, _, path) = billing().await;
    let refused = loop {
        let answer = app.post(&path, &json!({"retire": "never"})).await;
        if answer.status != 201 {
            break answer;
        }
    };
    assert_eq!(refused.status, 403, "{refused}");
    assert_eq!(refused.text("errorCode"), "too_many_entities");
}

#[tokio::test]
async fn one_is_retired_by_name_but_never_the_last() {
    let (app, _, path) = billing().await;
    app.post(&path, &json!({"retire": "never"})).await;
    let ids = each(&app.get(&path).await, "id");
    assert_eq!(app.delete(&format!("{path}/{}", ids[0])).await.status, 204);
    let again = app.delete(&format!("{path}/{}", ids[0])).await;
    assert_eq!(again.status, 404);
    let last = app.delete(&format!("{path}/{}", ids[1])).await;
    assert_eq!(last.status, 400);
    assert_eq!(last.text("errorCode"), "operation_not_supported");
    assert_eq!(app.get("/m2mint/v1/clients/none/secrets").await.status, 404);
}

#[tokio::test]
async fn each_secret_says_when_it_was_last_used() {
    let (app, client, path) = billing().await;
    let added = app.post(&path, &json!({})).await;
    app.clock().advance_secs(5);
    app.token(&client, &format!("audience={API}")).await;
    app.log_book().flush().await.unwrap();
    let listed = app.get(&path).await.json();
    assert_eq!(listed[0]["last_used_at"], "2026-01-01T00:00:05.000Z");
    assert_eq!(listed[1].get("last_used_at"), None);
    assert_eq!(listed[1]["id"], added.text("id"));
    // A guess is no use.
    app.clock().advance_secs(5);
    let guess = Credentials {
        secret: "wrong".into(),
        ..client
    };
    app.token(&guess, &format!("audience={API}")).await;
    app.log_book().flush().await.unwrap();
    assert_eq!(
        app.get(&path).await.json()[0]["last_used_at"],
        "2026-01-01T00:00:05.000Z"
    );
}
