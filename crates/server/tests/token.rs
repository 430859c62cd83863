//! `POST /oauth/token`, as a caller sees it.

use insta::assert_snapshot;
use m2mint_testkit::TestApp;
use serde_json::json;

const API: &str = "https://api.example";

#[tokio::test]
async fn a_client_with_a_grant_gets_a_token_in_auth0s_profile() {
    let app = TestApp::new().await;
    app.api(API, &["read:invoices", "write:invoices"]).await;
    let client = app.client("billing").await;
    app.grant(&client, API, &["read:invoices", "write:invoices"]).await;

    let answer = app.token(&client, "audience=https://api.example").await;

    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let members: Vec<String> = answer.json().as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "scope", "expires_in", "token_type"]);
    assert_snapshot!(answer.jose_header()["alg"], @r#""RS256""#);
    assert_eq!(
        answer.claims(),
        json!({
            "iss": "https://acme.example/",
            "sub": format!("{}@clients", client.id),
            "aud": API,
            "iat": 1_767_225_600,
            "exp": 1_767_312_000,
            "scope": "read:invoices write:invoices",
            "gty": "client-credentials",
            "azp": client.id,
        })
    );
    assert_eq!(app.token_log().await, ["seccft"]);
}
