//! `/api/v2/keys/signing`.

use http::Method;
use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use m2mint_testkit::app::START;
use m2mint_verify::{Algorithm, JwkSet, Rules, check};
use serde_json::{Value, json};

use super::{API, each};

const KEYS: &str = "/api/v2/keys/signing";

async fn verifies(app: &TestApp, token: &str, algorithm: Algorithm) -> bool {
    let keys = JwkSet::parse(app.fetch("/.well-known/jwks.json").await.body).unwrap();
    let rules = Rules::new("https://acme.example/", API).algorithms([algorithm]);
    check(&rules, &keys, token, START).is_ok()
}

#[tokio::test]
async fn keys_are_listed_with_their_places() {
    let app = TestApp::new().await;
    let listed = app.get(KEYS).await;
    let keys = listed.json();
    let places: Vec<_> = keys
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            (
                &key["current"],
                &key["next"],
                &key["previous"],
                &key["revoked"],
            )
        })
        .map(|(current, next, previous, revoked)| {
            [current, next, previous, revoked].map(|flag| flag.as_bool().unwrap())
        })
        .collect();
    assert_eq!(
        places,
        [[true, false, false, false], [false, true, false, false]]
    );
    assert_eq!(keys[0]["current_since"], "2026-01-01T00:00:00.000Z");
    assert_eq!(keys[1].get("current_since"), None);
    let pem = keys[0]["cert"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\r\n"), "{pem}");
    assert!(!listed.to_string().contains("PRIVATE"));
    let kid = keys[0]["kid"].as_str().unwrap();
    assert_eq!(app.get(&format!("{KEYS}/{kid}")).await.json(), keys[0]);
    assert_snapshot!(app.get(&format!("{KEYS}/none")).await, @r#"
    404 Not Found
    cache-control: no-store
    content-type: application/json; charset=utf-8
    {"statusCode":404,"error":"Not Found","message":"The signing key does not exist"}
    "#);
}

#[tokio::test]
async fn a_rotation_moves_every_key_on_and_old_tokens_verify_until_the_old_key_is_revoked() {
    let app = TestApp::new().await;
    app.api(API, &[]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &[]).await;
    let asked = format!("audience={API}");
    let before = each(&app.get(KEYS).await, "kid");
    let old = app.token(&client, &asked).await.text("access_token");

    let rotated = app.post(&format!("{KEYS}/rotate"), &json!({})).await;
    assert_eq!(rotated.status, 201);
    assert!(
        rotated
            .text("pkcs7")
            .starts_with("-----BEGIN PKCS7-----\r\n")
    );
    assert_eq!(rotated.json()["next"], true);
    let after = each(&app.get(KEYS).await, "kid");
    assert_eq!(
        after,
        [before[1].clone(), rotated.text("kid"), before[0].clone()]
    );
    let answer = app.token(&client, &asked).await;
    assert_eq!(answer.jose_header()["kid"], before[1].as_str());
    let new = answer.text("access_token");
    assert_ne!(new, old);
    assert!(verifies(&app, &old, Algorithm::Rs256).await);
    assert!(verifies(&app, &new, Algorithm::Rs256).await);
    // The administrator's own token was signed by the old key.
    assert_eq!(app.get(KEYS).await.status, 200);
    let fresh = app.management_token_of("acme.example").await;

    let path = format!("{KEYS}/{}/revoke", before[0]);
    let revoked = app.manage(Method::PUT, &path, &Value::Null).await;
    assert_eq!(revoked.status, 200);
    assert_eq!(revoked.json()["revoked"], true);
    assert_eq!(revoked.text("kid"), before[0]);
    assert!(!verifies(&app, &old, Algorithm::Rs256).await);
    assert!(verifies(&app, &new, Algorithm::Rs256).await);
    assert_eq!(app.get(KEYS).await.status, 401);
    let shown = app
        .manage_as(
            &fresh,
            Method::GET,
            &format!("{KEYS}/{}", before[0]),
            &Value::Null,
        )
        .await;
    assert_eq!(shown.json()["revoked"], true);
    assert_eq!(shown.json()["revoked_at"], "2026-01-01T00:00:00.000Z");
}

#[tokio::test]
async fn only_a_previous_key_may_be_revoked() {
    let app = TestApp::new().await;
    for kid in each(&app.get(KEYS).await, "kid") {
        let path = format!("{KEYS}/{kid}/revoke");
        let refused = app.manage(Method::PUT, &path, &Value::Null).await;
        assert_eq!(refused.status, 400);
        assert_eq!(refused.text("errorCode"), "operation_not_supported");
    }
    let path = format!("{KEYS}/none/revoke");
    assert_eq!(
        app.manage(Method::PUT, &path, &Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn every_family_of_keys_moves_on_together() {
    let app = TestApp::new().await;
    for (name, alg) in [("es", "ES256"), ("ed", "EdDSA")] {
        let body = json!({"identifier": format!("https://{name}.example"), "signing_alg": alg});
        app.post("/api/v2/resource-servers", &body).await;
    }
    app.post(&format!("{KEYS}/rotate"), &json!({})).await;
    let keys = app.get(KEYS).await;
    assert_eq!(
        each(&keys, "family"),
        [
            "RSA", "RSA", "RSA", "P-256", "P-256", "P-256", "Ed25519", "Ed25519", "Ed25519"
        ]
    );
    for at in [0, 3, 6] {
        assert_eq!(keys.json()[at]["current"], true);
        assert_eq!(keys.json()[at + 1]["next"], true);
        assert_eq!(keys.json()[at + 2]["previous"], true);
    }
}

#[tokio::test]
async fn a_rotation_takes_both_scopes() {
    let app = TestApp::new().await;
    let token = app.scoped_token(&["create:signing_keys"]).await;
    let path = format!("{KEYS}/rotate");
    let refused = app.manage_as(&token, Method::POST, &path, &json!({})).await;
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.text("message"),
        "Insufficient scope, expected any of: update:signing_keys"
    );
}
