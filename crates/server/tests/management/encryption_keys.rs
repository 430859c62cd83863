//! `/api/v2/keys/encryption`: one master key, which is not the customers' to change.

use http::Method;
use m2mint_testkit::TestApp;
use serde_json::{Value, json};

use super::members;

const KEYS: &str = "/api/v2/keys/encryption";

#[tokio::test]
async fn the_master_key_is_shown_without_itself() {
    let app = TestApp::new().await;
    let listed = app
        .get(&format!("{KEYS}?page=0&per_page=5&include_totals=true"))
        .await;
    assert_eq!(members(&listed), ["keys", "start", "limit", "total"]);
    let key = &listed.json()["keys"][0];
    assert_eq!(key["type"], "environment-root-key");
    assert_eq!(
        (&key["parent_kid"], &key["public_key"]),
        (&Value::Null, &Value::Null)
    );
    let kid = key["kid"].as_str().unwrap();
    assert_eq!(kid.len(), 36);
    assert_eq!(app.get(&format!("{KEYS}/{kid}")).await.json(), *key);
    assert_eq!(app.get(&format!("{KEYS}/none")).await.status, 404);
}

#[tokio::test]
async fn nobody_brings_another_key() {
    let app = TestApp::new().await;
    for (method, path, body) in [
        (
            Method::POST,
            KEYS.to_owned(),
            json!({"type": "customer-provided-root-key"}),
        ),
        (
            Method::POST,
            format!("{KEYS}/x"),
            json!({"wrapped_key": "x"}),
        ),
        (Method::POST, format!("{KEYS}/x/wrapping-key"), Value::Null),
        (Method::POST, format!("{KEYS}/rekey"), Value::Null),
        (Method::DELETE, format!("{KEYS}/x"), Value::Null),
    ] {
        let refused = app.manage(method, &path, &body).await;
        assert_eq!(refused.status, 400, "{path}");
        assert_eq!(
            refused.text("errorCode"),
            "operation_not_supported",
            "{path}"
        );
    }
}
